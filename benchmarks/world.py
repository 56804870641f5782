"""Clusters for measuring, as the specification describes them: many endpoints, few of them here, many policies."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.model import (
    Action,
    EntityMatch,
    Key,
    Kind,
    Metadata,
    Policy,
    Profile,
    Rule,
    Update,
    WorkloadEndpoint,
)

__all__ = ["HERE", "endpoint", "namespaces", "policies", "policy", "snapshot_world"]

HERE = "here"
NAMESPACES = 100
MARKERS = 30


def endpoint(number: int, *, local: bool, extra: dict[str, str] | None = None) -> Update:
    """Return endpoint `number`: labels one in 10, 11, 20, 30 and 40, and one of 30 markers."""
    labels = {f"one-in-{n}": "true" for n in (10, 11, 20, 30, 40) if number % n == 0}
    labels[f"marker-{number % MARKERS}"] = "true"
    labels.update(extra or {})
    namespace = f"namespace-{number % NAMESPACES}"
    key = Key(Kind.WORKLOAD_ENDPOINT, namespace, f"endpoint-{number}")
    address = (10 << 24 | number).to_bytes(4)
    node = HERE if local else f"node-{number % 5000}"
    return Update(
        key,
        WorkloadEndpoint(
            key, node, f"cali{number}", Metadata(labels), addresses=(address,), profiles=(f"kns.{namespace}",)
        ),
    )


def namespaces(extra: dict[str, str] | None = None) -> Iterator[Update]:
    """Yield the namespaces, as the profiles that they are."""
    for number in range(NAMESPACES):
        name = f"namespace-{number}"
        labels = {"pcns.projectcalico.org/name": name, **{f"pcns.{k}": v for k, v in (extra or {}).items()}}
        allow = (Rule(Action.ALLOW),)
        profile = Profile(Key(Kind.PROFILE, "", f"kns.{name}"), ingress=allow, egress=allow, labels_to_apply=labels)
        yield Update(Key(Kind.NAMESPACE, "", name), profile)


def policy(number: int) -> Update:
    """Return policy `number`: on endpoints of one marker, five ingress rules on labels."""
    key = Key(Kind.GLOBAL_NETWORK_POLICY, "", f"policy-{number}")
    sources = ("one-in-10", "one-in-11", "one-in-20", "one-in-30", "one-in-40")
    rules = tuple(Rule(Action.ALLOW, source=EntityMatch(selector=f"has({label})")) for label in sources)
    return Update(key, Policy(key, order=float(number), selector=f"has(marker-{number % MARKERS})", ingress=rules))


def policies(count: int) -> Iterator[Update]:
    """Yield policies 0 to count - 1."""
    return (policy(number) for number in range(count))


def snapshot_world(endpoints: int, policy_count: int, local: int) -> list[Update]:
    """Return all of it: every `endpoints // local`th endpoint is local."""
    step = endpoints // local
    rows = [endpoint(number, local=number % step == 0) for number in range(endpoints)]
    return [*namespaces(), *policies(policy_count), *rows]
