"""Nobody locks themselves out: on a governed host, `calicoctl apply` sees who is connected; with real connections."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.kernel.attended import eventually, status
from tests.kernel.labs import unique
from tortie.lab import External, Host, Lab, Listener
from tortie.lab.agents import agent_argv, agent_environment, agent_name, start_agent, stop_agent
from tortie.lab.policed import Policed, policed_up
from tortie.lab.store import environment
from tortie.model import Kind

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

HOST, CLIENT, PORT = "node-1", "client", 8055
KINDS = (Kind.HOST_ENDPOINT, Kind.GLOBAL_NETWORK_POLICY)
GOVERNED = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: governed, labels: {host: governed}}
spec: {node: node-1, interfaceName: "*"}
"""
LET_IN = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: let-in}
spec:
  selector: has(host)
  types: [Ingress]
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [8055]}}]
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    host = Host(HOST, listen=(Listener.parse(f"tcp/{PORT}"),))
    with policed_up(Lab(unique(), (host,), externals=(External(CLIENT),))) as found:
        yield found


def apply(lab: Policed, text: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Apply a text on the host."""
    file = lab.running.directory / "change.yaml"
    file.write_text(text)
    settings = {
        **environment(lab.running.directory),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FELIX_FELIXHOSTNAME": HOST,
    }
    run = "import sys; from tortie.cli.calicoctl import main; sys.exit(main())"
    argv = [sys.executable, "-c", run, "apply", "-f", str(file), *flags]
    answer: subprocess.CompletedProcess[str] = lab.running.exec(
        HOST, ["env", *(f"{name}={value}" for name, value in settings.items()), *argv]
    )
    return answer


@pytest.mark.parametrize("version", [4, 6])
def test_who_is_connected_is_not_cut_off_unasked(lab: Policed, version: int) -> None:
    target = lab.running.address(HOST, version)
    with lab.running.stream(CLIENT, target, PORT) as stream:
        assert stream.still_alive()
        refused = apply(lab, GOVERNED)
        assert refused.returncode == 1, refused.stderr
        assert f"it would cut a TCP connection, from {lab.running.address(CLIENT, version)} port" in refused.stderr
        lab.settled()
        assert lab.running.probe(CLIENT, target, "tcp", PORT).allowed
        assert apply(lab, f"{LET_IN}---{GOVERNED}").returncode == 0
        lab.settled()
        assert lab.running.probe(CLIENT, target, "tcp", PORT).allowed
        assert stream.still_alive()
        closed = LET_IN.replace("Allow", "Deny")
        assert apply(lab, closed).returncode == 1
        assert apply(lab, closed, "--force").returncode == 0
        lab.settled()
        assert not lab.running.probe(CLIENT, target, "tcp", PORT).allowed
        lab.delete([each.key for kind in KINDS for each in lab.store.list(kind).records])
        lab.settled()


def test_who_is_cut_by_a_change_from_elsewhere_is_named_on_the_host(lab: Policed) -> None:
    lab.apply_text(f"{LET_IN}---{GOVERNED}")
    lab.settled()
    client = lab.running.address(CLIENT)
    with lab.running.stream(CLIENT, lab.running.address(HOST), PORT) as stream:
        lab.apply_text(LET_IN.replace("Allow", "Deny"))
        eventually(lambda: any(f"from {client} port" in line for line in status(lab)["refused_sessions"]))  # type: ignore[attr-defined]
        assert "policy refuses live sessions of this machine" in lab.running.log(agent_name(HOST))
        assert stream.still_alive()
    lab.delete([each.key for kind in KINDS for each in lab.store.list(kind).records])
    lab.settled()
    eventually(lambda: status(lab)["refused_sessions"] == [])


def test_a_prefix_that_would_silence_the_host_lets_no_agent_start(lab: Policed) -> None:
    assert stop_agent(lab.running, HOST)
    told = {**agent_environment(lab.running, HOST), "FELIX_INTERFACEPREFIX": "cali,eth"}
    lab.running.start(HOST, "misled", agent_argv(), environment=told)
    eventually(lambda: lab.running.process("misled") is None)
    assert "would count as a workload's" in lab.running.log("misled")
    assert lab.running.probe(CLIENT, lab.running.address(HOST), "tcp", PORT).allowed
    start_agent(lab.running, HOST)
    eventually(lambda: status(lab)["ready"])
