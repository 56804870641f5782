"""Resources that the kernel refuses, closed so that everything else stays current. Pure.

What is closed denies where it would have decided: it never opens what it may have been there to close.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from tortie.engine import policy_rank, tiers_in_order
from tortie.model import Action, Key, Kind, Policy, Profile, Resource, Rule, Tier, Update, WorkloadEndpoint

__all__ = ["Quarantine", "closed"]

_DENY = (Rule(Action.DENY),)


def closed(resource: Policy | Profile | WorkloadEndpoint) -> Resource | None:
    """Return what stands for a resource in quarantine.

    A policy denies everything at its place in the order, in the directions it governs; a profile does too, and keeps
    its labels. A workload endpoint is absent, so that its interface is silent.
    """
    if isinstance(resource, WorkloadEndpoint):
        return None
    return replace(resource, ingress=_DENY, egress=_DENY)


class Quarantine:
    """Knows what may have to be closed, and what is; `held` is why, by the key that a resource is stored under.

    Other kinds are never closed: without a network set, or an endpoint elsewhere, a Deny could miss its addresses.
    """

    def __init__(self, is_local: Callable[[WorkloadEndpoint], bool]) -> None:
        """Start without anything; `is_local` tells the endpoints of this host."""
        self._is_local = is_local
        self.held: dict[Key, str] = {}
        self._rules: dict[Key, Policy | Profile] = {}
        self._fresh: dict[Key, Policy | Profile | WorkloadEndpoint] = {}
        self._stored: dict[Key, set[Key]] = {}
        self._tiers: dict[str, Tier] = {}

    def admit(self, updates: Iterable[Update]) -> None:
        """Take note of newest values; what changed leaves the quarantine."""
        for update in updates:
            key, value = update.key, update.value
            if key.kind is Kind.TIER:
                self._tiers.pop(key.name, None)
                if isinstance(value, Tier):
                    self._tiers[key.name] = value
            self.held.pop(key, None)
            self._fresh.pop(key, None)
            old = self._rules.pop(key, None)
            if old is not None:
                self._stored[old.key].discard(key)
            if isinstance(value, Policy | Profile):
                self._rules[key] = self._fresh[key] = value
                self._stored.setdefault(value.key, set()).add(key)
            elif isinstance(value, WorkloadEndpoint) and self._is_local(value):
                self._fresh[key] = value

    def accepted(self) -> None:
        """Forget what is new: the kernel has it, or it is held."""
        self._fresh = {key: value for key, value in self._fresh.items() if key in self.held}

    def candidates(self, named: Iterable[Key]) -> Iterator[tuple[Key, ...]]:
        """Yield what to look for culprits in: those named, by the keys they bear; then with all that is new.

        They are in the order in which they speak: what is closed hides the later ones.
        """
        known = {each for key in named for each in ({key} | self._stored.get(key, set()))}
        suspected = self._in_order(key for key in known if key not in self.held and self._value(key) is not None)
        if suspected:
            yield suspected
        wider = self._in_order({*suspected, *(self._fresh.keys() - self.held.keys())})
        if len(wider) > len(suspected):
            yield wider

    def updates(self, keys: Collection[Key], closing: Collection[Key]) -> list[Update]:
        """Return updates of all the keys: those to close as they are in quarantine, the others as they are."""
        found = []
        for key in keys:
            value = self._value(key)
            if value is not None:
                found.append(Update(key, closed(value) if key in closing else value))
        return found

    def hold(self, keys: Iterable[Key], reason: str) -> None:
        """Keep resources closed until they change."""
        self.held |= dict.fromkeys(keys, reason)

    def _in_order(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        """Return policies by tier and rank, then profiles, then endpoints."""
        names = {each.tier for each in self._rules.values() if isinstance(each, Policy)}
        places = {name: place for place, name in enumerate(tiers_in_order(names, self._tiers))}

        def rank(key: Key) -> tuple[int, int, tuple[float, bytes], Key]:
            value = self._value(key)
            if isinstance(value, Policy):
                return 0, places[value.tier], policy_rank(value), key
            return (1 if isinstance(value, Profile) else 2), 0, (0.0, b""), key

        return tuple(sorted(keys, key=rank))

    def _value(self, key: Key) -> Policy | Profile | WorkloadEndpoint | None:
        return self._rules.get(key) or self._fresh.get(key)
