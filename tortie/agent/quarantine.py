"""Resources that the kernel refuses, closed so that everything else stays current. Pure.

What is closed denies where it would have decided: it never opens what it may have been there to close.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tortie.compiled import AddressRange
from tortie.engine import Automatic, Endpoint, policy_rank, tiers_in_order
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

_WORKLOADS = frozenset({Kind.WORKLOAD_ENDPOINT, Kind.POD})

_SHOWN = 5

_OF_HOSTS = frozenset({Kind.HOST_ENDPOINT, Kind.NODE, Kind.KUBE_CONTROLLERS_CONFIGURATION})

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

    A host endpoint governs on as it says, and no address of it is asked for: as with a network set, all policies and
    profiles are closed whose rules mean it, also those that come later. So it is with workload endpoints elsewhere,
    which are kept only while they are new, as there are many. Host endpoints that nobody stored are known by the keys
    they would be stored under.
    """

    def __init__(self, is_local: Callable[[Endpoint], bool]) -> None:
        """Start without anything; `is_local` tells the endpoints of this host."""
        self._is_local = is_local
        self.held: dict[Key, str] = {}
        self._rules: dict[Key, Policy | Profile] = {}
        self._network_sets: dict[Key, NetworkSet] = {}
        self._hosts: dict[Key, HostEndpoint] = {}
        self._elsewhere: dict[Key, WorkloadEndpoint] = {}
        self._automatic = Automatic()
        self._made: frozenset[Key] = frozenset()
        self._fresh: dict[Key, _Value] = {}
        self._stored: dict[Key, set[Key]] = {}
        self._tiers: dict[str, Tier] = {}
        self._mentions = Mentions()
        self._shut: frozenset[Key] = frozenset()

    def admit(self, updates: Sequence[Update]) -> list[Update]:
        """Take note of newest values, and return them with what they change for others; what changed is held no more.

        Of one key, only the last update counts, here as everywhere.
        """
        newest = {update.key: update.value for update in updates}
        for changed in (newest, self._remade(newest)):
            for key, value in changed.items():
                self._note(key, value)
        return [*updates, *self._reshut((), newest.keys())]

    def accepted(self) -> None:
        """Forget what is new, save what is closed: the kernel has the rest as it is."""
        self._fresh = {key: value for key, value in self._fresh.items() if key in self.held or key in self._shut}
        self._elsewhere = {key: value for key, value in self._elsewhere.items() if key in self.held}

    def candidates(self, named: Iterable[Key], ranges: Collection[AddressRange] = ()) -> Iterator[tuple[Key, ...]]:
        """Yield what to look for culprits in, in the order in which they speak: what is closed hides the later ones.

        First those named, by the keys they bear; with network sets and new endpoints that have refused addresses; with
        all else that is new on this host. Last come those named or new that close others too, and all that have refused
        addresses.
        """
        named = {each for key in named for each in ({key} | self._stored.get(key, set()))}
        new = self._fresh.keys() - self.held.keys()
        having = {*self._having(ranges)}
        closers = self._network_sets.keys() | self._hosts.keys()
        likely = {key for key in having if key in new or key not in self._hosts}
        steps = (named - closers, likely, new - closers, having | named | new)
        suspected: set[Key] = set()
        seen: tuple[Key, ...] = ()
        for step in steps:
            suspected |= step
            wider = self._in_order(key for key in suspected if self._is_closable(key))
            if len(wider) > len(seen):
                yield wider
            seen = wider

    def updates(self, keys: Collection[Key], closing: Collection[Key]) -> list[Update]:
        """Return updates of all the keys: those to close as they are in quarantine, the others as they are.

        What governs on, and what is elsewhere, is the same either way.
        """
        found = []
        for key in keys:
            value = self._value(key)
            if value is not None and not isinstance(value, HostEndpoint) and key not in self._elsewhere:
                found.append(Update(key, closed(value) if key in closing else value))
        return [*found, *self._reshut(closing, {*keys})]

    def hold(self, keys: Iterable[Key], refusal: str) -> None:
        """Keep resources closed until they change; `refusal` tells what the kernel refused."""
        for key in keys:
            changes = f"{Kind.NODE}/{self._hosts[key].node}, which makes it," if key in self._made else "it"
            self.held[key] = f"the kernel refuses it, and {self._meanwhile(key)} until {changes} changes: {refusal}"

    def _meanwhile(self, key: Key) -> str:
        if not self._closes_others(key):
            return "it is closed"
        meaning = sorted(map(str, self._meaning([key])))
        more = [f"and {len(meaning) - _SHOWN} more"] if len(meaning) > _SHOWN else []
        return f"whoever has rules that mean it is closed ({', '.join([*meaning[:_SHOWN], *more]) or 'nobody yet'})"

    def _remade(self, newest: Mapping[Key, Resource | None]) -> Mapping[Key, Resource | None]:
        """Return what changed of the host endpoints that nobody stored, or stores any more; None where it is gone."""
        given = {key: value for key, value in newest.items() if key.kind in _OF_HOSTS}
        completed = self._automatic.completed(given)
        hosts = {key: value for key, value in completed.items() if key.kind is Kind.HOST_ENDPOINT}
        made = {key: value for key, value in hosts.items() if newest.get(key) is None}
        self._made = self._made - hosts.keys() | {key for key, value in made.items() if value is not None}
        return {key: value for key, value in made.items() if key in newest or value != self._hosts.get(key)}

    def _note(self, key: Key, value: Resource | None) -> None:
        if key.kind in _WORKLOADS:  # of which there may be very many
            self._note_workload(key, value)
            return
        if key.kind is Kind.TIER:
            self._tiers.pop(key.name, None)
            if isinstance(value, Tier):
                self._tiers[key.name] = value
        self.held.pop(key, None)
        self._fresh.pop(key, None)
        self._network_sets.pop(key, None)
        self._hosts.pop(key, None)
        self._mentions.forget(key)
        old = self._rules.pop(key, None)
        if old is not None:
            self._stored[old.key].discard(key)
        if isinstance(value, Policy | Profile):
            self._rules[key] = self._fresh[key] = value
            self._stored.setdefault(value.key, set()).add(key)
        elif isinstance(value, NetworkSet):
            self._network_sets[key] = self._fresh[key] = value
        elif isinstance(value, HostEndpoint):
            self._hosts[key] = self._fresh[key] = value

    def _note_workload(self, key: Key, value: Resource | None) -> None:
        self.held.pop(key, None)
        self._fresh.pop(key, None)
        self._elsewhere.pop(key, None)
        if isinstance(value, WorkloadEndpoint):
            (self._fresh if self._is_local(value) else self._elsewhere)[key] = value

    def _reshut(self, closing: Collection[Key], touched: Collection[Key]) -> list[Update]:
        """Return updates of what begins or ends to be closed with others, and of what was touched and is."""
        shut = self._meaning(key for key in {*self.held, *closing} if self._closes_others(key))
        moved = ((shut ^ self._shut) | shut.intersection(touched)) & self._rules.keys()
        self._shut = shut
        shutting = {*shut, *self.held, *closing}
        return [Update(key, closed(self._rules[key]) if key in shutting else self._rules[key]) for key in moved]

    def _meaning(self, keys: Iterable[Key]) -> frozenset[Key]:
        """Return which policies and profiles have rules that mean one of these network sets and endpoints."""
        found = (self._network_sets.get(key) or self._hosts.get(key) or self._elsewhere.get(key) for key in keys)
        return self._mentions.of([each for each in found if each is not None], self._rules)

    def _closes_others(self, key: Key) -> bool:
        """Tell whether what has rules that mean this is closed with it."""
        return key in self._network_sets or key in self._hosts or key in self._elsewhere

    def _is_closable(self, key: Key) -> bool:
        return key not in self.held and self._value(key) is not None

    def _having(self, ranges: Collection[AddressRange]) -> Iterator[Key]:
        """Yield network sets that share addresses with ranges, and endpoints (workloads: elsewhere) that have just one.

        What is no more than an address within a larger range did not bring that range.
        """
        single = {first for first, last in ranges if first == last}
        for key, each in self._hosts.items() if single else ():
            if not single.isdisjoint(each.expected_addresses):
                yield key
        for key, workload in self._elsewhere.items() if single else ():
            if not single.isdisjoint(workload.addresses):
                yield key
        for key, nets in self._network_sets.items() if ranges else ():
            if any(_overlap((net.network, net.last), each) for net in nets.nets for each in ranges):
                yield key

    def _in_order(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        """Return policies by tier and rank, then profiles, then endpoints, then what closes others."""
        names = {each.tier for each in self._rules.values() if isinstance(each, Policy)}
        places = {name: place for place, name in enumerate(tiers_in_order(names, self._tiers))}

        def rank(key: Key) -> tuple[int, int, tuple[float, bytes], Key]:
            value = self._value(key)
            if isinstance(value, Policy):
                return 0, places[value.tier], policy_rank(value), key
            kind = 1 if isinstance(value, Profile) else 3 if self._closes_others(key) else 2
            return kind, 0, (0.0, b""), key

        return tuple(sorted(keys, key=rank))

    def _value(self, key: Key) -> _Value | None:
        endpoint = self._hosts.get(key) or self._elsewhere.get(key)
        return self._rules.get(key) or self._network_sets.get(key) or endpoint or self._fresh.get(key)


def _overlap(one: AddressRange, other: AddressRange) -> bool:
    """Tell whether two ranges share an address."""
    return len(one[0]) == len(other[0]) and one[0] <= other[1] and other[0] <= one[1]
