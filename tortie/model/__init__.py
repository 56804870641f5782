"""The vocabulary: frozen values, one meaning each."""

from __future__ import annotations

from tortie.model.key import NAMESPACED_KINDS, Key, Kind

__all__ = ["NAMESPACED_KINDS", "Key", "Kind"]
