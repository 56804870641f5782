"""The projectcalico.org/v3 API and Kubernetes documents, to and from the model; knows the rules of both.

Files are imported when one of their names is first asked for, so that commands which read no document start fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tortie.api.closed import KEPT_KINDS
    from tortie.api.decoding import Decoded, decode, decode_all, info_of, key_of
    from tortie.api.defaults import TIER_LABEL, defaulted
    from tortie.api.document import Document, document_of
    from tortie.api.encoding import encode
    from tortie.api.host_settings import resolve_host, says_settings, stored_settings
    from tortie.api.kinds import CALICO, KIND_INFO, KINDS, RENAMED_KINDS, KindInfo, kind_named
    from tortie.api.reading import read_documents
    from tortie.api.scalars import resolved
    from tortie.api.setting_text import duration
    from tortie.api.settings import (
        SETTING_KEYS,
        Resolved,
        Source,
        environment_source,
        file_source,
        resolve,
        restart_keys,
    )
    from tortie.api.shapes import METADATA, SPECS
    from tortie.api.stored import Misread, decode_value

__all__ = [
    "CALICO",
    "KEPT_KINDS",
    "KINDS",
    "KIND_INFO",
    "METADATA",
    "RENAMED_KINDS",
    "SETTING_KEYS",
    "SPECS",
    "TIER_LABEL",
    "Decoded",
    "Document",
    "KindInfo",
    "Misread",
    "Resolved",
    "Source",
    "decode",
    "decode_all",
    "decode_value",
    "defaulted",
    "document_of",
    "duration",
    "encode",
    "environment_source",
    "file_source",
    "info_of",
    "key_of",
    "kind_named",
    "read_documents",
    "resolve",
    "resolve_host",
    "resolved",
    "restart_keys",
    "says_settings",
    "stored_settings",
]

_NAMES = {
    "closed": ("KEPT_KINDS",),
    "decoding": ("Decoded", "decode", "decode_all", "info_of", "key_of"),
    "defaults": ("TIER_LABEL", "defaulted"),
    "document": ("Document", "document_of"),
    "encoding": ("encode",),
    "host_settings": ("resolve_host", "says_settings", "stored_settings"),
    "kinds": ("CALICO", "KIND_INFO", "KINDS", "RENAMED_KINDS", "KindInfo", "kind_named"),
    "reading": ("read_documents",),
    "scalars": ("resolved",),
    "setting_text": ("duration",),
    "settings": (
        "SETTING_KEYS",
        "Resolved",
        "Source",
        "environment_source",
        "file_source",
        "resolve",
        "restart_keys",
    ),
    "shapes": ("METADATA", "SPECS"),
    "stored": ("Misread", "decode_value"),
}
_FILES = {name: file for file, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Return a public name whose file was not imported yet (PEP 562)."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only where a name is first asked for

    value = getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    globals()[name] = value
    return value
