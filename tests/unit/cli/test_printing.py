"""Output formats: which there are, and what several results look like."""

from __future__ import annotations

import pytest

from tortie.api import kind_named
from tortie.cli.printing import Result, check_format, printed
from tortie.errors import Invalid

A, B = {"kind": "Tier", "metadata": {"name": "a"}}, {"kind": "Tier", "metadata": {"name": "b"}}
ITEM = "- kind: Tier\n  metadata:\n    name: "
TIER = kind_named("tier")


@pytest.mark.parametrize("output", ["ps", "wide", "yaml", "yml", "json"])
def test_formats(output: str) -> None:
    assert check_format(output) == output


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("xml", "unrecognized output format 'xml'"),
        ("", "unrecognized output format ''"),
        ("go-template", "need to specify a template"),
        ("go-template=", "need to specify a template"),
        ("go-template-file", "need to specify a template file"),
        ("custom-columns=", "need to specify at least one column"),
        ("custom-columns=NAME", "output format 'custom-columns' is not supported"),
        ("go-template={{.}}", "output format 'go-template' is not supported"),
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
    assert printed(results, "yaml", with_namespace=False) == text
    assert printed(results, "yml", with_namespace=False) == text


def test_tables_end_with_an_empty_line() -> None:
    assert printed([Result(TIER, [A]), Result(TIER, [], "3")], "ps", with_namespace=True) == (
        "NAME   ORDER   \na      <nil>   \n\nNAME   ORDER   \n\n"
    )
