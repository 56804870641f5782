"""Leaves as chains: layer 4 to the chain of the deciding rule, by comparing few ports and looking up many.

A map for each leaf would be a map for each rule where many rules name few ports, and the kernel finds the sets of a
table by their names in a list, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tortie.compiled import ANY_PORT, IcmpCell, Leaf, OutcomeId, PortCell
from tortie.dataplane.nftables.objects import Element, Field, Match, Rule, Set, SetPriority, Statement, Type, Vmap, goto
from tortie.model import PortRange

__all__ = ["leaf_chain", "leaf_elements", "leaf_rules", "leaf_sets"]

Target = Callable[[OutcomeId], str]

_FEW = 4  # so many comparisons cost about as much as a look-up of a range
_PORT, _PORTS, _PAIRS = "port", "ports", "pairs"
_KEYS = {
    _PORT: ((Field.L4PROTO, Field.TH_DPORT), (Type.INET_PROTO, Type.INET_SERVICE)),
    _PORTS: ((Field.L4PROTO, Field.TH_DPORT), (Type.INET_PROTO, Type.INET_SERVICE)),
    _PAIRS: (
        (Field.L4PROTO, Field.TH_SPORT, Field.TH_DPORT),
        (Type.INET_PROTO, Type.INET_SERVICE, Type.INET_SERVICE),
    ),
}
_ICMP = {
    1: ("icmp", (Field.ICMP_TYPE, Field.ICMP_CODE), (Type.ICMP_TYPE, Type.ICMP_CODE)),
    58: ("icmpv6", (Field.ICMPV6_TYPE, Field.ICMPV6_CODE), (Type.ICMPV6_TYPE, Type.ICMPV6_CODE)),
}
_ANY_CODE = (0, 255)


def leaf_chain(leaf_id: str) -> str:
    """Return the name of the chain of a leaf."""
    return leaf_id


def leaf_sets(leaf: Leaf) -> list[Set]:
    """Return the maps that a leaf needs: single ports in a hash, ranges apart, source ports only where they matter."""
    ports = [_port_set(leaf, shape) for shape in _shapes(leaf)]
    return ports + [_icmp_set(leaf, protocol) for protocol in sorted({each.protocol for each in _mapped_icmp(leaf)})]


def leaf_elements(leaf: Leaf, target: Target) -> Iterator[Element]:
    """Yield the elements of the maps of a leaf; `target` names the chain of an outcome."""
    for cell in _mapped_ports(leaf):
        shape = _shape(cell)
        first: tuple[int, ...] = (cell.protocol, cell.destination.first)
        last: tuple[int, ...] = (cell.protocol, cell.destination.last)
        if shape == _PAIRS:
            first = (cell.protocol, cell.source.first, cell.destination.first)
            last = (cell.protocol, cell.source.last, cell.destination.last)
        end = None if shape == _PORT else last
        yield Element(_port_set(leaf, shape), first, goto(target(cell.outcome)), end)
    for each in _mapped_icmp(leaf):
        end = (each.last_type, each.last_code)
        yield Element(
            _icmp_set(leaf, each.protocol), (each.first_type, each.first_code), goto(target(each.outcome)), end
        )


def leaf_rules(leaf: Leaf, target: Target) -> list[Rule]:
    """Return the rules of the chain of a leaf."""
    steps: list[tuple[Statement, ...]] = [(SetPriority(0),)]
    if _mapped_ports(leaf):
        steps += [(Vmap(_KEYS[shape][0], _port_set(leaf, shape).name),) for shape in _shapes(leaf)]
    else:
        steps += [(*_compared_ports(cell), goto(target(cell.outcome))) for cell in leaf.ports]
    if mapped := _mapped_icmp(leaf):
        protocols = sorted({each.protocol for each in mapped})
        steps += [(Vmap(_ICMP[protocol][1], _icmp_set(leaf, protocol).name),) for protocol in protocols]
    else:
        steps += [(*_compared_icmp(cell), goto(target(cell.outcome))) for cell in leaf.icmp]
    if len(leaf.protocols) > _FEW:
        verdicts = tuple((protocol, goto(target(outcome))) for protocol, outcome in leaf.protocols)
        steps.append((Vmap((Field.L4PROTO,), verdicts),))
    else:
        steps += [(Match(Field.L4PROTO, protocol), goto(target(outcome))) for protocol, outcome in leaf.protocols]
    steps.append((goto(target(leaf.default)),))
    return [Rule(leaf_chain(leaf.id), step) for step in steps]


def _mapped_ports(leaf: Leaf) -> Sequence[PortCell]:
    """Return the cells of ports that are looked up: all, or where they are few, none."""
    return leaf.ports if len(leaf.ports) > _FEW else ()


def _mapped_icmp(leaf: Leaf) -> Sequence[IcmpCell]:
    """Return the cells of ICMP that are looked up: all, or where they are few and of one type each, none."""
    single = all(_is_single(cell) for cell in leaf.icmp)
    return () if single and len(leaf.icmp) <= _FEW else leaf.icmp


def _is_single(cell: IcmpCell) -> bool:
    """Tell whether a cell is one type, with one code or all."""
    codes = (cell.first_code, cell.last_code)
    return cell.first_type == cell.last_type and (codes == _ANY_CODE or cell.first_code == cell.last_code)


def _compared_ports(cell: PortCell) -> Iterator[Match]:
    yield Match(Field.L4PROTO, cell.protocol)
    for field, ports in ((Field.TH_SPORT, cell.source), (Field.TH_DPORT, cell.destination)):
        if ports != ANY_PORT:
            yield _compared_range(field, ports)


def _compared_range(field: Field, ports: PortRange) -> Match:
    return Match(field, ports.first, last=None if ports.first == ports.last else ports.last)


def _compared_icmp(cell: IcmpCell) -> Iterator[Match]:
    type_field, code_field = _ICMP[cell.protocol][1]
    yield Match(type_field, cell.first_type)
    if (cell.first_code, cell.last_code) != _ANY_CODE:
        yield Match(code_field, cell.first_code)


def _shapes(leaf: Leaf) -> list[str]:
    return [shape for shape in (_PORT, _PORTS, _PAIRS) if any(_shape(cell) == shape for cell in _mapped_ports(leaf))]


def _shape(cell: PortCell) -> str:
    if cell.source != ANY_PORT:
        return _PAIRS
    return _PORT if cell.destination.first == cell.destination.last else _PORTS


def _port_set(leaf: Leaf, shape: str) -> Set:
    return Set(f"{leaf_chain(leaf.id)}-{shape}", _KEYS[shape][1], Type.VERDICT, interval=shape != _PORT)


def _icmp_set(leaf: Leaf, protocol: int) -> Set:
    word, _, types = _ICMP[protocol]
    return Set(f"{leaf_chain(leaf.id)}-{word}", types, Type.VERDICT, interval=True)
