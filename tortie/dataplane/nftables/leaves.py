"""Leaves as chains: layer 4 to the chain of the deciding rule, by as few lookups as the ports ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tortie.compiled import ANY_PORT, Leaf, OutcomeId, PortCell
from tortie.dataplane.nftables.objects import Element, Field, Rule, Set, SetPriority, Type, Vmap, goto

__all__ = ["leaf_chain", "leaf_elements", "leaf_rules", "leaf_sets"]

Target = Callable[[OutcomeId], str]

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


def leaf_chain(leaf_id: str) -> str:
    """Return the name of the chain of a leaf."""
    return leaf_id


def leaf_sets(leaf: Leaf) -> list[Set]:
    """Return the maps that a leaf needs: single ports in a hash, ranges apart, source ports only where they matter."""
    used = [shape for shape in (_PORT, _PORTS, _PAIRS) if any(_shape(cell) == shape for cell in leaf.ports)]
    sets = [_port_set(leaf, shape) for shape in used]
    return sets + [_icmp_set(leaf, protocol) for protocol in _icmp_protocols(leaf)]


def leaf_elements(leaf: Leaf, target: Target) -> Iterator[Element]:
    """Yield the elements of the maps of a leaf; `target` names the chain of an outcome."""
    for cell in leaf.ports:
        shape = _shape(cell)
        first: tuple[int, ...] = (cell.protocol, cell.destination.first)
        last: tuple[int, ...] = (cell.protocol, cell.destination.last)
        if shape == _PAIRS:
            first = (cell.protocol, cell.source.first, cell.destination.first)
            last = (cell.protocol, cell.source.last, cell.destination.last)
        end = None if shape == _PORT else last
        yield Element(_port_set(leaf, shape), first, goto(target(cell.outcome)), end)
    for each in leaf.icmp:
        end = (each.last_type, each.last_code)
        yield Element(
            _icmp_set(leaf, each.protocol), (each.first_type, each.first_code), goto(target(each.outcome)), end
        )


def leaf_rules(leaf: Leaf, target: Target) -> list[Rule]:
    """Return the rules of the chain of a leaf."""
    chain = leaf_chain(leaf.id)
    rules = [Rule(chain, (SetPriority(0),))]
    rules += [
        Rule(chain, (Vmap(_KEYS[shape][0], _port_set(leaf, shape).name),))
        for shape in (_PORT, _PORTS, _PAIRS)
        if any(_shape(cell) == shape for cell in leaf.ports)
    ]
    rules += [
        Rule(chain, (Vmap(_ICMP[protocol][1], _icmp_set(leaf, protocol).name),)) for protocol in _icmp_protocols(leaf)
    ]
    if leaf.protocols:
        verdicts = tuple((protocol, goto(target(outcome))) for protocol, outcome in leaf.protocols)
        rules.append(Rule(chain, (Vmap((Field.L4PROTO,), verdicts),)))
    rules.append(Rule(chain, (goto(target(leaf.default)),)))
    return rules


def _shape(cell: PortCell) -> str:
    if cell.source != ANY_PORT:
        return _PAIRS
    return _PORT if cell.destination.first == cell.destination.last else _PORTS


def _port_set(leaf: Leaf, shape: str) -> Set:
    return Set(f"{leaf_chain(leaf.id)}-{shape}", _KEYS[shape][1], Type.VERDICT, interval=shape != _PORT)


def _icmp_protocols(leaf: Leaf) -> Iterable[int]:
    return sorted({cell.protocol for cell in leaf.icmp})


def _icmp_set(leaf: Leaf, protocol: int) -> Set:
    word, _, types = _ICMP[protocol]
    return Set(f"{leaf_chain(leaf.id)}-{word}", types, Type.VERDICT, interval=True)
