"""What `-l` selects: labels as kubectl writes them, or a selector as policies have them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tortie.errors import Invalid
from tortie.selector import Selector, conjunction, equals, has, is_in, negation, parse

__all__ = ["label_filter", "labelled"]

_TERMS = re.compile(r"[^,(]*\([^)]*\)|[^,]+")
_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)\Z")
_PAIR = re.compile(r"([^\s=!]+)\s*(==|!=|=)\s*([^\s=!'\"]*)\Z")
_KEY = re.compile(r"(!?)\s*([^\s=!'\"()]+)\Z")


def label_filter(text: str) -> Selector:
    """Return the selector that the lines of a text are together.

    A line is `color=red,tier!=db,env in (a,b),!old`, or a selector such as `color == 'red'`.

    Raises:
        Invalid: a line is neither.
    """
    return conjunction(*(_line(line.strip()) for line in text.split("\n")))


def labelled(selector: Selector, document: Mapping[str, Any]) -> bool:
    """Tell whether a document's own labels are selected."""
    labels = (document.get("metadata") or {}).get("labels") or {}
    return selector.matches({str(key): str(value) for key, value in labels.items()})


def _line(text: str) -> Selector:
    terms = [_term(term.strip()) for term in _TERMS.findall(text)]
    found = [term for term in terms if term is not None]
    if found and len(found) == len(terms):
        return conjunction(*found)
    try:
        return parse(text)
    except Invalid as error:
        what = f"`{text}` selects no labels: {error.problems[0].what}"
        raise Invalid.because(what, mend="write `color=red`, `color in (red,blue)` or `color == 'red'`") from error


def _term(text: str) -> Selector | None:
    """Return what one term of kubectl's says; None where it is none."""
    if match := _SET.match(text):
        chosen = is_in(match[1], [value.strip() for value in match[3].split(",")])
        return chosen if match[2] == "in" else negation(chosen)
    if match := _PAIR.match(text):
        pair = equals(match[1], match[3])
        return negation(pair) if match[2] == "!=" else pair
    if match := _KEY.match(text):
        return negation(has(match[2])) if match[1] else has(match[2])
    return None
