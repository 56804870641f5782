"""`calicoctl datastore migrate-policy-names`: policies stored as `default.NAME` get a key of their own name.

Source: calicoctl specification 22; datastore specification 3.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tortie.api import RENAMED_KINDS
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.datastore import Datastore
from tortie.errors import Conflict
from tortie.model import Key

__all__ = ["run"]


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Move them, each in one step, so that none is ever missing; a second run finds nothing to do."""
    moved, errors = 0, ""
    with connected(parsed, environ) as client:
        for key in _named_otherwise(client.store):
            try:
                moved += client.store.rename_former(key)
            except Conflict as error:
                errors += f"failed to migrate {key}: {error}\n"
    return Report(f"Policy name migration complete, migrated {moved} policies.\n", errors, 1 if errors else 0)


def _named_otherwise(store: Datastore) -> Iterator[Key]:
    """Yield the keys that policies should have that are stored under others."""
    for kind in sorted(RENAMED_KINDS):
        for record in store.list(kind).records:
            try:
                metadata = json.loads(record.value)["metadata"]
                name = str(metadata["name"])
            except (ValueError, TypeError, KeyError):
                continue  # whoever reads it tells that it is no resource
            if name and name != record.key.name:
                yield Key(kind, record.key.namespace, name)
