"""Programs that run inside a lab: started, watched, ended; a program is the lab's when it is in its namespaces."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tortie.netlink.namespace import entered

__all__ = ["Process", "end", "foreground", "inside", "running", "start"]

_FIELD_STATE = 0  # of /proc/PID/stat, counted from behind the program's name
_FIELD_START = 19
_SIGNALLED = 128  # what shells add to the number of the signal that ended a program


@dataclass(frozen=True, slots=True)
class Process:
    """A program, told from a later one with the same number by when it began, in clock ticks after boot."""

    number: int
    began: int

    def is_running(self) -> bool:
        """Whether the program has not ended; one that waits to be reaped has."""
        fields = _stat(self.number)
        return bool(fields) and int(fields[_FIELD_START]) == self.began and fields[_FIELD_STATE] not in "ZX"


def start(namespace: Path, argv: Sequence[str], record: Path, *, environment: dict[str, str] | None = None) -> Process:
    """Start a program in a namespace, detached from the terminal; return once it runs.

    `record` is where its number and start are kept; what it prints goes beside it, in `….log`.

    Raises:
        OSError: The program cannot be started.
    """
    with entered(namespace), record.with_suffix(".log").open("ab") as log:
        child = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )
    process = Process(child.pid, int(_stat(child.pid)[_FIELD_START]))
    record.write_text(f"{process.number} {process.began}\n")
    _children[process.number] = child
    return process


def foreground(namespace: Path, argv: Sequence[str], *, environment: dict[str, str] | None = None) -> int:
    """Run a program in a namespace at the caller's own terminal; return its exit code, 128 and more for a signal.

    Args:
        namespace: where.
        argv: the program and its arguments.
        environment: all of its variables; None: those of the caller.

    Raises:
        OSError: The program cannot be started.
    """
    with entered(namespace):
        code = subprocess.run(list(argv), check=False, env=environment).returncode
    return code if code >= 0 else _SIGNALLED - code


def running(record: Path) -> Process | None:
    """Return the program that a record is about, or None when it has ended or there is no such record."""
    try:
        number, began = record.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    process = Process(int(number), int(began))
    _reap(process.number)
    return process if process.is_running() else None


def inside(namespaces: Iterable[Path]) -> tuple[Process, ...]:
    """Return the programs whose main thread is in one of the namespaces, but for the calling one."""
    identities = {(status.st_dev, status.st_ino) for status in _statuses(namespaces)}
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        for status in _statuses([entry / "ns" / "net"]):
            fields = _stat(int(entry.name))
            if fields and (status.st_dev, status.st_ino) in identities:
                found.append(Process(int(entry.name), int(fields[_FIELD_START])))
    return tuple(found)


def end(processes: Iterable[Process], *, how: signal.Signals = signal.SIGKILL, seconds: float = 5.0) -> None:
    """End programs and wait until they have gone.

    Raises:
        TimeoutError: One still runs after that many seconds.
    """
    with contextlib.ExitStack() as stack:
        handles = []
        for process in processes:
            try:
                handle = os.pidfd_open(process.number)
            except ProcessLookupError:
                continue
            stack.callback(os.close, handle)
            if process.is_running():  # after the handle was opened, so that it is this very program's
                signal.pidfd_send_signal(handle, how)
                handles.append((process, handle))
        for process, handle in handles:
            if not select.select([handle], [], [], seconds)[0]:
                raise TimeoutError(f"process {process.number} did not end within {seconds} s of {how.name}")
            _reap(process.number)


_children: dict[int, subprocess.Popen[bytes]] = {}  # ours to reap; a program started by somebody else is not in here


def _reap(number: int) -> None:
    child = _children.get(number)
    if child is not None and child.poll() is not None:
        del _children[number]


def _stat(number: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the program's name; none when there is no such program."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _statuses(paths: Iterable[Path]) -> Iterable[os.stat_result]:
    """Yield the status of each path that exists and may be looked at."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError, PermissionError, ProcessLookupError):
            yield path.stat()
