"""Failsafe ports as sets and lookups: by family, by direction, and as answers."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables import rule_text, ruleset
from tortie.dataplane.nftables.failsafe import failsafe_layout, failsafe_rules
from tortie.model import Direction, FailsafePort, Settings, parse_prefix

NEAR = Settings(
    failsafe_inbound=(
        FailsafePort(6, 22, parse_prefix("10.0.0.0/8")),
        FailsafePort(6, 22, parse_prefix("10.1.0.0/16")),
        FailsafePort(6, 22, parse_prefix("fd00::/8")),
        FailsafePort(17, 68),
    ),
    failsafe_outbound=(FailsafePort(6, 2379, parse_prefix("0.0.0.0/0")),),
)


def rules(direction: Direction, settings: Settings, *, responses: bool) -> list[str]:
    return [rule_text(rule) for rule in failsafe_rules("checks", direction, settings, responses=responses)]


def test_defaults_are_ports_of_anybody() -> None:
    found = ruleset(failsafe_layout(Settings()))

    assert set(found.sets) == {"failsafe-in", "failsafe-out"}
    assert [each.key for each in found.elements["failsafe-in"]] == [
        *((6, port) for port in (22, 179, 2379, 2380, 5473, 6443, 6666, 6667)),
        (17, 68),
    ]
    assert [each.key for each in found.elements["failsafe-out"]] == [
        *((6, port) for port in (179, 2379, 2380, 5473, 6443, 6666, 6667)),
        (17, 53),
        (17, 67),
    ]


def test_prefixes_stand_by_family_and_none_within_another() -> None:
    found = ruleset(failsafe_layout(NEAR))

    assert set(found.sets) == {"failsafe-in", "failsafe-in4", "failsafe-in6", "failsafe-out4"}
    assert [(each.key, each.end) for each in found.elements["failsafe-in4"]] == [
        ((6, 22, 0x0A000000), (6, 22, 0x0AFFFFFF))
    ]
    assert [(each.key, each.end) for each in found.elements["failsafe-out4"]] == [((6, 2379, 0), (6, 2379, 0xFFFFFFFF))]


@pytest.mark.parametrize(
    ("direction", "responses", "lines"),
    [
        (
            Direction.INGRESS,
            False,
            [
                "meta l4proto . th dport @failsafe-in goto failsafe-inbound",
                "meta l4proto . th dport . ip saddr @failsafe-in4 goto failsafe-inbound",
                "meta l4proto . th dport . ip6 saddr @failsafe-in6 goto failsafe-inbound",
            ],
        ),
        (Direction.EGRESS, False, ["meta l4proto . th dport . ip daddr @failsafe-out4 goto failsafe-outbound"]),
        (
            Direction.EGRESS,
            True,
            [
                "meta l4proto . th dport . ip daddr @failsafe-out4 goto failsafe-outbound",
                "meta l4proto . th sport @failsafe-in goto failsafe-inbound",
                "meta l4proto . th sport . ip daddr @failsafe-in4 goto failsafe-inbound",
                "meta l4proto . th sport . ip6 daddr @failsafe-in6 goto failsafe-inbound",
            ],
        ),
    ],
)
def test_lookups_ask_for_the_peer_that_the_prefix_speaks_of(
    direction: Direction, lines: list[str], *, responses: bool
) -> None:
    assert rules(direction, NEAR, responses=responses) == lines


def test_none_leaves_nothing() -> None:
    settings = Settings(failsafe_inbound=(), failsafe_outbound=())
    assert list(failsafe_layout(settings)) == []
    assert rules(Direction.INGRESS, settings, responses=True) == []
