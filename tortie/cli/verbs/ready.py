"""`calicoctl datastore migrate lock` and `unlock`: may agents act on the datastore?

Source: calicoctl specification 22.
"""

from __future__ import annotations

from collections.abc import Mapping

from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report

__all__ = ["lock", "unlock"]


def lock(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Keep agents from acting on the datastore."""
    return _set(parsed, environ, ready=False)


def unlock(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Let agents act on the datastore."""
    return _set(parsed, environ, ready=True)


def _set(parsed: Parsed, environ: Mapping[str, str], *, ready: bool) -> Report:
    with connected(parsed, environ) as client:
        client.set_ready(ready=ready)
    return Report("Datastore unlocked.\n" if ready else "Datastore locked.\n")
