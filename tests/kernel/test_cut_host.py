"""Open connections of a host, and through it, that its host endpoint no longer allows; with real streams."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from tests.kernel.attended import HOST, PATIENCE, RED, eventually, one_host, tortie
from tortie.lab import External, Host, Listener
from tortie.lab.agents import agent_name
from tortie.lab.policed import Policed, policed_up
from tortie.lab.stream import Stream
from tortie.lab.topology import Lab

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

CLIENT = "client"
CLOSED, ALLOWED, FAILSAFE, POD = 8055, 8056, 22, 6379
CUTTING = """
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {{name: default}}
spec: {{cutEstablished: {cuts}}}
"""
# The policy comes first: for a moment without it the host endpoint would end what the policy allows.
GOVERNED = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: let-in}}
spec:
  selector: has(host)
  types: [Ingress, Egress]
  applyOnForward: true
  ingress: [{{action: Allow, protocol: TCP, destination: {{ports: [8056]}}}}]
  egress: [{{action: Allow, protocol: TCP, destination: {{ports: [8056]}}}}]
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: governed, labels: {{host: governed}}}}
spec: {{node: node-1, interfaceName: "{interface}"}}
"""


def a_lab() -> Lab:
    lab = one_host()
    listen = tuple(Listener.parse(f"tcp/{port}") for port in (CLOSED, ALLOWED, FAILSAFE))
    return Lab(
        lab.name, (Host(HOST, listen=listen),), lab.namespaces, lab.workloads, (External(CLIENT, listen=listen),)
    )


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    with policed_up(a_lab()) as found:
        yield found


def names(streams: Mapping[str, Stream], told: Iterable[Mapping[str, str]]) -> set[str]:
    """Return which streams are among connections that the agent tells of."""
    sources = {each["source"] for each in told}
    return {name for name, stream in streams.items() if end_of(stream) in sources}


def end_of(stream: Stream) -> str:
    address, port = stream.source
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def said_to_be_ended(lab: Policed) -> list[dict[str, str]]:
    said = (json.loads(line) for line in lab.running.log(agent_name(HOST)).splitlines() if line.startswith("{"))
    return [each for each in said if each["message"] == "connection ended"]


def said_to_be_refused(lab: Policed) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(tortie(lab, "connections", "--denied", "-o", "json").stdout)
    return found


@pytest.mark.scenario(159)
@pytest.mark.parametrize("cuts", ["true", "false"])
@pytest.mark.parametrize("interface", ["eth0", "*"])
@pytest.mark.parametrize("version", [4, 6])
def test_what_a_host_endpoint_no_longer_allows_ends_where_the_host_cuts(
    lab: Policed, cuts: str, interface: str, version: int
) -> None:
    host, client, red = (lab.running.address(each, version) for each in (HOST, CLIENT, RED))
    keys = [*lab.apply_text(CUTTING.format(cuts=cuts))]
    lab.settled()
    with ExitStack() as stack:
        streams = {
            name: stack.enter_context(lab.running.stream(source, target, port))
            for name, source, target, port in (
                ("into the host", CLIENT, host, CLOSED),
                ("out of the host", HOST, client, CLOSED),
                ("through the host", CLIENT, red, POD),
                ("into the host, allowed", CLIENT, host, ALLOWED),
                ("out of the host, allowed", HOST, client, ALLOWED),
                ("through the host, of a workload", RED, client, ALLOWED),
                ("into the host, by a failsafe port", CLIENT, host, FAILSAFE),
            )
        }
        refused = {"into the host", "out of the host", "through the host"}
        try:
            assert all(stream.still_alive(PATIENCE) for stream in streams.values())
            keys += lab.apply_text(GOVERNED.format(interface=interface))
            lab.settled()
            told = said_to_be_ended if cuts == "true" else said_to_be_refused
            eventually(lambda: names(streams, told(lab)) >= refused)
            assert names(streams, told(lab)) == refused
            gone = refused if cuts == "true" else set()
            assert {name for name in streams if name not in gone and not streams[name].still_alive(PATIENCE)} == set()
            assert {name for name in gone if streams[name].still_alive()} == set()
            assert not lab.running.probe(CLIENT, host, "tcp", CLOSED).allowed
        finally:
            lab.delete(keys)
            lab.settled()
