"""What an unquoted YAML scalar means, as Go's YAML 1.1 reader has it."""

from __future__ import annotations

import re

__all__ = ["Scalar", "resolved"]

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_BASES = (
    (re.compile(r"[-+]?(?:0|[1-9][0-9_]*)"), 10),
    (re.compile(r"[-+]?0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*"), 16),
    (re.compile(r"[-+]?0[bB]_*[01][01_]*"), 2),
)
_OCTAL = re.compile(r"([-+]?)0[oO]?_*([0-7][0-7_]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_INTEGER = 100  # characters; a longer one is a float
_FIRSTS = frozenset("0123456789+-.")


def resolved(text: str) -> Scalar:
    """Return the value of a plain scalar: null, a truth, a number, or else the text itself.

    There is no base 60 (`12:30` is text) and there are no dates. `0755` is octal; an integer of more than 64 bits is a
    float. Source: goyaml v2 `resolve`.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRSTS:
        return text
    number = _integer(text) if len(text) <= _LONGEST_INTEGER else None
    if number is not None:
        return number if -(1 << 63) <= number < (1 << 64) else float(number)
    return float(text) if _FLOAT.fullmatch(text) else text


def _integer(text: str) -> int | None:
    if octal := _OCTAL.fullmatch(text):
        return int(octal[1] + octal[2].replace("_", ""), 8)
    for pattern, base in _BASES:
        if pattern.fullmatch(text):
            return int(text.replace("_", ""), base)
    return None
