"""Documents as YAML and JSON text, byte for byte as Go programs write them."""

from __future__ import annotations

from typing import Any

__all__ = ["as_json", "as_yaml"]

_TOP = ("kind", "apiVersion", "metadata", "spec", "items", "status")
_METADATA = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "labels", "annotations")
_FIRST_WIDE_FLOAT = 1e21
_HTML = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_CONTROLS = range(0x7F, 0xA0)  # JSON may hold them as they are, YAML may not
_ESCAPES = _HTML | {code: f"\\u{code:04x}" for code in _CONTROLS}


def as_json(value: Any) -> str:
    """Return JSON with two spaces of indent and no newline at the end.

    Keys come in the order of the API's structs, labels and annotations sorted; `<`, `>` and `&` are escaped, as Go's
    encoder does by default.
    """
    import json  # noqa: PLC0415 - tables need none

    return json.dumps(_ordered(_plain(value)), indent=2, ensure_ascii=False).translate(_ESCAPES)


def as_yaml(value: Any) -> str:
    """Return YAML with keys in alphabetical order and lists not indented below their key."""
    from tortie.cli.output.yaml_text import yaml_text  # noqa: PLC0415 - tables need no YAML

    return yaml_text(_plain(value))


def _plain(value: Any) -> Any:
    """Return the value without empty fields of objects, and whole numbers as such."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _FIRST_WIDE_FLOAT:
        return int(value)
    return value


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: value[key] for key in sorted(value, key=_rank(_TOP))}
    if isinstance(metadata := found.get("metadata"), dict):
        found["metadata"] = {key: _sorted(metadata[key]) for key in sorted(metadata, key=_rank(_METADATA))}
    if "items" in found:
        found["items"] = _ordered(found["items"])
    return found


def _rank(order: tuple[str, ...]) -> Any:
    return lambda key: order.index(key) if key in order else len(order)


def _sorted(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value
