"""How every command says what went wrong, and with which exit code."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import TextIO

from tortie.cli.output.excerpt import excerpt
from tortie.cli.output.streams import drop_output, open_streams, printable
from tortie.errors import Conflict, Expired, Invalid, NotFound, Problem, Unavailable

__all__ = ["ERROR", "KNOWN_ERRORS", "guarded", "lines_of", "print_error"]

ERROR = 2
"""The exit code of `tortie` commands that could not answer."""

_WIDEST = 110  # characters of a hint's line

KNOWN_ERRORS = (Invalid, NotFound, Conflict, Unavailable, Expired, OSError)
"""What a command may let through to be told to the user; anything else is a fault of the program."""


def lines_of(error: BaseException) -> Iterator[str]:
    """Yield `FILE:LINE:COLUMN: message` for each problem, then the line it is about and its hint, both indented."""
    problems = error.problems if isinstance(error, Invalid) else (Problem(_text(error)),)
    for problem in problems:
        yield str(problem)
        yield from excerpt(problem)
        for line in textwrap.wrap(problem.mend, _WIDEST, break_long_words=False, break_on_hyphens=False):
            yield f"  {line}"


def print_error(error: BaseException, stream: TextIO | None = None) -> None:
    """Print an error for a person, on standard error where no stream is given."""
    for line in lines_of(error):
        print(printable(line), file=stream or sys.stderr)


def guarded(run: Callable[[], int]) -> int:
    """Return the exit code of a command: its own, or 2 after telling an error, or 130 when interrupted."""
    open_streams()
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()  # whoever read us has gone, and needs no telling
        return ERROR
    except KNOWN_ERRORS as error:
        print_error(error)
        if isinstance(error, OSError):
            drop_output()
        return ERROR
    except KeyboardInterrupt:
        return 130
    return code


def _text(error: BaseException) -> str:
    """Return the words of an error; a file that cannot be used is named first."""
    if isinstance(error, OSError):
        words = (error.strerror or str(error) or type(error).__name__).lower()
        return words if error.filename is None else f"{error.filename}: {words}"
    return str(error.args[0]) if error.args else type(error).__name__
