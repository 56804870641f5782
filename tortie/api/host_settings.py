"""The settings of the hosts of a cluster: what the resources say for each, below what a person says for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tortie.api.settings import Source, resolve, resource_sources
from tortie.model import FelixConfiguration, Key, Kind, Node, Resource, Settings

__all__ = ["stored_settings"]


def stored_settings(*told: Source) -> Callable[[Mapping[Key, Resource], str], Settings]:
    """Return how hosts find their settings in the resources, below what they are told, highest place first.

    A value that cannot be understood counts as its default, as it does for an agent that starts.
    """

    def settings_of(resources: Mapping[Key, Resource], node: str) -> Settings:
        said = [each for each in resources.values() if isinstance(each, FelixConfiguration)]
        if not said and not told:
            return Settings()
        here = resources.get(Key(Kind.NODE, "", node)) if node else None
        labels = here.metadata.labels if isinstance(here, Node) else {}
        return resolve((*told, *resource_sources(said, node, labels))).settings

    return settings_of
