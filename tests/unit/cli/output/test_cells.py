"""Readers of cells that the tables' own tests do not show."""

from __future__ import annotations

from tortie.cli.output.cells import list_cell, metadata_cell, optional_cell, order_cell, spec_cell


def test_what_is_not_there_is_empty() -> None:
    for cell in (metadata_cell("name"), spec_cell("a", "b"), list_cell("c")):
        assert cell({}) == ""
        assert cell({"metadata": None, "spec": None}) == ""


def test_values_as_go_prints_them() -> None:
    document = {"spec": {"a": "", "b": "x", "flag": False, "order": 1e7}}
    assert spec_cell("a", "b")(document) == "x"
    assert optional_cell("flag", "-")(document) == "false"
    assert optional_cell("none", "-")(document) == "-"
    assert order_cell(document) == "1e+07"
