"""The settings of the hosts of a cluster: what the resources say for each, below what a person says for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tortie.api.settings import Source, cluster_source, resolve, resource_sources
from tortie.model import ClusterInformation, FelixConfiguration, Key, Kind, Node, Resource, Settings

__all__ = ["stored_settings"]

_CLUSTER = Key(Kind.CLUSTER_INFORMATION, "", "default")


def stored_settings(*told: Source) -> Callable[[Mapping[Key, Resource], str], Settings]:
    """Return how hosts find their settings in the resources, below what they are told, highest place first.

    A value that cannot be understood counts as its default, as it does for an agent that starts.
    """

    def settings_of(resources: Mapping[Key, Resource], node: str) -> Settings:
        said = [each for each in resources.values() if isinstance(each, FelixConfiguration)]
        here = resources.get(Key(Kind.NODE, "", node)) if node else None
        labels = here.metadata.labels if isinstance(here, Node) else {}
        cluster = resources.get(_CLUSTER)
        once = [cluster_source(cluster)] if isinstance(cluster, ClusterInformation) else []
        return resolve((*told, *resource_sources(said, node, labels), *once)).settings

    return settings_of
