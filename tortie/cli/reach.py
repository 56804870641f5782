"""Selectors of policies that match nothing: told when a policy is written, with what was perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from tortie.errors import Invalid, Problem
from tortie.explain import Directory
from tortie.model import HostEndpoint, Key, Kind, Labels, NetworkSet, Profile, Resource, WorkloadEndpoint
from tortie.selector import Selector, keys, parse, values

__all__ = ["LABELLED_KINDS", "SELECTING_KINDS", "Reach", "selectors_of"]

SELECTING_KINDS = frozenset(
    {
        Kind.NETWORK_POLICY,
        Kind.GLOBAL_NETWORK_POLICY,
        Kind.STAGED_NETWORK_POLICY,
        Kind.STAGED_GLOBAL_NETWORK_POLICY,
    }
)
"""Kinds whose selectors are looked at."""

LABELLED_KINDS = (
    Kind.WORKLOAD_ENDPOINT,
    Kind.POD,
    Kind.HOST_ENDPOINT,
    Kind.NETWORK_SET,
    Kind.GLOBAL_NETWORK_SET,
    Kind.PROFILE,
    Kind.NAMESPACE,
    Kind.SERVICE_ACCOUNT,
)
"""Kinds whose labels selectors are about."""

_SUBJECT, _PEER, _NAMESPACE, _ACCOUNT = "endpoints", "endpoints and network sets", "namespaces", "service accounts"
_PREFIXES = {"kns.": (_NAMESPACE, "pcns."), "ksa.": (_ACCOUNT, "pcsa.")}


@dataclass(slots=True)
class _Labels:
    """The different sets of labels that things of one sort have, and every key with its values."""

    sets: set[tuple[tuple[str, str], ...]] = field(default_factory=set[tuple[tuple[str, str], ...]])
    by_key: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def add(self, labels: Labels) -> None:
        items = tuple(sorted(labels.items()))
        if items not in self.sets:
            self.sets.add(items)
            for key, value in items:
                self.by_key.setdefault(key, set()).add(value)


class Reach:
    """Knows every label there is, and tells which selectors match nothing."""

    def __init__(self, resources: Mapping[Key, Resource]) -> None:
        """Collect the labels, once."""
        self._labels = {sort: _Labels() for sort in (_SUBJECT, _PEER, _NAMESPACE, _ACCOUNT)}
        directory = Directory(resources)
        for value in resources.values():
            match value:
                case WorkloadEndpoint():
                    labels = directory.labels(value)
                    self._labels[_SUBJECT].add(labels)
                    self._labels[_PEER].add(labels)
                case HostEndpoint():
                    self._labels[_SUBJECT].add(value.metadata.labels)
                    self._labels[_PEER].add(value.metadata.labels)
                case NetworkSet():
                    self._labels[_PEER].add(directory.labels(value))
                case Profile():
                    self._add_profile(value)

    def _add_profile(self, profile: Profile) -> None:
        for start, (sort, prefix) in _PREFIXES.items():
            if profile.key.name.startswith(start):
                given = profile.labels_to_apply.items()
                self._labels[sort].add({k.removeprefix(prefix): v for k, v in given if k.startswith(prefix)})

    def problems(self, document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield a problem for each selector of a policy that matches nothing; `path` is that in the document.

        Where there are no endpoints, or no namespaces, nothing is said of selectors about these: they come later.
        """
        for path, text, sort in selectors_of(document):
            try:
                selector = parse(text)
            except Invalid:
                continue  # whoever decodes it tells
            labels = self._labels[sort]
            if labels.sets and not any(selector.matches(dict(items)) for items in labels.sets):
                reason, mend = _reason(selector, labels.by_key)
                yield Problem(f"`{text}` matches none of the {sort}{reason}", path=path, mend=mend)


def _reason(selector: Selector, known: Mapping[str, set[str]]) -> tuple[str, str]:
    """Return why a selector matches nothing, as the end of a sentence, and what was perhaps meant."""
    for key in sorted(keys(selector)):
        if key not in known:
            return f": the label `{key}` exists nowhere", _near(key, known)
    for key, compared in sorted(values(selector).items()):
        for value in sorted(compared - known[key]):
            return f": no `{key}` is `{value}`", _near(value, known[key])
    return "", ""


def _near(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, known, n=1)
    return f"did you mean `{found[0]}`?" if found else ""


def selectors_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield path, text and what it is about of every selector in a policy's document."""
    spec = document.get("spec") or {}
    found = [("spec.selector", spec.get("selector"), _SUBJECT)]
    found.append(("spec.namespaceSelector", spec.get("namespaceSelector"), _NAMESPACE))
    found.append(("spec.serviceAccountSelector", spec.get("serviceAccountSelector"), _ACCOUNT))
    for direction in ("ingress", "egress"):
        for number, rule in enumerate(spec.get(direction) or ()):
            for side in ("source", "destination"):
                entity, path = rule.get(side) or {}, f"spec.{direction}[{number}].{side}"
                found.append((f"{path}.selector", entity.get("selector"), _PEER))
                found.append((f"{path}.notSelector", entity.get("notSelector"), _PEER))
                found.append((f"{path}.namespaceSelector", entity.get("namespaceSelector"), _NAMESPACE))
                accounts = entity.get("serviceAccounts") or {}
                found.append((f"{path}.serviceAccounts.selector", accounts.get("selector"), _ACCOUNT))
    yield from ((path, text, sort) for path, text, sort in found if text and "global()" not in text)
