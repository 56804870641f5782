"""Tables and numbers as Go writes them: the golden texts of the specification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.cli.output.tabwriter import go_float, joined_and_cut, table


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (100, "100"),
        (100.5, "100.5"),
        (0, "0"),
        (-2.25, "-2.25"),
        (1000, "1000"),
        (100_000, "100000"),
        (1_000_000, "1e+06"),
        (1_234_567, "1.234567e+06"),
        (10_000_000, "1e+07"),
        (123456.5, "123456.5"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e100, "1e+100"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
        (float("nan"), "NaN"),
    ],
)
def test_go_float(number: float, text: str) -> None:
    assert go_float(number) == text


@given(st.floats(allow_nan=False))
def test_a_number_reads_back(number: float) -> None:
    assert float(go_float(number)) == number


def test_a_table() -> None:
    written = table(["NAME", "CIDR", "SELECTOR"], [["ippool-name1", "10.0.1.0/24", "foo == 'bar'"]])
    assert written == ("NAME           CIDR          SELECTOR       \nippool-name1   10.0.1.0/24   foo == 'bar'   \n")


@pytest.mark.parametrize(
    ("heading", "rows", "text"),
    [
        (["A"], [], "A    \n"),
        (["A", "B"], [["", "xyz"]], "A    B     \n     xyz   \n"),
        (["NAME"], [["ü" * 9]], "NAME        \nüüüüüüüüü   \n"),
        (["NAME"], [["a\tb\n\x1b[31m"]], "NAME             \na\\tb\\n\\x1b[31m   \n"),
    ],
)
def test_widths(heading: list[str], rows: list[list[str]], text: str) -> None:
    assert table(heading, rows) == text


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["10.0.0.0/28", "10.0.1.0/28"], "10.0.0.0/28,10.0.1.0/28"),
        (["x" * 80], "x" * 80),
        (["x" * 81], "x" * 77 + "..."),
        ([f"10.0.{i}.0/28" for i in range(9)], ",".join(f"10.0.{i}.0/28" for i in range(6)) + ",10.0...."),
    ],
)
def test_long_lists_are_cut(items: list[str], text: str) -> None:
    assert joined_and_cut(items) == text
