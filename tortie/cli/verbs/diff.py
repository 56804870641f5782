"""`calicoctl diff`: what applying files would change, field by field, and which connections with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tortie.api import stored_settings
from tortie.cli.change.changes import Change, Effect, compared, counted, shown_changes
from tortie.cli.change.writes import REFUSED, need_files
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.problems import KNOWN_ERRORS, lines_of
from tortie.cli.output.summary import Report
from tortie.cli.sources import resources_in
from tortie.cli.targets import Target, admitted, reason
from tortie.datastore import Client
from tortie.errors import Invalid, NotFound, Problem
from tortie.explain import Change as FlowChange
from tortie.explain import changes_document, changes_text, display_name, impact
from tortie.model import READ_KINDS, HostEndpoint, Key, Resource, WorkloadEndpoint

__all__ = ["DIFFERENT", "TROUBLE", "run"]

DIFFERENT, TROUBLE = 1, 2
"""Exit codes, as those of diff: something would change; it could not be told."""

_FORMATS = ("text", "json", "yaml")
_MOST_NAMES = 4


class Flows(NamedTuple):
    """Flows that fare otherwise, and the endpoints that are new or gone, whose flows are not compared."""

    changes: Sequence[FlowChange]
    appeared: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Tell what applying the files would change; 0 where that is nothing, 1 where it is something, 2 for trouble."""
    try:
        return _run(parsed, environ)
    except BrokenPipeError:
        raise
    except KNOWN_ERRORS as error:
        return Report(err="".join(f"{line}\n" for line in lines_of(error)), code=TROUBLE)


def _run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    need_files("diff", parsed)
    if (output := parsed.text("output")) not in _FORMATS:
        raise Invalid.because(f"unrecognized output format '{output}'", mend=f"one of: {', '.join(_FORMATS)}")
    targets = admitted(parsed, "diff")
    with connected(parsed, environ) as client:
        trial = client.trial()
        changes = _tried(client, trial, targets)
        before, after = (resources_in(each.store, READ_KINDS).resources for each in (client, trial))
    gone, appeared = _only(before, after), _only(after, before)
    found = Flows(
        impact(_without(before, gone), _without(after, appeared), stored_settings()), _shown(appeared), _shown(gone)
    )
    is_different = any(change.effect is not Effect.UNCHANGED for change in changes)
    if output == "text":
        text = shown_changes([change for change in changes if change.effect is not Effect.UNCHANGED])
        text += f"{counted(changes)}\n{_connections(found)}" if is_different else "nothing would change\n"
        return Report(text, code=DIFFERENT if is_different else 0)
    return Report(_as(output, _document(changes, found)), code=DIFFERENT if is_different else 0)


def _tried(client: Client, trial: Client, targets: Sequence[Target]) -> list[Change]:
    """Return what becomes of each target; raises Invalid where some cannot be applied."""
    changes, refused = [], []
    for target in targets:
        try:
            key = target.known_key
            changes.append(compared(key, _existing(client, target), trial.apply(key, target.known_document).document))
        except REFUSED as error:
            refused.append(Problem(f"{target.key or target.info.document_kind} cannot be applied: {reason(error)}"))
    if refused:
        raise Invalid(*refused)
    return changes


def _existing(client: Client, target: Target) -> Mapping[str, Any] | None:
    try:
        return client.get(target.known_key)
    except NotFound:
        return None


Endpoints = Mapping[Key, WorkloadEndpoint | HostEndpoint]


def _only(resources: Mapping[Key, Resource], others: Mapping[Key, Resource]) -> Endpoints:
    """Return the endpoints that only the first of two states has."""
    kinds = WorkloadEndpoint | HostEndpoint
    return {key: value for key, value in resources.items() if isinstance(value, kinds) and key not in others}


def _without(resources: Mapping[Key, Resource], left_out: Endpoints) -> Mapping[Key, Resource]:
    return {key: value for key, value in resources.items() if key not in left_out}


def _shown(endpoints: Endpoints) -> tuple[str, ...]:
    return tuple(sorted(display_name(endpoint) for endpoint in endpoints.values()))


def _connections(found: Flows) -> str:
    text = f"\n{changes_text(found.changes)}\n"
    for word, names in (("new", found.appeared), ("gone", found.gone)):
        if names:
            text += f"not compared, as they are {word}: {_names(names)}\n"
    return text


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _document(changes: Sequence[Change], found: Flows) -> dict[str, Any]:
    return {
        "resources": [
            {"key": str(change.key), "effect": str(change.effect), "fields": list(change.fields)} for change in changes
        ],
        "flows": changes_document(found.changes),
        "notCompared": {"new": list(found.appeared), "gone": list(found.gone)},
    }


def _as(output: str, document: dict[str, Any]) -> str:
    if output == "json":
        import json  # noqa: PLC0415 - only where it is asked for

        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    import yaml  # noqa: PLC0415 - as above

    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text
