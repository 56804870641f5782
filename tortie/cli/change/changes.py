"""What a write changes, field by field: two documents compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, NamedTuple

from tortie.model import Key

__all__ = ["Change", "Effect", "compared", "counted", "shown_changes"]

_OF_THE_STORE = frozenset({"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"})
_WIDEST = 100


class Effect(StrEnum):
    """What becomes of a resource."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


class Change(NamedTuple):
    """What becomes of one resource, with a line for each field that changes."""

    key: Key
    effect: Effect
    fields: tuple[str, ...] = ()


def compared(key: Key, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Change:
    """Return how a resource differs after a write from what it was before; None where it does not exist.

    What the datastore itself fills in (uid, resourceVersion and so on) does not count.
    """
    if before is None:
        return Change(key, Effect.UNCHANGED if after is None else Effect.CREATED)
    if after is None:
        return Change(key, Effect.DELETED)
    fields = tuple(_differences("", _meant(before), _meant(after)))
    return Change(key, Effect.CHANGED if fields else Effect.UNCHANGED, fields)


def shown_changes(changes: Sequence[Change], note: str = "") -> str:
    """Return a line for each resource, and its fields below; `note` stands behind what becomes of it."""
    text = ""
    for change in changes:
        text += f"{change.key} {change.effect}{note}\n" + "".join(f"  {field}\n" for field in change.fields)
    return text


def counted(changes: Sequence[Change]) -> str:
    """Return how many resources become what, for example `2 created, 1 unchanged`."""
    counts = {effect: sum(change.effect is effect for change in changes) for effect in Effect}
    return ", ".join(f"{count} {effect}" for effect, count in counts.items() if count) or "nothing"


def _meant(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata = document.get("metadata") or {}
    return {**document, "metadata": {name: value for name, value in metadata.items() if name not in _OF_THE_STORE}}


def _differences(path: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from _field(f"{path}.{key}" if path else key, before, after, key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(path, before, after)
    else:
        yield f"{path}: {_text(before)} -> {_text(after)}"


def _field(path: str, before: Mapping[str, Any], after: Mapping[str, Any], key: str) -> Iterator[str]:
    if key not in before:
        yield f"{path}: added {_text(after[key])}"
    elif key not in after:
        yield f"{path}: removed {_text(before[key])}"
    else:
        yield from _differences(path, before[key], after[key])


def _items(path: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    """Yield what changes in a list: items that come and go, and where as many are replaced, what changes in each.

    Numbers of removed items are those of before, others those of after.
    """
    old, new = ([json.dumps(item, sort_keys=True) for item in items] for items in (before, after))
    for what, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        if end - start == last - first:
            for index in range(end - start):
                yield from _differences(f"{path}[{first + index}]", before[start + index], after[first + index])
            continue
        for index in range(start, end):
            yield f"{path}[{index}]: removed {_text(before[index])}"
        for index in range(first, last):
            yield f"{path}[{index}]: added {_text(after[index])}"


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."
