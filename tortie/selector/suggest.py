"""What a person who wrote something else most likely meant."""

from __future__ import annotations

import re

__all__ = ["after_label_mend", "after_term_mend", "call_mend", "character_mend", "quote"]

_TYPOGRAPHIC_QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb`"
_CHARACTERS = {
    "&": "join with `&&`",
    "|": "join with `||`",
    "<": "values are text, not numbers: compare with `==`, `!=` or `in {…}`",
    ">": "values are text, not numbers: compare with `==`, `!=` or `in {…}`",
    "*": "for everything write `all()`, for a part of a value `contains`, `starts with` or `ends with`",
    "~": "for a part of a value write `contains`, `starts with` or `ends with`",
    ":": "compare with `==`",
    "[": "list values in `{…}`",
    "]": "list values in `{…}`",
    "\n": "put it on one line; a YAML block begun with `|` ends in a new line, one begun with `>-` does not",
    "\r": "put it on one line",
}
_LABEL_RULE = "a label name is made of ASCII letters, digits, `_`, `.`, `/` and `-`; a value is quoted"
_OPERATOR_WORDS = {
    "contains": "contains",
    "startswith": "starts with",
    "starts": "starts with",
    "endswith": "ends with",
    "ends": "ends with",
    "in": "in",
    "notin": "not in",
    "not": "not in",
    "is": "==",
    "eq": "==",
    "equals": "==",
    "ne": "!=",
}
_NAMED = re.compile(r"\(?[ \t]*([A-Za-z0-9_./-]+)")
_CALLED = re.compile(r"(?:has|all|global)\([A-Za-z0-9_./ -]*\)")
_JOINING_WORDS = {"and": "&&", "or": "||"}


def character_mend(text: str, position: int) -> str:
    """Return what to write instead of the character at `position` (from 0), which starts no token."""
    character = text[position]
    if character == "=":
        operator = text[max(0, position - 2) : position]
        return f"compare with `{operator if operator in ('==', '!=') else '=='}`"
    if character in _TYPOGRAPHIC_QUOTES:
        return "quote with `'` or `\"`"
    return _CHARACTERS.get(character, _LABEL_RULE)


def quote(value: str) -> str:
    """Return the hint for a value that stands without quotes."""
    return f"quote the value: `'{value}'`"


def call_mend(label: str, rest: str) -> str:
    """Return what was meant by a label name that was to be a function or a negation, or "".

    `rest` is the text after the label name, without surrounding blanks.
    """
    if label in {"all", "global"}:
        return f"write `{label}()`, without blanks before the parenthesis"
    if label == "has":
        named = _NAMED.match(rest)
        return f"write `has({named[1] if named else '…'})`, without blanks before the parenthesis"
    if label.lower() == "not":
        called = _CALLED.match(rest)
        return f"negate with `!`: `!{called[0] if called else '…'}`"
    if rest.startswith("("):
        return "the functions are `has(…)`, `all()` and `global()`"
    return ""


def after_label_mend(label: str, following: str) -> str:
    """Return what to write where a label name is followed by something that is no operator."""
    if following.lower() in _JOINING_WORDS or following in {"", ")", "&&", "||", ",", "}"}:
        return f"to ask whether the label is there, write `has({label})`"
    if following == "!":
        return "compare with `!=`, without a blank between"
    if following == "{":
        return f"write `{label} in {{…}}`"
    operator = _OPERATOR_WORDS.get(following.lower())
    if operator:
        return f"the operator is `{operator}`" + (" followed by `{…}`" if operator.endswith("in") else "")
    return f"compare with `==`, or write `has({label})`"


def after_term_mend(following: str) -> str:
    """Return what to write where a complete comparison is followed by something that does not join it to more."""
    return f"join with `{_JOINING_WORDS.get(following.lower(), '&&')}`"
