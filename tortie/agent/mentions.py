"""Which policies and profiles have rules that mean a network set. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tortie.engine import asked_selectors, own_labels
from tortie.model import Key, Labels, NetworkSet, Policy, Profile, effective_labels
from tortie.selector import Selector

__all__ = ["Mentions"]

Rules = Mapping[Key, Policy | Profile]


class Mentions:
    """Answers who means a network set; remembers what rules ask for."""

    def __init__(self) -> None:
        """Start without anything remembered."""
        self._asked: dict[Key, frozenset[Selector]] = {}

    def forget(self, key: Key) -> None:
        """Forget the rules stored under a key, which are others now."""
        self._asked.pop(key, None)

    def of(self, network_sets: Collection[NetworkSet], rules: Rules) -> frozenset[Key]:
        """Return under which keys rules are stored that ask, be it negated, for a set that one of them is in."""
        if not network_sets:
            return frozenset()
        spaces: dict[str, list[Labels]] = {}
        for each in rules.values():
            if isinstance(each, Profile):
                spaces.setdefault(each.key.name, []).append(each.labels_to_apply)
        seen = [labels for each in network_sets for labels in _seen(each, spaces)]
        return frozenset(
            key
            for key, value in rules.items()
            if any(selector.matches(labels) for selector in self._asked_by(key, value) for labels in seen)
        )

    def _asked_by(self, key: Key, value: Policy | Profile) -> frozenset[Selector]:
        if key not in self._asked:
            self._asked[key] = asked_selectors(value)
        return self._asked[key]


def _seen(network_set: NetworkSet, spaces: Mapping[str, list[Labels]]) -> list[Labels]:
    """Return the labels by which selectors see a network set: one row for each profile that says its namespace's."""
    own = own_labels(network_set)
    inherited = spaces.get(f"kns.{network_set.key.namespace}", []) if network_set.key.namespace else []
    return [effective_labels(own, [labels]) for labels in inherited] or [own]
