"""The selectors in a policy's document, each with its place and what it chooses among. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from tortie.errors import Invalid
from tortie.model import Kind
from tortie.selector import Selector, conjunction, equals, has, is_in, negation, parse

__all__ = ["SELECTING_KINDS", "Among", "Choice", "selectors_of"]

SELECTING_KINDS = frozenset(
    {
        Kind.NETWORK_POLICY,
        Kind.GLOBAL_NETWORK_POLICY,
        Kind.STAGED_NETWORK_POLICY,
        Kind.STAGED_GLOBAL_NETWORK_POLICY,
        Kind.STAGED_KUBERNETES_NETWORK_POLICY,
        Kind.KUBERNETES_NETWORK_POLICY,
    }
)
"""Kinds that have selectors which are looked at."""

_RULES = (("ingress", "from"), ("egress", "to"))


class Among(StrEnum):
    """What a selector chooses among, in words."""

    SUBJECTS = "endpoints"
    PEERS = "endpoints and network sets"
    NAMESPACES = "namespaces"
    ACCOUNTS = "service accounts"


class Choice(NamedTuple):
    """One selector: its path in the document, its text, what it means, and what it chooses among."""

    path: str
    text: str
    selector: Selector
    among: Among


def selectors_of(document: Mapping[str, Any]) -> Iterator[Choice]:
    """Yield the selectors of a policy; those that cannot be read are left out, as whoever decodes them tells."""
    spec = document.get("spec") or {}
    if "podSelector" in spec:
        yield from _of_kubernetes(spec)
        return
    for path, text, among in _of_calico(spec):
        if text and "global()" not in text:
            try:
                yield Choice(path, text, parse(text), among)
            except Invalid:
                continue


def _of_calico(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, Among]]:
    yield "spec.selector", spec.get("selector", ""), Among.SUBJECTS
    yield "spec.namespaceSelector", spec.get("namespaceSelector", ""), Among.NAMESPACES
    yield "spec.serviceAccountSelector", spec.get("serviceAccountSelector", ""), Among.ACCOUNTS
    for direction, _ in _RULES:
        for number, rule in enumerate(spec.get(direction) or ()):
            for side in ("source", "destination"):
                entity, path = rule.get(side) or {}, f"spec.{direction}[{number}].{side}"
                yield f"{path}.selector", entity.get("selector", ""), Among.PEERS
                yield f"{path}.notSelector", entity.get("notSelector", ""), Among.PEERS
                yield f"{path}.namespaceSelector", entity.get("namespaceSelector", ""), Among.NAMESPACES
                accounts = entity.get("serviceAccounts") or {}
                yield f"{path}.serviceAccounts.selector", accounts.get("selector", ""), Among.ACCOUNTS


def _of_kubernetes(spec: Mapping[str, Any]) -> Iterator[Choice]:
    yield from _choice("spec.podSelector", spec["podSelector"], Among.SUBJECTS)
    for direction, peers in _RULES:
        for number, rule in enumerate(spec.get(direction) or ()):
            for place, peer in enumerate(rule.get(peers) or ()):
                path = f"spec.{direction}[{number}].{peers}[{place}]"
                yield from _choice(f"{path}.podSelector", peer.get("podSelector"), Among.PEERS)
                yield from _choice(f"{path}.namespaceSelector", peer.get("namespaceSelector"), Among.NAMESPACES)


def _choice(path: str, written: Mapping[str, Any] | None, among: Among) -> Iterator[Choice]:
    """Yield what a selector of Kubernetes means; nothing where it chooses everything."""
    labels = (written or {}).get("matchLabels") or {}
    terms = [equals(key, value) for key, value in sorted(labels.items())]
    terms += [_term(found) for found in (written or {}).get("matchExpressions") or ()]
    if terms:
        selector = conjunction(*terms)
        yield Choice(path, str(selector), selector, among)


def _term(found: Mapping[str, Any]) -> Selector:
    key, values = found["key"], found.get("values") or ()
    match found["operator"]:
        case "In":
            return is_in(key, values)
        case "NotIn":
            return negation(is_in(key, values))
        case "Exists":
            return has(key)
        case _:
            return negation(has(key))
