"""Plain data as YAML, as Go programs write it, fast: the library is asked once for each different text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tortie.api import resolved
from tortie.cli.output.tabwriter import go_float

__all__ = ["yaml_text"]

_WIDTH = 80
_STRING, _FLOAT = "tag:yaml.org,2002:str", "tag:yaml.org,2002:float"
_CONTROLS = re.compile("[\x7f-\x9f]")
_LONGEST_KEY = 100  # longer ones may begin with `? `


class _GoDumper(yaml.CSafeDumper):
    """Quotes as Go's YAML library does: double quotes for text that would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is the library's
        return True


def _represent_text(dumper: _GoDumper, data: str) -> yaml.ScalarNode:
    if _CONTROLS.search(data):
        return dumper.represent_scalar(_STRING, data, style='"')
    if "\n" in data:
        return dumper.represent_scalar(_STRING, data, style="|")
    reads_as = dumper.resolve(yaml.ScalarNode, data, (True, False))  # type: ignore[no-untyped-call]
    is_plain = reads_as == _STRING and isinstance(resolved(data), str)  # the library's reading, and Go's
    return dumper.represent_scalar(_STRING, data, style=None if is_plain else '"')


def _represent_number(dumper: _GoDumper, data: float) -> yaml.ScalarNode:
    return dumper.represent_scalar(_FLOAT, go_float(data))


_GoDumper.add_representer(str, _represent_text)
_GoDumper.add_representer(float, _represent_number)
_GoDumper.add_implicit_resolver(_FLOAT, re.compile(r"-?\d+(?:\.\d+)?e[+-]\d+\Z"), list("-0123456789"))


def yaml_text(value: Any) -> str:
    """Return YAML of what JSON can hold; keys in alphabetical order, lists not indented below their key."""
    writer = _Writer()
    if isinstance(value, dict) and value:
        writer.mapping(value, "", "")
    elif isinstance(value, list) and value:
        writer.sequence(value, "", "")
    else:
        return _dumped(value)
    return "".join(writer.parts)


class _Writer:
    """Writes into `parts`; `lead` is what stands before the first line, `pad` before all others."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._texts: dict[str, str] = {}

    def mapping(self, value: Mapping[str, Any], pad: str, lead: str) -> None:
        for key in sorted(value):
            item = value[key]
            if len(key) > _LONGEST_KEY or "\n" in key:
                self.parts.append(lead + self._in_place({key: item}, pad)[len(pad) :])
            elif isinstance(item, dict) and item:
                self.parts.append(f"{lead}{self._text(key)}:\n")
                self.mapping(item, pad + "  ", pad + "  ")
            elif isinstance(item, list) and item:
                self.parts.append(f"{lead}{self._text(key)}:\n")
                self.sequence(item, pad, pad)
            else:
                start = f"{lead}{self._text(key)}: "
                self.parts.append(self._line(start, item) or lead + self._in_place({key: item}, pad)[len(pad) :])
            lead = pad

    def sequence(self, items: Sequence[Any], pad: str, lead: str) -> None:
        for item in items:
            if isinstance(item, dict) and item:
                self.mapping(item, pad + "  ", f"{lead}- ")
            elif isinstance(item, list) and item:
                self.sequence(item, pad + "  ", f"{lead}- ")
            else:
                self.parts.append(self._line(f"{lead}- ", item) or lead + self._in_place([item], pad)[len(pad) :])
            lead = pad

    def _line(self, start: str, item: Any) -> str:
        """Return the line of a scalar; "" where the library may have it on several."""
        text = self._text(item) if isinstance(item, str) else _dumped(item).removesuffix("\n")
        is_short = text and (len(start) + len(text) <= _WIDTH or " " not in text)
        return f"{start}{text}\n" if is_short else ""

    def _text(self, text: str) -> str:
        """Return a text as one line; "" where it is none."""
        found = self._texts.get(text)
        if found is None:
            found = self._texts[text] = "" if "\n" in text else _dumped(text).removesuffix("\n")
        return found

    def _in_place(self, value: Any, pad: str) -> str:
        """Return what the library writes of a value that is indented."""
        levels = len(pad) // 2 + (1 if isinstance(value, list) and pad else 0)
        for _ in range(levels):
            value = {"x": value}
        written: str = yaml.dump(value, Dumper=_GoDumper, sort_keys=True, allow_unicode=True, width=_WIDTH)
        return "\n".join(written.removesuffix("...\n").split("\n")[levels:])


def _dumped(value: Any) -> str:
    """Return a scalar, or what is empty, by itself, on one line."""
    written: str = yaml.dump(value, Dumper=_GoDumper, allow_unicode=True, width=1 << 30)
    return written.removesuffix("...\n")
