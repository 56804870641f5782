"""Documents as YAML and JSON text, byte for byte as Go programs write them."""

from __future__ import annotations

import re
from typing import Any

from tortie.api import resolved
from tortie.cli.tabwriter import go_float

__all__ = ["as_json", "as_yaml"]

_TOP = ("kind", "apiVersion", "metadata", "spec", "items", "status")
_METADATA = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "labels", "annotations")
_FLOAT = "tag:yaml.org,2002:float"
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
    import yaml  # noqa: PLC0415 - tables need none

    class GoDumper(yaml.CSafeDumper):
        """Quotes as Go's YAML library does: double quotes for text that would read as something else."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is the library's
            return True

    def text(dumper: GoDumper, data: str) -> yaml.ScalarNode:
        tag = "tag:yaml.org,2002:str"
        if any(ord(char) in _CONTROLS for char in data):
            return dumper.represent_scalar(tag, data, style='"')
        if "\n" in data:
            return dumper.represent_scalar(tag, data, style="|")
        reads_as = dumper.resolve(yaml.ScalarNode, data, (True, False))  # type: ignore[no-untyped-call]
        is_plain = reads_as == tag and isinstance(resolved(data), str)  # the library's reading, and Go's
        return dumper.represent_scalar(tag, data, style=None if is_plain else '"')

    def number(dumper: GoDumper, data: float) -> yaml.ScalarNode:
        return dumper.represent_scalar(_FLOAT, go_float(data))

    GoDumper.add_representer(str, text)
    GoDumper.add_representer(float, number)
    GoDumper.add_implicit_resolver(_FLOAT, re.compile(r"-?\d+(?:\.\d+)?e[+-]\d+\Z"), list("-0123456789"))
    written: str = yaml.dump(_plain(value), Dumper=GoDumper, sort_keys=True, allow_unicode=True, width=80)
    return written.removesuffix("...\n")


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
