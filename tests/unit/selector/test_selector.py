"""Selectors as values: equality, id, size."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

from tortie.selector import Selector, parse
from tortie.selector.syntax import Has


@pytest.mark.parametrize(
    ("text", "canonical", "identity"),
    [
        ("", "all()", "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug"),
        (" (all() )", "all()", "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug"),
        ("a=='b'", 'a == "b"', "s:flMh0m0X_BowkAK_W3j3MgH8oQOsj3WxGDoXCQ"),
        ("((a=='b')&&(c=='d'))", '(a == "b" && c == "d")', "s:ZBcARiK7HJo4sz0nADMeJFL33YHRGbl8lpExOw"),
        (
            "(a=='b'&&c=='d')&&e=='f'",
            '((a == "b" && c == "d") && e == "f")',
            "s:maBgrm7Am_FpYk89xkXfJFaihuO8a3v0mTOqAA",
        ),
        (
            "a=='b'||c=='d'&&e=='f'",
            '(a == "b" || (c == "d" && e == "f"))',
            "s:S-qCSUXi1P0ft42eE8dHG6vx6ub86WkArSBbTw",
        ),
        ("! ! has(a)", "has(a)", "s:JpRGrxZ4kdS6g7WoF-uG_g7qlh2ipw2zGYBMpQ"),
        ("!(!has(a))", "!!has(a)", "s:VZFYmDV_Drir7seXQB5vQXF8-34s2nf1b8ItRA"),
        ('a notin {"z",\'y\',"z"}', 'a not in {"y", "z"}', "s:K-BomCvijWjaAaPBC1xKSOe17VW-rEzlEMRW2g"),
        ("a == 'he said \"x\"'", "a == 'he said \"x\"'", "s:_EkQ--68tHv6SYQICn4HoPgu6gPB2Gri7sWHKQ"),
        ("global( )", "global()", "s:fiJDJdBoaP_zQxty70sMjIrxwAb5lgM6LYCAow"),
    ],
)
def test_canonical_text_and_id(text: str, canonical: str, identity: str) -> None:
    selector = parse(text)
    assert str(selector) == canonical
    assert selector.id == identity
    assert selector.id == identity  # the second time from memory


def test_equality_is_by_canonical_text() -> None:
    assert Selector(Has("a")) == parse("( has(a) )")
    assert hash(Selector(Has("a"))) == hash(parse("( has(a) )"))
    assert Selector(Has("a")) != parse("has(b)")
    assert parse("has(a)") != "has(a)"
    assert repr(parse("has(a)")) == "Selector('has(a)')"


def test_a_selector_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        parse("has(a)").expression = Has("b")  # type: ignore[misc]
    assert not hasattr(parse("has(a)"), "__dict__")


def test_importing_loads_nothing_that_only_ids_need() -> None:
    question = "import sys, tortie.selector as s; s.parse('has(a)'); print({'hashlib', 'base64'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"
