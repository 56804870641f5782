"""The settings of a host: what it is told itself, and below that what the resources say of it.

Places, highest first: what the host is told, then the resources: `node.NAME`, the one that selects the host, `default`;
then what is said once for the cluster. Source: api specification 1.12.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tortie.api import settings_table as table
from tortie.api.felix_configuration import GLOBAL_NAME, NODE_PREFIX
from tortie.api.settings import Resolved, Source, resolve
from tortie.model import (
    CLUSTER_KEY,
    ClusterInformation,
    FelixConfiguration,
    Key,
    Kind,
    Labels,
    Node,
    Resource,
    Settings,
)
from tortie.selector import parse

__all__ = ["resolve_host", "says_settings", "stored_settings"]


def stored_settings(*told: Source) -> Callable[[Mapping[Key, Resource], str], Settings]:
    """Return how hosts find their settings in the resources, below what they are told, highest place first.

    A value that cannot be understood counts as its default, as it does for an agent that starts.
    """
    return lambda resources, node: resolve_host(told, resources, node).settings


def resolve_host(told: Iterable[Source], resources: Mapping[Key, Resource], node: str) -> Resolved:
    """Return what a host does: as it is told, highest place first, and below that as resources by stored key say.

    `node` is the host's name; "" is a host that nobody names, of which only what is said for all counts.
    """
    return resolve((*told, *_stored_sources(resources, node)))


def says_settings(key: Key, node: str) -> bool:
    """Tell whether the settings of the host of that name may depend on what is stored under a key."""
    return key.kind is Kind.FELIX_CONFIGURATION or key == CLUSTER_KEY or (key.kind is Kind.NODE and key.name == node)


def _stored_sources(resources: Mapping[Key, Resource], node: str) -> Iterator[Source]:
    """Yield what the resources say for a host, highest place first.

    Of several that select the host the oldest counts, then the one with the lowest name. One whose selector cannot be
    read selects nothing.
    """
    here = resources.get(Key(Kind.NODE, "", node)) if node else None
    labels = here.metadata.labels if isinstance(here, Node) else {}
    by_name = {key.name: each for key, each in resources.items() if isinstance(each, FelixConfiguration)}
    selecting = [each for name, each in by_name.items() if name != GLOBAL_NAME and not name.startswith(NODE_PREFIX)]
    selecting = [each for each in selecting if _selects(each.node_selector, labels)]
    selecting.sort(key=lambda each: (each.metadata.created or "~", each.key.name))
    for each in (by_name.get(f"{NODE_PREFIX}{node}"), *selecting[:1], by_name.get(GLOBAL_NAME)):
        if each is not None:
            yield Source(str(each.key), each.values)
    cluster = resources.get(CLUSTER_KEY)
    if isinstance(cluster, ClusterInformation):
        yield Source(str(CLUSTER_KEY), {table.CLUSTER_TYPE.key: cluster.cluster_type})


def _selects(text: str, labels: Labels) -> bool:
    if not text:
        return False
    try:
        return parse(text).matches(labels)
    except ValueError:
        return False
