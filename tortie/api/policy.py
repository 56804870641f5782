"""Policies and profiles; rules 12, 13, 20 to 40, 73 and 74 of the API."""

from __future__ import annotations

from tortie.api.fields import Fields
from tortie.api.metadata import Named, check_labels
from tortie.api.names import is_dns_subdomain, policy_name_fault
from tortie.api.rule import Scope, read_rules
from tortie.api.selectors import read_selector
from tortie.model import DEFAULT_TIER, Direction, Key, Kind, Policy, Profile, Rule

__all__ = ["derived_types", "read_policy", "read_profile"]

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
    is_global = key.kind is Kind.GLOBAL_NETWORK_POLICY
    if scope.limited and (fault := policy_name_fault(key.name, namespaced=not is_global)):
        spec.report.add("metadata.name", f"`{key.name}`: {fault}")
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
    )
    _check_stages(spec, policy, policy.egress)
    return policy


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
            spec.report.add(path, f"`{text}` stands twice in `types`", "keep one of the two")
        else:
            found[_DIRECTIONS[text]] = None
    return tuple(found)


def _hints(spec: Fields) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text, path in spec.texts("performanceHints"):
        if text not in _HINTS:
            spec.report.choose(path, "the hint", text, _HINTS)
        elif text in found:
            spec.report.add(path, f"`{text}` stands twice in `performanceHints`", "keep one of the two")
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
            report.add(spec.at("egress"), what, "remove them")
        if Direction.EGRESS in policy.types and spec.items("types"):
            report.add(spec.at("types"), "a `preDNAT` policy cannot have the type `Egress`", "write `types: [Ingress]`")
    for name, is_set in (("doNotTrack", policy.do_not_track), ("preDNAT", policy.pre_dnat)):
        if is_set and not policy.apply_on_forward:
            report.add(spec.at(name), f"`{name}` needs `applyOnForward`", "add `applyOnForward: true`")


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
