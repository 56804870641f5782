"""Whose each address was: kept on disk, so that connections of addresses that changed hands meanwhile are ended."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tortie.compiled import LocalEndpoint
from tortie.errors import Invalid, Unavailable

__all__ = ["Owner", "Owners", "owner_of", "released"]


@dataclass(frozen=True, slots=True)
class Owner:
    """An endpoint, by the key it is stored under, and its packed addresses."""

    stored: str
    addresses: frozenset[bytes]


def owner_of(row: LocalEndpoint) -> Owner:
    """Return who has the interface of a row."""
    return Owner(str(row.stored), frozenset(row.addresses))


def released(before: Mapping[str, Owner | None], now: Mapping[str, LocalEndpoint]) -> frozenset[bytes]:
    """Return the addresses that an interface had before and has no more, but for those that another had all along.

    `before` are the owners of the interfaces that may have changed, None of those that had none.
    """
    found: set[bytes] = set()
    for interface, owner in before.items():
        if owner is not None:
            found |= owner.addresses - _kept(owner, now.get(interface))
    if found:
        for interface, row in now.items():
            found -= _kept(before.get(interface, owner_of(row)), row)
    return frozenset(found)


def _kept(owner: Owner | None, row: LocalEndpoint | None) -> frozenset[bytes]:
    """Return the addresses that were an endpoint's, and are."""
    if owner is None or row is None or owner.stored != str(row.stored):
        return frozenset()
    return owner.addresses.intersection(row.addresses)


class Owners:
    """A file of one JSON object, mode 0600: interface to key and addresses. For one thread."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self._path = path
        self._kept: Mapping[str, Owner] | None = None

    def read(self) -> Mapping[str, Owner]:
        """Return the owners that were kept; none where there is no file.

        Raises:
            Invalid: the file cannot be understood.
            Unavailable: it cannot be read.
        """
        try:
            data = json.loads(self._path.read_bytes())
            return {
                interface: Owner(stored, frozenset(map(bytes.fromhex, addresses)))
                for interface, (stored, addresses) in data.items()
            }
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Unavailable(f"{self._path}: {error.strerror}; whose addresses were is not known") from error
        except (ValueError, TypeError, AttributeError) as error:
            what = f"{self._path}: not what an agent keeps of its addresses"
            raise Invalid.because(what, mend="remove the file; it is written again") from error

    def keep(self, rows: Mapping[str, LocalEndpoint]) -> None:
        """Keep whose the addresses are now, where that changed.

        Raises:
            Unavailable: the file cannot be written; what is on the disk stays as it was.
        """
        owners = {interface: owner_of(row) for interface, row in rows.items()}
        if owners == self._kept:
            return
        document = {name: [each.stored, sorted(map(bytes.hex, each.addresses))] for name, each in owners.items()}
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(document, file)
            fresh.replace(self._path)
        except OSError as error:
            raise Unavailable(f"{self._path}: {error.strerror}; whose addresses are is not kept") from error
        self._kept = owners
