"""What `-l` selects, as kubectl and as policies write it."""

from __future__ import annotations

import pytest

from tortie.cli.label_filter import label_filter, labelled
from tortie.errors import Invalid

RED = {"color": "red", "tier": "web", "a.b/c": "x"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("color=red", True),
        ("color==red", True),
        ("color = red", True),
        ("color=blue", False),
        ("color!=blue", True),
        ("size!=blue", True),
        ("color=red,tier=web", True),
        ("color=red,tier=db", False),
        ("color in (red, blue)", True),
        ("color in (red,blue),tier in (db)", False),
        ("color notin (blue)", True),
        ("size notin (blue)", True),
        ("color", True),
        ("size", False),
        ("!size", True),
        ("!color", False),
        ("a.b/c=x", True),
        ("color=", False),
        ("color=red\ntier=web", True),
        ("color=red\ntier=db", False),
        ("color == 'red'", True),
        ("color == 'red' && has(size)", False),
        ("color == 'red' || has(size)", True),
        ("color in {'red', 'blue'}", True),
        ("has(color)", True),
        ("all()", True),
        ("", True),
        ("color=red,", True),
    ],
)
def test_selected(text: str, matches: bool) -> None:
    assert label_filter(text).matches(RED) is matches


@pytest.mark.parametrize("text", ["color=red=blue", "color ~ red", "=red", "color in (red"])
def test_what_selects_nothing_that_can_be_meant(text: str) -> None:
    with pytest.raises(Invalid, match="selects no labels"):
        label_filter(text)


def test_a_document_is_selected_by_its_own_labels() -> None:
    selector = label_filter("color=red")
    assert labelled(selector, {"metadata": {"labels": RED}})
    assert not labelled(selector, {"metadata": {"labels": None}})
    assert not labelled(selector, {})
