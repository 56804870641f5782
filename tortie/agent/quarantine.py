"""Resources that the kernel refuses, closed so that everything else stays current. Pure.

What is closed denies where it would have decided: it never opens what it may have been there to close.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from tortie.compiled import AddressRange
from tortie.engine import Endpoint, policy_rank, tiers_in_order
from tortie.model import (
    Action,
    HostEndpoint,
    Key,
    Kind,
    NetworkSet,
    Policy,
    Profile,
    Resource,
    Rule,
    Tier,
    Update,
    WorkloadEndpoint,
)

from .mentions import Mentions

__all__ = ["Quarantine", "closed"]

_DENY = (Rule(Action.DENY),)

_Value = Policy | Profile | WorkloadEndpoint | HostEndpoint | NetworkSet


def closed(resource: Policy | Profile | WorkloadEndpoint | NetworkSet) -> Resource | None:
    """Return what stands for a resource in quarantine.

    A policy denies everything at its place in the order, in the directions it governs; a profile does too, and keeps
    its labels. A workload endpoint is absent, so that its interface is silent. A network set is absent, which is safe
    only where all whose rules mean it are closed.
    """
    if isinstance(resource, WorkloadEndpoint | NetworkSet):
        return None
    return replace(resource, ingress=_DENY, egress=_DENY)


class Quarantine:
    """Knows what may have to be closed, and what is; `held` is why, by the key that a resource is stored under.

    With a network set, all policies and profiles are closed whose rules mean it, also those that come later. A host
    endpoint stays what the kernel last took; where it took none, nothing stands for it. Endpoints elsewhere are never
    closed: without one a Deny could miss its addresses.
    """

    def __init__(self, is_local: Callable[[Endpoint], bool]) -> None:
        """Start without anything; `is_local` tells the endpoints of this host."""
        self._is_local = is_local
        self.held: dict[Key, str] = {}
        self._rules: dict[Key, Policy | Profile] = {}
        self._network_sets: dict[Key, NetworkSet] = {}
        self._fresh: dict[Key, _Value] = {}
        self._good: dict[Key, HostEndpoint] = {}
        self._stored: dict[Key, set[Key]] = {}
        self._tiers: dict[str, Tier] = {}
        self._mentions = Mentions()
        self._shut: frozenset[Key] = frozenset()

    def admit(self, updates: Sequence[Update]) -> list[Update]:
        """Take note of newest values, and return them with what they change for others; what changed is held no more.

        Of one key, only the last update counts, here as everywhere.
        """
        for update in updates:
            self._note(update.key, update.value)
        return [*updates, *self._reshut((), {update.key for update in updates})]

    def accepted(self) -> None:
        """Forget what is new, save what is closed: the kernel has the rest as it is."""
        for key, value in self._fresh.items():
            if isinstance(value, HostEndpoint) and key not in self.held:
                self._good[key] = value
        self._fresh = {key: value for key, value in self._fresh.items() if key in self.held or key in self._shut}

    def candidates(self, named: Iterable[Key], ranges: Collection[AddressRange] = ()) -> Iterator[tuple[Key, ...]]:
        """Yield what to look for culprits in, in the order in which they speak: what is closed hides the later ones.

        First those named, by the keys they bear; with network sets that have refused addresses; with all else that is
        new; last, as it closes others too, with network sets that are.
        """
        named = {each for key in named for each in ({key} | self._stored.get(key, set()))}
        new = self._fresh.keys() - self.held.keys()
        new_sets = new & self._network_sets.keys()
        steps = (set[Key](), {*self._having(ranges)}, new - new_sets, new_sets)
        seen: tuple[Key, ...] = ()
        for step in steps:
            named |= step
            wider = self._in_order(key for key in named if self._is_closable(key))
            if len(wider) > len(seen):
                yield wider
            seen = wider

    def updates(self, keys: Collection[Key], closing: Collection[Key]) -> list[Update]:
        """Return updates of all the keys: those to close as they are in quarantine, the others as they are."""
        found = []
        for key in keys:
            value = self._value(key)
            if value is not None:
                found.append(Update(key, self._closed(key, value) if key in closing else value))
        return [*found, *self._reshut(closing, {*keys})]

    def hold(self, keys: Iterable[Key], refusal: str) -> None:
        """Keep resources closed until they change; `refusal` tells what the kernel refused."""
        for key in keys:
            self.held[key] = f"the kernel refuses it, and {self._meanwhile(key)} until it changes: {refusal}"

    def _meanwhile(self, key: Key) -> str:
        value = self._value(key)
        if isinstance(value, HostEndpoint):
            return "it stays as it was"
        return "whoever has rules that mean it is closed" if isinstance(value, NetworkSet) else "it is closed"

    def _note(self, key: Key, value: Resource | None) -> None:
        if key.kind is Kind.TIER:
            self._tiers.pop(key.name, None)
            if isinstance(value, Tier):
                self._tiers[key.name] = value
        self.held.pop(key, None)
        self._fresh.pop(key, None)
        self._network_sets.pop(key, None)
        self._mentions.forget(key)
        old = self._rules.pop(key, None)
        if old is not None:
            self._stored[old.key].discard(key)
        if isinstance(value, Policy | Profile):
            self._rules[key] = self._fresh[key] = value
            self._stored.setdefault(value.key, set()).add(key)
        elif isinstance(value, NetworkSet):
            self._network_sets[key] = self._fresh[key] = value
        elif isinstance(value, WorkloadEndpoint | HostEndpoint) and self._is_local(value):
            self._fresh[key] = value
        if key not in self._fresh:
            self._good.pop(key, None)

    def _reshut(self, closing: Collection[Key], touched: Collection[Key]) -> list[Update]:
        """Return updates of what begins or ends to be closed with a network set, and of what was touched and is."""
        absent = self._network_sets.keys() & {*self.held, *closing}
        shut = self._mentions.of([self._network_sets[key] for key in absent], self._rules)
        moved = ((shut ^ self._shut) | shut.intersection(touched)) & self._rules.keys()
        self._shut = shut
        shutting = {*shut, *self.held, *closing}
        return [Update(key, closed(self._rules[key]) if key in shutting else self._rules[key]) for key in moved]

    def _closed(self, key: Key, value: _Value) -> Resource | None:
        return self._good[key] if isinstance(value, HostEndpoint) else closed(value)

    def _is_closable(self, key: Key) -> bool:
        value = self._value(key)
        return key not in self.held and value is not None and (not isinstance(value, HostEndpoint) or key in self._good)

    def _having(self, ranges: Collection[AddressRange]) -> Iterable[Key]:
        """Return what has addresses within ranges, of network sets and of what is new of host endpoints."""
        hosts = {key: new for key, new in self._fresh.items() if isinstance(new, HostEndpoint)}
        owned = {key: [(own, own) for own in each.expected_addresses] for key, each in hosts.items()}
        owned |= {key: [(net.network, net.last) for net in each.nets] for key, each in self._network_sets.items()}
        return (key for key, own in owned.items() if any(_overlap(one, each) for one in own for each in ranges))

    def _in_order(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        """Return policies by tier and rank, then profiles, then endpoints, then network sets."""
        names = {each.tier for each in self._rules.values() if isinstance(each, Policy)}
        places = {name: place for place, name in enumerate(tiers_in_order(names, self._tiers))}

        def rank(key: Key) -> tuple[int, int, tuple[float, bytes], Key]:
            value = self._value(key)
            if isinstance(value, Policy):
                return 0, places[value.tier], policy_rank(value), key
            kind = 1 if isinstance(value, Profile) else 3 if isinstance(value, NetworkSet) else 2
            return kind, 0, (0.0, b""), key

        return tuple(sorted(keys, key=rank))

    def _value(self, key: Key) -> _Value | None:
        return self._rules.get(key) or self._network_sets.get(key) or self._fresh.get(key)


def _overlap(one: AddressRange, other: AddressRange) -> bool:
    """Tell whether two ranges share an address."""
    return len(one[0]) == len(other[0]) and one[0] <= other[1] and other[0] <= one[1]
