"""Tiers and network sets; rules 15, 75, 76, 90 and 91 of the API."""

from __future__ import annotations

from tortie.api.fields import Fields
from tortie.api.metadata import Named
from tortie.api.names import is_dns_label
from tortie.model import (
    BUILT_IN_TIERS,
    DEFAULT_TIER_ORDER,
    NAMESPACE_LABEL,
    Action,
    Key,
    NetworkSet,
    Prefix,
    Tier,
    parse_prefix,
)

__all__ = ["read_network_set", "read_tier", "tier_defaults"]

_MAX_NAME = 63
_ACTIONS = {"Deny": Action.DENY, "Pass": Action.PASS}


def tier_defaults(name: str) -> tuple[float, Action]:
    """Return order and default action of a tier that leaves them out: a built-in tier has its own."""
    return BUILT_IN_TIERS.get(name, (DEFAULT_TIER_ORDER, Action.DENY))


def read_tier(key: Key, named: Named, spec: Fields) -> Tier:
    """Return the tier that a spec says, problems noted."""
    name = key.name
    if not is_dns_label(name) or len(name) > _MAX_NAME:
        what = f"`{name}` is not a tier's name: at most {_MAX_NAME} lower-case letters, digits and `-`"
        spec.report.add("metadata.name", what)
    order, action = tier_defaults(name)
    given_order, given_action = spec.number("order"), spec.choice("defaultAction", _ACTIONS)
    if name in BUILT_IN_TIERS:
        if given_order is not None and given_order != order:
            mend = f"write `order: {order:.0f}`"
            spec.report.add(spec.at("order"), f"the order of tier `{name}` is fixed", mend, is_clear=True)
        if given_action is not None and given_action is not action:
            mend = f"write `defaultAction: {action}`"
            what = f"the default action of tier `{name}` is fixed"
            spec.report.add(spec.at("defaultAction"), what, mend, is_clear=True)
        return Tier(key, named.metadata, order, action)
    return Tier(key, named.metadata, order if given_order is None else given_order, given_action or action)


def read_network_set(key: Key, named: Named, spec: Fields) -> NetworkSet:
    """Return the network set that a spec says, host bits of its nets cleared; problems noted."""
    if NAMESPACE_LABEL in named.metadata.labels:
        what = f"a network set cannot have the label `{NAMESPACE_LABEL}`"
        spec.report.add(f"metadata.labels.{NAMESPACE_LABEL}#", what, "remove it")
    nets: dict[Prefix, None] = {}
    for text, path in spec.texts("nets"):
        try:
            nets[parse_prefix(text)] = None
        except ValueError:
            what = f"`{text[:60]}` is neither an address nor a CIDR" if text else "an empty text is no address"
            spec.report.add(path, what, "write `10.0.0.1` or `10.0.0.0/8`")
    return NetworkSet(key, named.metadata, tuple(nets))
