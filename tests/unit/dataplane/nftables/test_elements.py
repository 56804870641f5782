"""Elements in bytes, and back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.dataplane.nftables import ACCEPT, Element, Set, Type, Verdict, goto, jump
from tortie.dataplane.nftables.elements import decode_elements, encode_elements, key_packer, raw_elements
from tortie.dataplane.nftables.ruleset import span
from tortie.netlink import nested

VERDICTS = st.sampled_from([ACCEPT, Verdict("drop"), Verdict("return"), jump("leaf"), goto("a-longer-name")])
NUMBERS = st.integers(0, 2**32 - 1)
PORT = st.integers(0, 65535)
IPV6 = st.integers(0, 2**128 - 1)
HOSTS = Set("hosts", (Type.IPV4_ADDR,), Type.CLASSID)
PORTS = Set("ports", (Type.INET_PROTO, Type.INET_SERVICE), Type.VERDICT)
RANGES = Set("ranges", (Type.INET_PROTO, Type.INET_SERVICE), Type.VERDICT, interval=True)
NETS = Set("nets", (Type.IPV6_ADDR,), Type.CLASSID, interval=True)
OWN = Set("own", (Type.IFNAME, Type.IPV6_ADDR))
PROTOCOL = st.integers(0, 255)

RANGE_ENDS = st.tuples(PROTOCOL, PORT, PROTOCOL, PORT).map(
    lambda four: ((min(four[0], four[2]), min(four[1], four[3])), (max(four[0], four[2]), max(four[1], four[3])))
)
ELEMENTS = st.one_of(
    st.lists(st.builds(Element, st.just(HOSTS), NUMBERS, NUMBERS, st.none())),
    st.lists(st.builds(Element, st.just(PORTS), st.tuples(PROTOCOL, PORT), VERDICTS, st.none())),
    st.lists(st.builds(lambda ends, data: Element(RANGES, ends[0], data, ends[1]), RANGE_ENDS, VERDICTS)),
    st.lists(
        st.builds(
            Element, st.just(OWN), st.tuples(st.sampled_from(["cali1", "tap-x", "e" * 15]), IPV6), st.none(), st.none()
        )
    ),
)


@given(ELEMENTS)
def test_what_is_written_reads_back(elements: list[Element]) -> None:
    if elements:
        body = bytes(4) + nested(3, *encode_elements(elements[0].set, elements))
        assert decode_elements(elements[0].set, raw_elements(body)) == {
            span(element): element.data for element in elements
        }


@given(st.sets(IPV6, min_size=2, max_size=12), st.booleans())
def test_ranges_of_addresses_read_back(bounds: set[int], touching: bool) -> None:
    points = sorted({0, *bounds, 2**128} if touching else bounds)
    pairs = list(pairwise(points)) if touching else list(zip(points[::2], points[1::2], strict=False))
    elements = [Element(NETS, low, index, high - 1) for index, (low, high) in enumerate(pairs)]
    bodies = [bytes(4) + nested(3, data) for data in reversed(encode_elements(NETS, elements))]
    assert decode_elements(NETS, [item for body in bodies for item in raw_elements(body)]) == {
        span(element): element.data for element in elements
    }


def test_a_deletion_needs_no_data() -> None:
    assert encode_elements(HOSTS, [Element(HOSTS, 1, 5)], deleting=True) == encode_elements(
        HOSTS, [Element(HOSTS, 1)], deleting=True
    )


@pytest.mark.parametrize(
    ("types", "key", "expected"),
    [
        ((Type.IPV4_ADDR,), 0x0A000001, "0a000001"),
        ((Type.INET_PROTO, Type.INET_SERVICE), (6, 80), "06000000" + "00500000"),
        ((Type.IFNAME,), "lo", "6c6f" + "00" * 14),
    ],
)
def test_keys(types: tuple[Type, ...], key: int | str | tuple[int, int], expected: str) -> None:
    assert key_packer(types)(key).hex() == expected


@pytest.mark.parametrize(
    "element",
    [
        Element(HOSTS, 1),
        Element(HOSTS, "cali1", 1),
        Element(HOSTS, -1, 1),
        Element(HOSTS, 1 << 32, 1),
        Element(PORTS, 6, ACCEPT),
        Element(PORTS, (6,), ACCEPT),
        Element(PORTS, (6, 65536), ACCEPT),
        Element(OWN, ("", 1)),
        Element(OWN, ("e" * 16, 1)),
        Element(NETS, 1, 1, "x"),
    ],
    ids=str,
)
def test_keys_and_data_of_the_wrong_shape(element: Element) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError, AttributeError)):
        encode_elements(element.set, [element])
