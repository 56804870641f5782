"""What would be in force if staged policies were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tortie.model import KUBERNETES_POLICY_PREFIX, Key, Kind, Policy, Resource, StagedAction

__all__ = ["enforced", "has_staged"]

_ENFORCED = {
    Kind.STAGED_NETWORK_POLICY: Kind.NETWORK_POLICY,
    Kind.STAGED_GLOBAL_NETWORK_POLICY: Kind.GLOBAL_NETWORK_POLICY,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: Kind.KUBERNETES_NETWORK_POLICY,
}


def has_staged(resources: Mapping[Key, Resource]) -> bool:
    """Tell whether any policy is staged."""
    return any(isinstance(value, Policy) and value.staged is not None for value in resources.values())


def enforced(resources: Mapping[Key, Resource]) -> dict[Key, Resource]:
    """Return the resources with every staged policy in the place of the policy of its name, or that one taken away.

    Source: api.md 1.4.
    """
    result = {
        key: value for key, value in resources.items() if not (isinstance(value, Policy) and value.staged is not None)
    }
    for key, value in resources.items():
        if not (isinstance(value, Policy) and value.staged is not None):
            continue
        target = Key(_ENFORCED[key.kind], key.namespace, key.name)
        if target.kind is Kind.KUBERNETES_NETWORK_POLICY:
            result.pop(Key(Kind.NETWORK_POLICY, key.namespace, f"{KUBERNETES_POLICY_PREFIX}{key.name}"), None)
        if value.staged is StagedAction.DELETE:
            result.pop(target, None)
        else:
            result[target] = replace(value, key=target, staged=None)
    return result
