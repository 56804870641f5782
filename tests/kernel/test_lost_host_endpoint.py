"""A host endpoint that cannot be read any more polices on, with a real agent and real packets."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.kernel.attended import eventually, status
from tests.kernel.labs import unique
from tortie.lab import External, Host, Lab, Listener
from tortie.lab.agents import start_agent, stop_agent
from tortie.lab.policed import Policed, policed_up
from tortie.model import Key, Kind

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

HOST = "node-1"
PORT = 8055
UPLINK = Key(Kind.HOST_ENDPOINT, "", "uplink")
STORED = f"""
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: uplink}}
spec: {{node: {HOST}, interfaceName: eth0, expectedIPs: []}}
"""
HEAD = '{"apiVersion": "projectcalico.org/v3", "kind": "HostEndpoint", "metadata": {"name": "uplink"}, "spec": {"node":'


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    listen = (Listener.parse(f"tcp/{PORT}"),)
    with policed_up(Lab(unique(), (Host(HOST, listen=listen),), externals=(External("out"),))) as found:
        yield found


def is_open(lab: Policed) -> bool:
    addresses = lab.running.lab.host(HOST).addresses
    found = {lab.running.probe("out", address, "tcp", PORT).allowed for address in addresses}
    assert len(found) == 1
    return found.pop()


def put(lab: Policed, value: bytes) -> None:
    """Store a value under the host endpoint's key, whatever it is, and wait until the agent tells of it."""
    lab.store.update(UPLINK, value, lab.store.get(UPLINK).revision)
    eventually(lambda: str(UPLINK) in str(status(lab)["undecodable"]))


@pytest.mark.parametrize("how", [None, signal.SIGTERM, signal.SIGKILL])
def test_what_was_policed_stays_policed_over_a_restart_too(lab: Policed, how: signal.Signals | None) -> None:
    lab.apply_text(STORED)
    lab.settled()
    assert not is_open(lab)
    put(lab, f"{HEAD}}}}}".encode())
    assert "what it said before stays in force" in str(status(lab)["undecodable"])
    if how is not None:
        stop_agent(lab.running, HOST, how)
        start_agent(lab.running, HOST)
        eventually(lambda: status(lab)["ready"])
    assert not is_open(lab)
    lab.store.delete(UPLINK)
    eventually(lambda: not status(lab)["undecodable"])
    assert is_open(lab)


def test_what_was_never_understood_closes_all_interfaces_of_its_host(lab: Policed) -> None:
    assert is_open(lab)
    lab.store.create(UPLINK, f'{HEAD} "{HOST}", "interfaceName": "eth 0"}}}}'.encode())
    eventually(lambda: status(lab)["undecodable"])
    assert not is_open(lab)
    lab.store.delete(UPLINK)
    eventually(lambda: not status(lab)["undecodable"])
    assert is_open(lab)
