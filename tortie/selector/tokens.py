"""Selector text to tokens with columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from tortie.errors import Invalid, Problem
from tortie.selector.suggest import character_mend
from tortie.selector.syntax import LABEL_CHARACTERS, MAX_LABEL, SURROGATE

__all__ = ["Kind", "Token", "fault", "tokens"]


class Kind(StrEnum):
    """What a token is; where all tokens of a kind read alike, the value is that text."""

    LABEL = "label name"
    STRING = "value"
    HAS = "has("
    ALL = "all("
    GLOBAL = "global("
    EQUAL = "=="
    NOT_EQUAL = "!="
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    NOT_IN = "not in"
    IN = "in"
    NOT = "!"
    AND = "&&"
    OR = "||"
    OPEN = "("
    CLOSE = ")"
    OPEN_SET = "{"
    CLOSE_SET = "}"
    COMMA = ","
    END = "end"


class Token(NamedTuple):
    """One token: its kind, its text (of a value: what is between the quotes) and its column, counted from 1."""

    kind: Kind
    text: str
    column: int


_WORD = rf"(?![{LABEL_CHARACTERS}])"  # an operator made of letters ends where a label name could not go on
_TOKEN = re.compile(
    rf"""[ \t]*(?:
      (?P<END>\Z)
    | (?P<HAS>has\() | (?P<ALL>all\() | (?P<GLOBAL>global\()
    | (?P<LABEL>[{LABEL_CHARACTERS}]+)
    | "(?P<STRING>[^"]*)" | '(?P<SINGLE>[^']*)'
    | (?P<EQUAL>==) | (?P<NOT_EQUAL>!=) | (?P<NOT>!) | (?P<AND>&&) | (?P<OR>\|\|)
    | (?P<OPEN>\() | (?P<CLOSE>\)) | (?P<OPEN_SET>\{{) | (?P<CLOSE_SET>\}}) | (?P<COMMA>,)
    )""",
    re.VERBOSE,
)
_OPERATOR = re.compile(
    rf"""[ \t]*(?:
      (?P<CONTAINS>contains) | (?P<STARTS_WITH>starts[ \t]*with) | (?P<ENDS_WITH>ends[ \t]*with)
    | (?P<NOT_IN>not[ \t]*in) | (?P<IN>in)
    ){_WORD}""",
    re.VERBOSE,
)
_KINDS = {**Kind.__members__, "SINGLE": Kind.STRING}
_SHOWN = 100  # characters of a long selector that a message shows on either side of the fault


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a selector, the last of kind END.

    A word such as `in` or `contains` is an operator directly after a label name, and a label name anywhere else.

    Raises:
        Invalid: at the first character that starts no token, when the iterator gets there.
    """
    position = 0
    kind = None
    while kind is not Kind.END:
        found = (kind is Kind.LABEL and _OPERATOR.match(text, position)) or _TOKEN.match(text, position)
        if not found or not (group := found.lastgroup):
            raise _no_token(text, position)
        kind = _KINDS[group]
        token = Token(kind, found[group], found.start(group) + (kind is not Kind.STRING))
        _check(text, token)
        yield token
        position = found.end()


def fault(text: str, column: int, what: str, mend: str) -> Invalid:
    """Return the error for a selector that is wrong at `column` (from 1); a long text is shown around it."""
    first, last = max(0, column - 1 - _SHOWN), column - 1 + _SHOWN
    shown = ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
    visible = "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)
    return Invalid(Problem(f"`{visible}` is not a selector: {what}", mend=mend, column=column))


def _check(text: str, token: Token) -> None:
    if token.kind is Kind.LABEL and len(token.text) > MAX_LABEL:
        what = f"the label name has {len(token.text)} characters"
        raise fault(text, token.column, what, f"a label name has at most {MAX_LABEL}")
    if token.kind is Kind.STRING and not token.text.isascii() and (half := SURROGATE.search(token.text)):
        column = token.column + 1 + half.start()
        raise fault(text, column, "the value is not Unicode text", "write the whole character")


def _no_token(text: str, position: int) -> Invalid:
    position = len(text) - len(text[position:].lstrip(" \t"))
    character = text[position]
    if character in "'\"":
        return fault(text, position + 1, "the quote is never closed", f"end the value with another `{character}`")
    if character in "\r\n":
        return fault(text, position + 1, "the text goes on after the line", character_mend(text, position))
    shown = character if character.isprintable() else repr(character)[1:-1]
    return fault(text, position + 1, f"unexpected `{shown}`", character_mend(text, position))
