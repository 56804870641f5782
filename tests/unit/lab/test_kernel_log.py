"""The lines of the kernel's log, as its device gives them; tests/kernel/test_policed_lab.py reads the real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tortie.lab.kernel_log import KernelLog, line_of


@contextmanager
def log_of(*records: bytes) -> Iterator[KernelLog]:
    """Yield a log that has these records and no more; packets of a socket stand for reads of the device."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_DIRECT)
    try:
        for record in records:
            os.write(writer, record)
        yield KernelLog(reader)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (b"6,1,2,-;calico-packet: IN=a OUT=b\n", "calico-packet: IN=a OUT=b"),
        (b"6,1,2,-;with; semicolons\n SUBSYSTEM=x\n", "with; semicolons"),
        (b"no record\n", ""),
    ],
)
def test_a_record_is_a_line(record: bytes, line: str) -> None:
    assert line_of(record) == line


def test_the_first_wanted_line_is_found_and_found_again() -> None:
    with log_of(b"6,1,1,-;one\n", b"6,2,2,-;two of it\n", b"6,3,3,-;more of it\n") as log:
        assert log.wait(lambda line: "of it" in line) == "two of it"
        assert log.wait(lambda line: line.startswith("one")) == "one"


def test_a_line_that_does_not_come_is_not_waited_for_for_ever() -> None:
    with log_of(b"6,1,1,-;one\n") as log:
        assert log.wait(lambda line: line == "two", seconds=0.01) is None
