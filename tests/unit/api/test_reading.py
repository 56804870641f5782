"""Files to documents: the table of the calicoctl specification (6), and positions across documents."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.api import read_documents, reading
from tortie.errors import Invalid

TIER = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: %s}\n"


def names(text: str) -> list[str]:
    return [document.data["metadata"]["name"] for document in read_documents(text, "f")]


def problems(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(Invalid) as error:
        read_documents(text, "f")
    return [(problem.what, problem.line, problem.column) for problem in error.value.problems]


LIST = """\
apiVersion: projectcalico.org/v3
kind: TierList
metadata: {resourceVersion: "5"}
items:
- metadata: {name: a}
- kind: Tier
  apiVersion: projectcalico.org/v3
  metadata: {name: b}
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("# only a comment\n", [], id="comment"),
        pytest.param("---\n---\n", [], id="separators"),
        pytest.param(TIER % "a", ["a"], id="one"),
        pytest.param("---\n" + TIER % "a", ["a"], id="leading-separator"),
        pytest.param(TIER % "a" + "---\n" + TIER % "b", ["a", "b"], id="two"),
        pytest.param(TIER % "a" + "--- # comment\n" + TIER % "b", ["a", "b"], id="comment-on-separator"),
        pytest.param(TIER % "a" + "---\n# nothing\n---\n" + TIER % "b", ["a", "b"], id="empty-between"),
        pytest.param(TIER % "a" + "...\n---\n" + TIER % "b", ["a", "b"], id="document-end"),
        pytest.param("%YAML 1.1\n---\n" + TIER % "a", ["a"], id="directive"),
        pytest.param((TIER % "a").replace("\n", "\r\n") + "---\r\n" + TIER % "b", ["a", "b"], id="crlf"),
        pytest.param("\ufeff" + TIER % "a", ["a"], id="byte-order-mark"),
        pytest.param(TIER % "a" + 'note: "---x"\n', ["a"], id="dashes-in-text"),
        pytest.param(LIST, ["a", "b"], id="typed-list"),
        pytest.param(
            LIST.replace("TierList", "List").replace("- metadata", "- kind: Tier\n  metadata"), ["a", "b"], id="list"
        ),
        pytest.param("kind: TierList\nitems:\n", [], id="list-without-items"),
        pytest.param('[{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]', ["a", "b"], id="array"),
        pytest.param("- " + LIST.replace("\n", "\n  "), ["a", "b"], id="array-of-lists"),
        pytest.param('{"metadata":\n\t{"name": "a"}}\n---\n' + TIER % "b", ["a", "b"], id="json-and-yaml"),
        pytest.param('{"metadata": {"name": "\\ud83d\\udc22"}}', ["\U0001f422"], id="json-surrogates"),
        pytest.param('{"metadata": {"name": "a\\/b"}}', ["a/b"], id="json-slash"),
        pytest.param(json.dumps({"k" * 2000: 1, "metadata": {"name": "a"}}), ["a"], id="json-long-key"),
    ],
)
def test_a_file_holds_these_documents(text: str, wanted: list[str]) -> None:
    assert names(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("just text", [("a document is an object", 1, 1)]),
        ("- 5\n- kind: A\n- x", [("a document is an object", 1, 3), ("a document is an object", 3, 3)]),
        ("kind: TierList\nitems: {}", [("`items` of a list must be a list", 2, 8)]),
        ("kind: List\nitems: [5]", [("a document is an object", 2, 9)]),
        (
            "a: 1\na: 2\n---\nb: [1\n---\nc: 1\n---\n\td: 1",
            [("key `a` already set", 2, 1), ("this is not YAML", 5, 1), ("a tab cannot indent", 8, 1)],
        ),
        ('{"a": 1, "a": 2}', [("key `a` already set", 1, 10)]),
        ("[" * 70, [("nested more than 64", 1, 65)]),
    ],
)
def test_every_document_with_a_fault_says_so(text: str, wanted: list[tuple[str, int, int]]) -> None:
    found = problems(text)
    assert [place[1:] for place in found] == [place[1:] for place in wanted]
    assert all(part in what for (part, _, _), (what, _, _) in zip(wanted, found, strict=True))


def test_a_document_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_DOCUMENT", 1024 * 1024)
    ((what, line, column),) = problems("a: 1\n---\nb: " + "x" * 1024 * 1024)
    assert (what, line, column) == ("this document is larger than 1 MiB", 2, 1)


def test_a_limit_is_the_documented_one() -> None:
    assert reading.MAX_DOCUMENT == 10 * 1024 * 1024


def test_lines_count_from_the_start_of_the_file() -> None:
    *_, last = read_documents(TIER % "a" + "---\n" + TIER % "b" + "--- {kind: c}\n", "f")
    assert last.position("kind") == (8, 12)


def test_items_that_tell_no_kind_have_the_lists() -> None:
    first, second = read_documents(LIST, "f")
    assert (first.kind, first.api_version) == (second.kind, second.api_version) == ("Tier", "projectcalico.org/v3")


@given(st.text(alphabet="a:-[]{}\n \"'\\u0d8#%&*!", max_size=50))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_documents(text, "f")
    except Invalid as error:
        assert all(problem.file == "f" for problem in error.problems)  # noqa: PT017 - either outcome is right
    else:
        assert all(document.file == "f" for document in found)
