"""From what is to what should be."""

from __future__ import annotations

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
    verdicts = st.lists(st.sampled_from([ACCEPT, DROP, RETURN]), max_size=3)
    things += [Rule(chain, (verdict,)) for chain in sorted(chains) for verdict in draw(verdicts)]
    return things


@given(tables(), tables())
def test_a_repair_leads_from_any_table_to_any_other(before: list[Object], wanted: list[Object]) -> None:
    kernel = FakeKernel()
    transaction = Transaction()
    for thing in before:
        transaction.add(thing)
    kernel.commit(transaction)
    kernel.commit(repair(ruleset(wanted), kernel.dump()))
    assert not repair(ruleset(wanted), kernel.dump())
    kernel.close()


@given(tables())
def test_where_there_is_nothing_everything_is_made(wanted: list[Object]) -> None:
    kernel = FakeKernel()
    kernel.commit(repair(ruleset(wanted), Actual(1)))
    assert not repair(ruleset(wanted), kernel.dump())
    kernel.close()
