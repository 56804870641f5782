"""The known word that a mistyped one is closest to."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(text: str, known: Iterable[str]) -> str:
    """Return the known word most like the text, whatever the case, or "" where none is close."""
    from difflib import get_close_matches  # noqa: PLC0415 - only those who mistype need it

    by_lower = {word.lower(): word for word in known}
    found = get_close_matches(text[:100].lower(), by_lower, n=1)
    return by_lower[found[0]] if found else ""
