"""What policy costs packets: new connections, refused datagrams and an open stream, as ratios to no policy.

Two hosts that are alike but for the table, each with two pods; rounds alternate between them, and a figure is the
median of the ratios of neighbouring rounds. Connection tracking is on in both, as it is on every host that
translates addresses; what it costs by itself is a row of its own, and what two equal hosts differ by another. Each
table is loaded once, and left alone for a while, as the kernel frees what it replaced in the background.
"""

from __future__ import annotations

import gc
import os
import subprocess
import time
from collections.abc import Callable, Iterator

from benchmarks.rows import Row, percentile
from benchmarks.traffic import PORT, Cost, Pods
from tortie.dataplane.nftables import LinuxKernel
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.lab import Host, Lab, Namespace, Running, Workload, allocated, lab_up
from tortie.model import (
    Action,
    EntityMatch,
    Key,
    Kind,
    Policy,
    PortRange,
    Prefix,
    Profile,
    Protocol,
    Resource,
    Rule,
    WorkloadEndpoint,
    parse_address,
)
from tortie.netlink import entered

__all__ = ["measure"]

RULES = (1, 100, 1_000, 10_000)
ROUNDS = 40
STREAM_ROUNDS = 100  # one differs from the next by a tenth and more
REST_SECONDS = 4.0
RULES_IN_POLICY = 1_000
FREE, POLICED = "free", "policed"
_CONNECTIONS, _STREAM = (">= 0.95", ">= 0.95"), (">= 0.98", ">= 0.98")
_TCP = Protocol(6)
_TRACKING = """
table inet tracking {
    chain forward {
        type filter hook forward priority filter
        ct state invalid counter
    }
}
"""


def measure() -> list[Row]:
    gc.disable()  # the compiled policy is large, and a collection of it would fall on some round
    hosts = (FREE, POLICED)
    pods = tuple(Workload(f"{role}-{host}", "bench", host) for host in hosts for role in ("client", "server"))
    lab = Lab(
        name=f"bench-{os.getpid()}",
        hosts=tuple(Host(host) for host in hosts),
        namespaces=(Namespace("bench"),),
        workloads=pods,
    )
    with lab_up(allocated(lab)) as running, _pods(running, FREE) as free, _pods(running, POLICED) as policed:
        _track(running, POLICED)
        rows = [*_compared("new connections, connection tracking alone", free.connections, policed.connections)]
        _track(running, FREE)
        rows += _compared("new connections, no policy on either side", free.connections, policed.connections)
        rows += _throughput("no policy on either side", free, policed)
        with entered(running.host_namespace(POLICED)):
            kernel = LinuxKernel()
        with kernel:
            for count in RULES:
                _load(running, kernel, count)
                rows += _compared(
                    f"new connections, {count} rules", free.connections, policed.connections, _CONNECTIONS
                )
                rows += _compared(f"refused datagrams, {count} rules", free.datagrams, policed.datagrams, _CONNECTIONS)
            rows += _throughput(f"{RULES[-1]} rules", free, policed, _STREAM)
    gc.enable()
    return rows


def _pods(running: Running, host: str) -> Pods:
    client, server = f"client-{host}", f"server-{host}"
    return Pods(
        running.namespace(client),
        running.namespace(server),
        running.host_namespace(host),
        str(running.address(server, 4)),
    )


def _track(running: Running, host: str) -> None:
    """Have a host track connections, by a table that is not ours."""
    with entered(running.host_namespace(host)):
        subprocess.run(["nft", "-f", "-"], input=_TRACKING, text=True, check=True)


def _load(running: Running, kernel: LinuxKernel, count: int) -> None:
    """Put a policy of `count` rules in place of what the kernel has, and let the dust settle."""
    transaction = render_all(compile_all(_world(running, count), lambda each: each.node == POLICED))
    transaction.replace_table()
    kernel.commit(transaction)
    time.sleep(REST_SECONDS)


def _throughput(what: str, free: Pods, policed: Pods, budgets: tuple[str, str] = ("", "")) -> list[Row]:
    with free.stream() as send_free, policed.stream() as send_policed:
        name = f"throughput of an open connection, {what}"
        return [*_compared(name, send_free, send_policed, budgets, STREAM_ROUNDS)]


def _compared(
    name: str,
    free: Callable[[], Cost],
    policed: Callable[[], Cost],
    budgets: tuple[str, str] = ("", ""),
    rounds: int = ROUNDS,
) -> Iterator[Row]:
    """Yield the ratios of what is done in a second, by the clock and by CPU time; rounds change who begins."""
    free(), policed()
    pairs: list[tuple[Cost, Cost]] = []
    for number in range(rounds):
        if number % 2:
            after = policed()
            pairs.append((free(), after))
        else:
            pairs.append((free(), policed()))
    yield Row(name, percentile([f.wall / p.wall for f, p in pairs], 50), "ratio", budgets[0])
    yield Row(f"{name}, by CPU time", percentile([f.cpu / p.cpu for f, p in pairs], 50), "ratio", budgets[1])


def _world(running: Running, count: int) -> dict[Key, Resource]:
    """Return all pods, and `count` rules on the policed server of which at most the last lets the client in."""
    allow = (Rule(Action.ALLOW),)
    profile = Profile(Key(Kind.PROFILE, "", "open"), ingress=allow, egress=allow)
    world: dict[Key, Resource] = {profile.key: profile}
    for pod in running.lab.workloads:
        key = Key(Kind.WORKLOAD_ENDPOINT, "bench", pod.name)
        addresses = tuple(parse_address(str(each)) for each in running.addresses(pod.name))
        world[key] = WorkloadEndpoint(
            key, pod.host, pod.interface, workload=pod.name, addresses=addresses, profiles=("open",)
        )
    last = Rule(Action.ALLOW, protocol=_TCP, destination=EntityMatch(ports=(PortRange(PORT, PORT + 1),)))
    rules = [*(_rule(number) for number in range(count - 1)), last]
    for start in range(0, count, RULES_IN_POLICY):
        key = Key(Kind.NETWORK_POLICY, "bench", f"policy-{start:06}")
        part = tuple(rules[start : start + RULES_IN_POLICY])
        world[key] = Policy(key, order=float(start), selector="all()", ingress=part)
    # Only the server is selected for ingress of consequence: the client receives nothing but replies.
    return world


def _rule(number: int) -> Rule:
    source = EntityMatch(nets=(Prefix(bytes((172, 16 + number // 65536, number // 256 % 256, number % 256)), 32),))
    target = EntityMatch(ports=(PortRange(1 + number % 5000, 1 + number % 5000),))
    return Rule(Action.ALLOW, protocol=_TCP, source=source, destination=target)
