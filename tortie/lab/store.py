"""A lab's datastore: filled with what is in the lab, changed by files, read as the evaluator wants it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tortie.api import Decoded, Document, decode, decode_all, decode_value, defaulted, document_of
from tortie.api import read_documents as documents_of
from tortie.datastore import Datastore, DatastoreType, EtcdSettings, Location
from tortie.datastore.client import Client
from tortie.errors import Invalid, Problem
from tortie.lab.resources import manifests
from tortie.lab.topology import Lab
from tortie.model import READ_KINDS, Key, Kind, Resource

__all__ = [
    "ETCD_DATA",
    "ETCD_SOCKET",
    "apply",
    "environment",
    "fill",
    "location",
    "read_files",
    "read_text",
    "resources",
    "revision",
]

FILE = "tortie.db"
ETCD_DATA = "etcd"
"""The directory of an etcd's data; where it is there, the lab keeps its resources in an etcd."""

ETCD_SOCKET = "etcd.sock:0"  # etcd takes a host and a port for the name of a file


def location(directory: Path) -> Location:
    """Return where the datastore is of a lab whose files are in `directory`."""
    if (directory / ETCD_DATA).is_dir():
        return Location(DatastoreType.ETCD, etcd=EtcdSettings(endpoints=f"unix://{directory / ETCD_SOCKET}"))
    return Location(path=directory / FILE)


def environment(directory: Path) -> dict[str, str]:
    """Return the variables that lead our commands to the lab's datastore, and to the agents of its hosts."""
    found = location(directory)
    told = {"DATASTORE_TYPE": str(found.type), "TORTIE_RUNDIRECTORY": str(directory)}
    if found.type is DatastoreType.ETCD:
        return {**told, "ETCD_ENDPOINTS": found.etcd.endpoints}
    return {**told, "TORTIE_SQLITE_PATH": str(found.path)}


def fill(store: Datastore, lab: Lab) -> None:
    """Write what the lab consists of; raises Invalid, Unavailable."""
    client = Client(store)
    client.initialise()
    for manifest in manifests(lab):
        client.apply(decode(document_of(manifest)).key, manifest)


def read_files(paths: Iterable[Path]) -> list[tuple[Document, Decoded]]:
    """Return the resources in files, in their order.

    Raises:
        Invalid: With every problem of all files; nothing is left out.
        OSError: A file cannot be read.
    """
    found: list[tuple[Document, Decoded]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found += read_text(path.read_text(), str(path))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(*problems)
    return found


def read_text(text: str, file: str) -> list[tuple[Document, Decoded]]:
    """Return the resources in a text that came from `file`; raises Invalid with every problem."""
    documents = documents_of(text, file)
    return list(zip(documents, decode_all(documents, namespace="default"), strict=True))


def apply(store: Datastore, found: Iterable[tuple[Document, Decoded]]) -> tuple[Key, ...]:
    """Write resources, new or changed, and return their keys; raises Conflict, Invalid, NotFound, Unavailable."""
    client = Client(store)
    keys = []
    for document, decoded in found:
        client.apply(decoded.key, defaulted(document, namespace="default"))
        keys.append(decoded.key)
    return tuple(keys)


def resources(store: Datastore) -> dict[Key, Resource]:
    """Return every resource of the datastore under its stored key; raises Invalid, Unavailable."""
    found = {}
    for kind in READ_KINDS:
        for record in store.list(kind).records:
            value = decode_value(record.key, record.value)
            if value is not None:
                found[record.key] = value
    return found


def revision(store: Datastore) -> int:
    """Return the revision of the newest change."""
    return int(store.list(Kind.TIER).revision)
