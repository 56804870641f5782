"""Changes that nobody confirms, on real hosts: cut sessions and a cut datastore come back by themselves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kernel.attended import eventually
from tests.kernel.labs import unique
from tortie.lab import External, Host, Lab, Listener, lab_up
from tortie.lab.agents import agent_argv, agent_environment, agent_name, start_agent, stop_agent
from tortie.lab.lab import Running
from tortie.lab.policed import Policed, policed_up
from tortie.lab.store import environment

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

HOST, CLIENT, PORT, ETCD_PORT = "node-1", "client", 8055, 12379
GOVERNED = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: governed, labels: {host: governed}}
spec: {node: node-1, interfaceName: "*"}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: open}
spec: {selector: has(host), order: 10, types: [Ingress, Egress], ingress: [{action: Allow}], egress: [{action: Allow}]}
"""
CLOSED = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: closed}
spec: {selector: has(host), order: 1, types: [Ingress, Egress], ingress: [{action: Deny}], egress: [{action: Deny}]}
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {cutEstablished: true}
"""


def calicoctl(running: Running, member: str, settings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Return what calicoctl says on a member of the lab."""
    told = {**settings, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = "import sys; from tortie.cli.calicoctl import main; sys.exit(main())"
    argv = ["env", *(f"{name}={value}" for name, value in told.items()), sys.executable, "-c", run, *words]
    answer: subprocess.CompletedProcess[str] = running.exec(member, argv)
    return answer


def reached(running: Running) -> bool:
    return running.probe(CLIENT, running.address(HOST), "tcp", PORT).allowed


def written(directory: Path, text: str) -> str:
    path = directory / "change.yaml"
    path.write_text(text)
    return str(path)


# --- the embedded datastore, on the host itself ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    host = Host(HOST, listen=(Listener.parse(f"tcp/{PORT}"),))
    with policed_up(Lab(unique(), (host,), externals=(External(CLIENT),))) as found:
        yield found


def on_host(lab: Policed, *words: str) -> subprocess.CompletedProcess[str]:
    run = {"FELIX_FELIXHOSTNAME": HOST, "TORTIE_RUNDIRECTORY": str(lab.running.directory)}
    return calicoctl(lab.running, HOST, {**environment(lab.running.directory), **run}, *words)


@pytest.fixture
def governed(lab: Policed) -> Policed:
    """Return the lab with a host that a policy opens, and an agent on it."""
    if lab.running.process(agent_name(HOST)) is None:
        start_agent(lab.running, HOST)
    lab.apply_text(GOVERNED)
    lab.settled()
    assert reached(lab.running)
    return lab


def test_a_change_that_cuts_is_refused_then_forced_and_comes_back_by_itself(governed: Policed) -> None:
    running, file = governed.running, written(governed.running.directory, CLOSED)
    with running.stream(CLIENT, running.address(HOST), PORT) as stream:
        refused = on_host(governed, "apply", "-f", file, "--confirm", "3s")
        assert refused.returncode == 1
        assert "it would cut a TCP connection" in refused.stderr
        assert stream.still_alive()
    said = on_host(governed, "apply", "-f", file, "--confirm", "3s", "--force")
    assert (said.returncode, said.stderr) == (0, "")
    assert "agents follow it, node-1 among them" in said.stdout
    eventually(lambda: not reached(running))
    eventually(lambda: reached(running))
    eventually(lambda: "no change waits" in on_host(governed, "confirm", "--status").stdout)
    assert on_host(governed, "get", "globalnetworkpolicy", "closed").returncode == 1
    assert on_host(governed, "confirm").returncode == 1


def test_confirmed_in_time_it_stays(governed: Policed) -> None:
    running = governed.running
    file = written(running.directory, CLOSED.replace("ingress: [{action: Deny}]", "ingress: [{action: Allow}]"))
    assert on_host(governed, "apply", "-f", file, "--confirm", "20s", "--force").returncode == 0
    confirmed = on_host(governed, "confirm")
    assert "Successfully confirmed 2 resource(s)" in confirmed.stdout, confirmed.stderr
    governed.settled()
    assert reached(running)
    assert on_host(governed, "delete", "-f", file, "--force").returncode == 0


@pytest.mark.parametrize("starts_late", [True, False])
def test_a_killed_agent_undoes_it_after_its_new_start(governed: Policed, *, starts_late: bool) -> None:
    running, file = governed.running, written(governed.running.directory, CLOSED)
    assert on_host(governed, "apply", "-f", file, "--confirm", "4s", "--force").returncode == 0
    eventually(lambda: not reached(running))
    assert stop_agent(running, HOST, signal.SIGKILL)
    assert not reached(running)
    if starts_late:
        subprocess.run(["sleep", "5"], check=True)
    start_agent(running, HOST)
    eventually(lambda: reached(running))
    eventually(lambda: "no change waits" in on_host(governed, "confirm", "--status").stdout)


# --- an etcd on another machine -------------------------------------------------------------------------------------


def etcd_of(running: Running) -> dict[str, str]:
    return {"ETCD_ENDPOINTS": f"http://{running.address(CLIENT)}:{ETCD_PORT}"}


@contextmanager
def far_etcd() -> Iterator[Running]:
    """Put up a host with an agent whose datastore is an etcd at the client's, on a port that is no failsafe."""
    host = Host(HOST, listen=(Listener.parse(f"tcp/{PORT}"),))
    with lab_up(Lab(unique(), (host,), externals=(External(CLIENT),))) as running:
        url, peer = etcd_of(running)["ETCD_ENDPOINTS"], "http://127.0.0.1:12380"
        options = {
            "name": "far",
            "data-dir": running.directory / "far",
            "listen-client-urls": url,
            "advertise-client-urls": url,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"far={peer}",
        }
        running.start(CLIENT, "far", ["etcd", *(f"--{name}={value}" for name, value in options.items())])
        eventually(lambda: calicoctl(running, CLIENT, etcd_of(running), "get", "tier").returncode == 0)
        yield running


def start(running: Running) -> None:
    told = {**agent_environment(running, HOST), **etcd_of(running), "DATASTORE_TYPE": "etcdv3"}
    told.pop("TORTIE_SQLITE_PATH", None)
    running.start(HOST, agent_name(HOST), agent_argv(), environment=told)


def follows(running: Running, policy: str) -> bool:
    """Tell whether the host's table has rules of a policy: its agent is there, and follows the datastore."""
    listed: str = running.exec(HOST, ["nft", "list", "table", "inet", "tortie"]).stdout
    return policy in listed


@pytest.mark.skipif(shutil.which("etcd") is None, reason="there is no etcd; install etcd-server")
def test_a_host_that_is_cut_off_from_its_datastore_comes_back_killed_or_not() -> None:
    with far_etcd() as running:
        start(running)

        def far(*words: str) -> subprocess.CompletedProcess[str]:
            return calicoctl(running, CLIENT, etcd_of(running), *words)

        assert far("apply", "-f", written(running.directory, GOVERNED)).returncode == 0
        eventually(lambda: follows(running, "gnp/open/"))
        for is_killed in (False, True):
            file = written(running.directory, CLOSED)
            said = far("apply", "-f", file, "--confirm", "6s")
            assert (said.returncode, said.stderr) == (0, "")
            eventually(lambda: not reached(running))
            assert not running.probe(HOST, running.address(CLIENT), "tcp", ETCD_PORT).allowed
            if is_killed:
                assert stop_agent(running, HOST, signal.SIGKILL)
                start(running)
            eventually(lambda: reached(running))
            eventually(lambda: "no change waits" in far("confirm", "--status").stdout)
            assert far("get", "globalnetworkpolicy", "closed").returncode == 1
            assert "a change that nobody confirmed is undone" in running.log(agent_name(HOST))
