"""How the settings of the hosts that a flow passes are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tortie.model import Key, Resource, Settings

__all__ = ["SettingsOf", "same_settings"]

SettingsOf = Callable[[Mapping[Key, Resource], str], Settings]
"""Returns the settings of a host, by its name, in a world of resources by stored key; "" is a host nobody names."""


def same_settings(settings: Settings) -> SettingsOf:
    """Return how every host has the same settings, whatever the resources say."""
    return lambda _resources, _node: settings
