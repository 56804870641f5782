"""Rules as they are written into rules as they are asked: sets, ports, protocols and names."""

from __future__ import annotations

import pytest

from tortie.compiled import CompiledRule, SetTest
from tortie.engine.rules import CidrSet, CompiledRules, PortNameSet, SelectorSet, ServiceSet, compile_rules, owner_name
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Family,
    HTTPMatch,
    IcmpMatch,
    Key,
    Kind,
    Policy,
    PolicyClass,
    PortRange,
    Profile,
    Protocol,
    Rule,
    ServiceAccountMatch,
    ServiceMatch,
    Settings,
    parse_prefix,
)
from tortie.selector import parse

SHOP = Key(Kind.NETWORK_POLICY, "shop", "p")
GLOBAL = Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
TCP = Protocol(6)
INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
P80, P90 = PortRange(80, 80), PortRange(90, 90)


def owned(key: Key, direction: Direction, *rules: Rule) -> Policy | Profile:
    """A policy or profile with rules of one direction."""
    ingress, egress = (rules if direction is each else () for each in (INGRESS, EGRESS))
    if key.kind is Kind.PROFILE:
        return Profile(key, ingress=ingress, egress=egress)
    return Policy(key, types=(direction,), ingress=ingress, egress=egress)


def compiled(rule: Rule, owner: Key = SHOP, direction: Direction = INGRESS) -> CompiledRules:
    return compile_rules(owned(owner, direction, rule), direction, Settings())


def one(rule: Rule, owner: Key = SHOP, direction: Direction = INGRESS) -> CompiledRule:
    return compiled(rule, owner, direction).rules[0]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (SHOP, "np/shop/p"),
        (GLOBAL, "gnp/p"),
        (Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "p"), "knp/shop/p"),
        (Key(Kind.PROFILE, "", "kns.shop"), "pro/kns.shop"),
    ],
)
def test_owner_name(owner: Key, name: str) -> None:
    assert owner_name(owner) == name


def test_ids_count_the_rules_of_a_direction() -> None:
    policy = owned(SHOP, EGRESS, Rule(Action.ALLOW), Rule(Action.DENY))
    rules = compile_rules(policy, EGRESS, Settings()).rules
    assert not compile_rules(policy, INGRESS, Settings()).rules
    assert [rule.id for rule in rules] == ["np/shop/p/egress/0", "np/shop/p/egress/1"]
    assert [rule.origin.index for rule in rules] == [0, 1]
    assert {(rule.origin.owner, rule.origin.tier) for rule in rules} == {(SHOP, "default")}


def asked(tests: tuple[SetTest, ...]) -> list[tuple[bool, str, str]]:
    return [(test.negated, test.field, test.text) for test in tests]


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        (EntityMatch(), []),
        (EntityMatch(nets=(parse_prefix("10.0.0.0/8"),)), [(False, "source.nets", "10.0.0.0/8")]),
        (EntityMatch(not_nets=(parse_prefix("10.0.0.0/8"),)), [(True, "source.notNets", "10.0.0.0/8")]),
        (EntityMatch(selector="a == 'b'"), [(False, "source.selector", "a == 'b'")]),
        (EntityMatch(not_selector="a == 'b'"), [(False, "source.notSelector", "a == 'b'")]),
        (
            EntityMatch(selector="has(a)", namespace_selector="all()"),
            [(False, "source", "selector has(a), namespaceSelector all()")],
        ),
        (
            EntityMatch(service_accounts=ServiceAccountMatch(("s0", "s1"))),
            [(False, "source.serviceAccounts.names", "s0, s1")],
        ),
    ],
)
def test_the_peer_of_ingress_is_the_source(entity: EntityMatch, expected: list[tuple[bool, str, str]]) -> None:
    rule = one(Rule(Action.ALLOW, source=entity))
    assert asked(rule.peer) == expected
    assert rule.own == ()
    mirrored = one(Rule(Action.ALLOW, source=entity), direction=EGRESS)
    assert (asked(mirrored.own), mirrored.peer) == (expected, ())


