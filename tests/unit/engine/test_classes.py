"""Address classes against asking every prefix of every address."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.compiled import ClassLookup
from tortie.engine.classes import Classes
from tortie.engine.owners import Owner, Ownership
from tortie.model import Family, Prefix, format_address, parse_address, parse_prefix

Lists = dict[str, list[str]]

TEXTS = (
    *("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/30", "10.0.0.2/31"),
    *("10.0.0.1", "10.0.0.2", "255.255.255.255", "255.255.255.254/31", "0.0.0.0/32"),
    *("::/0", "::/1", "fd00::/8", "fd00::/126", "fd00::1", "fd00::2", "ffff::/16"),
)
LISTS = st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from(TEXTS), max_size=5))


def boundaries() -> set[bytes]:
    """Every address at which one of the prefixes begins or ends, and its neighbours."""
    found: set[bytes] = set()
    for prefix in map(parse_prefix, TEXTS):
        size = len(prefix.network)
        for edge in (prefix.network, prefix.last):
            around = range(int.from_bytes(edge) - 1, int.from_bytes(edge) + 2)
            found |= {each.to_bytes(size) for each in around if 0 <= each < 256**size}
    return found


PROBES = sorted(boundaries())


class World:
    """Named lists of prefixes, each its own set, placed after each change as the engine does."""

    def __init__(self) -> None:
        self.ownership = Ownership()
        self.classes = Classes(self.ownership)
        self.held: dict[str, tuple[Owner, list[Prefix]]] = {}

    def become(self, lists: Lists) -> None:
        moved: set[bytes] = set()
        prefixes: set[Prefix] = set()
        for name in {*self.held, *lists}:
            old_owner, old = self.held.get(name, (Owner(), []))
            new = [parse_prefix(text) for text in lists.get(name, ())]
            if name in lists and name in self.held and old == new:
                continue
            self.held.pop(name, None)
            self.ownership.remove(old_owner, old)
            if name in lists:
                owner = Owner(frozenset({name}))
                self.ownership.add(owner, new)
                self.held[name] = (owner, new)
            moved |= {each.network for each in old + new if each.is_address}
            prefixes |= {each for each in old + new if not each.is_address}
        self.classes.place(moved, prefixes)

    def lookup(self) -> ClassLookup:
        return ClassLookup(self.classes.classes.rows, self.classes.addresses.rows, self.classes.ranges.rows)


def assert_right(world: World, lists: Lists) -> None:
    lookup = world.lookup()
    for probe in PROBES:
        wanted = {name for name, texts in lists.items() if any(parse_prefix(text).covers(probe) for text in texts)}
        assert lookup.sets_of(probe) == wanted, format_address(probe)
    ranges = sorted(world.classes.ranges.rows, key=lambda each: (len(each[0]), each))
    for (_, last), (first, _) in pairwise(ranges):
        assert len(first) != len(last) or last < first, "ranges are disjoint"
    without = ClassLookup(world.classes.classes.rows, {}, world.classes.ranges.rows)
    for address, class_id in world.classes.addresses.rows.items():
        assert without.class_of(address) != class_id, "a row says something that the ranges do not"
    used = {*world.classes.addresses.rows.values(), *world.classes.ranges.rows.values()}
    assert used == set(world.classes.classes.rows), "every class is in use"


@given(st.lists(LISTS, min_size=1, max_size=4))
def test_every_address_is_in_the_class_of_its_sets(states: list[Lists]) -> None:
    world = World()
    for lists in states:
        world.become(lists)
        assert_right(world, lists)
    fresh = World()
    fresh.become(states[-1])
    assert fresh.classes.ranges.rows == world.classes.ranges.rows
    assert fresh.classes.addresses.rows == world.classes.addresses.rows
    assert fresh.classes.classes.rows == world.classes.classes.rows


@pytest.mark.parametrize(
    ("lists", "ranges"),
    [
        ({"a": ["10.0.0.0/8"]}, ["10.0.0.0-10.255.255.255 a"]),
        ({"a": ["0.0.0.0/0"]}, ["0.0.0.0-255.255.255.255 a"]),
        ({"a": ["::/0"]}, ["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff a"]),
        ({"a": ["0.0.0.0/1", "128.0.0.0/1"]}, ["0.0.0.0-255.255.255.255 a"]),  # neighbours join
        ({"a": ["10.0.0.0/8", "10.0.0.0/24"]}, ["10.0.0.0-10.255.255.255 a"]),  # as do the nested
        (
            {"a": ["10.0.0.0/24"], "b": ["10.0.0.64/26"]},
            ["10.0.0.0-10.0.0.63 a", "10.0.0.64-10.0.0.127 a,b", "10.0.0.128-10.0.0.255 a"],
        ),
        ({"a": ["10.0.0.0/24"], "b": ["10.0.0.0/24"]}, ["10.0.0.0-10.0.0.255 a,b"]),
        ({"a": ["10.0.0.0/24", "10.0.0.0/24"]}, ["10.0.0.0-10.0.0.255 a"]),
        ({"a": ["10.0.0.0/25"], "b": ["10.0.0.128/25"]}, ["10.0.0.0-10.0.0.127 a", "10.0.0.128-10.0.0.255 b"]),
        ({"a": ["10.0.0.1"]}, []),
    ],
)
def test_ranges(lists: Lists, ranges: list[str]) -> None:
    world = World()
    world.become(lists)
    rows = sorted(world.classes.ranges.rows.items())
    assert ranges == [
        f"{format_address(first)}-{format_address(last)} {','.join(sorted(world.classes.classes.rows[id_].sets))}"
        for (first, last), id_ in rows
    ]


def test_only_addresses_that_differ_from_their_range_have_a_row() -> None:
    world = World()
    world.become({"a": ["10.0.0.0/8", "10.0.0.1"], "b": ["10.0.0.2"], "c": ["192.0.2.1"]})
    assert set(world.classes.addresses.rows) == {parse_address("10.0.0.2"), parse_address("192.0.2.1")}


def test_a_range_that_comes_or_goes_moves_the_addresses_in_it() -> None:
    world = World()
    alone: Lists = {"a": ["10.0.0.1"]}
    states: list[Lists] = [alone, {**alone, "b": ["10.0.0.0/8"]}, alone, {**alone, "a-net": ["::/0"]}]
    for lists in states:
        world.become(lists)
        assert_right(world, lists)


def test_families_never_share_a_class() -> None:
    world = World()
    world.become({"a": ["10.0.0.1", "fd00::1"]})
    rows = world.classes.classes.rows
    assert {row.family for row in rows.values()} == set(Family)
    assert len(set(world.classes.addresses.rows.values())) == 2


def test_rows_that_stay_are_not_told_again() -> None:
    world = World()
    world.become({"a": ["10.0.0.0/8"], "b": ["192.0.2.1"]})
    for table in (world.classes.classes, world.classes.addresses, world.classes.ranges):
        table.flush()
    world.become({"a": ["10.0.0.0/8"], "b": ["192.0.2.1"]})
    assert not world.classes.classes.flush()
    assert not world.classes.addresses.flush()
    assert not world.classes.ranges.flush()
