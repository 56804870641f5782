"""What a host says by itself of tunnels' packets, and of those to services that nobody has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tortie.compiled import BuiltIn, Snapshot, Tunnel
from tortie.evaluate.network import service_loop, tunnel_in, tunnel_out
from tortie.model import Encapsulation, Family, Flow, Key, Kind, Place, parse_address, parse_prefix

VXLAN, IPIP, WIREGUARD = Encapsulation
SNAPSHOT = Snapshot(
    tunnels={
        (VXLAN, Family.V4): Tunnel(17, 4789),
        (VXLAN, Family.V6): Tunnel(17, 4789),
        (IPIP, Family.V4): Tunnel(4),
        (WIREGUARD, Family.V4): Tunnel(17, 51820, known_only=False),
    },
    known_hosts={parse_prefix(each): "Node/n" for each in ("10.0.0.2/32", "fd00::2/128", "10.1.0.0/16")},
    service_nets={parse_prefix("10.96.0.0/12"): "serviceClusterIPs"},
)
ALLOW, DENY = BuiltIn.TUNNEL, BuiltIn.FOREIGN_TUNNEL
POD = Key(Kind.WORKLOAD_ENDPOINT, "a", "b")


def packet(peer: str, protocol: int = 17, port: int = 4789) -> Flow:
    own = parse_address("fd00::1" if ":" in peer else "10.0.0.1")
    return Flow(parse_address(peer), own, protocol, 40000, port, receiver=Place.HOST, in_interface="eth0")


@pytest.mark.parametrize(
    ("flow", "coming", "going"),
    [
        (packet("10.0.0.2"), ALLOW, ALLOW),
        (packet("fd00::2"), ALLOW, ALLOW),
        (packet("10.1.2.3"), ALLOW, ALLOW),
        (packet("10.0.0.3"), DENY, None),
        (packet("fd00::3"), DENY, None),
        (packet("10.0.0.2", port=4790), None, None),
        (packet("10.0.0.2", 6), None, None),
        (packet("10.0.0.2", 4, 0), ALLOW, ALLOW),
        (packet("10.0.0.3", 4, 0), DENY, None),
        (packet("fd00::3", 4, 0), None, None),
        (packet("10.0.0.3", port=51820), ALLOW, ALLOW),
        (packet("fd00::2", port=51820), None, None),
    ],
)
def test_tunnels_pass_between_hosts_only(flow: Flow, coming: BuiltIn | None, going: BuiltIn | None) -> None:
    assert tunnel_in(SNAPSHOT, flow) is coming
    back = replace(flow, source=flow.destination, destination=flow.source, sender=Place.HOST, receiver=Place.ELSEWHERE)
    assert tunnel_out(SNAPSHOT, back) is going
    assert tunnel_in(Snapshot(), flow) is tunnel_out(Snapshot(), back) is None


@pytest.mark.parametrize(
    ("peer", "port", "said"), [("10.0.0.2", 4789, DENY), ("10.0.0.3", 4789, DENY), ("10.0.0.3", 51820, None)]
)
def test_a_workload_is_no_host(peer: str, port: int, said: BuiltIn | None) -> None:
    assert tunnel_in(SNAPSHOT, replace(packet(peer, port=port), sender=POD, in_interface="")) is said


def test_a_host_may_speak_to_itself() -> None:
    assert tunnel_in(SNAPSHOT, replace(packet("10.0.0.3"), in_interface="lo")) is None


@pytest.mark.parametrize(
    ("destination", "untranslated", "said"),
    [
        ("10.96.0.1", None, BuiltIn.SERVICE_LOOP),
        ("10.111.255.255", None, BuiltIn.SERVICE_LOOP),
        ("10.112.0.0", None, None),
        ("10.96.0.1", (parse_address("192.0.2.1"), 80), None),
    ],
)
def test_what_nothing_translated_goes_to_no_service(
    destination: str, untranslated: tuple[bytes, int] | None, said: BuiltIn | None
) -> None:
    flow = Flow(parse_address("192.0.2.7"), parse_address(destination), 6, 40000, 80, untranslated=untranslated)
    assert service_loop(SNAPSHOT, flow) is said
