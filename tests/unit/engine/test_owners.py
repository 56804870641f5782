"""Who owns an address: exactly, or by a prefix around it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tortie.engine.owners import Owner, Ownership
from tortie.model import Prefix, parse_address, parse_prefix

PREFIXES = [
    parse_prefix(text)
    for text in ("0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/8", "10.0.0.0/31", "10.0.0.1", "::/0", "fd00::/64", "fd00::1")
]
PROBES = [parse_address(text) for text in ("0.0.0.1", "10.0.0.1", "10.0.0.2", "200.0.0.1", "fd00::1", "fe80::1", "::")]
GIFTS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(PREFIXES)), max_size=8)


def as_given(prefix: Prefix) -> Prefix | bytes:
    """Endpoints give packed addresses, network sets give prefixes of full length."""
    return prefix.network if prefix.is_address and prefix.network[-1] == 1 else prefix


@given(GIFTS, st.data())
def test_sets_are_those_of_all_who_own_it(gifts: list[tuple[int, Prefix]], data: st.DataObject) -> None:
    owners = [Owner(frozenset({f"set{index}"})) for index in range(3)]
    ownership = Ownership()
    for index, prefix in gifts:
        ownership.add(owners[index], [as_given(prefix)])
    taken = data.draw(st.sets(st.integers(0, max(len(gifts) - 1, 0)))) if gifts else set[int]()
    for place in taken:
        ownership.remove(owners[gifts[place][0]], [as_given(gifts[place][1])])
    left = [gift for place, gift in enumerate(gifts) if place not in taken]
    for probe in PROBES:
        around = {f"set{index}" for index, prefix in left if prefix.covers(probe) and not prefix.is_address}
        exactly = {f"set{index}" for index, prefix in left if prefix.covers(probe) and prefix.is_address}
        assert ownership.own_sets(probe) == exactly
        assert ownership.covering_sets(probe) == around
        assert ownership.sets_of(probe) == exactly | around
    assert set(ownership.prefixes()) == {prefix for _, prefix in left if not prefix.is_address}
    for index, owner in enumerate(owners):
        owned = Counter(prefix for giver, prefix in left if giver == index)
        assert owner.addresses == {prefix.network for prefix in owned if prefix.is_address}
        assert owner.prefixes == {prefix for prefix in owned if not prefix.is_address}


def test_what_is_owned_twice_must_be_taken_back_twice() -> None:
    ownership, owner = Ownership(), Owner(frozenset({"s"}))
    address = parse_address("10.0.0.1")
    ownership.add(owner, [address, address])
    ownership.remove(owner, [address])
    assert ownership.own_sets(address) == {"s"}
    assert owner.addresses == {address}
    ownership.remove(owner, [address])
    assert not ownership.own_sets(address)
    assert not owner.addresses
