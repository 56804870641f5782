"""Listings of a set: torn ones are asked for again, and never taken for what is there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.dataplane.nftables import Element, Set, Type
from tortie.dataplane.nftables.elements import decode_elements, encode_elements
from tortie.dataplane.nftables.listing import listed
from tortie.errors import Unavailable
from tortie.netlink import nested

HOSTS = Set("hosts", (Type.IPV4_ADDR,), Type.CLASSID)
NETS = Set("nets", (Type.IPV4_ADDR,), Type.CLASSID, interval=True)


class Kernel:
    """Answers each request with the next listing, the last one again and again; notes how long it was waited for."""

    def __init__(self, *listings: Sequence[bytes]) -> None:
        self._listings = list(listings)
        self.waits: list[float] = []

    def __call__(self) -> Sequence[bytes]:
        return self._listings.pop(0) if len(self._listings) > 1 else self._listings[0]


def answer(*numbers: int) -> list[bytes]:
    """Return the messages that tell of these elements, two in each."""
    entries = encode_elements(HOSTS, [Element(HOSTS, number, number) for number in numbers])
    return [bytes(4) + nested(3, *entries[at : at + 2]) for at in range(0, len(entries), 2)]


def keys(kernel: Kernel) -> list[object]:
    return [first for first, _ in decode_elements(HOSTS, listed("hosts", kernel, kernel.waits.append))]


@pytest.mark.parametrize(
    ("torn", "waited"),
    [([], 0), ([answer(1, 2, 1)], 1), ([answer(1, 2, 3, 2), answer(3, 3, 2, 1)], 2)],
)
def test_a_listing_that_repeats_itself_is_asked_for_again(torn: list[list[bytes]], waited: int) -> None:
    kernel = Kernel(*torn, answer(1, 2, 3, 4))
    assert keys(kernel) == [1, 2, 3, 4]
    assert len(kernel.waits) == waited


def test_a_set_that_is_never_still_is_unavailable() -> None:
    kernel = Kernel(answer(1, 2, 2))
    with pytest.raises(Unavailable, match="set hosts changed its order during each of"):
        keys(kernel)
    assert 1 < sum(kernel.waits) < 5


def test_both_ends_of_a_range_may_have_one_key() -> None:
    entries = encode_elements(NETS, [Element(NETS, 1, 7, 4), Element(NETS, 5, 8, 9)])
    body = bytes(4) + nested(3, *entries)
    kernel = Kernel([body])
    assert decode_elements(NETS, listed("nets", kernel, kernel.waits.append)) == {(1, 4): 7, (5, 9): 8}
    assert not kernel.waits


@given(st.lists(st.tuples(st.permutations(range(12)), st.integers(1, 6)), max_size=4), st.permutations(range(12)))
def test_what_a_resumed_listing_leaves_out_shows_as_a_repetition(
    parts: list[tuple[list[int], int]], rest: list[int]
) -> None:
    told: list[int] = []
    for order, size in parts:
        told += order[len(told) : len(told) + size]
    told += rest[len(told) :]
    kernel = Kernel(answer(*told), answer(*range(12)))
    assert sorted(map(str, keys(kernel))) == sorted(map(str, range(12)))
