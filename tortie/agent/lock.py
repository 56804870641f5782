"""One agent a host: the runtime files of a network namespace, and the lock on them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tortie.errors import Conflict, Unavailable

__all__ = ["control_path", "locked"]

_NAMESPACE = Path("/proc/self/ns/net")


def control_path(directory: Path) -> Path:
    """Return where the agent of this network namespace answers: a socket in the runtime directory."""
    return directory / f"agent-{_NAMESPACE.stat().st_ino}.sock"


@contextmanager
def locked(control: Path) -> Iterator[None]:
    """Hold the lock that belongs to a control socket; the kernel lets go of it however the process ends.

    Raises:
        Conflict: another agent holds it.
        Unavailable: the lock's file cannot be made.
    """
    path = control.with_suffix(".lock")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}; name another directory with --run-directory") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            raise Conflict(f"an agent runs on this host already (process {pid}); stop it first") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
