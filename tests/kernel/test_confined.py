"""The agent with no more than its systemd unit gives it: these capabilities, and these directories to write to."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.attended import (
    BLUE,
    GREEN,
    HOST,
    PATIENCE,
    POLICY,
    PORT,
    RED,
    eventually,
    nft,
    passes,
    policy_holds,
    status,
    tortie,
)
from tortie.lab.agents import agent_argv, agent_environment, agent_name, stop_agent
from tortie.lab.policed import Policed

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv; install util-linux"),
]
UNIT = Path(__file__).parents[2] / "packaging" / "tortie-agent.service"
NET_ADMIN = 12
LOGGING = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: watched, namespace: shop, annotations: {tortie/cut-established: "true"}}
spec:
  selector: color == 'red'
  order: 1
  ingress:
  - {action: Log, protocol: TCP, source: {selector: color == 'green'}}
  - {action: Deny, source: {selector: color == 'green'}}
"""


def of_the_unit(name: str) -> str:
    (value,) = (line.partition("=")[2] for line in UNIT.read_text().splitlines() if line.startswith(f"{name}="))
    return value


def confined(lab: Policed) -> list[str]:
    """Return the command that runs an agent as the unit does: all is read-only, but for its own directories."""
    capabilities = of_the_unit("CapabilityBoundingSet").lower().replace("cap_", "+").split()
    flags = [f"--bounding-set=-all,{','.join(capabilities)}", "--inh-caps=-all", "--ambient-caps=-all"]
    own = shlex.quote(str(lab.running.directory))
    mounts = f"mount --bind {own} {own} && mount --options remount,bind,ro /"
    run = shlex.join(["setpriv", *flags, "--no-new-privs", *agent_argv()])
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", f"{mounts} && exec {run}"]


@pytest.fixture
def unit_lab(lab: Policed) -> Iterator[Policed]:
    """The host under an agent that is confined, which began with an empty table."""
    stop_agent(lab.running, HOST, signal.SIGKILL)
    nft(lab, "delete", "table", "inet", "tortie")
    environment = agent_environment(lab.running, HOST)
    lab.running.start(HOST, agent_name(HOST), confined(lab), environment=environment)
    try:
        eventually(lambda: status(lab)["ready"])
        yield lab
    finally:
        stop_agent(lab.running, HOST)


def process_of(lab: Policed) -> Path:
    found = lab.running.process(agent_name(HOST))
    assert found is not None
    return Path(f"/proc/{found.number}")


def test_it_has_the_units_capabilities_and_a_file_system_to_read(unit_lab: Policed) -> None:
    process = process_of(unit_lab)
    said = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
    held = {said[name].strip() for name in ("CapPrm", "CapEff", "CapBnd")}
    assert held == {f"{1 << NET_ADMIN:016x}"}
    assert (said["CapInh"].strip(), said["CapAmb"].strip(), said["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")
    root = next(line.split() for line in (process / "mounts").read_text().splitlines() if line.split()[1] == "/")
    assert root[3].split(",")[0] == "ro"


def test_it_does_all_of_its_work(unit_lab: Policed) -> None:
    lab = unit_lab
    assert policy_holds(lab)
    nft(lab, "flush", "chain", "inet", "tortie", "forward")
    eventually(lambda: status(lab)["repairs"])
    lab.settled()
    lab.apply_text(POLICY.format(friend="green"))
    lab.settled()
    with lab.running.stream(GREEN, lab.running.address(RED), PORT) as stream:
        assert stream.still_alive(PATIENCE)
        keys = lab.apply_text(LOGGING)
        try:
            lab.settled()
            assert (passes(lab, BLUE), passes(lab, GREEN)) == (False, False)
            eventually(lambda: status(lab)["cuts"])
            assert not stream.still_alive()
            eventually(lambda: "NetworkPolicy/shop/watched" in tortie(lab, "logs").stdout)
            assert tortie(lab, "connections").returncode == 0
        finally:
            lab.delete(keys)
    found = status(lab)
    wrong = ("error", "cache_error", "interfaces_error", "statuses_error", "datastore_error", "failures")
    assert {name: found[name] for name in wrong if found[name]} == {}
    files = lab.running.directory / f"status.{HOST}" / "endpoint-status"
    assert len(list(files.iterdir())) == 3
    assert list((lab.running.directory / f"state.{HOST}").glob("last-good-*.jsonl"))
    assert b"tortie_rule_packets_total{" in metrics(lab)


def metrics(lab: Policed) -> bytes:
    (control,) = lab.running.directory.glob("agent-*.sock")
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(PATIENCE)
        asking.connect(str(control))
        asking.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        return b"".join(iter(lambda: asking.recv(65536), b""))
