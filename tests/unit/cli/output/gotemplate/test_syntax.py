"""Parsed templates as values."""

from __future__ import annotations

from tortie.cli.output.gotemplate.syntax import Chain, Command, Dot, Pipeline, Print, Template, Text


def test_equal_templates_are_equal() -> None:
    def made() -> Template:
        name = Pipeline((Command((Chain(Dot(), ("Name",)),), 1),))
        return Template((Text("a"), Print(name)))

    assert made() == made()
    assert made().named == {}
