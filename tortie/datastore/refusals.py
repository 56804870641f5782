"""What no client may do to a resource, and the words for that. Pure. Source: calicoctl specification 12 and 17."""

from __future__ import annotations

from tortie.errors import Conflict, Invalid
from tortie.model import FOREIGN_KINDS, KUBERNETES_POLICY_PREFIX, Key, Kind

__all__ = ["already_there", "check_editable", "check_revision", "identifier", "read_only"]


def identifier(key: Key) -> str:
    """Return `Kind(namespace/name)`, or `Kind(name)`, as the reference system's messages name a resource."""
    return f"{key.kind}({'/'.join(filter(None, (key.namespace, key.name)))})"


def check_editable(key: Key, operation: str) -> None:
    """Raise Invalid where a resource is only shown, whatever is to be done to it."""
    if key.kind is Kind.CLUSTER_INFORMATION:
        raise Invalid.because(f"operation {operation} is not supported on ClusterInformation: resource is readonly")
    if key.kind in FOREIGN_KINDS:
        raise Invalid.because(
            f"operation {operation} is not supported on {identifier(key)}: "
            "Tortie manages no addresses or routes; it shows them only"
        )
    if key.kind is Kind.NETWORK_POLICY and key.name.startswith(KUBERNETES_POLICY_PREFIX):
        raise Invalid.because(
            f"operation {operation} is not supported on {identifier(key)}: "
            "kubernetes network policies must be managed through the kubernetes API"
        )


def check_revision(revision: str) -> None:
    """Raise Invalid where a resourceVersion that a document gives can be none."""
    if revision and not (revision.isascii() and revision.isdecimal()):
        raise Invalid.because(
            f"error with field ResourceVersion = '{revision}'", mend="leave it out, or `get` it again"
        )


def already_there(key: Key) -> Conflict:
    """Return what to raise where a resource exists that was to be created."""
    return Conflict(f"resource already exists: {identifier(key)} with error: <nil>")


def read_only(key: Key, operation: str, done: str) -> Invalid:
    """Return what to raise where the built-in profile was to be changed."""
    return Invalid.because(
        f"operation {operation} is not supported on {key.name}: "
        f'The profile "{key.name}" is a default provided by Calico and cannot be {done}'
    )
