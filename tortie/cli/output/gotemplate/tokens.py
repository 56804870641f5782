"""Template text to tokens: plain text, and the words inside `{{ }}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from tortie.errors import Invalid, Problem

__all__ = ["Token", "Type", "refused", "tokens"]


class Type(StrEnum):
    """What a token is; the value is how messages call it."""

    TEXT = "text"
    OPEN = "`{{`"
    CLOSE = "`}}`"
    FIELD = "field"
    VARIABLE = "variable"
    WORD = "word"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"
    SPACE = "space"


class Token(NamedTuple):
    """A piece of the template; `line` counts from 1. A text or string has what it means, not how it is written."""

    type: Type
    text: str
    line: int


_ACTION = re.compile(
    r"""(?P<SPACE>[ \t\r\n]+)
    |(?P<FIELD>\.[^\W\d]\w*)
    |(?P<VARIABLE>\$\w*)
    |(?P<NUMBER>[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?))
    |(?P<WORD>[^\W\d]\w*)
    |(?P<STRING>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`|'(?:[^'\\\n]|\\[^\n])+')
    |(?P<SIGN>:=|[=|(),.])""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))")
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SPACE = " \t\r\n"
_LAST_CHARACTER = 0x10FFFF


def tokens(template: str) -> Iterator[Token]:
    """Yield the tokens of a template; white space inside actions separates words, and is a token.

    Raises:
        Invalid: an action does not end, or has what is no word of the language.
    """
    position, trim = 0, False
    while True:
        start = template.find("{{", position)
        text = template[position : len(template) if start < 0 else start]
        line = template.count("\n", 0, position) + 1
        if trim:
            text = text.lstrip(_SPACE)
        if start < 0:
            if text:
                yield Token(Type.TEXT, text, line)
            return
        inner = start + 2
        if template.startswith("-", inner) and template[inner + 1 : inner + 2] in _SPACE and template[inner + 1 :]:
            text = text.rstrip(_SPACE)
            inner += 1
        if text:
            yield Token(Type.TEXT, text, line)
        found, position, trim = _action(template, inner)
        yield from found


def _action(template: str, position: int) -> tuple[list[Token], int, bool]:
    """Return the tokens from inside one action, the place after it, and whether space after it is dropped."""
    line = template.count("\n", 0, position) + 1
    found = [Token(Type.OPEN, "{{", line)]
    bare = position + len(template[position:]) - len(template[position:].lstrip(_SPACE))
    if comment := _COMMENT.match(template, bare):
        end = re.compile(r"[ \t\r\n]*(?:[ \t\r\n](-))?\}\}").match(template, comment.end())
        if not end:
            raise refused("a comment ends with `*/}}`", line)
        return [], end.end(), bool(end[1])
    while True:
        line = template.count("\n", 0, position) + 1
        if end := re.compile(r"[ \t\r\n]+-\}\}|\}\}").match(template, position):
            found.append(Token(Type.CLOSE, "}}", line))
            return found, end.end(), end[0] != "}}"
        match = _ACTION.match(template, position)
        if not match:
            rest = template[position : position + 1]
            raise refused(f"unexpected `{rest}` in an action" if rest else "unclosed action", line)
        kind = Type[str(match.lastgroup)]
        text = match[0]
        found.append(Token(kind, unquoted(text, line) if kind is Type.STRING else text, line))
        position = match.end()


def unquoted(text: str, line: int) -> str:
    """Return what a string or character constant means; a character is its number, as in Go."""
    quote, inner = text[0], text[1:-1]
    if quote == "`":
        return inner.replace("\r", "")

    def meant(match: re.Match[str]) -> str:
        simple, *codes, octal, other = match.groups()
        if other is not None:
            raise refused(f"unknown escape `{match[0]}`", line)
        if simple:
            return _SIMPLE.get(simple, simple)
        number = int(octal, 8) if octal else int(next(filter(None, codes)), 16)
        if number > _LAST_CHARACTER or 0xD800 <= number < 0xE000:  # noqa: PLR2004 - surrogates
            raise refused(f"`{match[0]}` is no character", line)
        return chr(number)

    value = _ESCAPE.sub(meant, inner)
    if quote == "'" and len(value) != 1:
        raise refused(f"{text} is not one character", line)
    return str(ord(value)) if quote == "'" else value


def refused(what: str, line: int) -> Invalid:
    """Return the error with a template, at one of its lines."""
    return Invalid(Problem(f"template: {what}", file="template", line=line))
