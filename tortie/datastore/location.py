"""Where the datastore is, as the environment names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tortie.datastore.etcd_settings import EtcdSettings
from tortie.errors import Invalid

__all__ = ["DEFAULT_SQLITE_PATH", "DatastoreType", "Location", "locate"]

DEFAULT_SQLITE_PATH = Path("/var/lib/tortie/tortie.db")


class DatastoreType(StrEnum):
    """The datastores one can name in DATASTORE_TYPE."""

    SQLITE = "sqlite"
    ETCD = "etcdv3"


@dataclass(frozen=True, slots=True)
class Location:
    """Which datastore to open, and where: `path` is the file of the embedded store, `etcd` how an etcd is reached."""

    type: DatastoreType = DatastoreType.SQLITE
    path: Path = DEFAULT_SQLITE_PATH
    etcd: EtcdSettings = field(default_factory=EtcdSettings)


def locate(environ: Mapping[str, str]) -> Location:
    """Return the datastore that the environment names.

    DATASTORE_TYPE is read without regard to case, TORTIE_SQLITE_PATH with a leading `~` expanded; empty means unset.
    Where no type is named it is etcd if there are ETCD_ENDPOINTS and no TORTIE_SQLITE_PATH, else the embedded store.

    Raises:
        Invalid: DATASTORE_TYPE is none of `DatastoreType`, or what is said of etcd cannot be.
    """
    named = environ.get("DATASTORE_TYPE", "").strip().lower()
    path = environ.get("TORTIE_SQLITE_PATH", "")
    etcd = EtcdSettings.from_environment(environ)
    if named not in ("", *DatastoreType):
        supported = ", ".join(f"`{kind}`" for kind in DatastoreType)
        raise Invalid.because(
            f"`{environ['DATASTORE_TYPE']}` is not a datastore type",
            path="DATASTORE_TYPE",
            mend=f"set it to one of {supported}, or unset it to use the embedded store",
        )
    unnamed = DatastoreType.ETCD if etcd.endpoints.strip() and not path else DatastoreType.SQLITE
    found = Location(
        DatastoreType(named) if named else unnamed,
        Path(path).expanduser() if path else DEFAULT_SQLITE_PATH,
        etcd,
    )
    if found.type is DatastoreType.ETCD:
        found.etcd.check()
    return found
