"""Hosts as the datastore knows them, and what else it says of the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from tortie.model.endpoint import ALL_INTERFACES, HostEndpoint
from tortie.model.key import Key, Kind
from tortie.model.metadata import Metadata
from tortie.model.profile import DEFAULT_ALLOW_PROFILE

__all__ = ["CREATED_BY_LABEL", "ClusterInformation", "Node", "automatic_host_endpoint"]

CREATED_BY_LABEL = "projectcalico.org/created-by"
"""The label of what nobody wrote by hand."""
_CONTROLLERS = "calico-kube-controllers"
_SUFFIX = "-auto-hep"
_MAX_NAME = 253


@dataclass(frozen=True, slots=True)
class Node:
    """A host. No selector of a policy matches it: its labels count for settings and for automatic host endpoints.

    `addresses` are packed, every one that the host is known by, each once: its own, then those of its tunnels and
    interfaces, in the order of the document. `outer` are its own: what its tunnels carry is wrapped in packets from
    and to these.

    Source: api.md 1.8, 1.10.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    addresses: tuple[bytes, ...] = ()
    outer: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterInformation:
    """What is said once for a cluster; agents wait while the datastore is not `ready`. Source: api.md 1.11."""

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    guid: str = ""
    cluster_type: str = ""
    version: str = ""
    ready: bool = True
    variant: str = ""


def automatic_host_endpoint(node: Node) -> HostEndpoint:
    """Return the host endpoint that stands for a host nobody described: all interfaces, and a profile that allows all.

    Nothing is denied until a policy governs it. A node's name that is too long to make a name is hashed.

    Source: enforcement.md 3.5; datastore.md 12.3.
    """
    name = f"{node.key.name}{_SUFFIX}"
    if len(name) > _MAX_NAME:
        name = f"{sha256(node.key.name.encode()).hexdigest()}{_SUFFIX}"
    return HostEndpoint(
        Key(Kind.HOST_ENDPOINT, "", name),
        node.key.name,
        ALL_INTERFACES,
        Metadata({**node.metadata.labels, CREATED_BY_LABEL: _CONTROLLERS}),
        node.addresses,
        (DEFAULT_ALLOW_PROFILE.key.name,),
    )
