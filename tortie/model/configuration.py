"""Settings as the datastore holds them: for all hosts, for one, or for those that a selector picks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tortie.model.key import Key
from tortie.model.metadata import Metadata

__all__ = ["FelixConfiguration"]


@dataclass(frozen=True, slots=True)
class FelixConfiguration:
    """Some settings, not yet understood.

    The name says for whom: `default` for all hosts, `node.NAME` for one, any other for the hosts whose labels
    `node_selector` matches ("" matches none). `values` are by the setting's own name (`InterfacePrefix`), in the text
    form of the environment; annotations that override them are in already.

    Source: api.md 1.12.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    node_selector: str = ""
    values: Mapping[str, str] = field(default_factory=dict[str, str])
