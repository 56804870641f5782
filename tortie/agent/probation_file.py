"""The change on probation that a host has heard of, on disk: a process that is killed does not lose its deadline."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tortie.datastore import pending_of
from tortie.errors import Invalid, Unavailable

from .probation import Moment, OnProbation

__all__ = ["ProbationFile", "moment"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def moment() -> Moment:
    """Return the moment that it is."""
    try:
        boot = _BOOT.read_text().strip()
    except OSError:
        boot = ""
    return Moment(boot, time.clock_gettime(time.CLOCK_BOOTTIME), time.time())


class ProbationFile:
    """A file of one JSON object, mode 0600; there is none while no change is on probation. For one thread."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self._path = path

    def read(self) -> OnProbation | None:
        """Return what was kept; None where there is no file.

        Raises:
            Invalid: the file cannot be understood.
            Unavailable: it cannot be read.
        """
        try:
            data = json.loads(self._path.read_bytes())
            change = pending_of(data["change"].encode())
            return OnProbation(change, Moment(*data["seen"]), float(data["seconds"]), bool(data["over"]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"{self._path}: {error.strerror}; which change waits is not known") from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            what = f"{self._path}: not what an agent keeps of a change that waits for confirmation"
            raise Invalid.because(what, mend="remove the file; it is written again") from error

    def keep(self, found: OnProbation | None) -> None:
        """Keep a change, on the disk when this returns; None removes the file.

        Raises:
            Unavailable: the file cannot be written; what is on the disk stays as it was.
        """
        fresh = self._path.with_suffix(".new")
        try:
            if found is None:
                self._path.unlink(missing_ok=True)
                return
            seen = [found.seen.boot, found.seen.since_boot, found.seen.wall]
            document = {
                "change": found.change.encode().decode(),
                "seen": seen,
                "seconds": found.seconds,
                "over": found.is_over,
            }
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(document, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            what = f"{self._path}: {error.strerror}; the change on probation would be forgotten with this process"
            raise Unavailable(what) from error
