"""A YAML document read field by field: every problem is kept with its place, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import yaml

from tortie.errors import Invalid, Problem

__all__ = ["Reader", "read_document"]

Value = TypeVar("Value")
TEXT = "tag:yaml.org,2002:str"
NULL = "tag:yaml.org,2002:null"
INTEGER = "tag:yaml.org,2002:int"


@dataclass(frozen=True, slots=True)
class Reader:
    """One node of a document; `problems` is shared by all readers of the document."""

    node: yaml.Node
    path: str = ""
    file: str = ""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, what: str, mend: str = "") -> None:
        """Keep a problem with what stands here."""
        mark = self.node.start_mark
        self.problems.append(Problem(what, self.path, mend, self.file, mark.line + 1, mark.column + 1))

    def fields(self, *known: str, needed: tuple[str, ...] = ()) -> dict[str, Reader]:
        """Return the fields of a mapping that have a value; unknown, repeated and missing ones are problems."""
        found: dict[str, Reader] = {}
        if not isinstance(self.node, yaml.MappingNode):
            self.wrong("want a mapping of fields", f"known fields: {', '.join(known)}" if known else "")
            return found
        seen: set[str] = set()
        for key, value in self.node.value:
            name = str(key.value)
            place = self._at(key, name)
            if known and name not in known:
                place.wrong(f"unknown field `{name}`", f"known fields: {', '.join(known)}")
            elif name in seen:
                place.wrong(f"field `{name}` is given twice")
            elif value.tag != NULL:
                found[name] = self._at(value, name)
            seen.add(name)
        for name in needed:
            if name not in found:
                self.wrong(f"field `{name}` is missing")
        return found

    def items(self) -> tuple[Reader, ...]:
        """Return the items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.wrong("want a list")
            return ()
        path = self.path
        return tuple(
            Reader(item, f"{path}[{number}]", self.file, self.problems) for number, item in enumerate(self.node.value)
        )

    def text(self) -> str:
        """Return a text; anything else is a problem, and gives ""."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == TEXT:
            return str(self.node.value)
        quoted = isinstance(self.node, yaml.ScalarNode)
        self.wrong("want a text", "put it in quotes" if quoted else "")
        return ""

    def integer(self) -> int:
        """Return a decimal number; anything else is a problem, and gives 0."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == INTEGER and str(self.node.value).isdecimal():
            return int(self.node.value)
        self.wrong("want a whole number")
        return 0

    def parsed(self, parse: Callable[[str], Value]) -> Value | None:
        """Return what a text means; that it means nothing is a problem, and gives None."""
        before = len(self.problems)
        text = self.text()
        if len(self.problems) > before:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.wrong(str(error))
            return None

    def all_parsed(self, parse: Callable[[str], Value]) -> tuple[Value, ...]:
        """Return what each text of a list means, leaving out those that mean nothing."""
        return tuple(value for item in self.items() if (value := item.parsed(parse)) is not None)

    def texts(self) -> dict[str, str]:
        """Return a mapping of texts."""
        return {name: value.text() for name, value in self.fields().items()}

    def _at(self, node: yaml.Node, name: str) -> Reader:
        return Reader(node, f"{self.path}.{name}".lstrip("."), self.file, self.problems)


def read_document(text: str, file: str) -> Reader:
    """Return a reader for the only document of a text.

    Raises:
        Invalid: The text is not YAML, or not one document.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        raise Invalid(Problem(f"not YAML: {error.reason}", file=file, line=line, column=column)) from None
    except RecursionError:
        raise Invalid(Problem("this is nested too deep", file=file)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise Invalid(Problem(f"not YAML: {error.problem}", file=file, line=line, column=column)) from None
    if node is None:
        raise Invalid(Problem("there is nothing in it", file=file))
    return Reader(node, file=file)
