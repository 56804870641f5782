"""Selectors as fields: they must parse, and some must not speak of `global()`."""

from __future__ import annotations

from tortie.api.fields import Fields
from tortie.errors import Invalid
from tortie.selector import parse

__all__ = ["MAX_SELECTOR", "read_namespace_selector", "read_selector"]

MAX_SELECTOR = 1024
_GLOBAL = "global("


def read_selector(fields: Fields, name: str, *, limited: bool = True, may_be_global: bool = False) -> str:
    """Return a selector's text as written, "" where it is absent; each problem with its column.

    Args:
        fields: of the object that has it.
        name: of the field.
        limited: no more than 1024 characters.
        may_be_global: the text may have `global()` in it; what else that asks for is the caller's.
    """
    text = fields.text(name)
    if not text:
        return ""
    report, path = fields.report, fields.at(name)
    if limited and len(text) > MAX_SELECTOR:
        report.add(path, f"`{name}` has {len(text)} characters: at most {MAX_SELECTOR}", is_clear=True)
    if not may_be_global and (found := text.find(_GLOBAL)) >= 0:
        what = "`global()` is only allowed in a rule's `namespaceSelector`"
        report.add(path, what, "remove it", column=found + 1)
    try:
        parse(text)
    except Invalid as error:
        for problem in error.problems:
            report.add(path, problem.what, problem.mend, column=problem.column)
    return text


def read_namespace_selector(fields: Fields, name: str, *, limited: bool = True) -> str:
    """Return a rule's namespaceSelector: `global()` may be all of it, never a part. Source: rule 67."""
    text = read_selector(fields, name, limited=limited, may_be_global=True)
    if _GLOBAL in text and "".join(text.split()) != "global()":
        what = "`global()` cannot be combined with anything else in a `namespaceSelector`"
        fields.report.add(fields.at(name), what, "write `global()` alone", column=text.find(_GLOBAL) + 1)
    return text
