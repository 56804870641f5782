"""The kernel's log: what `Log` rules write, also in network namespaces other than the machine's own."""

from __future__ import annotations

import fcntl
import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tortie.errors import Unavailable

__all__ = ["KernelLog", "kernel_log"]

DEVICE = Path("/dev/kmsg")
SWITCH = Path("/proc/sys/net/netfilter/nf_log_all_netns")
SECONDS = 2.0
_RECORD = 8192  # bytes; the device gives one whole record a read, and none is longer


class KernelLog:
    """The lines that come after it was opened."""

    def __init__(self, descriptor: int) -> None:
        """Read from a descriptor of the device that stands at its end and does not block."""
        self._descriptor = descriptor
        self._lines: list[str] = []

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines read so far, in order."""
        return tuple(self._lines)

    def wait(self, is_wanted: Callable[[str], bool], seconds: float = SECONDS) -> str | None:
        """Return the first line that is wanted, waiting for it; None when there is none after so many seconds."""
        until = time.monotonic() + seconds
        while True:
            self._read()
            for line in self._lines:
                if is_wanted(line):
                    return line
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._descriptor], [], [], left)[0]:
                return None

    def _read(self) -> None:
        while True:
            try:
                record = os.read(self._descriptor, _RECORD)
            except BlockingIOError:
                return
            except BrokenPipeError:
                continue  # the kernel has overwritten what was not read in time
            self._lines.append(line_of(record))


def line_of(record: bytes) -> str:
    """Return the text of a record of the device: what stands between its first `;` and the end of that line."""
    text = record.decode(errors="replace").partition(";")[2]
    return text.partition("\n")[0]


@contextmanager
def kernel_log() -> Iterator[KernelLog]:
    """Have all network namespaces log to the kernel's log for the length of a `with` block, and read what comes.

    The switch is the machine's; it is put back as it was. Only one process of ours turns it at a time.

    Raises:
        Unavailable: The log cannot be read, or the switch is not there, as inside a container.
    """
    descriptor = _opened()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with _switched():
            os.lseek(descriptor, 0, os.SEEK_END)
            yield KernelLog(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _switched() -> Iterator[None]:
    try:
        before = SWITCH.read_text()
        SWITCH.write_text("1")
    except OSError as error:
        raise Unavailable(f"network namespaces cannot be made to log: {error.filename}: {error.strerror}") from error
    try:
        yield
    finally:
        SWITCH.write_text(before)


def _opened() -> int:
    try:
        return os.open(DEVICE, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(f"the kernel's log cannot be read: {error.filename}: {error.strerror}") from error
