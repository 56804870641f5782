"""What an unquoted YAML scalar means: Go's YAML 1.1 without base 60 and dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.api.scalars import Scalar, resolved


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("y", True),
        ("On", True),
        ("YES", True),
        ("yEs", "yEs"),
        ("n", False),
        ("off", False),
        ("False", False),
        ("12", 12),
        ("-12", -12),
        ("+7", 7),
        ("1_000", 1000),
        ("0", 0),
        ("0755", 493),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", 5),
        ("08", 8.0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.inf", float("-inf")),
        ("18446744073709551615", 18446744073709551615),
        ("18446744073709551616", 18446744073709551616.0),
        ("12:30:45", "12:30:45"),
        ("190:20", "190:20"),
        ("2001-12-14", "2001-12-14"),
        ("2001-12-14T21:59:43Z", "2001-12-14T21:59:43Z"),
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("80:90", "80:90"),
        ("0x", "0x"),
        ("-", "-"),
        ("1e", "1e"),
        ("\u0661", "\u0661"),
        ("=", "="),
    ],
)
def test_a_scalar_is_what_go_reads(text: str, value: Scalar) -> None:
    found = resolved(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_float() -> None:
    found = resolved(".nan")
    assert isinstance(found, float)
    assert found != found  # noqa: PLR0124 - how one tells


@given(st.text(alphabet="0123456789_xXoObBeE.+-:nN~", max_size=120))
def test_every_text_has_a_meaning(text: str) -> None:
    assert isinstance(resolved(text), str | int | float | bool | None)


@given(st.integers(min_value=-(2**63), max_value=2**64 - 1))
def test_integers_are_themselves(number: int) -> None:
    assert resolved(str(number)) == number
