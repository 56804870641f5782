"""Layer 4 cut into cells that no leaf tells apart: one packet of each stands for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from tortie.compiled import ANY_PORT, HOST_DISCOVERY, TOO_BIG, WORKLOAD_DISCOVERY, Leaf
from tortie.evaluate import protocol_text
from tortie.model import ICMP_OF, IPIP, MAX_PORT, WITH_PORTS, Family, Flow, PortRange

__all__ = ["Cell", "cells", "cells_text"]

_MAX_BYTE = 255
_KNOWN_TYPES = {Family.V4: TOO_BIG[:1], Family.V6: {*HOST_DISCOVERY, *WORKLOAD_DISCOVERY}}
_KNOWN_CODES = {Family.V4: TOO_BIG[1:], Family.V6: ()}


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """Packets of one protocol (None: of every one that has no cell of its own) and one rectangle of ports or types."""

    protocol: int | None
    source: PortRange = ANY_PORT
    destination: PortRange = ANY_PORT
    types: tuple[int, int] = (0, _MAX_BYTE)
    codes: tuple[int, int] = (0, _MAX_BYTE)

    def of(self, flow: Flow, protocol: int) -> Flow:
        """Return the flow as the cell's first packet; `protocol` is one that stands for None."""
        number = protocol if self.protocol is None else self.protocol
        ported, is_icmp = number in WITH_PORTS, number == ICMP_OF[flow.family]
        return replace(
            flow,
            protocol=number,
            source_port=self.source.first if ported else 0,
            destination_port=self.destination.first if ported else 0,
            icmp_type=self.types[0] if is_icmp else 0,
            icmp_code=self.codes[0] if is_icmp else 0,
        )


def cells(
    leaves: Iterable[Leaf], family: Family, ports: Iterable[int] = (), source_ports: Iterable[int] = ()
) -> list[Cell]:
    """Return the cells of some leaves of a family, together all of layer 4.

    What a host does by itself tells some packets from others too; `ports` are destination ports that it knows,
    `source_ports` those of the other end.
    """
    known = list(leaves)
    icmp = ICMP_OF[family]
    found = [Cell(None)]
    protocols = {icmp, IPIP, *WITH_PORTS}
    protocols.update(number for leaf in known for number, _ in leaf.protocols)
    for number in sorted(protocols):
        if number in WITH_PORTS:
            found += _port_cells(number, known, tuple(ports), tuple(source_ports))
        elif number == icmp:
            found += _icmp_cells(number, known, family)
        else:
            found.append(Cell(number))
    return found


def _port_cells(
    protocol: int, leaves: Iterable[Leaf], ports: Iterable[int], source_ports: Iterable[int]
) -> Iterator[Cell]:
    mine = [cell for leaf in leaves for cell in leaf.ports if cell.protocol == protocol]
    sources = [cell.source for cell in mine] + [PortRange(port, port) for port in source_ports]
    destinations = [cell.destination for cell in mine] + [PortRange(port, port) for port in ports]
    for source, destination in product(_ranges(sources), _ranges(destinations)):
        yield Cell(protocol, source, destination)


def _ranges(ranges: Iterable[PortRange]) -> list[PortRange]:
    pieces = _pieces(((each.first, each.last) for each in ranges), MAX_PORT)
    return [PortRange(first, last) for first, last in pieces]


def _icmp_cells(protocol: int, leaves: Iterable[Leaf], family: Family) -> Iterator[Cell]:
    mine = [cell for leaf in leaves for cell in leaf.icmp]
    types = [(cell.first_type, cell.last_type) for cell in mine] + [(each, each) for each in _KNOWN_TYPES[family]]
    codes = [(cell.first_code, cell.last_code) for cell in mine]
    codes += [(each, each) for each in _KNOWN_CODES[family]]
    for kind, code in product(_pieces(types, _MAX_BYTE), _pieces(codes, _MAX_BYTE)):
        yield Cell(protocol, types=kind, codes=code)


def _pieces(ranges: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Return 0 to `most`, cut wherever a range begins or ends."""
    cuts = {0, most + 1}
    for first, last in ranges:
        cuts |= {first, last + 1}
    return [(first, after - 1) for first, after in pairwise(sorted(cuts))]


def cells_text(some: Iterable[Cell], every: Iterable[Cell]) -> list[str]:
    """Return in words what cells are: protocols, with ports or types where not all of them are meant.

    Args:
        some: the cells to tell, of `every`.
        every: all cells, as `cells` returned them.
    """
    chosen, whole = set(some), list(every)
    if all(cell in chosen for cell in whole):
        return ["everything"]
    lines = []
    for protocol in dict.fromkeys(cell.protocol for cell in whole):
        mine = [cell for cell in whole if cell.protocol == protocol]
        taken = [cell for cell in mine if cell in chosen]
        name = "other protocols" if protocol is None else protocol_text(protocol)
        if taken and len(taken) == len(mine):
            lines.append(name if protocol is None or not name.isdigit() else f"protocol {name}")
        elif taken:
            lines += [f"{name} {text}" for text in _parts(taken)]
    return lines


def _parts(taken: Sequence[Cell]) -> Iterator[str]:
    """Yield ports or types of some cells of one protocol, neighbours joined."""
    if taken[0].protocol in ICMP_OF.values():
        for codes, spans in _joined((cell.codes, cell.types) for cell in taken).items():
            yield f"type {_spans(spans)}" + ("" if codes == (0, _MAX_BYTE) else f" code {_spans([codes])}")
        return
    rows = _joined(((cell.source.first, cell.source.last), _ends(cell.destination)) for cell in taken)
    for source, spans in rows.items():
        to = "" if spans == [(0, MAX_PORT)] else f"port {_spans(spans)}"
        yield to + ("" if source == (0, MAX_PORT) else f" from port {_spans([source])}").removeprefix("" if to else " ")


_Span = tuple[int, int]


def _ends(ports: PortRange) -> _Span:
    return ports.first, ports.last


def _joined(pairs: Iterable[tuple[_Span, _Span]]) -> dict[_Span, list[_Span]]:
    """Return the second of each pair by the first, neighbours joined."""
    rows: dict[_Span, list[_Span]] = {}
    for key, span in pairs:
        row = rows.setdefault(key, [])
        if row and row[-1][1] + 1 == span[0]:
            row[-1] = (row[-1][0], span[1])
        else:
            row.append(span)
    return rows


def _spans(spans: Iterable[_Span]) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
