"""One agent a host: the runtime files of a network namespace, and the locks that keep a second one out.

A file's lock belongs to the runtime directory. A name among the abstract sockets belongs to the network namespace,
whatever directories an agent uses, and whatever container it sees them from. The kernel lets go of both however a
process ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tortie.errors import Conflict, Unavailable

__all__ = ["alone", "control_path", "locked"]

_NAMESPACE = Path("/proc/self/ns/net")
_NAME = "\0tortie-agent"
_CREDENTIALS = struct.Struct("=iII")  # process, user, group


def control_path(directory: Path) -> Path:
    """Return where the agent of this network namespace answers: a socket in the runtime directory."""
    return directory / f"agent-{_NAMESPACE.stat().st_ino}.sock"


@contextmanager
def locked(control: Path) -> Iterator[None]:
    """Hold the lock that belongs to a control socket for the length of a `with` block.

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


@contextmanager
def alone(name: str = _NAME) -> Iterator[None]:
    """Hold the lock of the network namespace, by that abstract name, for the length of a `with` block.

    Raises:
        Conflict: another agent holds it.
        Unavailable: the kernel does not give the name.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as own:
        try:
            own.bind(name)
            own.listen()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Unavailable(f"the lock of the network namespace cannot be taken: {error.strerror}") from error
            if (pid := _holder(name)) is not None:
                raise Conflict(
                    f"an agent runs in this network namespace already (process {pid}); stop it first"
                ) from None
        yield


def _holder(name: str) -> int | None:
    """Return the process that listens under a name; None where it has fewer rights than ours, and so is no agent.

    Anybody may take an abstract name: that must not keep the agent from its work.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(name)
        except OSError:
            return None  # it does not listen, as an agent does
        data = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, user, _ = _CREDENTIALS.unpack(data)
    return int(pid) if user in (0, os.geteuid()) else None
