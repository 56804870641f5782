"""Readers of a document's fields: the value where it has the wanted type, else a problem and an empty value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from tortie.api.nearest import nearest
from tortie.api.report import Report

__all__ = ["Fields", "check_text", "type_name"]

Word = TypeVar("Word", bound=str)

_SURROGATE = re.compile("[\ud800-\udfff]")
_BELONGS = {
    **dict.fromkeys(("selector", "types", "order", "ingress", "egress", "tier"), "`spec`"),
    **dict.fromkeys(
        ("ports", "notPorts", "nets", "notNets", "notSelector", "serviceAccounts"), "`source` or `destination`"
    ),
    **dict.fromkeys(("protocol", "action", "icmp", "ipVersion", "http"), "the rule itself"),
    **dict.fromkeys(("labels", "annotations", "name", "namespace"), "`metadata`"),
}


def type_name(value: object) -> str:
    """Return what JSON calls the type of a value."""
    names = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return next((name for known, name in names.items() if isinstance(value, known)), "null")


def check_text(report: Report, path: str, value: str) -> str:
    """Return the text, or "" with a problem where it is not Unicode."""
    if not value.isascii() and _SURROGATE.search(value):
        report.add(path, "the text has half of a character", "write the whole character")
        return ""
    return value


class Fields:
    """The fields of one object; a name that nobody asked for by the time of `close` is a problem.

    Names match whatever their case, as in Go's JSON. null means absent.
    """

    __slots__ = ("_asked", "_data", "_others", "path", "report")

    def __init__(self, report: Report, data: Mapping[str, Any], path: str = "") -> None:
        """Keep the object and its path, by which problems name it."""
        self.report = report
        self.path = path
        self._data = data
        self._asked: set[str] = set()
        self._others: dict[str, str] | None = None

    def at(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def take(self, name: str) -> Any:
        """Return the raw value of a field, None where it is absent."""
        self._asked.add(name)
        value = self._data.get(name)
        return value if value is not None or name in self._data else self._data.get(self._spelled(name))

    def has(self, *names: str) -> bool:
        """Tell whether any of the fields is given."""
        return any(self.take(name) is not None for name in names)

    def lacks(self, name: str) -> bool:
        """Tell whether a text is absent or empty; a value of another type is a problem already."""
        return self.take(name) in (None, "")

    def _spelled(self, name: str) -> str:
        """Return the name as the document spells it, where only the case differs."""
        if self._others is None:
            self._others = {}
            for key in self._data:
                if self._others.setdefault(key.lower(), key) != key:
                    self.report.add(f"{self.at(key)}#", f"key `{key}` already set in map: it stands twice", "keep one")
        return self._others.get(name.lower(), name)

    def ignore(self, *names: str) -> None:
        """Accept fields that mean nothing to policy."""
        self._asked.update(names)

    def ignore_others(self) -> None:
        """Accept whatever else the object has."""
        self._asked.update(self._data)

    def wrong(self, path: str, value: object, wanted: str, mend: str = "") -> None:
        """Note that a value has the wrong type."""
        shown = f" {value}" if isinstance(value, int | float) and not isinstance(value, bool) else ""
        name = path.rpartition(".")[2]
        self.report.add(path, f"cannot unmarshal {type_name(value)}{shown} into `{name}`, which is {wanted}", mend)

    def as_text(self, path: str, value: object) -> str:
        """Return a value that has to be text."""
        if isinstance(value, str):
            return check_text(self.report, path, value)
        mend = "" if value is None or isinstance(value, list | Mapping) else "put it in quotes"
        self.wrong(path, value, "text", mend)
        return ""

    def text(self, name: str) -> str:
        """Return a text, "" where it is absent."""
        value = self.take(name)
        return "" if value is None else self.as_text(self.at(name), value)

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number within bounds, both included; None where it is absent or wrong."""
        value = self.take(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            if low <= value <= high:
                return value
            self.report.add(self.at(name), f"cannot unmarshal number {value}: `{name}` is {low} to {high}")
        elif value is not None:
            self.wrong(self.at(name), value, f"a whole number from {low} to {high}")
        return None

    def number(self, name: str) -> float | None:
        """Return a finite number, None where it is absent or wrong."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(self.at(name), value, "a number", "write it without quotes" if isinstance(value, str) else "")
            return None
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
        self.report.add(self.at(name), f"`{name}` must be a finite number")
        return None

    def flag(self, name: str) -> bool:
        """Return a truth, False where it is absent."""
        value = self.take(name)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.wrong(self.at(name), value, "true or false")
        return False

    def items(self, name: str) -> list[tuple[Any, str]]:
        """Return the values of a list with their paths."""
        value = self.take(name)
        path = self.at(name)
        if isinstance(value, list | tuple):
            return [(item, f"{path}[{number}]") for number, item in enumerate(value)]
        if value is not None:
            self.wrong(path, value, "a list", "begin each entry with `- `")
        return []

    def texts(self, name: str) -> list[tuple[str, str]]:
        """Return the texts of a list with their paths; what is no text is a problem and left out."""
        before = self.report.problems
        found = []
        for value, path in self.items(name):
            count = len(before)
            text = self.as_text(path, value)
            if len(before) == count:
                found.append((text, path))
        return found

    def fields(self, name: str) -> Fields | None:
        """Return the fields of an object, None where it is absent."""
        value = self.take(name)
        return None if value is None else self.object_at(value, self.at(name))

    def object_at(self, value: object, path: str) -> Fields | None:
        """Return the fields of a value that has to be an object."""
        if isinstance(value, Mapping):
            return Fields(self.report, value, path)
        self.wrong(path, value, "an object")
        return None

    def each(self, name: str) -> Iterator[Fields]:
        """Yield the fields of each object of a list."""
        for value, path in self.items(name):
            if (found := self.object_at(value, path)) is not None:
                yield found

    def strings(self, name: str) -> dict[str, str]:
        """Return a mapping of texts to texts."""
        value = self.take(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong(self.at(name), value, "an object")
            return {}
        path = self.at(name)
        return {
            self.as_text(f"{path}.{key}", key): "" if text is None else self.as_text(f"{path}.{key}", text)
            for key, text in value.items()
        }

    def choice(self, name: str, words: Mapping[str, Word], *, needed: bool = False) -> Word | None:
        """Return one of the known words; None where it is absent (a problem, if it is needed) or unknown."""
        value = self.take(name)
        path = self.at(name)
        if isinstance(value, str):
            if value in words:
                return words[value]
            if value or needed:
                self.report.choose(path, name, value, words)
        elif value is not None:
            self.as_text(path, value)
        elif needed:
            listed = ", ".join(f'"{word}"' for word in words)
            self.report.add(path, f"`{name}` is missing; supported values: {listed}", f"add `{name}: …`")
        return None

    def close(self) -> None:
        """Note every field that nobody asked for."""
        if len(self._data) <= len(self._asked) and self._data.keys() <= self._asked:
            return
        self._spelled("")
        known = {name.lower() for name in self._asked}
        for key in self._data:
            if key not in self._asked and key.lower() not in known:
                self._unknown(key)

    def _unknown(self, key: str) -> None:
        what = f"field in document is not recognized or is in the wrong location: {key}"
        if near := nearest(key, self._asked):
            mend = f"write `{near}`"
        elif key in _BELONGS:
            mend = f"it belongs in {_BELONGS[key]}"
        else:
            mend = "known here: " + ", ".join(f"`{name}`" for name in sorted(self._asked))
        self.report.add(f"{self.at(key)}#", what, mend)
