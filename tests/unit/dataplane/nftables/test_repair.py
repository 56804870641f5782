"""From what is to what should be."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.dataplane.nftables import (
    ACCEPT,
    DROP,
    RETURN,
    Actual,
    Chain,
    Counter,
    Element,
    FakeKernel,
    Hook,
    Object,
    Rule,
    Ruleset,
    Set,
    Table,
    Transaction,
    Type,
    repair,
    ruleset,
)

HOSTS = Set("hosts", (Type.IPV4_ADDR,), Type.CLASSID)
OTHER = Set("hosts", (Type.IPV6_ADDR,), Type.CLASSID)
NETS = Set("nets", (Type.IPV4_ADDR,), Type.VERDICT, interval=True)
CHAINS = ("a", "b", "c")


@st.composite
def tables(draw: st.DrawFn) -> list[Object]:
    """Return the objects of some table, referents before users."""
    hosts = draw(st.sampled_from([HOSTS, OTHER]))
    chains = draw(st.sets(st.sampled_from(CHAINS)))
    hook = draw(st.sampled_from([Hook("filter", "input"), Hook("filter", "forward", 5)]))
    keys = draw(st.dictionaries(st.integers(0, 4), st.integers(0, 2)))
    starts = draw(st.sets(st.integers(0, 4)))
    things: list[Object] = [Table(), hosts, NETS, Chain("base", hook), *map(Chain, sorted(chains))]
    things += [Counter(name) for name in draw(st.sets(st.sampled_from(["x", "y"])))]
    things += [Element(hosts, key, data) for key, data in keys.items()]
    things += [Element(NETS, start * 10, ACCEPT, start * 10 + draw(st.integers(0, 9))) for start in starts]
    rules = st.lists(st.tuples(st.sampled_from([ACCEPT, DROP, RETURN]), st.sampled_from(["", "why"])), max_size=3)
    things += [Rule(chain, (verdict,), comment) for chain in sorted(chains) for verdict, comment in draw(rules)]
    return things


def rules_of(table: Ruleset) -> dict[str, tuple[Rule, ...]]:
    return {chain: rules for chain, rules in table.rules.items() if rules}


@given(tables(), tables())
def test_a_repair_leads_from_any_table_to_any_other(before: list[Object], wanted: list[Object]) -> None:
    kernel = FakeKernel()
    transaction = Transaction()
    for thing in before:
        transaction.add(thing)
    kernel.commit(transaction)
    kernel.commit(repair(ruleset(wanted), kernel.dump()))
    assert rules_of(kernel.ruleset()) == rules_of(ruleset(wanted))
    assert not repair(ruleset(wanted), kernel.dump())
    kernel.close()


@pytest.mark.parametrize(
    "changed",
    [Rule("a", (DROP,), "why"), Rule("a", (ACCEPT,), "because"), Rule("a", (ACCEPT,))],
    ids=["other words, same comment", "same words, other comment", "without its comment"],
)
def test_a_rule_that_somebody_rewrote_is_as_it_was(changed: Rule) -> None:
    wanted: list[Object] = [Table(), Chain("a"), Rule("a", (ACCEPT,), "why")]
    with closing(FakeKernel()) as kernel:
        kernel.commit(repair(ruleset(wanted), Actual(1)))
        transaction = Transaction()
        transaction.rewrite("a", [changed])
        kernel.interfere(transaction)
        kernel.commit(repair(ruleset(wanted), kernel.dump()))
        assert rules_of(kernel.ruleset()) == rules_of(ruleset(wanted))


@given(tables())
def test_where_there_is_nothing_everything_is_made(wanted: list[Object]) -> None:
    kernel = FakeKernel()
    kernel.commit(repair(ruleset(wanted), Actual(1)))
    assert not repair(ruleset(wanted), kernel.dump())
    kernel.close()
