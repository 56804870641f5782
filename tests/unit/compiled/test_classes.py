"""Which class an address is in: its own row, else the range around it, else none."""

from __future__ import annotations

import pytest

from tortie.compiled import AddressClass, ClassLookup
from tortie.model import Family, parse_address

CLASSES = {
    1: AddressClass(1, Family.V4, frozenset({"net"})),
    2: AddressClass(2, Family.V4, frozenset({"net", "web"})),
    3: AddressClass(3, Family.V6, frozenset({"net6"})),
    4: AddressClass(4, Family.V4, frozenset({"top"})),
}
LOOKUP = ClassLookup(
    CLASSES,
    {parse_address("10.0.0.7"): 2},
    {
        (parse_address("10.0.0.0"), parse_address("10.0.0.255")): 1,
        (parse_address("255.255.255.254"), parse_address("255.255.255.255")): 4,
        (parse_address("::"), parse_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")): 3,
    },
)


@pytest.mark.parametrize(
    ("address", "class_id"),
    [
        ("9.255.255.255", 0),
        ("10.0.0.0", 1),
        ("10.0.0.6", 1),
        ("10.0.0.7", 2),
        ("10.0.0.255", 1),
        ("10.0.1.0", 0),
        ("255.255.255.253", 0),
        ("255.255.255.255", 4),
        ("0.0.0.1", 0),  # no IPv4 address is in a range of IPv6
        ("::", 3),
        ("ffff::", 3),
    ],
)
def test_class_of(address: str, class_id: int) -> None:
    packed = parse_address(address)
    assert LOOKUP.class_of(packed) == class_id
    assert LOOKUP.sets_of(packed) == (CLASSES[class_id].sets if class_id else frozenset())


def test_without_rows_every_address_is_in_no_class() -> None:
    assert ClassLookup({}, {}, {}).class_of(parse_address("10.0.0.1")) == 0
