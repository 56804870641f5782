"""The label selector language: parse, match, index, compose and rewrite; knows nothing of policy."""

from __future__ import annotations

from tortie.selector.compose import conjunction, equals, has, is_in, negation
from tortie.selector.needs import Anything, HasKey, HasValue, Needs, Nothing, keys, needs, values
from tortie.selector.parser import normalise, parse
from tortie.selector.rewrite import replace_all, replace_global, with_prefix
from tortie.selector.selector import Selector

__all__ = [
    "Anything",
    "HasKey",
    "HasValue",
    "Needs",
    "Nothing",
    "Selector",
    "conjunction",
    "equals",
    "has",
    "is_in",
    "keys",
    "needs",
    "negation",
    "normalise",
    "parse",
    "replace_all",
    "replace_global",
    "values",
    "with_prefix",
]
