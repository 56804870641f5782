"""`calicoctl get -w`: what there is, every change, and what is told where changes were missed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.cli.console import Console, network_set
from tortie.api import KIND_INFO
from tortie.cli.label_filter import label_filter
from tortie.cli.verbs import watch as watching
from tortie.cli.verbs.watch import Watched, events
from tortie.datastore import Client, MemoryDatastore
from tortie.errors import NotFound
from tortie.model import Key, Kind

SETS = KIND_INFO[Kind.NETWORK_SET]
A, B = (Key(Kind.NETWORK_SET, "shop", name) for name in "ab")


def document(key: Key, nets: str = "10.0.0.0/8", **labels: str) -> dict[str, Any]:
    metadata = {"name": key.name, "namespace": key.namespace, "labels": labels}
    return {"kind": "NetworkSet", "apiVersion": "v", "metadata": metadata, "spec": {"nets": [nets]}}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(watching, "SECONDS", 0.01)
    return Client(MemoryDatastore(history=3))


def seen(client: Client, watched: Watched, *acts: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the events of a watch during which, look by look, something is done."""
    left: Iterator[Callable[[], object]] = iter(acts)

    def goes_on() -> bool:
        act = next(left, None)
        if act is None:
            return False
        act()
        return True

    return [(what, found["metadata"]["name"]) for what, found in events(client, watched, goes_on)]


def test_what_there_is_and_every_change(client: Client) -> None:
    client.create(A, document(A))
    assert seen(
        client,
        Watched(SETS, "shop"),
        lambda: client.create(B, document(B)),
        lambda: client.apply(A, document(A, "::/0")),
        lambda: client.create(Key(Kind.NETWORK_SET, "lab", "c"), document(Key(Kind.NETWORK_SET, "lab", "c"))),
        lambda: client.delete(A),
        lambda: None,
    ) == [("ADDED", "a"), ("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "a")]


def test_what_is_no_longer_selected_counts_as_deleted(client: Client) -> None:
    client.create(A, document(A, color="red"))
    client.create(B, document(B, color="blue"))
    assert seen(
        client,
        Watched(SETS, "", selector=label_filter("color=red")),
        lambda: client.apply(A, document(A, color="blue")),
        lambda: client.apply(B, document(B, color="red")),
        lambda: None,
    ) == [("ADDED", "a"), ("DELETED", "a"), ("ADDED", "b")]


def test_changes_that_were_missed_are_told_as_they_ended(client: Client) -> None:
    client.create(A, document(A))

    def much() -> None:
        client.delete(A)
        client.create(B, document(B))
        for number in range(9):
            client.apply(B, document(B, f"10.0.{number}.0/24"))

    assert seen(client, Watched(SETS, ""), much, lambda: None, lambda: None) == [
        ("ADDED", "a"),
        ("DELETED", "a"),
        ("ADDED", "b"),
    ]


def test_only_some_names(client: Client) -> None:
    client.create(A, document(A))
    assert seen(client, Watched(SETS, "shop", frozenset({"a"})), lambda: client.create(B, document(B))) == [
        ("ADDED", "a")
    ]
    with pytest.raises(NotFound, match=r"resource does not exist: NetworkSet\(c\)"):
        seen(client, Watched(SETS, "shop", frozenset({"a", "c"})))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ((), ["EVENT   NAME   ", "ADDED   a      ", "ADDED   b      "]),
        (
            ("-o", "wide", "-l", "color=red"),
            ["EVENT   NAME   NETS   ", "ADDED   a      10.0.0.0/8   "],
        ),
        (("-o", "custom-columns=NETS"), ["EVENT   NETS   ", "ADDED   10.0.0.0/8   ", "ADDED   10.0.0.0/8   "]),
    ],
)
def test_tables(
    calicoctl: Console, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], lines: list[str]
) -> None:
    calicoctl.has(network_set("a", extra=", labels: {color: red}"), network_set("b"))
    monkeypatch.setattr("tortie.datastore.sqlite_watch.SqliteWatch.poll", interrupt)
    said = calicoctl("get", "gnetsets", "-w", *options)
    assert (said.code, said.err) == (130, "")
    assert [" ".join(line.split()) for line in said.out.splitlines()] == [" ".join(line.split()) for line in lines]


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_documents(calicoctl: Console, monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    calicoctl.has(network_set("a"))
    monkeypatch.setattr("tortie.datastore.sqlite_watch.SqliteWatch.poll", interrupt)
    said = calicoctl("get", "gnetsets", "a", "-w", "-o", output)
    assert said.code == 130
    if output == "json":
        event = json.loads(said.out)
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "a")
    else:
        assert said.out.startswith("---\nobject:\n  apiVersion: ")
        assert said.out.endswith("\ntype: ADDED\n")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("gnetsets", "-w", "-o", "go-template={{.}}"), "`-w` cannot show go-template"),
        (("gnetsets", "x", "-w"), "resource does not exist: GlobalNetworkSet(x) with error: <nil>"),
        (("gnetsets", "-w", "-n", "x"), "GlobalNetworkSet is not namespaced"),
    ],
)
def test_what_cannot_be_watched(calicoctl: Console, words: tuple[str, ...], what: str) -> None:
    said = calicoctl("get", *words)
    assert (said.code, said.out, said.err.splitlines()[0]) == (1, "", what)


def test_files_are_not_watched(calicoctl: Console) -> None:
    said = calicoctl("get", "-f", calicoctl.file(network_set()), "-w")
    assert (said.code, said.err.splitlines()[0]) == (1, "`-w` watches a kind, not the resources of files")
