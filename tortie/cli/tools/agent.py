"""`tortie agent`: enforce policy on this host."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tortie.agent import (
    Agent,
    Cache,
    Config,
    Cutter,
    Enactor,
    Enforcement,
    Heartbeat,
    HostSettings,
    Lifelines,
    Owners,
    Probation,
    ProbationFile,
    Quarantine,
    RefusedSessions,
    Rollback,
    Sources,
    View,
    alone,
    control_path,
    live_sessions,
    locked,
    moment,
    read_config,
    start_log,
    undisturbed,
)
from tortie.api import decode_value
from tortie.cli.agent_settings import FELIX_FILE, settings_file
from tortie.dataplane.nftables import LOG_GROUP, Dataplane, LinuxKernel
from tortie.datastore import Heartbeats, Syncer, open_datastore
from tortie.engine import Endpoint, Engine
from tortie.errors import Invalid, Unavailable
from tortie.model import READ_KINDS, Kind
from tortie.netlink import Conntrack, Links, PacketLog

__all__ = ["run"]

_FLAGS = {
    "hostname": ("NAME", "the node whose endpoints this host has (default: the host's own name)"),
    "interface-prefix": ("LIST", "how names of workload interfaces begin, parted by commas (default: cali)"),
    "health-port": ("PORT", "answer /liveness, /readiness, /metrics and /status here (default: only on a socket)"),
    "metrics-port": ("PORT", "answer here too"),
    "state-directory": ("DIR", "where the last good state is kept (default: /var/lib/tortie)"),
    "run-directory": ("DIR", "where the running agent's lock and socket are (default: /run/tortie)"),
    "repair-seconds": ("N", "time between comparisons of the kernel with the policy, 0: never (default: 90)"),
    "log-level": ("LEVEL", "Debug, Info, Warning, Error or Fatal (default: Info)"),
}


def run(argv: Sequence[str]) -> int:
    """Run the agent until it is told to stop; return its exit code.

    Raises:
        Invalid: a setting cannot be understood.
        Conflict: an agent runs on this host already.
        Unavailable: the kernel cannot be asked.
    """
    parser = argparse.ArgumentParser(prog="tortie agent", description="Enforce policy on this host.")
    parser.add_argument("--config-file", metavar="PATH", help=f"more settings, as NAME=VALUE (default: {FELIX_FILE})")
    for name, (metavar, clause) in _FLAGS.items():
        parser.add_argument(f"--{name}", metavar=metavar, help=clause)
    given = vars(parser.parse_args(argv))
    flags = {name: given[name.replace("-", "_")] for name in _FLAGS}
    config = read_config(flags, os.environ, platform.node(), settings_file(given["config_file"]))
    control = control_path(config.run_directory)
    with (
        locked(control),
        alone(),
        LinuxKernel() as kernel,
        Conntrack() as conntrack,
        Links() as links,
        _packets() as packets,
    ):
        agent = _agent(config, kernel, conntrack, links, packets)
        asyncio.run(agent.run(control))
    return agent.exit_code


@contextmanager
def _packets() -> Iterator[PacketLog | None]:
    """Read what Log rules log for the length of a `with` block; None where the kernel or another reader forbids it."""
    try:
        found = PacketLog(LOG_GROUP)
    except Unavailable:
        yield None
        return
    with found:
        yield found


def _agent(config: Config, kernel: LinuxKernel, conntrack: Conntrack, links: Links, packets: PacketLog | None) -> Agent:
    log = start_log(sys.stderr, config.log_level)
    if packets is None:
        log.warning(
            "what Log rules log is in the kernel's log only: this kernel has no NFLOG, or somebody else reads it"
        )
    if config.ignored:
        log.warning("settings that mean nothing to this agent are ignored", extra={"settings": config.ignored})
    lifelines = Lifelines(links)
    if why := lifelines(prefixes := config.settings.interface_prefixes):
        raise Invalid.because(f"workload interfaces `{','.join(prefixes)}`: {why}", mend="name another prefix")
    datastore = open_datastore(config.datastore)

    def is_local(endpoint: Endpoint) -> bool:
        return endpoint.node == config.hostname

    def set_timeout(seconds: float) -> None:
        for each in (kernel, conntrack, links):
            each.set_timeout(seconds)

    enforcement = Enforcement(
        Enactor(
            Engine(is_local, config.settings),
            Dataplane(kernel, config.settings),
            Quarantine(is_local),
            HostSettings(config.sources, config.hostname, lifelines),
        ),
        View(
            decode_value,
            Probation(ProbationFile(config.state_directory / f"probation-{config.hostname}.json"), moment),
        ),
        Cache(config.state_directory / f"last-good-{config.hostname}.jsonl"),
        Owners(config.state_directory / f"addresses-{config.hostname}.json"),
        Cutter(conntrack, links),
        undisturbed,
    )
    return Agent(
        config,
        enforcement,
        Sources(
            Syncer(datastore, (Kind.PENDING_CHANGE, *READ_KINDS, Kind.CLUSTER_INFORMATION), doubts_empty=True),
            kernel,
            links,
            packets,
            set_timeout,
            Rollback(datastore, config.hostname, log),
            RefusedSessions(partial(live_sessions, os.environ), links, log),
            Heartbeat(datastore, config.hostname) if isinstance(datastore, Heartbeats) else None,
        ),
        log=log,
    )
