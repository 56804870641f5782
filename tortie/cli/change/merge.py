"""Patches merged into documents as Kubernetes' strategic merge does where lists have no merge keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortie.errors import Invalid

__all__ = ["merged"]

_DIRECTIVE, _KEPT = "$patch", "$retainKeys"


def merged(stored: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored object with the patch applied: objects merge, null removes, all else is replaced.

    An object with `$patch: replace` takes the place of the stored one, with `$patch: delete` removes what is in it. One
    with `$retainKeys: [a, b]` removes everything else.

    Raises:
        Invalid: `$patch` says something else, or `$retainKeys` lacks what the patch sets.
    """
    rest = {key: value for key, value in patch.items() if key not in {_DIRECTIVE, _KEPT}}
    match patch.get(_DIRECTIVE, "merge"):
        case "replace":
            return _without_null(rest)
        case "delete":
            return {}
        case "merge":
            found = dict(stored) if _KEPT not in patch else _retained(stored, patch[_KEPT], rest)
        case directive:
            raise Invalid.because(f"unknown patch type found: {directive}", mend="one of merge, replace, delete")
    for key, value in rest.items():
        current = found.get(key)
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping):
            found[key] = merged(current if isinstance(current, Mapping) else {}, value)
        else:
            found[key] = value
    return found


def _retained(stored: Mapping[str, Any], kept: object, rest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored under the keys that are kept; raises Invalid."""
    if not isinstance(kept, list) or any(value is not None and key not in kept for key, value in rest.items()):
        raise Invalid.because("`$retainKeys` has to be a list of all keys that the patch sets")
    return {key: value for key, value in stored.items() if key in kept}


def _without_null(patch: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in patch.items() if value is not None}
