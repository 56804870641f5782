"""Cells are all of layer 4, cut where leaves differ, and said in words."""

from __future__ import annotations

import pytest

from tortie.compiled import ANY_PORT, IcmpCell, Leaf, PortCell
from tortie.explain.cells import Cell, cells, cells_text
from tortie.model import Family, Flow, PortRange, parse_address

V4 = Flow(parse_address("10.0.0.1"), parse_address("10.0.0.2"), 0)
WEB = PortRange(80, 90)
LEAF = Leaf(
    "l",
    "deny",
    ((47, "allow"),),
    (PortCell(6, ANY_PORT, WEB, "allow"), PortCell(17, PortRange(53, 53), ANY_PORT, "allow")),
    (IcmpCell(1, 8, 8, 0, 0, "allow"),),
)
EVERY = cells([LEAF], Family.V4)


def of(protocol: int | None) -> list[Cell]:
    return [cell for cell in EVERY if cell.protocol == protocol]


def test_cells_are_cut_where_a_leaf_is() -> None:
    assert [cell.destination for cell in of(6)] == [PortRange(0, 79), WEB, PortRange(91, 65535)]
    assert [cell.source for cell in of(17)] == [PortRange(0, 52), PortRange(53, 53), PortRange(54, 65535)]
    assert {(cell.types, cell.codes) for cell in of(1)} >= {((8, 8), (0, 0)), ((3, 3), (4, 4)), ((9, 255), (5, 255))}
    assert [len(of(each)) for each in (None, 47, 4, 132)] == [1, 1, 1, 1]
    assert [cell.destination for cell in cells([], Family.V6, [22]) if cell.protocol == 6] == [
        PortRange(0, 21),
        PortRange(22, 22),
        PortRange(23, 65535),
    ]


def test_every_outcome_of_a_leaf_has_a_cell() -> None:
    ports = {LEAF.outcome(6, destination_port=cell.of(V4, 253).destination_port) for cell in of(6)}
    kinds = {LEAF.icmp_outcome(1, cell.types[0], cell.codes[0]) for cell in of(1)}
    assert ports == kinds == {"allow", "deny"}


def test_a_cell_stands_for_its_first_packet() -> None:
    packet = of(6)[1].of(V4, 253)
    assert (packet.protocol, packet.source_port, packet.destination_port, packet.icmp_type) == (6, 0, 80, 0)
    assert Cell(1, types=(8, 8), codes=(0, 3)).of(V4, 253).icmp_type == 8
    assert Cell(None).of(V4, 253).protocol == 253


@pytest.mark.parametrize(
    ("some", "text"),
    [
        (EVERY, ["everything"]),
        (of(6), ["TCP"]),
        (of(6)[1:2], ["TCP port 80-90"]),
        (of(6)[1:], ["TCP port 80-65535"]),
        ([of(6)[0], of(6)[2]], ["TCP port 0-79, 91-65535"]),
        (of(17)[1:2], ["UDP from port 53"]),
        ([cell for cell in of(1) if cell.types == (8, 8) and cell.codes == (0, 0)], ["ICMP type 8 code 0"]),
        (of(47), ["protocol 47"]),
        (of(None), ["other protocols"]),
        ([*of(6), *of(None)], ["other protocols", "TCP"]),
        ([], []),
    ],
)
def test_words(some: list[Cell], text: list[str]) -> None:
    assert cells_text(some, EVERY) == text
