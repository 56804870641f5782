"""What a write may change: the stored state and the proposed resource to problems."""

from __future__ import annotations

from collections.abc import Container, Iterable

from tortie.errors import Problem
from tortie.model import BUILT_IN_TIERS, DEFAULT_ALLOW_PROFILE, Key, Kind, Policy, Resource

__all__ = ["CONVERTED_PREFIX", "creation_problems", "deletion_problems", "update_problems"]

CONVERTED_PREFIX = "knp.default."
"""Names under which older releases stored what they made of Kubernetes' own policies."""


def creation_problems(proposed: Resource, tiers: Container[str]) -> tuple[Problem, ...]:
    """Return what keeps a resource from being created.

    Args:
        proposed: a resource that breaks no rule by itself.
        tiers: the names of the tiers there are; built-in ones always are.

    Source: api specification 3, rules 9, 16, 19 and 21.
    """
    found = [*_reserved(proposed.key, "create or apply")]
    subject = str(proposed.key)
    if proposed.metadata.revision and proposed.key.kind not in {Kind.POD, Kind.NAMESPACE, Kind.SERVICE_ACCOUNT}:
        what = "field must not be set for a Create request: `resourceVersion`"
        found.append(Problem(what, f"{subject} metadata.resourceVersion", "remove it"))
    if isinstance(proposed, Policy) and proposed.tier not in tiers and proposed.tier not in BUILT_IN_TIERS:
        what = f"resource does not exist: Tier({proposed.tier})"
        found.append(Problem(what, f"{subject} spec.tier", "create the tier first"))
    if proposed.key == DEFAULT_ALLOW_PROFILE.key:
        what = f"resource already exists: Profile({proposed.key.name})"
        found.append(Problem(what, subject, "give the profile another name"))
    return tuple(found)


def update_problems(proposed: Resource) -> tuple[Problem, ...]:
    """Return what keeps a resource, complete as it is to be stored, from replacing the stored one.

    The tier is not looked up: a policy may be moved before its tier is there. Source: api specification 3, rules 10,
    16 and 19.
    """
    found = [*_reserved(proposed.key, "apply or replace"), *_built_in(proposed.key, "Update", "updated")]
    metadata = proposed.metadata
    given = {"resourceVersion": metadata.revision, "creationTimestamp": metadata.created, "uid": metadata.uid}
    for name, value in given.items():
        if not value:
            what = f"field must be set for an Update request: `{name}`"
            found.append(Problem(what, f"{proposed.key} metadata.{name}", "get the resource again and change that"))
    return tuple(found)


def deletion_problems(key: Key, policies: Iterable[Policy] = ()) -> tuple[Problem, ...]:
    """Return what keeps a resource from being deleted.

    Args:
        key: of the resource.
        policies: all there are; only looked at where the key is a tier's.

    Source: api specification 3, rules 16, 19 and 77.
    """
    found = [*_reserved(key, "delete"), *_built_in(key, "Delete", "deleted")]
    if key.kind is Kind.TIER:
        if key.name in BUILT_IN_TIERS:
            what = f"operation Delete is not supported on {key.name}: Cannot delete {key.name} tier"
            found.append(Problem(what, str(key)))
        elif user := next((policy for policy in policies if _is_in(policy, key.name)), None):
            what = f"operation delete is not supported on {key.name}: Cannot delete a non-empty tier"
            found.append(Problem(what, str(key), f"move or delete {user.key} first"))
    return tuple(found)


def _is_in(policy: Policy, tier: str) -> bool:
    return policy.tier == tier and policy.key.kind in {Kind.NETWORK_POLICY, Kind.GLOBAL_NETWORK_POLICY}


def _reserved(key: Key, operation: str) -> Iterable[Problem]:
    if key.kind is Kind.NETWORK_POLICY and key.name.startswith(CONVERTED_PREFIX):
        reason = "kubernetes network policies must be managed through the kubernetes API"
        yield Problem(f"operation {operation} is not supported on {key.name}: {reason}", str(key))


def _built_in(key: Key, operation: str, done: str) -> Iterable[Problem]:
    if key == DEFAULT_ALLOW_PROFILE.key:
        reason = f'The profile "{key.name}" is a default provided by Calico and cannot be {done}'
        yield Problem(f"operation {operation} is not supported on {key.name}: {reason}", str(key))
