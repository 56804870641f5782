"""Where offline and online commands read resources: files and directories, or the datastore."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tortie.api import Misread, decode_all, decode_value, read_documents
from tortie.cli.output.streams import STDIN, read_input, read_text
from tortie.datastore import Datastore, DatastoreType, locate, open_datastore
from tortie.errors import Invalid, NotFound, Problem, Unavailable
from tortie.model import READ_KINDS, Key, Kind, Resource

__all__ = ["Found", "from_datastore", "from_files", "resources_in"]

_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Found:
    """Resources by stored key, and what is wrong with those for which something else stands."""

    resources: Mapping[Key, Resource]
    problems: tuple[Problem, ...] = ()


def from_files(paths: Iterable[str], namespace: str = "") -> Found:
    """Return what files say; `-` is standard input, a directory all its YAML and JSON files. Later ones win.

    Args:
        paths: of files and directories.
        namespace: of documents that need one and name none.

    Raises:
        Invalid: with every problem of every file.
        NotFound: a directory holds no such file.
        OSError: a file cannot be read.
    """
    resources: dict[Key, Resource] = {}
    problems: list[Problem] = []
    for path in paths:
        for name, text in _texts(path):
            try:
                decoded = decode_all(read_documents(text, name), namespace=namespace)
            except Invalid as error:
                problems += error.problems
            else:
                resources.update({each.key: each.value for each in decoded if each.value is not None})
    if problems:
        raise Invalid(*problems)
    return Found(resources)


def from_datastore(environ: Mapping[str, str]) -> Found:
    """Return what the datastore that the environment names holds.

    For a record that cannot be understood stands what the agent enforces, and it is among the problems.

    Raises:
        Invalid: the environment names no datastore there is.
        Unavailable: the datastore does not answer, or there is none yet.
    """
    location = locate(environ)
    if location.type is DatastoreType.SQLITE and not location.path.exists():
        raise Unavailable(
            f"{location.path}: there is no datastore yet; name files with `-f`, or `calicoctl apply` some"
        )
    store = open_datastore(location)
    try:
        return resources_in(store, READ_KINDS)
    finally:
        store.close()


def resources_in(store: Datastore, kinds: Iterable[Kind]) -> Found:
    """Return what a datastore holds of some kinds, not what it makes of others; raises Unavailable."""
    resources: dict[Key, Resource] = {}
    problems: list[Problem] = []
    for record in (record for kind in kinds if store.holds(kind) for record in store.list(kind).records):
        try:
            value = decode_value(record.key, record.value)
        except Misread as error:
            problems += error.problems
            value = error.instead
        resources.update({} if value is None else {record.key: value})
    return Found(resources, tuple(problems))


def _texts(path: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the files that a path names."""
    if path == "-":
        yield STDIN, read_input()
        return
    place = Path(path)
    if not place.is_dir():
        yield path, read_text(place)
        return
    names = sorted(each for each in place.rglob("*") if each.suffix in _SUFFIXES and each.is_file())
    if not names:
        raise NotFound(f"{path}: there is no YAML or JSON file in this directory")
    for each in names:
        yield str(each), read_text(each)
