"""What goes with a node that is deleted: its endpoints and settings. Source: calicoctl specification 16."""

from __future__ import annotations

from collections.abc import Iterator

from tortie.cli.targets import reason
from tortie.datastore import Client
from tortie.errors import Conflict, Invalid, NotFound
from tortie.model import FOREIGN_KINDS, Key, Kind

__all__ = ["delete_parts"]

_ENDPOINTS = (Kind.WORKLOAD_ENDPOINT, Kind.HOST_ENDPOINT)
_LEFT = "its addresses and BGP settings are not Tortie's to delete; the tool that manages them has to"


def delete_parts(client: Client, node: str) -> tuple[list[str], list[str]]:
    """Delete a node's workload endpoints, host endpoints and agent settings.

    Returns:
        Notes of what was deleted and what was left to others, and errors of what could not be deleted.
    """
    notes, errors = [], []
    for key in _parts(client, node):
        try:
            client.delete(key)
            notes.append(f"{key} is deleted with node `{node}`")
        except NotFound:
            continue  # somebody else was faster
        except (Conflict, Invalid) as error:
            errors.append(f"{key} of node `{node}` is left: {reason(error)}")
    if any(client.store.list(kind, limit=1).records for kind in sorted(FOREIGN_KINDS)):
        notes.append(f"of node `{node}`, {_LEFT}")
    return notes, errors


def _parts(client: Client, node: str) -> Iterator[Key]:
    for kind in _ENDPOINTS:
        for item in client.list(kind).items:
            if (item.get("spec") or {}).get("node") == node:
                yield Key(kind, item["metadata"].get("namespace", ""), item["metadata"]["name"])
    settings = Key(Kind.FELIX_CONFIGURATION, "", f"node.{node}")
    if any(item["metadata"]["name"] == settings.name for item in client.list(settings.kind).items):
        yield settings
