"""What templates come to: a table after Go's documentation, and that no template breaks the program."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.output.gotemplate.documents import POLICY
from tortie.cli.output.gotemplate import FUNCTIONS, parse_template, render, resource_value
from tortie.errors import Invalid


def rendered(template: str) -> str:
    return render(parse_template(template, FUNCTIONS), [resource_value(POLICY)], FUNCTIONS)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{range .}}{{.ObjectMeta.Name}}{{end}}", "db"),
        ("{{range .}}{{.Spec.Selector}} in {{.Spec.Tier}}{{end}}", "color == 'red' in default"),
        ("{{range $i, $e := .}}{{$i}}:{{$e.Name}}{{end}}", "0:db"),
        ('{{range .}}{{range .Spec.Ingress}}{{.Action}} {{join .Source.Nets ","}};{{end}}{{end}}', "Allow 10.0.0.0/8;"),
        ("{{range .}}{{range $k, $v := .ObjectMeta.Labels}}{{$k}}={{$v}} {{end}}{{end}}", "app=db team=a "),
        ("{{range .}}{{with .Spec.Egress}}egress{{else}}none{{end}}{{end}}", "none"),
        ("{{if 0}}a{{else if 1}}b{{else}}c{{end}}", "b"),
        ("{{with 1}}{{.}}{{end}}{{with 0}}{{else with 2}}{{.}}{{end}}", "12"),
        ("{{range 4}}{{if eq . 1}}{{continue}}{{end}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}", "02"),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{$y}}{{end}}{{$x}}", "32"),
        ("{{range index . 5 | and false}}a{{else}}empty{{end}}", None),
        ("{{range (and false (index . 5))}}a{{else}}empty{{end}}", "empty"),
        ("{{or 1 (index . 5)}}", "1"),
        ('{{define "x"}}<{{.}}{{$}}>{{end}}{{template "x" 1}}{{template "x"}}', "<11><<no value><no value>>"),
        ('{{block "x" 7}}[{{.}}]{{end}}', "[7]"),
        ('{{"a" | printf "%s-%s" "b"}}', "b-a"),
        ("{{(index . 0).Name}}", "db"),
        ("{{(index $ 0).Name | len}}", "2"),
    ],
)
def test_rendered(template: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(Invalid):
            rendered(template)
    else:
        assert rendered(template) == text


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{.Name}}", "can't evaluate field Name in type slice"),
        ("{{range .}}{{.Spec.Colour}}{{end}}", "can't evaluate field Colour in type NetworkPolicy.spec"),
        ("{{range .}}{{range .Spec.Ingress}}{{.HTTP.Methods}}{{end}}{{end}}", "nil pointer evaluating .Methods"),
        ("{{1 2}}", "can't give argument to non-function"),
        ("{{len}}", "wrong number of args for len"),
        ("{{len 1}}", "len of type int"),
        ("{{index . 5}}", "index out of range: 5"),
        ('{{template "y"}}', 'template "y" not defined'),
        ('{{define "x"}}{{template "x"}}{{end}}{{template "x"}}', "templates use one another more than"),
        ('{{range "abc"}}{{end}}', "range can't iterate over abc"),
    ],
)
def test_refused(template: str, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        rendered(template)


WORDS = """
{{ }} {{- -}} range if else end with define template block break continue . $ $x := = | ( ) , .Spec .Name .Items
index len printf join eq and not nil true 0 1 1.5 -3 "x" `y` 'c' "%d%s%q" /* */ a
"""
PIECES = st.sampled_from([*WORDS.split(), "\n", " "])


@given(st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=40).map(lambda text: "{{" + text + "}}"))
def test_no_text_breaks_the_program(template: str) -> None:
    with suppress(Invalid):
        assert isinstance(rendered(template), str)