def test_a_refused_selector_of_a_global_policy_is_a_negated_set() -> None:
    rule = one(Rule(Action.ALLOW, source=EntityMatch(not_selector="a == 'b'")), GLOBAL)
    assert asked(rule.peer) == [(True, "source.notSelector", "a == 'b'")]


def test_sets_are_defined_once_for_equal_questions() -> None:
    side = EntityMatch(selector="a == 'b'", nets=(parse_prefix("10.0.0.0/8"), parse_prefix("10.0.0.0/8")))
    sets = compiled(Rule(Action.ALLOW, source=side, destination=side), GLOBAL).sets
    assert set(sets.values()) == {SelectorSet(parse("a == 'b'")), CidrSet((parse_prefix("10.0.0.0/8"),))}


def test_equal_questions_in_other_words_are_one_set() -> None:
    first = one(Rule(Action.ALLOW, source=EntityMatch(selector="a == 'b'")), GLOBAL)
    second = one(Rule(Action.ALLOW, source=EntityMatch(selector='a=="b"')), GLOBAL)
    assert first.peer[0].set == second.peer[0].set


@pytest.mark.parametrize(
    ("ports", "not_ports", "expected"),
    [
        ((), (), None),
        ((P90, P80), (), (P80, P90)),
        ((PortRange(80, 90),), (PortRange(81, 89),), (P80, P90)),
        ((P80,), (P80,), ()),
        ((), (PortRange(1, 65535),), (PortRange(0, 0),)),
        (("http",), (), ()),  # no number matches, but the name may
        ((P80, "http"), (), (P80,)),
        ((), ("http",), None),
        ((), ("http", PortRange(1, 65535)), (PortRange(0, 0),)),
    ],
)
def test_ports(
    ports: tuple[PortRange | str, ...], not_ports: tuple[PortRange | str, ...], expected: tuple[PortRange, ...] | None
) -> None:
    entity = EntityMatch(ports=ports, not_ports=not_ports)
    rule = one(Rule(Action.ALLOW, protocol=TCP, destination=entity))
    assert rule.destination_ports == expected
    assert rule.source_ports is None


def test_named_ports_ask_the_protocol_and_the_selector() -> None:
    entity = EntityMatch(ports=("http", P80), not_ports=("dns", P90), selector="a == 'b'")
    result = compiled(Rule(Action.ALLOW, protocol=TCP, destination=entity), GLOBAL)
    names = result.rules[0].destination_names
    (wanted, wanted_name), (refused, refused_name) = names.wanted[0], names.refused[0]
    assert (wanted_name, refused_name, names.refused_numbers) == ("http", "dns", (P90,))
    assert result.sets[wanted] == PortNameSet("http", 6, parse("a == 'b'"))
    assert result.sets[refused] == PortNameSet("dns", 6, parse("a == 'b'"))


@pytest.mark.parametrize(
    ("rule", "family", "protocol"),
    [
        (Rule(Action.ALLOW), None, None),
        (Rule(Action.ALLOW, ip_version=Family.V6), Family.V6, None),
        (Rule(Action.ALLOW, protocol=Protocol(1)), Family.V4, 1),
        (Rule(Action.ALLOW, protocol=Protocol(58)), Family.V6, 58),
        (Rule(Action.ALLOW, protocol=Protocol(58, named=False)), None, 58),
    ],
)
def test_family_and_protocol(rule: Rule, family: Family | None, protocol: int | None) -> None:
    assert (one(rule).family, one(rule).protocol) == (family, protocol)


def test_the_rest_is_taken_over() -> None:
    rule = one(Rule(Action.DENY, not_protocol=TCP, icmp=IcmpMatch(8), not_icmp=IcmpMatch(8, 1)))
    assert (rule.action, rule.not_protocol, rule.icmp, rule.not_icmp) == (Action.DENY, 6, IcmpMatch(8), IcmpMatch(8, 1))


@pytest.mark.parametrize(
    ("action", "compiled_action", "never_matches"),
    [
        (Action.ALLOW, Action.ALLOW, True),
        (Action.LOG, Action.LOG, True),
        (Action.DENY, Action.DENY, False),
        (Action.PASS, Action.DENY, False),
    ],
)
def test_a_rule_about_requests_allows_none_and_denies_all(
    action: Action, compiled_action: Action, *, never_matches: bool
) -> None:
    http = HTTPMatch(("GET",))
    rule = one(Rule(action, protocol=TCP, http=http))
    assert (rule.action, rule.http) == (compiled_action, http if never_matches else None)


