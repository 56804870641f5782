"""Why a rule did not match: one table from what an author wrote to what a reader is told."""

from __future__ import annotations

import pytest

from tests.unit.explain.world import PEOPLE, POLICY, TCP, policy
from tortie.api import stored_settings
from tortie.compiled import CompiledRule, Origin
from tortie.explain import Asked, Directory, answer, ask
from tortie.explain.reasons import owner_title, rule_fields, rule_place
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Family,
    HTTPMatch,
    IcmpMatch,
    Key,
    Kind,
    PortRange,
    Protocol,
    Rule,
    ServiceAccountMatch,
    ServiceMatch,
    parse_prefix,
)

NETS = (parse_prefix("10.65.1.0/24"),)


def reasons(source: str, rule: Rule, asked: Asked, key: Key) -> list[tuple[str, str, str]]:
    world = {**PEOPLE, key: policy(rule, key=key)}
    found = answer(world, ask(Directory(world), source, "red", asked), stored_settings())
    (asking,) = [each for each in found.stories[-1].askings if each.step.rule.origin.owner == key]
    return [(each.field, each.wanted, each.got) for each in asking.reasons]


GLOBAL = Key(Kind.GLOBAL_NETWORK_POLICY, "", "g")


def wants(**source: object) -> Rule:
    return Rule(Action.ALLOW, source=EntityMatch(**source))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "rule", "field", "wanted", "got"),
    [
        (
            "green",
            wants(selector="color == 'blue'"),
            "source.selector",
            "color == 'blue'",
            "production/green has color=green",
        ),
        ("green", wants(selector="has(size)"), "source.selector", "has(size)", "production/green has no label `size`"),
        (
            "green",
            wants(selector="color == 'blue' && size == 'l'"),
            "source.selector",
            "color == 'blue' && size == 'l'",
            "production/green has color=green and no label `size`",
        ),
        (
            "green",
            wants(not_selector="color == 'green'"),
            "source.notSelector",
            "color == 'green'",
            "production/green has color=green",
        ),
        (
            "green",
            wants(selector="color == 'green'", namespace_selector="shape == 'circle'"),
            "source.namespaceSelector",
            "shape == 'circle'",
            "namespace production has shape=square",
        ),
        (
            "partners/blue",
            wants(selector="color == 'blue'"),
            "source.selector",
            "color == 'blue'",
            (
                "partners/blue is in namespace partners, and without a namespaceSelector the rule speaks of production "
                "only"
            ),
        ),
        (
            "1.2.3.4",
            wants(selector="color == 'blue'"),
            "source.selector",
            "color == 'blue'",
            "1.2.3.4 belongs to no endpoint or network set",
        ),
        (
            "green",
            wants(service_accounts=ServiceAccountMatch(names=("bot",))),
            "source.serviceAccounts.names",
            "bot",
            "production/green has no service account",
        ),
        ("green", wants(nets=NETS), "source.nets", "10.65.1.0/24", "10.65.2.10 is outside"),
        ("production/blue", wants(not_nets=NETS), "source.notNets", "10.65.1.0/24", "10.65.1.11 is within"),
        ("green", Rule(Action.ALLOW, protocol=Protocol(17)), "protocol", "UDP", "the packet has TCP"),
        (
            "green",
            Rule(Action.ALLOW, protocol=TCP, destination=EntityMatch(ports=(PortRange(80, 80), "http"))),
            "destination.ports",
            "80, http",
            "the packet has 6379",
        ),
        (
            "green",
            Rule(Action.ALLOW, protocol=TCP, http=HTTPMatch(("GET",))),
            "http",
            "GET",
            "layer 7 is not enforced yet: such a rule matches nothing",
        ),
        (
            "green",
            wants(services=ServiceMatch("db")),
            "source.services",
            "production/db",
            "10.65.2.10 is not behind it",
        ),
    ],
)
def test_a_field_that_failed(source: str, rule: Rule, field: str, wanted: str, got: str) -> None:
    assert reasons(source, rule, Asked(port=6379), POLICY) == [(field, wanted, got)]


def test_network_sets_have_labels_too() -> None:
    rule = wants(selector="color == 'blue'")
    assert reasons("192.0.2.9", rule, Asked(port=1), GLOBAL) == [
        ("source.selector", "color == 'blue'", "office has color=grey")
    ]


def test_a_match_names_whom_the_selector_found() -> None:
    rule = wants(
        selector="color == 'green'", namespace_selector="shape == 'square'", nets=(parse_prefix("10.0.0.0/8"),)
    )
    assert reasons("green", rule, Asked(port=1), GLOBAL) == [
        (
            "source",
            "selector color == 'green', namespaceSelector shape == 'square'",
            "production/green has color=green; namespace production has shape=square",
        )
    ]


def test_names() -> None:
    ingress = Origin(Direction.INGRESS, "default", POLICY, 3)
    rule = CompiledRule("x", Action.ALLOW, ingress)
    assert rule_place(rule) == "ingress[3]"
    assert rule_place(CompiledRule("x", Action.DENY, Origin(Direction.INGRESS))) == ""
    assert owner_title(POLICY) == "NetworkPolicy production/allow-tcp-6379"
    assert owner_title(GLOBAL) == "GlobalNetworkPolicy g"


def test_fields_of_a_rule() -> None:
    rule = CompiledRule(
        "x",
        Action.ALLOW,
        Origin(Direction.INGRESS),
        family=Family.V6,
        not_protocol=17,
        icmp=IcmpMatch(128),
        not_icmp=IcmpMatch(1, 2),
        source_ports=(PortRange(1, 2),),
        http=HTTPMatch(("GET",)),
    )
    assert rule_fields(rule) == (
        ("ipVersion", "6"),
        ("notProtocol", "UDP"),
        ("icmp", "type 128"),
        ("notICMP", "type 1 code 2"),
        ("source.ports", "1:2"),
        ("http", "GET"),
    )
