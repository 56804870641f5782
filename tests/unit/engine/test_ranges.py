"""Ranges kept in step with prefixes that come and go, against flattening all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.compiled import AddressRange, SetId
from tortie.engine import ranges as module
from tortie.engine.owners import Owner, Ownership
from tortie.engine.ranges import Ranges, flatten, spans_of, within
from tortie.model import Family, Prefix, parse_address, parse_prefix

Row = dict[AddressRange, frozenset[SetId]]

LENGTHS = st.sampled_from((0, 1, 8, 24, 25, 26, 27, 28, 29, 30, 31))


@st.composite
def prefixes(draw: st.DrawFn) -> Prefix:
    """Draw a prefix of few places, so that they nest and touch."""
    length = draw(LENGTHS)
    value = draw(st.sampled_from((0x0A000000, 0x0A000100, 0xFFFFFF00, 0))) | draw(st.integers(0, 255))
    network = (value >> 32 - length << 32 - length).to_bytes(4)
    if draw(st.booleans()):
        return Prefix(network, length)
    return Prefix(network.rjust(16, b"\xff"), 96 + length)


STEPS = st.lists(st.lists(st.tuples(st.sampled_from("abc"), prefixes()), max_size=4), max_size=6)


class World:
    """Three sets that own prefixes; `rows` are the ranges as the class is told of their changes."""

    def __init__(self) -> None:
        self.ownership = Ownership()
        self.owners = {name: Owner(frozenset({name})) for name in "abc"}
        self.ranges = {family: Ranges(family, self.ownership) for family in Family}
        self.rows: Row = {}

    def toggle(self, step: list[tuple[str, Prefix]]) -> None:
        for name, prefix in step:
            owner = self.owners[name]
            change = self.ownership.remove if prefix in owner.prefixes else self.ownership.add
            change(owner, [prefix])
        self.tell({prefix for _, prefix in step})

    def tell(self, moved: set[Prefix]) -> None:
        for family, ranges in self.ranges.items():
            mine = [each for each in moved if each.family is family]
            for before, after in ranges.move(spans_of(mine), mine):
                for each in before:
                    del self.rows[each]
                self.rows |= after


@pytest.mark.parametrize("many", [0, 64])
@given(steps=STEPS)
def test_step_by_step_is_as_from_nothing(many: int, steps: list[list[tuple[str, Prefix]]]) -> None:
    world = World()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MANY", many)
        for step in steps:
            world.toggle(step)
            assert world.rows == dict(flatten(world.ownership))


@given(STEPS, st.sampled_from("abc"))
def test_a_set_that_is_not_asked_for_any_more(steps: list[list[tuple[str, Prefix]]], name: str) -> None:
    world = World()
    for step in steps:
        world.toggle(step)
    for sets in (frozenset[SetId](), frozenset({"d"})):
        world.owners[name].sets = sets
        world.tell(set(world.owners[name].prefixes))
        assert world.rows == dict(flatten(world.ownership))


def test_only_what_a_prefix_touches_is_told() -> None:
    world = World()
    world.toggle([("a", parse_prefix(f"10.0.{number}.0/24")) for number in range(0, 60, 2)])
    kept = {each for each in world.rows if each[0] not in {parse_address("10.0.6.0"), parse_address("10.0.8.0")}}
    prefix = parse_prefix("10.0.7.0/24")
    world.ownership.add(world.owners["a"], [prefix])
    [(before, after)] = world.ranges[Family.V4].move(spans_of([prefix]), [prefix])
    assert kept.isdisjoint(before)
    assert after == {(parse_address("10.0.6.0"), parse_address("10.0.8.255")): {"a"}}


def test_stretches_of_prefixes() -> None:
    texts = ("10.0.1.0/24", "10.0.0.0/16", "10.1.0.0/31", "9.0.0.0/8")
    assert spans_of(map(parse_prefix, texts)) == [
        (0x09000000, 0x09FFFFFF),
        (0x0A000000, 0x0A00FFFF),
        (0x0A010000, 0x0A010001),
    ]


@given(st.lists(prefixes().filter(lambda each: each.family is Family.V4), min_size=1), st.lists(prefixes()))
def test_addresses_within(around: list[Prefix], others: list[Prefix]) -> None:
    addresses = [edge for each in others if each.family is Family.V4 for edge in (each.network, each.last)]
    found = within(addresses, spans_of(around), Family.V4)
    assert found == [each for each in addresses if any(prefix.covers(each) for prefix in around)]
