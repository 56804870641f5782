"""Documents as a Go template sees them: fields by the names of Calico's Go structs, and Go's printed forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tortie.api import METADATA, SPECS
from tortie.cli.output.document_text import as_json
from tortie.cli.output.tabwriter import go_float
from tortie.errors import Invalid
from tortie.model import Kind

__all__ = ["MISSING", "Missing", "Struct", "field_of", "is_true", "printed", "resource_value", "type_name"]


class Missing(Enum):
    """A key that a map does not have; it prints as `<no value>`."""

    MISSING = "<no value>"


MISSING = Missing.MISSING

_NIL = frozenset({"order", "applyToPerformance", "http", "icmp", "notICMP", "services", "serviceAccounts"})
_FALSE = frozenset({"doNotTrack", "preDNAT", "applyOnForward"})
_LISTS = frozenset(
    {
        "allowSpoofedSourcePrefixes",
        "expectedIPs",
        "finalizers",
        "ipNetworks",
        "methods",
        "names",
        "nets",
        "notNets",
        "performanceHints",
        "policyTypes",
        "profiles",
        "types",
    }
)
_FLOATS = frozenset({"order"})
_PARTS = {"objectmeta": "metadata", "listmeta": "metadata", "typemeta": ""}


@dataclass(frozen=True, slots=True)
class Struct:
    """An object; `shape` are its fields where they are known, `name` its type for messages."""

    data: Mapping[str, Any]
    shape: Mapping[str, Any] | None
    name: str

    def field(self, name: str) -> Any:
        """Return a field by its name in Go or in JSON, its zero value where the object lacks it.

        Raises:
            Invalid: an object of this type has no such field.
        """
        known = self.data if self.shape is None else self.shape
        key = name if name in known else next((key for key in known if key.lower() == name.lower()), "")
        if not key and self.shape is None:
            return MISSING
        if not key:
            raise Invalid.because(f"can't evaluate field {name} in type {self.name}")
        inner = self.shape.get(key) if self.shape else None
        value = self.data.get(key)
        return _zero(key, inner, self.name) if value is None else wrapped(value, inner, key, f"{self.name}.{key}")


@dataclass(frozen=True, slots=True)
class ResourceStruct(Struct):
    """A resource or a list of them: its metadata and type can be asked for directly, as Go embeds them."""

    def field(self, name: str) -> Any:
        """Return a field of the resource, or of its metadata."""
        lowered = name.lower()
        if lowered in _PARTS:
            return self.field(_PARTS[lowered]) if _PARTS[lowered] else self
        for key in ("metadata", "spec", "status", "items", "kind", "apiVersion"):
            if lowered == key.lower() and key in self.data:
                return self._part(key)
        metadata: Any = self._part("metadata")
        return metadata.field(name)

    def _part(self, key: str) -> Any:
        value = self.data.get(key) or {}
        if key == "items":
            return [resource_value(item) for item in value or ()]
        shape = METADATA if key == "metadata" else _spec_shape(self.data) if key == "spec" else None
        return Struct(value, shape, f"{self.name}.{key}") if isinstance(value, Mapping) else value


def resource_value(document: Mapping[str, Any]) -> ResourceStruct:
    """Return a document, or a list of documents, as templates see it."""
    return ResourceStruct(document, None, str(document.get("kind", "")))


def wrapped(value: Any, shape: Any, key: str, name: str) -> Any:
    """Return a value of a document as templates see it."""
    if isinstance(value, Mapping):
        return Struct(value, shape, name) if isinstance(shape, Mapping) else dict(value)
    if isinstance(value, list | tuple):
        inner = shape[0] if isinstance(shape, list) else None
        return [wrapped(item, inner, "", name) for item in value]
    if key in _FLOATS and isinstance(value, int):
        return float(value)
    return value


def field_of(value: Any, name: str) -> Any:
    """Return a field of a struct, or the value of a map's key.

    Raises:
        Invalid: the value has no fields, or not this one.
    """
    if isinstance(value, Struct):
        return value.field(name)
    if isinstance(value, Mapping):
        if name in value:
            return value[name]
        return next((inner for key, inner in value.items() if str(key).lower() == name.lower()), MISSING)
    if value is None or value is MISSING:
        raise Invalid.because(f"nil pointer evaluating .{name}")
    raise Invalid.because(f"can't evaluate field {name} in type {type_name(value)}")


def is_true(value: Any) -> bool:
    """Tell what `if` makes of a value: what is zero, nil or empty is false, an object never."""
    if isinstance(value, Struct):
        return True
    return value is not MISSING and bool(value)


def printed(value: Any) -> str:
    """Return a value as Go's `%v` prints it; an object as JSON, as the struct's own form helps nobody."""
    match value:
        case None:
            text = "<nil>"
        case Missing():
            text = value.value
        case bool():
            text = str(value).lower()
        case float():
            text = go_float(value)
        case Struct():
            text = as_json(value.data)
        case Mapping():
            text = f"map[{' '.join(f'{key}:{printed(value[key])}' for key in sorted(value))}]"
        case list() | tuple():
            text = f"[{' '.join(map(printed, value))}]"
        case _:
            text = str(value)
    return text


def _zero(key: str, shape: Any, name: str) -> Any:
    if key in _NIL:
        return None
    if key in _FALSE:
        return False
    if key in _LISTS or isinstance(shape, list):
        return []
    return Struct({}, shape, f"{name}.{key}") if isinstance(shape, Mapping) else ""


def _spec_shape(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        return SPECS.get(Kind(str(data.get("kind"))))
    except ValueError:
        return None


def type_name(value: Any) -> str:
    """Return the name of a value's type for messages."""
    names = {str: "string", bool: "bool", int: "int", float: "float64", list: "slice", dict: "map"}
    return names.get(type(value), "nil" if value is None or value is MISSING else "struct")
