"""Names made of content, so that equal things have equal names on every host and after every restart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

__all__ = ["digest", "number"]


def digest(kind: str, parts: Iterable[str]) -> str:
    """Return `kind` and 32 hexadecimal digits (128 bits) that stand for the parts in their order.

    Things of one name are taken for the same, so that nobody who writes policy may be able to search for two.
    """
    text = "\x00".join(parts)
    return f"{kind}{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def number(parts: Iterable[str]) -> int:
    """Return a number of 1 to 2**31 - 1 that stands for the parts in their order; two contents may share one."""
    text = "\x00".join(parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % (2**31 - 1) + 1
