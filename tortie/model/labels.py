"""Labels, and how endpoints inherit them from profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = [
    "NAMESPACE_LABEL",
    "NAMESPACE_PREFIX",
    "NAME_LABEL",
    "ORCHESTRATOR_LABEL",
    "SERVICE_ACCOUNT_LABEL",
    "SERVICE_ACCOUNT_PREFIX",
    "Labels",
    "effective_labels",
]

Labels = Mapping[str, str]

NAMESPACE_LABEL = "projectcalico.org/namespace"
ORCHESTRATOR_LABEL = "projectcalico.org/orchestrator"
SERVICE_ACCOUNT_LABEL = "projectcalico.org/serviceaccount"
NAME_LABEL = "projectcalico.org/name"
NAMESPACE_PREFIX = "pcns."
SERVICE_ACCOUNT_PREFIX = "pcsa."


def effective_labels(own: Labels, inherited: Iterable[Labels]) -> Labels:
    """Return the labels by which selectors see an endpoint or network set.

    An own label beats an inherited one, also when its value is empty; of two profiles the earlier wins.

    Args:
        own: the labels of the object itself.
        inherited: the labels its profiles apply, in the order the object lists them; unknown profiles add none.

    Source: Calico `labelsToApply`; api.md 6.3.
    """
    merged: dict[str, str] = {}
    for labels in reversed(tuple(inherited)):
        merged.update(labels)
    merged.update(own)
    return merged
