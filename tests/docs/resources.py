"""The reference page of resources and settings, from the tables that read them.

`python -m tests.docs.resources > docs/reference/resources.md` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from tortie.api import KINDS, METADATA, SPECS
from tortie.api.setting import Setting
from tortie.api.settings_table import SETTINGS
from tortie.api.settings_unused import UNUSED_FIELDS
from tortie.model import FOREIGN_KINDS, format_address

HEAD = """\
# Resources and settings

Written from the tables by which Tortie reads them (`python -m tests.docs.resources`); a test compares. An example of
every kind is in `examples/kinds`. A field means what it means to Calico, but for
[the differences](../explanation/differences.md).
"""
PLACES = """
A FelixConfiguration has the field. The environment has `FELIX_` and the name, in any case; a file has lines
`Name = value`; an annotation is `config.projectcalico.org/` and the name. For each setting the highest place counts:
environment, file, the resource `node.NAME`, the oldest one whose `nodeSelector` matches the host, `default`. An empty
text says nothing.
"""


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def words(names: Mapping[str, object] | tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def kinds() -> Iterator[str]:
    """Yield the table of kinds."""
    yield "## Kinds\n"
    yield row("Kind", "apiVersion", "Where", "Names for `calicoctl`")
    yield row("---", "---", "---", "---")
    for info in KINDS:
        if info.kind not in FOREIGN_KINDS:
            where = "namespace" if info.namespaced else "cluster"
            yield row(info.document_kind, f"`{info.api_version}`", where, words(info.names))
    yield ""
    foreign = ", ".join(info.document_kind for info in KINDS if info.kind in FOREIGN_KINDS)
    yield f"Shown and left alone, as they are no policy: {foreign}."
    yield "Of an IPPool the agent reads its `cidr`, `ipipMode` and `vxlanMode`, of the BGPConfiguration `default` the"
    yield "`serviceClusterIPs`, `serviceExternalIPs` and `serviceLoadBalancerIPs`."
    yield "A Node may be Calico's or Kubernetes' (`v1`)."


def inner_shapes(shape: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path of every object inside a shape, and its fields."""
    for name, inside in shape.items():
        is_list = isinstance(inside, list)
        inner: Mapping[str, Any] | Callable[[object], object] | None = inside[0] if is_list else inside
        if isinstance(inner, Mapping):
            at = f"{path}.{name}{'[]' if is_list else ''}"
            yield at, inner
            yield from inner_shapes(inner, at)


def fields() -> Iterator[str]:
    """Yield the fields of every kind of Calico, in the order in which they are written."""
    yield "\n## Fields\n"
    yield f"`metadata`: {words(METADATA)}.\n"
    yield row("Kind", "In", "Fields")
    yield row("---", "---", "---")
    told: set[tuple[str, ...]] = set()
    for info in KINDS:
        shape = SPECS.get(info.kind)
        if shape is None or not info.is_calico:
            continue
        for path, found in (("spec", shape), *inner_shapes(shape, "spec")):
            if path == "spec" or tuple(found) not in told:
                yield row(info.document_kind, f"`{path}`", words(found))
            told.add(tuple(found))
    yield "\nWhat is in a list or an object is told once, at the first kind that has it; egress rules are like ingress."


def shown(value: object) -> str:
    """Return a default as a person writes it."""
    if isinstance(value, tuple):
        return ", ".join(shown(each) for each in value) or "none"
    if isinstance(value, bool | StrEnum):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if hasattr(value, "protocol"):
        port: Any = value
        return f"{'tcp' if port.protocol == 6 else 'udp'}:{port.port}"
    if isinstance(value, bytes):
        return format_address(value)
    if isinstance(value, float):
        return f"{value:g} s"
    return str(value) if value or value == 0 else "none"


def setting_row(setting: Setting[Any]) -> str:
    default = hex(setting.default) if setting.key.endswith("Mask") else shown(setting.default)
    notes = [
        note
        for note, holds in (
            ("an agent does not start with a value that it does not understand", setting.fatal),
            ("a change needs a new start", not setting.live),
            ("without effect yet", not setting.has_effect),
        )
        if holds
    ]
    meaning = "; ".join((setting.meaning, *notes))
    return row(
        f"`{setting.document_field}`" if setting.in_documents else "",
        f"`{setting.key}`",
        setting.form,
        default,
        meaning,
    )


def settings() -> Iterator[str]:
    """Yield the table of settings."""
    yield "\n## Settings"
    yield PLACES
    yield row("Field", "Name", "In a document", "Default", "Meaning")
    yield row("---", "---", "---", "---", "---")
    yield from map(setting_row, SETTINGS)
    yield f"\nTaken, and without effect: {words(tuple(sorted(UNUSED_FIELDS)))}."


def page() -> str:
    """Return the whole page."""
    return "\n".join((HEAD, *kinds(), *fields(), *settings())) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
