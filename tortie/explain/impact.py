"""Which flows a change of resources alters: every one, told by kinds of ends and ranges of ports.

One packet stands for each cell of layer 4 between each two kinds of ends that compiled policy can tell apart; the
evaluator decides it before and after. What host endpoints do to packets from one stranger to another is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tortie.compiled import Leaf
from tortie.engine import with_automatic
from tortie.evaluate import Decision, openstack_ports
from tortie.explain.cells import Cell, cells, cells_text
from tortie.explain.ends import Compiled, End, ends_of, kinds_of
from tortie.explain.host_settings import SettingsOf
from tortie.explain.sites import Site, SiteName, site_names
from tortie.model import Action, Family, Flow, Key, Place, Resource, Verdict, family_of

__all__ = ["Change", "impact"]

_BEFORE, _AFTER = 0, 1


@dataclass(frozen=True, slots=True)
class Change:
    """Flows that fare otherwise: from any of `sources` to any other of `destinations`, in any of `cells`.

    `packets` says in words what cells these are; `rule_before` and `rule_after` are the ids of what decides.
    """

    sources: tuple[End, ...]
    destinations: tuple[End, ...]
    family: Family
    cells: tuple[Cell, ...]
    packets: tuple[str, ...]
    before: Verdict
    after: Verdict
    rule_before: str
    rule_after: str


def impact(
    before: Mapping[Key, Resource], after: Mapping[Key, Resource], settings_of: SettingsOf
) -> tuple[Change, ...]:
    """Return the flows whose verdict differs between two states of all resources, by stored key.

    Args:
        before: the state now.
        after: the state to compare.
        settings_of: finds the settings of each host.
    """
    worlds = before, after = with_automatic(before), with_automatic(after)
    names = site_names(worlds, settings_of)

    def site(name: SiteName, world: Mapping[Key, Resource]) -> Site:
        return Site.compiled(name, names, world, settings_of(world, name))

    compiled = {name: (site(name, before), site(name, after)) for name in names}
    return tuple(sorted(_Comparison(compiled).changes(kinds_of(ends_of(worlds, compiled), compiled)), key=_rank))


def _rank(change: Change) -> tuple[object, ...]:
    ends = ([end.name for end in each] for each in (change.destinations, change.sources))
    return change.family, *ends, change.packets


class _Comparison:
    """Asks both worlds about flows between kinds of ends."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._settings = [site.snapshot.settings for sites in compiled.values() for site in sites]
        self._meanings: dict[tuple[int, str], object] = {}

    def changes(self, kinds: list[list[End]]) -> Iterator[Change]:
        """Yield what differs, between every two kinds of one family of which one is in the cluster."""
        for sources in kinds:
            for destinations in kinds:
                if family_of(sources[0].address) is family_of(destinations[0].address):
                    pair = _representatives(sources, destinations)
                    if pair is not None:
                        yield from self._between(pair, sources, destinations)

    def _between(self, pair: tuple[End, End], sources: list[End], destinations: list[End]) -> Iterator[Change]:
        source, destination = pair
        family = family_of(source.address)
        flow = Flow(source.address, destination.address, 0, sender=source.where, receiver=destination.where)
        way = [(self._compiled[name], passing) for name, passing in self._way(source, destination, flow)]
        leaves = [self._leaves(way, world) for world in (_BEFORE, _AFTER)]
        if self._meaning(way, leaves[_BEFORE], _BEFORE) == self._meaning(way, leaves[_AFTER], _AFTER):
            return
        asked = {name: leaf for found in leaves for each in found for name, leaf in each.items()}
        known = (leaf for found in leaves for each in found for leaf in each.values())
        every = cells(known, family, self._ports(asked), self._source_ports())
        found: dict[tuple[Verdict, Verdict, str, str], list[Cell]] = {}
        sample = _unnamed({each.protocol for each in every})
        for cell in every:
            old, new = (self._decide(way, world, cell, sample) for world in (_BEFORE, _AFTER))
            if old.verdict is not new.verdict:
                found.setdefault((old.verdict, new.verdict, str(old.rule), str(new.rule)), []).append(cell)
        ends = (tuple(sorted(each, key=lambda end: (end.name, end.address))) for each in (sources, destinations))
        near, far = ends
        for (old_verdict, new_verdict, old_rule, new_rule), some in found.items():
            packets = tuple(cells_text(some, every))
            yield Change(near, far, family, tuple(some), packets, old_verdict, new_verdict, old_rule, new_rule)

    def _ports(self, asked: Iterable[str]) -> set[int]:
        """Return the ports that hosts know, where such lists are asked."""
        known = {each.vxlan_port for each in self._settings}
        for each in self._settings:
            known.update(port for _, port in each.wireguard_ports)
            known |= openstack_ports(each)[1]
        if any(name.startswith("host") for name in asked):
            known.update(
                port.port for each in self._settings for port in (*each.failsafe_inbound, *each.failsafe_outbound)
            )
        return known

    def _source_ports(self) -> set[int]:
        """Return the source ports that hosts know."""
        return {port for each in self._settings for port in openstack_ports(each)[0]}

    def _way(self, source: End, destination: End, flow: Flow) -> Iterator[tuple[str, Flow]]:
        """Yield the sites on the way, each with the flow as it passes there."""
        for name in dict.fromkeys(end.site for end in (source, destination) if end.site is not None):
            here = [end if end.site == name else None for end in (source, destination)]
            crossed = self._compiled[name][_AFTER].crossed or self._compiled[name][_BEFORE].crossed
            sender, receiver = (end.where if end else Place.ELSEWHERE for end in here)
            yield name, _passing(flow, sender, receiver, _told(here[1], crossed), _told(here[0], crossed))

    def _decide(self, way: list[tuple[tuple[Site, Site], Flow]], world: int, cell: Cell, sample: int) -> Decision:
        decision = None
        for sites, flow in way:
            found = sites[world].decide(cell.of(flow, sample))
            if decision is None or found.sections or found.verdict is Verdict.DENY:
                decision = found
            if found.verdict is Verdict.DENY:
                break
        assert decision is not None  # noqa: S101 - narrows the type: one end is at a site
        return decision

    def _leaves(self, way: list[tuple[tuple[Site, Site], Flow]], world: int) -> list[dict[str, Leaf]]:
        return [sites[world].leaves(flow) for sites, flow in way]

    def _meaning(self, way: list[tuple[tuple[Site, Site], Flow]], leaves: list[dict[str, Leaf]], world: int) -> object:
        """Return what settings and leaves come to, so that equal meanings decide alike."""
        return [
            (
                sites[world].snapshot.settings,
                {name: self._verdicts(sites[world], leaf) for name, leaf in found.items()},
                dict(sites[world].snapshot.tunnels),
                [sites[world].network_knows(each) for each in (flow.source, flow.destination)],
            )
            for (sites, flow), found in zip(way, leaves, strict=True)
        ]

    def _verdicts(self, site: Site, leaf: Leaf) -> object:
        name = (id(site), leaf.id)
        if name not in self._meanings:

            def action(outcome: str) -> Action:
                return site.snapshot.rules[site.snapshot.outcomes[outcome].verdict].action

            ports = [(each.protocol, each.source, each.destination, action(each.outcome)) for each in leaf.ports]
            icmp = [
                (each.first_type, each.last_type, each.first_code, each.last_code, action(each.outcome))
                for each in leaf.icmp
            ]
            others = [(number, action(outcome)) for number, outcome in leaf.protocols]
            self._meanings[name] = (action(leaf.default), others, ports, icmp)
        return self._meanings[name]


def _representatives(sources: list[End], destinations: list[End]) -> tuple[End, End] | None:
    """Return one end of each kind, two different ones; None where there are none, or both are strangers."""
    for destination in destinations[:2]:
        source = sources[0]
        if source != destination and not source.site is destination.site is None:
            return source, destination
    return None


def _passing(flow: Flow, sender: Key | Place, receiver: Key | Place, coming: str, leaving: str) -> Flow:
    return Flow(
        flow.source,
        flow.destination,
        flow.protocol,
        sender=sender,
        receiver=receiver,
        in_interface=coming if sender is Place.ELSEWHERE else "",
        out_interface=leaving if receiver is Place.ELSEWHERE else "",
    )


def _told(own: End | None, crossed: str) -> str:
    """Return the interface by which an end of a site speaks to the world."""
    return own.interface if own is not None and own.where is Place.HOST else crossed


def _unnamed(named: set[int | None]) -> int:
    """Return a protocol that has no cell of its own."""
    return next(number for number in range(253, -1, -1) if number not in named)
