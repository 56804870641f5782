"""Connections as the kernel writes them, in both families, translated or not."""

from __future__ import annotations

import pytest

from tortie.model import parse_address
from tortie.netlink import Connection, attribute, attribute_map, nested, read_connection

V4 = [parse_address(f"10.0.0.{number}") for number in (1, 2, 3)]
V6 = [parse_address(f"fd00::{number}") for number in (1, 2, 3)]


def way(addresses: tuple[bytes, bytes], protocol: int, **parts: tuple[int, int]) -> bytes:
    """Return a tuple of the kernel: addresses, protocol, and numbers by (attribute, bytes)."""
    first = 1 if len(addresses[0]) == 4 else 3
    ip = nested(1, *(attribute(first + at, each) for at, each in enumerate(addresses)))
    numbers = (
        attribute(kind, value.to_bytes(2 if name.endswith("port") else 1)) for name, (kind, value) in parts.items()
    )
    return ip + nested(2, attribute(1, bytes([protocol])), *numbers)


def ports(source: int, destination: int) -> dict[str, tuple[int, int]]:
    return {"source_port": (2, source), "destination_port": (3, destination)}


def entry(first: bytes, answer: bytes, *more: bytes) -> bytes:
    return bytes(4) + nested(1, first) + nested(2, answer) + b"".join(more)


@pytest.mark.parametrize("ends", [V4, V6], ids=["v4", "v6"])
def test_a_connection(ends: list[bytes]) -> None:
    one, two, _ = ends
    found = read_connection(entry(way((one, two), 6, **ports(40000, 80)), way((two, one), 6, **ports(80, 40000))))
    assert found is not None
    assert (found.protocol, found.source, found.destination) == (6, one, two)
    assert (found.source_port, found.destination_port, found.reached) == (40000, 80, (two, 80))
    assert found.family == (2 if len(one) == 4 else 10)


def test_a_translated_connection_reached_somebody_else() -> None:
    one, service, pod = V4
    found = read_connection(entry(way((one, service), 6, **ports(40000, 80)), way((pod, one), 6, **ports(8080, 40000))))
    assert found is not None
    assert (found.destination, found.destination_port, found.reached) == (service, 80, (pod, 8080))


@pytest.mark.parametrize(
    ("ends", "protocol", "kinds"), [(V4, 1, ((5, 8), (6, 3))), (V6, 58, ((8, 128), (9, 3)))], ids=["icmp", "icmpv6"]
)
def test_a_ping(ends: list[bytes], protocol: int, kinds: tuple[tuple[int, int], tuple[int, int]]) -> None:
    one, two, _ = ends
    found = read_connection(
        entry(way((one, two), protocol, type=kinds[0], code=kinds[1]), way((two, one), protocol, type=(kinds[0][0], 0)))
    )
    assert found is not None
    assert (found.protocol, found.icmp_type, found.icmp_code) == (protocol, kinds[0][1], 3)


def test_what_names_an_entry_is_kept_as_it_came() -> None:
    one, two, _ = V4
    first = way((one, two), 6, **ports(1, 2))
    found = read_connection(
        entry(first, way((two, one), 6, **ports(2, 1)), attribute(18, b"\0\7"), attribute(12, b"idid"))
    )
    assert isinstance(found, Connection)
    assert attribute_map(found.ident) == {1: first, 18: b"\0\7", 12: b"idid"}


@pytest.mark.parametrize(
    "body", [bytes(4), bytes(4) + nested(1, way((V4[0], V4[1]), 6)), bytes(4) + nested(1) + nested(2)]
)
def test_what_is_no_connection_is_none(body: bytes) -> None:
    assert read_connection(body) is None
