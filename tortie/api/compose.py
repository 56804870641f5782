"""The text of one YAML or JSON document to data, with a mark for every value and key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tortie.api.document import Mark
from tortie.api.scalars import Scalar, resolved
from tortie.errors import Invalid, Problem

__all__ = ["MAX_DEPTH", "MAX_VALUES", "NOT_YAML", "composed"]

MAX_DEPTH = 64
MAX_VALUES = 2_000_000
"""Values a document may have once its aliases are written out; 10 MiB of text cannot hold more than this."""

NOT_YAML = "this is not YAML"
_TAG = "tag:yaml.org,2002:"
_TABLES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "null": (type(None),),
}
_CONTAINER_TAGS = frozenset({None, "!", f"{_TAG}map", f"{_TAG}seq"})
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MERGE = "<<"


def composed(text: str, first_line: int = 0) -> Iterator[tuple[Any, dict[str, Mark]]]:
    """Yield the data and marks of each document in the text; lines count from `first_line` + 1.

    Raises:
        Invalid: the text is not YAML, or goes over a limit; one problem with line and column, since what follows a
            syntax error cannot be told.
    """
    if bad := _UNPRINTABLE.search(text):
        line, column = text.count("\n", 0, bad.start()), bad.start() - text.rfind("\n", 0, bad.start()) - 1
        what = f"a file cannot hold the character U+{ord(bad[0]):04X}"
        raise _fault(Mark(line + first_line + 1, column + 1), what, "remove it, or write it as an escape in quotes")
    import yaml  # noqa: PLC0415 - reading JSON from a datastore needs none

    try:
        builder = _Builder(text, first_line, yaml.parse(text, yaml.CSafeLoader))
        while (event := next(builder.events, None)) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                builder.marks, builder.anchors = {}, {}
                data, _ = builder.value(next(builder.events), "", 0)
                yield data, builder.marks
    except yaml.MarkedYAMLError as error:
        raise _syntax(text, first_line, error) from error


def _fault(mark: Mark, what: str, mend: str = "") -> Invalid:
    return Invalid(Problem(what, mend=mend, line=mark.line, column=mark.column))


def _syntax(text: str, first_line: int, error: Any) -> Invalid:
    place = error.problem_mark or error.context_mark
    start = min(place.index, len(text))
    mark = Mark(place.line + first_line + 1, place.column + 1)
    if text[start : start + 1] == "\t":
        return _fault(mark, "a tab cannot indent or begin a value", "indent with spaces")
    problem = error.problem or "it ends too early"
    mends = {
        "mapping values are not allowed in this context": "quote the text that has `: ` in it, or mend the indentation",
        "did not find expected key": "mend the indentation, or close what was opened",
        "could not find expected ':'": "a key is followed by `: `",
        "found character that cannot start any token": "quote the text",
    }
    return _fault(mark, f"{NOT_YAML}: {problem}", mends.get(problem, "look at this line and the one before"))


@dataclass(slots=True)
class _Builder:
    """Turns events into data, and notes where they were."""

    text: str
    first_line: int
    events: Iterator[Any]
    marks: dict[str, Mark] = field(default_factory=dict[str, Mark])
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict[str, tuple[Any, int]])

    def value(self, event: Any, path: str, depth: int) -> tuple[Any, int]:
        """Return the value that starts with an event, and how many values it holds."""
        import yaml  # noqa: PLC0415 - as above

        mark = self._mark(event)
        self.marks[path] = mark
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise _fault(mark, f"`*{event.anchor}` refers to nothing", f"put `&{event.anchor}` before, elsewhere")
            return self.anchors[event.anchor]
        if isinstance(event, yaml.ScalarEvent):
            built: tuple[Any, int] = self._scalar(event, mark), 1
        elif depth >= MAX_DEPTH:
            raise _fault(mark, f"this is nested more than {MAX_DEPTH} deep")
        elif event.tag not in _CONTAINER_TAGS:
            raise _fault(mark, f"the tag `{event.tag}` has no meaning here", "remove it")
        elif isinstance(event, yaml.MappingStartEvent):
            built = self._mapping(path, depth)
        else:
            built = self._sequence(path, depth)
        if event.anchor:
            self.anchors[event.anchor] = built
        if built[1] > MAX_VALUES:
            raise _fault(mark, f"this grows to more than {MAX_VALUES} values once its aliases are written out")
        return built

    def _sequence(self, path: str, depth: int) -> tuple[list[Any], int]:
        import yaml  # noqa: PLC0415 - as above

        items: list[Any] = []
        total = 1
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            item, size = self.value(event, f"{path}[{len(items)}]", depth + 1)
            items.append(item)
            total += size
        return items, total

    def _mapping(self, path: str, depth: int) -> tuple[dict[str, Any], int]:
        import yaml  # noqa: PLC0415 - as above

        found: dict[str, Any] = {}
        merges: list[tuple[Any, Mark]] = []
        total = 1
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            mark = self._mark(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _fault(mark, "a key must be plain text")
            key = event.value
            below = f"{path}.{key}" if path else key
            if key in found:
                raise self._duplicate(key, mark, self.marks[f"{below}#"])
            value, size = self.value(next(self.events), below, depth + 1)
            self.marks[f"{below}#"] = mark
            total += size + 1
            if key == _MERGE and event.implicit[0]:
                merges.append((value, mark))
            else:
                found[key] = value
        for value, mark in merges:
            _merge(found, value, mark)
        return found, total

    def _duplicate(self, key: str, mark: Mark, first: Mark) -> Invalid:
        what = f"key `{key}` already set in map: it stands twice, first in line {first.line}"
        return _fault(mark, what, "keep one of the two")

    def _mark(self, event: Any) -> Mark:
        start = event.start_mark
        line, column = start.line + self.first_line + 1, start.column + 1
        value = getattr(event, "value", None)
        if value is None:
            return Mark(line, column)
        at = start.index
        if self.text.startswith(value, at):
            return Mark(line, column, 0)
        is_quoted = self.text[at : at + 1] in {"'", '"'} and self.text.startswith(value, at + 1)
        closes = self.text[at + 1 + len(value) : at + 2 + len(value)] == self.text[at : at + 1]
        return Mark(line, column, 1 if is_quoted and closes and "\n" not in value else None)

    def _scalar(self, event: Any, mark: Mark) -> Scalar:
        tag: str | None = event.tag
        text: str = event.value
        if tag is None:
            return resolved(text) if event.implicit[0] else text
        if tag in {"!", f"{_TAG}str"}:
            return text
        value = resolved(text)
        if not isinstance(value, _TABLES.get(tag.removeprefix(_TAG), ())):
            raise _fault(mark, f"`{text}` with the tag `{tag}` has no meaning here", "remove the tag")
        return value


def _merge(into: dict[str, Any], merged: object, mark: Mark) -> None:
    """Add what `<<` brings: of several mappings the earlier wins, and what is written out wins over all."""
    sources = merged if isinstance(merged, list) else [merged]
    for source in sources:
        if not isinstance(source, dict):
            raise _fault(mark, "`<<` merges mappings only", "refer to a mapping: `<<: *name`")
        for key, value in source.items():
            into.setdefault(key, value)
