"""Which policies and profiles have rules that mean a network set or an endpoint. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tortie.engine import PortNameSet, SelectorSet, SetDefinition, asked_sets, own_labels
from tortie.model import (
    EndpointPort,
    HostEndpoint,
    Key,
    Labels,
    NetworkSet,
    Policy,
    Profile,
    WorkloadEndpoint,
    effective_labels,
)

__all__ = ["Mentions"]

Rules = Mapping[Key, Policy | Profile]
Member = NetworkSet | HostEndpoint | WorkloadEndpoint


class Mentions:
    """Answers who means a network set or an endpoint; remembers what rules ask for."""

    def __init__(self) -> None:
        """Start without anything remembered."""
        self._asked: dict[Key, frozenset[SetDefinition]] = {}

    def forget(self, key: Key) -> None:
        """Forget the rules stored under a key, which are others now."""
        self._asked.pop(key, None)

    def of(self, members: Collection[Member], rules: Rules) -> frozenset[Key]:
        """Return under which keys rules are stored that ask, be it negated, for a set that one of these is in.

        A set of the ports of a name has those who declare such a port.
        """
        if not members:
            return frozenset()
        applied = _applied(rules)
        seen = [(_seen(each, applied), () if isinstance(each, NetworkSet) else each.ports) for each in members]
        return frozenset(
            key
            for key, value in rules.items()
            if any(_has(asked, labels, ports) for asked in self._asked_by(key, value) for labels, ports in seen)
        )

    def _asked_by(self, key: Key, value: Policy | Profile) -> frozenset[SetDefinition]:
        if key not in self._asked:
            self._asked[key] = asked_sets(value)
        return self._asked[key]


def _applied(rules: Rules) -> Mapping[str, Labels]:
    """Return the labels that each profile applies; of several for one name the lowest key counts, as in the engine."""
    profiles = {key: each for key, each in rules.items() if isinstance(each, Profile)}
    return {profiles[key].key.name: profiles[key].labels_to_apply for key in sorted(profiles, reverse=True)}


def _seen(member: Member, applied: Mapping[str, Labels]) -> Labels:
    """Return the labels by which selectors see a member: its own, and those of its profiles or its namespace."""
    if not isinstance(member, NetworkSet):
        names = member.profiles
    else:
        names = (f"kns.{member.key.namespace}",) if member.key.namespace else ()
    return effective_labels(own_labels(member), [applied[name] for name in names if name in applied])


def _has(asked: SetDefinition, labels: Labels, ports: Collection[EndpointPort]) -> bool:
    """Tell whether an object with these labels and ports is in a set; networks and services are others' affair."""
    if isinstance(asked, PortNameSet):
        declares = any(each.name == asked.name and asked.protocol in (None, each.protocol.number) for each in ports)
        return declares and (asked.selector is None or asked.selector.matches(labels))
    return isinstance(asked, SelectorSet) and asked.selector.matches(labels)
