"""`calicoctl get -w`: what there is, and then every change to it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tortie.api import KindInfo
from tortie.cli.label_filter import labelled
from tortie.cli.output.columns import chosen, headings, row_of
from tortie.cli.output.document_text import as_json, as_yaml
from tortie.cli.output.printing import Format
from tortie.cli.output.streams import printable
from tortie.cli.output.tabwriter import MIN_WIDTH, PADDING
from tortie.datastore import Client, shown
from tortie.errors import Expired, Invalid, NotFound, Unavailable
from tortie.model import Key
from tortie.selector import Selector

__all__ = ["Watched", "events", "watch"]

SECONDS = 1.0
"""How long one look for changes lasts, and how long is waited where the datastore does not answer."""

Event = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: a kind, in one namespace where given, only some names where given, and what labels select."""

    info: KindInfo
    namespace: str
    names: frozenset[str] = frozenset()
    selector: Selector | None = None

    def includes(self, document: Mapping[str, Any]) -> bool:
        """Tell whether a document is one that is watched."""
        metadata = document["metadata"]
        if self.namespace not in ("", metadata.get("namespace", "")):
            return False
        is_named = not self.names or metadata["name"] in self.names
        return is_named and (self.selector is None or labelled(self.selector, document))


def watch(client: Client, watched: Watched, output: Format, *, with_namespace: bool) -> None:
    """Print what there is and every change, until interrupted.

    Raises:
        Invalid: the format is one of a whole result.
    """
    show = _shower(watched, output, with_namespace=with_namespace)
    for what, document in events(client, watched, lambda: True):
        sys.stdout.write(printable(show(what, document)))
        sys.stdout.flush()


def events(client: Client, watched: Watched, goes_on: Callable[[], bool]) -> Iterator[Event]:
    """Yield `ADDED`, `MODIFIED` or `DELETED` and the document: first all there is, then every change.

    What stops being selected counts as deleted. Where changes were forgotten before they were read, what is different
    since is told.

    Args:
        client: of the datastore.
        watched: what to tell of.
        goes_on: asked after every look; False ends it.
    """
    known: dict[Key, Mapping[str, Any]] = {}
    while True:
        revision, now = _listed(client, watched)
        yield from _differences(known, now)
        known = now
        changes = client.store.watch([watched.info.kind], revision)
        try:
            while True:
                try:
                    found = changes.poll(SECONDS)
                except Unavailable:
                    time.sleep(SECONDS)
                    found = ()
                for change in found:
                    document = None if change.record is None else shown(change.record)
                    yield from _told(known, change.key, document, watched)
                if not goes_on():
                    return
        except Expired:
            continue
        finally:
            changes.close()


def _listed(client: Client, watched: Watched) -> tuple[str, dict[Key, Mapping[str, Any]]]:
    listing = client.list(watched.info.kind, watched.namespace)
    found: dict[Key, Mapping[str, Any]] = {}
    for item in listing.items:
        if watched.includes(item):
            metadata = item["metadata"]
            found[Key(watched.info.kind, metadata.get("namespace", ""), metadata["name"])] = item
    missing = watched.names - {key.name for key in found}
    if missing:
        raise NotFound(f"resource does not exist: {watched.info.document_kind}({min(missing)}) with error: <nil>")
    return listing.revision, found


def _differences(before: Mapping[Key, Mapping[str, Any]], now: Mapping[Key, Mapping[str, Any]]) -> Iterator[Event]:
    yield from (("DELETED", document) for key, document in before.items() if key not in now)
    for key, document in now.items():
        if before.get(key) != document:
            yield ("MODIFIED" if key in before else "ADDED"), document


def _told(
    known: dict[Key, Mapping[str, Any]], key: Key, document: Mapping[str, Any] | None, watched: Watched
) -> Iterator[Event]:
    """Yield what a change means to somebody who knows `known`, and keep that up to date."""
    before = known.pop(key, None)
    if document is not None and watched.includes(document):
        known[key] = document
        yield ("ADDED" if before is None else "MODIFIED"), document
    elif before is not None:
        yield "DELETED", before


@dataclass(slots=True)
class _Rows:
    """Prints rows of a table whose columns grow as wider cells come; the heading comes with the first row."""

    watched: Watched
    shown: tuple[str, ...]
    widths: list[int] = field(default_factory=list[int])

    def __call__(self, what: str, document: Mapping[str, Any]) -> str:
        row = [what, *row_of(self.watched.info.kind, document, self.shown)]
        lines = [row] if self.widths else [["EVENT", *self.shown], row]
        self.widths = self.widths or [MIN_WIDTH] * len(row)
        for line in lines:
            self.widths = [max(width, len(cell) + PADDING) for width, cell in zip(self.widths, line, strict=True)]
        return "".join(
            "".join(cell.ljust(width) for cell, width in zip(line, self.widths, strict=True)) + "\n" for line in lines
        )


def _shower(watched: Watched, output: Format, *, with_namespace: bool) -> Callable[[str, Mapping[str, Any]], str]:
    kind = watched.info.kind
    if output.name == "custom-columns":
        return _Rows(watched, chosen(kind, output.argument))
    if output.is_table:
        return _Rows(watched, headings(kind, wide=output.name == "wide", with_namespace=with_namespace))
    if output.name == "json":
        return lambda what, document: as_json({"type": what, "object": document}) + "\n"
    if output.name in {"yaml", "yml"}:
        return lambda what, document: "---\n" + as_yaml({"type": what, "object": document})
    raise Invalid.because(f"`-w` cannot show {output.name}", mend="use ps, wide, custom-columns, yaml or json")
