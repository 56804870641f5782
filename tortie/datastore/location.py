"""Where the datastore is, as the environment names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tortie.errors import Invalid

__all__ = ["DEFAULT_SQLITE_PATH", "DatastoreType", "Location", "locate"]

DEFAULT_SQLITE_PATH = Path("/var/lib/tortie/tortie.db")


class DatastoreType(StrEnum):
    """The datastores one can name in DATASTORE_TYPE."""

    SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class Location:
    """Which datastore to open, and where: `path` is the file of the embedded store."""

    type: DatastoreType = DatastoreType.SQLITE
    path: Path = DEFAULT_SQLITE_PATH


def locate(environ: Mapping[str, str]) -> Location:
    """Return the datastore that the environment names; the embedded store at its default path where it names none.

    DATASTORE_TYPE is read without regard to case, TORTIE_SQLITE_PATH with a leading `~` expanded; empty means unset.

    Raises:
        Invalid: DATASTORE_TYPE is none of `DatastoreType`.
    """
    named = environ.get("DATASTORE_TYPE", "").strip().lower()
    path = environ.get("TORTIE_SQLITE_PATH", "")
    if named not in ("", *DatastoreType):
        supported = ", ".join(f"`{kind}`" for kind in DatastoreType)
        raise Invalid.because(
            f"`{environ['DATASTORE_TYPE']}` is not a datastore type",
            path="DATASTORE_TYPE",
            mend=f"set it to one of {supported}, or unset it to use the embedded store",
        )
    return Location(
        DatastoreType(named) if named else DatastoreType.SQLITE,
        Path(path).expanduser() if path else DEFAULT_SQLITE_PATH,
    )
