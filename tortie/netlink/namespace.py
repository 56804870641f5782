"""Entering another network namespace with the calling thread, and coming back."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["entered"]

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def entered(path: Path | str) -> Iterator[None]:
    """Move the calling thread into the network namespace at `path` for the length of a `with` block.

    A socket stays in the namespace it was made in, so one thread can hold sockets in many. Only the calling thread
    moves; programs it starts inside the block start there.

    Raises:
        OSError: There is no namespace at `path`, or the process may not enter it.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(target, str(path))
        finally:
            os.close(target)
        try:
            yield
        finally:
            _enter(home, "the namespace the thread came from")
    finally:
        os.close(home)


def _enter(descriptor: int, name: str) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)
