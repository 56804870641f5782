"""Which templates there are, and what is said of those that are none."""

from __future__ import annotations

import pytest

from tortie.cli.output.gotemplate import FUNCTIONS, parse_template
from tortie.cli.output.gotemplate.parser import MAX_DEPTH
from tortie.cli.output.gotemplate.syntax import Chain, Command, Dot, If, Literal, Pipeline, Print, Text
from tortie.errors import Invalid


def test_a_template() -> None:
    found = parse_template("{{if .A.B}}x{{else}}{{1}}{{end}}", FUNCTIONS)
    test = Pipeline((Command((Chain(Dot(), ("A", "B")),), 1),))
    one = Print(Pipeline((Command((Literal(1),), 1),)))
    assert found.body == (If(test, (Text("x"),), (one,)),)


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{foo}}", 'function "foo" not defined'),
        ("{{if}}x{{end}}", "a value is missing"),
        ("{{if 1}}x", "`if` has no `end`"),
        ("{{if 1}}x{{else}}y", "`else` of `if` has no `end`"),
        ("{{end}}", "unexpected `{{end}}`"),
        ("{{$x}}", r'undefined variable "\$x"'),
        ("{{$x = 1}}", r'undefined variable "\$x"'),
        ("{{with $x := 1}}{{end}}{{$x}}", r'undefined variable "\$x"'),
        ("{{if 1}}{{else}}{{$y := 1}}{{end}}{{$y}}", r'undefined variable "\$y"'),
        ("{{break}}", "`break` outside of `range`"),
        ("{{range .}}{{end}}{{continue}}", "`continue` outside of `range`"),
        ("{{(1}}", "a `\\(` is not closed"),
        ("{{1)}}", "unexpected `\\)`"),
        ("{{template x}}", "the name of a template is a string"),
        ('{{define "x"}}', "the template `x` has no `end`"),
        ("{{len.x}}", "unexpected `.x` after a constant or a function"),
        ("{{1 | }}", "a value is missing"),
        ("a\nb\n{{foo}}", ":3: "),
        ("{{if 1}}" * (MAX_DEPTH + 1), "deep in one another"),
        ("{{" + "(" * (MAX_DEPTH + 1) + "}}", "deep in one another"),
        ("{{if 1}}" + "{{else if 1}}" * (MAX_DEPTH + 1), "deep in one another"),
    ],
)
def test_what_is_no_template(template: str, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        parse_template(template, FUNCTIONS)
