"""The uid of what is made of an object of Kubernetes. Pure."""

from __future__ import annotations

__all__ = ["converted_uid"]

_KEPT_BYTES = frozenset({6, 8})  # they hold the version and variant of a UUID
_UUID_DIGITS = 32


def converted_uid(uid: str) -> str:
    """Return the uid of what is made from a Kubernetes object: the bits of each byte reversed, but bytes 6 and 8.

    A text that is no UUID stays as it is. Source: api specification 4.4.
    """
    digits = uid.replace("-", "")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        return uid
    if len(digits) != _UUID_DIGITS:
        return uid
    turned = bytes(b if place in _KEPT_BYTES else int(f"{b:08b}"[::-1], 2) for place, b in enumerate(raw)).hex()
    return "-".join((turned[:8], turned[8:12], turned[12:16], turned[16:20], turned[20:]))
