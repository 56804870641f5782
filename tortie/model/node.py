"""Hosts as the datastore knows them, and what else it says of the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field

from tortie.model.key import Key
from tortie.model.metadata import Metadata

__all__ = ["ClusterInformation", "Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """A host. No selector of a policy matches it: its labels count for settings and for automatic host endpoints.

    `addresses` are packed, every one that the host is known by, each once: its own, then those of its tunnels and
    interfaces, in the order of the document. `outer` are its own: what its tunnels carry is wrapped in packets from
    and to these. `interfaces` are those that have a name, with the addresses that each carries.

    Source: api.md 1.8, 1.10.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    addresses: tuple[bytes, ...] = ()
    outer: tuple[bytes, ...] = ()
    interfaces: tuple[tuple[str, tuple[bytes, ...]], ...] = ()


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
