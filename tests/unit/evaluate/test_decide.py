"""The journey through a host: what is decided before, beside and after policy."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tortie.compiled import (
    BuiltIn,
    CompiledRule,
    Dispatch,
    Group,
    LocalEndpoint,
    LocalHostEndpoint,
    Origin,
    OwnGroup,
    Plan,
    Snapshot,
    Stage,
)
from tortie.evaluate import Decision, Evaluator, decide
from tortie.model import (
    Action,
    Direction,
    EndpointToHostAction,
    FailsafePort,
    Family,
    Flow,
    Key,
    Kind,
    Place,
    PolicyClass,
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
        (Place.HOST, Place.HOST, 6, BuiltIn.LOOPBACK, ""),
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


LISTS = {
    (policy_class, direction): number
    for number, (policy_class, direction) in enumerate(product(PolicyClass, Direction))
    if (policy_class, direction) != (PolicyClass.PRE_DNAT, Direction.EGRESS)
}
"""List n denies protocol 100 + n and allows 200 + n; the rest goes on, or is denied at last."""


def host_plan(policy_class: PolicyClass, direction: Direction) -> Plan:
    number = LISTS[policy_class, direction]
    name, origin = f"{policy_class} {direction.lower()}", Origin(direction, "t", policy_class=policy_class)
    rules = (
        CompiledRule(f"{name} deny", Action.DENY, origin, protocol=100 + number),
        CompiledRule(f"{name} allow", Action.ALLOW, origin, protocol=200 + number),
    )
    end = Action.DENY if policy_class is PolicyClass.NORMAL else Action.PASS
    stages = (Stage("t", is_profile=False, rules=rules),)
    return Plan(name, direction, stages, CompiledRule(f"{name} end", end, origin), policy_class)


def host_snapshot(*interfaces: str, settings: Settings | None = None) -> Snapshot:
    """Host endpoints with all lists, beside the workloads."""
    dispatches = {name: f"{name[0]} {name[1]}" for name in LISTS}
    return replace(
        snapshot(settings),
        dispatches={id_: Dispatch(id_, host_plan(*name), "") for name, id_ in dispatches.items()},
        host_endpoints={
            each: LocalHostEndpoint(each, Key(Kind.HOST_ENDPOINT, "", "h"), dispatches) for each in interfaces
        },
    )


OUT, HOST = Place.ELSEWHERE, Place.HOST


def asked(decision: Decision) -> list[str]:
    return [each.plan.id for each in decision.sections]


@pytest.mark.parametrize(
    ("sender", "receiver", "lists"),
    [
        (OUT, HOST, ["untracked ingress", "pre-dnat ingress", "normal ingress"]),
        (HOST, OUT, ["untracked egress", "normal egress"]),
        (OUT, OUT, ["untracked ingress", "pre-dnat ingress", "forward ingress", "forward egress"]),
        (OUT, B, ["untracked ingress", "pre-dnat ingress", "forward ingress", "plan-ingress"]),
        (A, OUT, ["plan-egress", "forward egress"]),
        (A, B, ["plan-egress", "plan-ingress"]),
        (A, HOST, ["plan-egress"]),
        (HOST, B, []),
        (HOST, HOST, []),
    ],
)
def test_the_lists_on_the_way(sender: Key | Place, receiver: Key | Place, lists: list[str]) -> None:
    """Each in turn decides: what it denies goes no further, and what it allows does."""
    made = host_snapshot("eth0")
    way = replace(flow(sender, receiver, 99), in_interface="eth0", out_interface="eth0")
    assert asked(decide(made, way)) == lists
    for place, name in enumerate(lists):
        if not name.startswith("plan-"):
            number = next(n for (c, d), n in LISTS.items() if f"{c} {d.lower()}" == name)
            denied = decide(made, replace(way, protocol=100 + number))
            assert (denied.rule, denied.verdict, asked(denied)) == (f"{name} deny", Verdict.DENY, lists[: place + 1])


@pytest.mark.parametrize(
    ("sender", "receiver", "allowed", "rest", "decided"),
    [
        (OUT, HOST, "untracked ingress", [], "untracked ingress allow"),
        (OUT, HOST, "pre-dnat ingress", [], "pre-dnat ingress allow"),
        (OUT, B, "untracked ingress", ["plan-ingress"], "allow/ingress"),
        (OUT, OUT, "pre-dnat ingress", ["forward egress"], "pre-dnat ingress allow"),
        (OUT, OUT, "forward ingress", ["forward egress"], "forward ingress allow"),
        (HOST, OUT, "untracked egress", [], "untracked egress allow"),
        (HOST, OUT, "normal egress", [], "normal egress allow"),
    ],
)
@pytest.mark.scenario(130)
def test_what_an_early_policy_allows_skips_the_lists_that_follow(
    sender: Key | Place, receiver: Key | Place, allowed: str, rest: list[str], decided: str
) -> None:
    number = next(n for (c, d), n in LISTS.items() if f"{c} {d.lower()}" == allowed)
    way = replace(flow(sender, receiver, 200 + number), in_interface="eth0", out_interface="eth0")
    decision = decide(host_snapshot("eth0"), way)
    lists = asked(decision)
    assert lists[lists.index(allowed) + 1 :] == rest
    assert (decision.verdict, decision.rule) == (Verdict.ALLOW, decided)
    assert decision.decider is not None


@pytest.mark.parametrize(
    ("interfaces", "sender", "receiver", "crossed", "lists"),
    [
        (("eth0",), OUT, HOST, "eth1", []),
        (("eth0",), OUT, HOST, "", []),
        (("*",), OUT, HOST, "eth1", ["untracked ingress", "pre-dnat ingress", "normal ingress"]),
        (("*",), OUT, HOST, "lo", []),
        (("*",), HOST, OUT, "lo", []),
        (("*",), A, B, "", ["pre-dnat ingress", "forward ingress", "plan-egress", "plan-ingress", "forward egress"]),
        (("*",), A, HOST, "", ["pre-dnat ingress", "plan-egress"]),
        (("*",), HOST, B, "", []),
    ],
)
def test_interfaces_choose_the_host_endpoint(
    interfaces: tuple[str, ...], sender: Key | Place, receiver: Key | Place, crossed: str, lists: list[str]
) -> None:
    way = replace(flow(sender, receiver, 99), in_interface=crossed, out_interface=crossed)
    assert asked(decide(host_snapshot(*interfaces), way)) == lists


def test_an_interface_of_its_own_beats_all_interfaces() -> None:
    made = host_snapshot("*", "eth0")
    bare = replace(made.host_endpoints["eth0"], dispatches={})
    made = replace(made, host_endpoints={**made.host_endpoints, "eth0": bare})
    assert asked(decide(made, replace(flow(OUT, HOST), in_interface="eth0"))) == []


def test_early_lists_see_the_destination_before_translation() -> None:
    settings = Settings(failsafe_inbound=(FailsafePort(6, 8080),))
    way = replace(flow(OUT, B), in_interface="eth0", untranslated=(parse_address("192.0.2.9"), 8080))
    early = [each.before for each in decide(host_snapshot("eth0", settings=settings), way).sections]
    assert early == [BuiltIn.FAILSAFE_INBOUND, BuiltIn.FAILSAFE_INBOUND, None, None]


@pytest.mark.scenario(90)
def test_a_failsafe_passes_each_list_but_the_forward_ones() -> None:
    way = replace(flow(OUT, HOST), in_interface="eth0", destination_port=22)
    decision = decide(host_snapshot("eth0"), way)
    assert (decision.verdict, decision.rule) == (Verdict.ALLOW, BuiltIn.FAILSAFE_INBOUND)
    assert [each.before for each in decision.sections] == [BuiltIn.FAILSAFE_INBOUND] * 3
    forwarded = decide(host_snapshot("eth0"), replace(way, receiver=OUT, protocol=17, destination_port=68))
    assert [each.before for each in forwarded.sections] == [*[BuiltIn.FAILSAFE_INBOUND] * 2, None]
