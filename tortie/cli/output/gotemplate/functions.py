"""The functions that templates may call. Source: Go's `text/template`; calicoctl specification 9."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce
from html import escape
from typing import Any
from urllib.parse import quote_plus

from tortie.cli.output.gotemplate.values import MISSING, Struct, is_true, printed, type_name
from tortie.cli.output.tabwriter import go_float, joined_and_cut
from tortie.errors import Invalid

__all__ = ["FUNCTIONS", "Function"]

Function = Callable[..., Any]

_VERB = re.compile(r"%(?P<flags>[-+ 0#]*)(?P<width>\d{1,4})?(?:\.(?P<precision>\d{1,3}))?(?P<verb>.)", re.DOTALL)
_COMPARABLE = (str, bool, int, float)
_BYTES = 80


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, Mapping | list):
        return len(value)
    raise Invalid.because(f"error calling len: len of type {type_name(value)}")


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key, "") if isinstance(key, str) else ""
        elif isinstance(value, list | str):
            value = _at(value, key)
        else:
            raise Invalid.because(f"error calling index: can't index item of type {type_name(value)}")
    return value


def _at(value: list[Any] | str, key: Any) -> Any:
    if isinstance(key, bool) or not isinstance(key, int):
        raise Invalid.because(f"error calling index: cannot index with type {type_name(key)}")
    if not 0 <= key < len(value):
        raise Invalid.because(f"error calling index: index out of range: {key}")
    return value[key]


def _slice(value: Any, *places: Any) -> Any:
    if not isinstance(value, list | str):
        raise Invalid.because(f"error calling slice: can't slice item of type {type_name(value)}")
    if not all(isinstance(place, int) and 0 <= place <= len(value) for place in places):
        raise Invalid.because("error calling slice: index out of range")
    if len(places) > 2 or list(places) != sorted(places):  # noqa: PLR2004 - a start and an end
        raise Invalid.because("error calling slice: invalid slice index")
    return value[slice(*places, *[None] * (2 - len(places)))]


def _equal(first: Any, *others: Any) -> bool:
    if not others:
        raise Invalid.because("error calling eq: missing argument for comparison")
    return any(_comparable(first, other, "eq") and first == other for other in others)


def _comparable(one: Any, other: Any, name: str) -> bool:
    if None in {_known(one), _known(other)}:
        return True
    numbers = (int, float)
    for value in (one, other):
        if not isinstance(value, _COMPARABLE):
            raise Invalid.because(f"error calling {name}: incompatible types for comparison")
    both_numbers = all(isinstance(v, numbers) and not isinstance(v, bool) for v in (one, other))
    if not both_numbers and type(one) is not type(other):
        raise Invalid.because(f"error calling {name}: incompatible types for comparison")
    return True


def _known(value: Any) -> object:
    """Return None where a value is nil, and something where it is not."""
    return None if value is None or value is MISSING else True


def _less(one: Any, other: Any, name: str = "lt") -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or None in {_known(one), _known(other)}:
        raise Invalid.because(f"error calling {name}: invalid type for comparison")
    _comparable(one, other, name)
    return bool(one < other)


def _and(first: Any, *others: Any) -> Any:
    return reduce(lambda found, value: value if is_true(found) else found, others, first)


def _or(first: Any, *others: Any) -> Any:
    return reduce(lambda found, value: found if is_true(found) else value, others, first)


def _print(*values: Any) -> str:
    """Return the values as Go's Sprint does: a space between two where neither is a string."""
    found = ""
    for number, value in enumerate(values):
        is_apart = number and not isinstance(value, str) and not isinstance(values[number - 1], str)
        found += (" " if is_apart else "") + printed(value)
    return found


def _printf(form: Any, *values: Any) -> str:
    left = list(values)

    def shown(match: re.Match[str]) -> str:
        if match["verb"] == "%":
            return "%"
        if not left:
            return f"%!{match['verb']}(MISSING)"
        return _padded(_formatted(match, left.pop(0)), match)

    text = _VERB.sub(shown, printed(form))
    return text + (f"%!(EXTRA {', '.join(map(printed, left))})" if left else "")


def _formatted(match: re.Match[str], value: Any) -> str:
    precision = match["precision"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match match["verb"]:
        case "v" | "s":
            text = printed(value)[: int(precision)] if precision else printed(value)
        case "q":
            text = '"' + printed(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case "t" if isinstance(value, bool):
            text = printed(value)
        case "d" if isinstance(value, int) and is_number:
            text = f"{value:+d}" if "+" in match["flags"] else f"{value:d}"
        case "x" if isinstance(value, int) and is_number:
            text = f"{value:x}"
        case "f" if isinstance(value, float):
            text = f"{value:.{precision or 6}f}"
        case "g" if isinstance(value, float):
            text = go_float(value)
        case verb:
            text = f"%!{verb}({type_name(value)}={printed(value)})"
    return text


def _padded(text: str, match: re.Match[str]) -> str:
    width = int(match["width"] or 0)
    if "-" in match["flags"]:
        return text.ljust(width)
    return text.zfill(width) if "0" in match["flags"] and match["verb"] in "dfgx" else text.rjust(width)


def _words(value: Any) -> list[str]:
    if isinstance(value, Struct):
        value = value.data
    if isinstance(value, Mapping):
        return [f"{key}={printed(value[key])}" for key in sorted(value)]
    if isinstance(value, list):
        return [printed(item) for item in value]
    return [printed(value)] if is_true(value) else []


def _join(value: Any, separator: Any = ",") -> str:
    return printed(separator).join(_words(value))


def _join_and_cut(value: Any, separator: Any = ",", most: Any = _BYTES) -> str:
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        raise Invalid.because("error calling joinAndTruncate: the length must be a number")
    return joined_and_cut(_words(value), printed(separator), most)


FUNCTIONS: Mapping[str, Function] = {
    "and": _and,
    "or": _or,
    "not": lambda value: not is_true(value),
    "len": _length,
    "index": _index,
    "slice": _slice,
    "print": _print,
    "printf": _printf,
    "println": lambda *values: " ".join(map(printed, values)) + "\n",
    "html": lambda *values: escape(_print(*values)),
    "urlquery": lambda *values: quote_plus(_print(*values)),
    "eq": _equal,
    "ne": lambda one, other: not _equal(one, other),
    "lt": _less,
    "le": lambda one, other: not _less(other, one, "le"),
    "gt": lambda one, other: _less(other, one, "gt"),
    "ge": lambda one, other: not _less(one, other, "ge"),
    "join": _join,
    "joinAndTruncate": _join_and_cut,
}
"""Each by the name that templates call it by; `config` joins them where there is a datastore to ask."""
