"""What keeps packets to services from going round, as an operator reads it."""

from __future__ import annotations

import pytest

from tortie.compiled import BuiltIn, Snapshot
from tortie.dataplane.nftables import Ruleset, rule_text
from tortie.dataplane.nftables.layout import layout
from tortie.dataplane.nftables.ruleset import ruleset
from tortie.dataplane.nftables.services import service_layout
from tortie.model import ServiceLoopPrevention, Settings, parse_prefix

NETS = {parse_prefix("10.96.0.0/12"): "serviceClusterIPs", parse_prefix("fd00:96::/112"): "serviceExternalIPs"}


def chain(found: Ruleset, name: str) -> list[str]:
    return [rule_text(rule) for rule in found.rules.get(name, ())]


@pytest.mark.scenario(138)
def test_without_addresses_there_is_nothing() -> None:
    assert list(service_layout(Settings(), ())) == []
    assert BuiltIn.SERVICE_LOOP not in ruleset(layout(Snapshot())).counters


@pytest.mark.scenario(138)
@pytest.mark.parametrize(
    ("prevention", "end"), [(ServiceLoopPrevention.DROP, "drop"), (ServiceLoopPrevention.REJECT, "reject")]
)
def test_the_forward_chain_ends_with_it(prevention: ServiceLoopPrevention, end: str) -> None:
    found = ruleset(layout(Snapshot(Settings(service_loop_prevention=prevention), service_nets=NETS)))
    assert chain(found, "forward")[-4:] == [
        "jump to-workload",
        'ct status dnat accept comment "sent to a service, and translated"',
        "ip daddr @services4 goto service-loop",
        "ip6 daddr @services6 goto service-loop",
    ]
    assert chain(found, "service-loop") == [f'counter name "service-loop" {end}']


def test_one_family_alone_has_one_set() -> None:
    found = ruleset(layout(Snapshot(service_nets={parse_prefix("10.96.0.0/12"): "x"})))
    assert {name for name in found.sets if name.startswith("services")} == {"services4"}
