"""Output formats: which there are, and what several results look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.api import kind_named
from tortie.cli.output.printing import Format, Result, check_format
from tortie.cli.output.printing import printed as printed_with
from tortie.errors import Invalid

A, B = {"kind": "Tier", "metadata": {"name": "a"}}, {"kind": "Tier", "metadata": {"name": "b"}}
ITEM = "- kind: Tier\n  metadata:\n    name: "
TIER = kind_named("tier")


def printed(results: list[Result], output: str, *, with_namespace: bool = False) -> str:
    return printed_with(results, check_format(output), with_namespace=with_namespace, default_as_number=lambda: "7")


@pytest.mark.parametrize("output", ["ps", "wide", "yaml", "yml", "json"])
def test_formats(output: str) -> None:
    assert check_format(output) == Format(output)


def test_formats_with_an_argument() -> None:
    assert check_format("custom-columns=NAME,TIER") == Format("custom-columns", "NAME,TIER")
    assert check_format("go-template={{1}}={{2}}") == Format("go-template", "{{1}}={{2}}")


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("xml", "unrecognized output format 'xml'"),
        ("", "unrecognized output format ''"),
        ("go-template", "need to specify a template"),
        ("go-template=", "need to specify a template"),
        ("go-template-file", "need to specify a template file"),
        ("custom-columns=", "need to specify at least one column"),
        ("custom-columns", "need to specify at least one column"),
        ("go-template-file=", "need to specify a template file"),
    ],
)
def test_other_formats(output: str, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_format(output)
    assert caught.value.problems[0].what == what


@pytest.mark.parametrize(
    ("results", "text"),
    [
        ([], "null\n"),
        ([Result(TIER, [A])], "kind: Tier\nmetadata:\n  name: a\n"),
        ([Result(TIER, [A]), Result(TIER, [B])], f"{ITEM}a\n{ITEM}b\n"),
        (
            [Result(TIER, [], "3")],
            'apiVersion: projectcalico.org/v3\nitems: []\nkind: TierList\nmetadata:\n  resourceVersion: "3"\n',
        ),
    ],
)  # fmt: skip
def test_yaml(results: list[Result], text: str) -> None:
    assert printed(results, "yaml") == text
    assert printed(results, "yml") == text


def test_tables_end_with_an_empty_line() -> None:
    assert printed([Result(TIER, [A]), Result(TIER, [], "3")], "ps", with_namespace=True) == (
        "NAME   ORDER   \na      <nil>   \n\nNAME   ORDER   \n\n"
    )


def test_custom_columns_in_the_order_asked_for() -> None:
    assert printed([Result(TIER, [A])], "custom-columns=ORDER,NAME", with_namespace=True) == (
        "ORDER   NAME   \n<nil>   a      \n\n"
    )


@pytest.mark.parametrize("column", ["name", "NAMESPACE", ""])
def test_columns_that_a_kind_does_not_have(column: str) -> None:
    with pytest.raises(Invalid, match=f"^unknown heading {column}, valid values are: NAME,ORDER"):
        printed([Result(TIER, [A])], f"custom-columns={column},NAME")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{range .}}{{.ObjectMeta.Name}} {{end}}", "a b "),
        ('{{config "asnumber"}}', "7"),
    ],
)
def test_templates(tmp_path: Path, template: str, text: str) -> None:
    results = [Result(TIER, [A]), Result(TIER, [B])]
    assert printed(results, f"go-template={template}") == text
    (tmp_path / "t").write_text(template)
    assert printed(results, f"go-template-file={tmp_path}/t") == text


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("go-template={{nonsense}}", 'function "nonsense" not defined'),
        ("go-template={{config 1}}", "error calling config: `1` is not known"),
        ("go-template-file=/absent/t", "open /absent/t: no such file or directory"),
    ],
)
def test_templates_that_cannot_be_used(output: str, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        printed([Result(TIER, [A])], output)
