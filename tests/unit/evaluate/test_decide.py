"""The journey through a host: what is decided before, beside and after policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tortie.compiled import BuiltIn, CompiledRule, Group, LocalEndpoint, Origin, OwnGroup, Plan, Snapshot, Stage
from tortie.evaluate import Evaluator, decide
from tortie.model import (
    Action,
    Direction,
    EndpointToHostAction,
    Family,
    Flow,
    Key,
    Kind,
    Place,
    Settings,
    Verdict,
    parse_address,
    parse_prefix,
)

A, B, DOWN, GONE = (Key(Kind.POD, "shop", name) for name in ("a", "b", "down", "gone"))
ADDRESSES = {A: "10.0.0.1", B: "10.0.0.2", DOWN: "10.0.0.3"}
ADDRESSES6 = {A: "fd00::1", B: "fd00::2", DOWN: "fd00::3"}
OUTSIDE = "192.0.2.1"


def plan(direction: Direction, *refused_ports: int) -> Plan:
    """Logs everything, refuses some protocols by number, allows the rest."""
    origin = Origin(direction, "default")
    word = direction.lower()
    rules = [CompiledRule(f"log/{word}", Action.LOG, origin)]
    rules += [CompiledRule(f"deny/{word}/{each}", Action.DENY, origin, protocol=each) for each in refused_ports]
    rules.append(CompiledRule(f"allow/{word}", Action.ALLOW, origin))
    end = CompiledRule("end", Action.DENY, origin)
    return Plan(f"plan-{word}", direction, (Stage("default", is_profile=False, rules=tuple(rules)),), end)


def snapshot(settings: Settings | None = None) -> Snapshot:
    """Everybody may send all but protocol 50, and receive all but protocol 51."""
    groups = {
        "out": Group("out", plan(Direction.EGRESS, 50), {}, {}),
        "in": Group("in", plan(Direction.INGRESS, 51), {}, {}),
    }
    endpoints = {
        f"cali-{key.name}": LocalEndpoint(
            interface=f"cali-{key.name}",
            stored=key,
            key=key,
            addresses=(parse_address(ADDRESSES[key]), parse_address(ADDRESSES6[key])),
            sources=(parse_prefix("172.16.0.0/12"),),
            active=key != DOWN,
            ingress=(OwnGroup(None, "in"),) if key != DOWN else (),
            egress=(OwnGroup(None, "out"),) if key != DOWN else (),
        )
        for key in (A, B, DOWN)
    }
    return Snapshot(settings=settings or Settings(), groups=groups, endpoints=endpoints)


def flow(sender: Key | Place, receiver: Key | Place, protocol: int = 6, family: Family = Family.V4) -> Flow:
    names: dict[Key, str] = ADDRESSES if family is Family.V4 else ADDRESSES6
    outside = OUTSIDE if family is Family.V4 else "2001:db8::1"
    source = names.get(sender, outside) if isinstance(sender, Key) else outside
    destination = names.get(receiver, outside) if isinstance(receiver, Key) else outside
    has_ports = protocol in (6, 17, 132)
    return Flow(
        parse_address(source),
        parse_address(destination),
        protocol,
        source_port=40000 * has_ports,
        destination_port=80 * has_ports,
        sender=sender,
        receiver=receiver,
    )


@pytest.mark.parametrize(
    ("sender", "receiver", "protocol", "decided", "asked"),
    [
        (A, B, 6, "allow/ingress", "Egress Ingress"),
        (A, B, 50, "deny/egress/50", "Egress"),
        (A, B, 51, "deny/ingress/51", "Egress Ingress"),
        (A, A, 6, "allow/ingress", "Egress Ingress"),
        (A, Place.ELSEWHERE, 51, "allow/egress", "Egress"),
        (Place.ELSEWHERE, B, 50, "allow/ingress", "Ingress"),
        (Place.ELSEWHERE, B, 51, "deny/ingress/51", "Ingress"),
        (A, Place.HOST, 6, BuiltIn.ENDPOINT_TO_HOST_DROP, "Egress"),
        (A, Place.HOST, 50, "deny/egress/50", "Egress"),
        (Place.HOST, B, 51, BuiltIn.HOST_TO_WORKLOAD, ""),
        (Place.HOST, Place.ELSEWHERE, 6, BuiltIn.NOT_GOVERNED, ""),
        (Place.ELSEWHERE, Place.HOST, 6, BuiltIn.NOT_GOVERNED, ""),
        (Place.ELSEWHERE, Place.ELSEWHERE, 6, BuiltIn.NOT_GOVERNED, ""),
        (Place.UNKNOWN_WORKLOAD, B, 6, BuiltIn.UNKNOWN_INTERFACE, ""),
        (GONE, B, 6, BuiltIn.UNKNOWN_INTERFACE, ""),
        (A, GONE, 6, BuiltIn.UNKNOWN_INTERFACE, "Egress"),
        (A, Place.UNKNOWN_WORKLOAD, 6, BuiltIn.UNKNOWN_INTERFACE, "Egress"),
        (DOWN, B, 6, BuiltIn.ENDPOINT_DOWN, ""),
        (A, DOWN, 6, BuiltIn.ENDPOINT_DOWN, "Egress"),
    ],
)
def test_who_decides(sender: Key | Place, receiver: Key | Place, protocol: int, decided: str, asked: str) -> None:
    decision = decide(snapshot(), flow(sender, receiver, protocol))
    assert decision.rule == decided
    assert [section.direction for section in decision.sections] == asked.split()
    if isinstance(decided, BuiltIn):
        assert decision.verdict is decided.verdict
    else:
        assert decision.verdict is (Verdict.ALLOW if decided.startswith("allow") else Verdict.DENY)


def test_logs_of_both_sides_in_order() -> None:
    assert decide(snapshot(), flow(A, B, 51)).logs == ("log/egress", "log/ingress")


@pytest.mark.parametrize(
    ("source", "receiver", "decided"),
    [
        ("10.0.0.1", B, "allow/ingress"),
        ("172.16.3.4", B, "allow/ingress"),
        ("10.0.0.9", B, BuiltIn.SPOOFED_SOURCE),
        ("10.0.0.2", B, BuiltIn.SPOOFED_SOURCE),
        ("10.0.0.9", Place.HOST, BuiltIn.SPOOFED_SOURCE),
        ("fd00::1", B, "allow/ingress"),
        ("fd00::9", B, BuiltIn.SPOOFED_SOURCE),
        ("fe80::1", B, BuiltIn.SPOOFED_SOURCE),
        ("fe80::1", Place.HOST, BuiltIn.ENDPOINT_TO_HOST_ACCEPT),
        ("::", Place.HOST, BuiltIn.SPOOFED_SOURCE),
    ],
)
def test_sources_of_a_workload(source: str, receiver: Key | Place, decided: str) -> None:
    settings = Settings(endpoint_to_host_action=EndpointToHostAction.ACCEPT)
    family = Family.V6 if ":" in source else Family.V4
    asked = replace(flow(A, receiver, family=family), source=parse_address(source))
    assert decide(snapshot(settings), asked).rule == decided


@pytest.mark.parametrize(
    ("icmp_type", "source", "receiver", "decided"),
    [
        *((each, "fd00::1", Place.HOST, BuiltIn.NEIGHBOUR_DISCOVERY) for each in (130, 131, 132, 133, 135, 136)),
        (135, "::", Place.HOST, BuiltIn.NEIGHBOUR_DISCOVERY),
        (135, "fe80::1", Place.HOST, BuiltIn.NEIGHBOUR_DISCOVERY),
        (135, "fd00::9", Place.HOST, BuiltIn.SPOOFED_SOURCE),
        (134, "fd00::1", Place.HOST, BuiltIn.ENDPOINT_TO_HOST_DROP),
        (137, "fd00::1", Place.HOST, BuiltIn.ENDPOINT_TO_HOST_DROP),
        (128, "::", Place.HOST, BuiltIn.SPOOFED_SOURCE),
        (135, "fd00::1", B, "allow/ingress"),
    ],
)
def test_neighbour_discovery(icmp_type: int, source: str, receiver: Key | Place, decided: str) -> None:
    asked = replace(flow(A, receiver, 58, Family.V6), source=parse_address(source), icmp_type=icmp_type)
    assert decide(snapshot(), asked).rule == decided


@pytest.mark.parametrize(
    ("protocol", "port", "settings", "is_encapsulation"),
    [
        (17, 4789, Settings(), True),
        (17, 4790, Settings(), False),
        (6, 4789, Settings(), False),
        (17, 4789, Settings(allow_vxlan_from_workloads=True), False),
        (17, 6000, Settings(vxlan_port=6000), True),
        (4, 0, Settings(), True),
        (4, 0, Settings(allow_ipip_from_workloads=True), False),
    ],
)
@pytest.mark.parametrize("receiver", [B, Place.ELSEWHERE, Place.HOST])
def test_encapsulation(
    protocol: int, port: int, settings: Settings, receiver: Key | Place, *, is_encapsulation: bool
) -> None:
    decision = decide(snapshot(settings), replace(flow(A, receiver, protocol), destination_port=port))
    assert (decision.rule is BuiltIn.ENCAPSULATION) is is_encapsulation


@pytest.mark.parametrize("action", EndpointToHostAction)
def test_workload_to_its_own_host(action: EndpointToHostAction) -> None:
    decision = decide(snapshot(Settings(endpoint_to_host_action=action)), flow(A, Place.HOST))
    assert (decision.verdict is Verdict.DENY) is (action is EndpointToHostAction.DROP)


def test_an_evaluator_decides_many_flows_alike() -> None:
    evaluator = Evaluator(snapshot())
    assert evaluator.decide(flow(A, B)) == evaluator.decide(flow(A, B)) == decide(snapshot(), flow(A, B))
