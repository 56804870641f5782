"""Objects gathered by kind and name."""

from __future__ import annotations

from tortie.dataplane.nftables import ACCEPT, DROP, Chain, Counter, Element, Rule, Ruleset, Set, Table, Type, ruleset
from tortie.dataplane.nftables.ruleset import span

HOSTS = Set("hosts", (Type.IPV4_ADDR,))
NETS = Set("nets", (Type.IPV4_ADDR,), interval=True)


def test_a_ruleset_keeps_the_order_of_rules() -> None:
    first, second = Rule("leaf", (ACCEPT,)), Rule("leaf", (DROP,))
    element = Element(HOSTS, 1)
    assert ruleset([Table(), second, Chain("leaf"), first, Counter("c"), HOSTS, element]) == Ruleset(
        Table(),
        {"c": Counter("c")},
        {"hosts": HOSTS},
        {"leaf": Chain("leaf")},
        {"leaf": (second, first)},
        {"hosts": (element,)},
    )


def test_a_single_key_is_a_range_of_one() -> None:
    assert span(Element(NETS, 1)) == (1, 1) == span(Element(NETS, 1, None, 1))
    assert span(Element(NETS, 1, None, 5)) == (1, 5)
