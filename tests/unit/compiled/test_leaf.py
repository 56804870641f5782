"""What a leaf says of a packet: its cell, else its protocol, else the default."""

from __future__ import annotations

import pytest

from tortie.compiled import ANY_PORT, IcmpCell, Leaf, PortCell
from tortie.model import PortRange

LEAF = Leaf(
    id="leaf-1",
    default="default",
    protocols=((1, "any icmp"), (17, "any udp")),
    ports=(
        PortCell(6, ANY_PORT, PortRange(80, 80), "web"),
        PortCell(6, PortRange(0, 1023), PortRange(8000, 8999), "from low ports"),
        PortCell(17, ANY_PORT, PortRange(53, 53), "dns"),
    ),
    icmp=(
        IcmpCell(1, 8, 8, 0, 255, "ping"),
        IcmpCell(1, 3, 3, 1, 1, "no host"),
    ),
)


def test_outcomes_are_those_of_every_part() -> None:
    named = {"default", "any icmp", "any udp", "web", "from low ports", "dns", "ping", "no host"}
    assert LEAF.outcomes == named
    assert Leaf("leaf-2", "only").outcomes == {"only"}


@pytest.mark.parametrize(
    ("protocol", "source", "destination", "outcome"),
    [
        (6, 40000, 80, "web"),
        (6, 40000, 79, "default"),
        (6, 40000, 81, "default"),
        (6, 1023, 8000, "from low ports"),
        (6, 0, 8999, "from low ports"),
        (6, 1024, 8000, "default"),
        (17, 40000, 53, "dns"),
        (17, 40000, 80, "any udp"),
        (132, 40000, 80, "default"),
        (99, 0, 0, "default"),
        (1, 0, 0, "any icmp"),
    ],
)
def test_outcome(protocol: int, source: int, destination: int, outcome: str) -> None:
    assert LEAF.outcome(protocol, source_port=source, destination_port=destination) == outcome


@pytest.mark.parametrize(
    ("protocol", "icmp_type", "code", "outcome"),
    [
        (1, 8, 0, "ping"),
        (1, 8, 255, "ping"),
        (1, 9, 0, "any icmp"),
        (1, 3, 1, "no host"),
        (1, 3, 0, "any icmp"),
        (58, 8, 0, "default"),
    ],
)
def test_icmp_outcome(protocol: int, icmp_type: int, code: int, outcome: str) -> None:
    assert LEAF.icmp_outcome(protocol, icmp_type, code) == outcome
