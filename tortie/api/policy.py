"""Policies, staged ones too, and profiles; rules 12, 13, 20 to 40, 73 and 74 of the API."""

from __future__ import annotations

from collections.abc import Iterable

from tortie.api.fields import Fields
from tortie.api.metadata import Named, check_labels
from tortie.api.names import is_dns_subdomain, policy_name_fault
from tortie.api.rule import Scope, read_rules
from tortie.api.selectors import read_selector
from tortie.model import (
    DEFAULT_TIER,
    NAMESPACED_KINDS,
    STAGED_KINDS,
    Direction,
    Key,
    Policy,
    Profile,
    Rule,
    StagedAction,
)

__all__ = ["check_says_nothing", "derived_types", "read_policy", "read_profile", "read_staged_action"]

_FIELDS = ("order", "ingress", "egress", "selector", "serviceAccountSelector", "performanceHints")
_GLOBAL_FIELDS = ("doNotTrack", "preDNAT", "applyOnForward", "namespaceSelector")
_STAGED_ACTIONS = {str(action): action for action in StagedAction}

_DIRECTIONS = {str(direction): direction for direction in Direction}
_HINTS = {"AssumeNeededOnEveryNode": "AssumeNeededOnEveryNode"}


def derived_types(*, ingress: bool, egress: bool) -> tuple[Direction, ...]:
    """Return the types of a policy that names none, from which rules it has. Source: api specification 4.1."""
    if not egress:
        return (Direction.INGRESS,)
    return (Direction.INGRESS, Direction.EGRESS) if ingress else (Direction.EGRESS,)


def read_policy(key: Key, named: Named, spec: Fields) -> Policy:
    """Return the policy that a spec says, problems noted."""
    scope = Scope(key.kind)
    is_global = key.kind not in NAMESPACED_KINDS
    if scope.limited and (fault := policy_name_fault(key.name, namespaced=not is_global)):
        spec.report.add("metadata.name", f"`{key.name}`: {fault}")
    staged = read_staged_action(spec) if key.kind in STAGED_KINDS else None
    if staged is StagedAction.DELETE:
        return _deleting(key, named, spec)
    ingress = read_rules(spec, Direction.INGRESS, scope)
    egress = read_rules(spec, Direction.EGRESS, scope)
    limited = scope.limited
    policy = Policy(
        key,
        named.metadata,
        tier=_tier(spec),
        order=spec.number("order"),
        selector=read_selector(spec, "selector", limited=limited),
        namespace_selector=read_selector(spec, "namespaceSelector") if is_global else "",
        service_account_selector=read_selector(spec, "serviceAccountSelector", limited=limited),
        types=_types(spec) or derived_types(ingress=bool(ingress), egress=bool(egress)),
        ingress=ingress,
        egress=egress,
        do_not_track=spec.flag("doNotTrack") if is_global else False,
        pre_dnat=spec.flag("preDNAT") if is_global else False,
        apply_on_forward=spec.flag("applyOnForward") if is_global else False,
        performance_hints=_hints(spec),
        staged=staged,
    )
    _check_stages(spec, policy, policy.egress)
    return policy


def read_staged_action(spec: Fields) -> StagedAction:
    """Return what a staged policy would do; Set, where it says nothing. Source: rule 37."""
    return spec.choice("stagedAction", _STAGED_ACTIONS) or StagedAction.SET


def _deleting(key: Key, named: Named, spec: Fields) -> Policy:
    """Return a staged policy that would take one away: it says nothing else but its tier. Source: rule 38."""
    _types(spec)
    check_says_nothing(spec, _FIELDS if key.kind in NAMESPACED_KINDS else (*_FIELDS, *_GLOBAL_FIELDS))
    types = derived_types(ingress=False, egress=False)
    return Policy(key, named.metadata, tier=_tier(spec), types=types, staged=StagedAction.DELETE)


def check_says_nothing(spec: Fields, names: Iterable[str]) -> None:
    """Note every field that says something though a staged policy is to delete. Source: rules 38, 39."""
    for name in names:
        value = spec.take(name)
        if value is not None and value is not False and value not in ("", [], {}):
            what = f"`{name}` must be left out where `stagedAction` is Delete"
            spec.report.add(spec.at(name), what, "remove it, or write `stagedAction: Set`")


def _tier(spec: Fields) -> str:
    tier = spec.text("tier")
    if tier and not is_dns_subdomain(tier):
        spec.report.add(spec.at("tier"), f"`{tier[:60]}` is not a tier's name")
    return tier or DEFAULT_TIER


def _types(spec: Fields) -> tuple[Direction, ...]:
    found: dict[Direction, None] = {}
    for text, path in spec.texts("types"):
        if text not in _DIRECTIONS:
            spec.report.choose(path, "the type", text, _DIRECTIONS)
        elif _DIRECTIONS[text] in found:
            spec.report.add(path, f"`{text}` stands twice in `types`", "keep one of the two", is_clear=True)
        else:
            found[_DIRECTIONS[text]] = None
    return tuple(found)


def _hints(spec: Fields) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text, path in spec.texts("performanceHints"):
        if text not in _HINTS:
            what = f"the hint `{text[:60]}` is not known; supported values: {', '.join(_HINTS)}"
            spec.report.add(path, what, is_clear=True)  # a hint never changes a verdict
        elif text in found:
            what = f"`{text}` stands twice in `performanceHints`"
            spec.report.add(path, what, "keep one of the two", is_clear=True)
        found[text] = None
    return tuple(found)


def _check_stages(spec: Fields, policy: Policy, egress: tuple[Rule, ...]) -> None:
    """Rules 30 to 33: what policies before connection tracking or address translation may not have."""
    report = spec.report
    if policy.pre_dnat:
        if policy.do_not_track:
            what = "`doNotTrack` and `preDNAT` cannot both be true: one policy works in one place"
            report.add(spec.at("preDNAT"), what, "make two policies")
        if egress:
            what = "a `preDNAT` policy cannot have egress rules: it sees what comes in"
            report.add(spec.at("egress"), what, "remove them", is_clear=True)
        if Direction.EGRESS in policy.types and spec.items("types"):
            what = "a `preDNAT` policy cannot have the type `Egress`"
            report.add(spec.at("types"), what, "write `types: [Ingress]`", is_clear=True)
    for name, is_set in (("doNotTrack", policy.do_not_track), ("preDNAT", policy.pre_dnat)):
        if is_set and not policy.apply_on_forward:
            what = f"`{name}` needs `applyOnForward`"
            report.add(spec.at(name), what, "add `applyOnForward: true`", is_clear=True)


def read_profile(key: Key, named: Named, spec: Fields) -> Profile:
    """Return the profile that a spec says, problems noted; its rules are held to what policies' are."""
    scope = Scope(key.kind)
    labels = spec.strings("labelsToApply")
    check_labels(spec.report, spec.at("labelsToApply"), labels, inherited=True)
    return Profile(
        key,
        named.metadata,
        ingress=read_rules(spec, Direction.INGRESS, scope),
        egress=read_rules(spec, Direction.EGRESS, scope),
        labels_to_apply=labels,
    )