@pytest.mark.parametrize("asked", [ServiceMatch("web"), ServiceMatch("web", "shop")])
def test_a_source_service_is_addresses(asked: ServiceMatch) -> None:
    found = compiled(Rule(Action.ALLOW, source=EntityMatch(services=asked)))
    (test,) = found.rules[0].peer
    assert (test.field, test.text, test.negated) == ("source.services", "shop/web", False)
    assert found.sets == {test.set: ServiceSet("shop", "web", is_port=False)}


def test_a_destination_service_is_addresses_and_ports() -> None:
    asked = Rule(Action.DENY, destination=EntityMatch(services=ServiceMatch("web", "other")))
    found = compiled(asked, direction=EGRESS)
    rule = found.rules[0]
    ((query, name),) = rule.destination_names.wanted
    assert (name, rule.destination_names.field, rule.destination_ports) == ("other/web", "services", ())
    assert found.sets == {query: ServiceSet("other", "web", is_port=True)}
    assert rule.peer == rule.own == ()


def test_names_of_ports_are_those_of_whom_the_selectors_leave() -> None:
    asked = EntityMatch(selector="a == 'b'", not_selector="has(c)", ports=("http",), not_ports=("dns",))
    found = compiled(Rule(Action.ALLOW, protocol=TCP, destination=asked), GLOBAL)
    selectors = {each.selector for each in found.sets.values() if isinstance(each, PortNameSet)}
    assert selectors == {each.selector for each in found.sets.values() if isinstance(each, SelectorSet)}


@pytest.mark.parametrize(
    ("template", "owner", "prefix"),
    [
        ("calico-packet", SHOP, "calico-packet"),
        ("%t %k %n %p", SHOP, "security np p shop/p"),
        ("%p", GLOBAL, "p"),
        ("%", SHOP, "%"),
        ("%%t %x", SHOP, "%security %x"),
    ],
)
def test_log_prefix(template: str, owner: Key, prefix: str) -> None:
    settings = Settings(log_prefix=template)
    policy = Policy(owner, tier="security", ingress=(Rule(Action.LOG), Rule(Action.DENY)))
    rules = compile_rules(policy, INGRESS, settings).rules
    assert [rule.log_prefix for rule in rules] == [prefix, ""]


@pytest.mark.parametrize(
    ("fields", "policy_class"),
    [
        ({}, PolicyClass.NORMAL),
        ({"apply_on_forward": True}, PolicyClass.NORMAL),
        ({"apply_on_forward": True, "do_not_track": True}, PolicyClass.UNTRACKED),
        ({"apply_on_forward": True, "pre_dnat": True}, PolicyClass.PRE_DNAT),
    ],
)
def test_rules_say_what_their_allow_means(fields: dict[str, bool], policy_class: PolicyClass) -> None:
    policy = Policy(GLOBAL, ingress=(Rule(Action.ALLOW),), **fields)  # type: ignore[arg-type] # fields of a policy
    assert compile_rules(policy, INGRESS, Settings()).rules[0].origin.policy_class is policy_class


def test_a_digest_stands_for_the_content() -> None:
    allow, deny = Rule(Action.ALLOW), Rule(Action.DENY)
    assert compiled(allow).digest == compiled(allow).digest
    assert len({compiled(allow).digest, compiled(deny).digest, compiled(allow, GLOBAL).digest}) == 3


def test_annotations_of_a_rule_come_along_sorted() -> None:
    noted = Rule(Action.ALLOW, annotations={"ticket": "NET-7", "owner": "payments"})
    owner = Policy(Key(Kind.GLOBAL_NETWORK_POLICY, "", "p"), ingress=(noted,))
    (compiled,) = compile_rules(owner, Direction.INGRESS, Settings()).rules
    assert compiled.origin.annotations == (("owner", "payments"), ("ticket", "NET-7"))
