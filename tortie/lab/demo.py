"""The guide's examples on real packets, one by one, each beside what the evaluator predicts and why."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable
from tortie.lab.compare import Comparison, compare, every_question
from tortie.lab.examples import EXAMPLES, NOTHING, Example
from tortie.lab.file import load_lab
from tortie.lab.kernel_log import KernelLog, kernel_log
from tortie.lab.matrix import Cell, cells, matrix_lines
from tortie.lab.policed import Policed, raise_policed
from tortie.lab.store import environment
from tortie.lab.stream import Stream
from tortie.lab.text import comparison_lines, members_lines, table_lines
from tortie.lab.topology import Store

__all__ = ["main"]

ROOT = Path(__file__).parents[2]
FOLDER = Path("examples", "guide")
LAB_FILE = Path("examples", "labs", "guide.yaml")
WIDTH = 80
SECONDS = 30.0  # a command may take
FAILED, ERROR, TERMINATED = 1, 2, 143
_RUN = "import sys; from tortie.cli.{} import main; sys.exit(main())"
_OPENING = """\
Two hosts, each with its agent; six pods, a virtual machine and an address
outside. Each is a network namespace, each result below a real packet, or the
lack of one. Every connection is tried by IPv4 and by IPv6, and compared with
what the evaluator says of it."""


@dataclass(slots=True)
class _Tally:
    """What one example came to."""

    name: str
    tried: int = 0
    agreed: int = 0
    promised: int = 0
    kept: int = 0

    @property
    def is_good(self) -> bool:
        """Whether all was as evaluated and as the guide says."""
        return self.tried == self.agreed and self.promised == self.kept


@dataclass(slots=True)
class _Show:
    """The demonstration on one lab; `say` prints a line."""

    policed: Policed
    say: Callable[[str], None]
    before: dict[Cell, str] = field(default_factory=dict[Cell, str])
    tallies: list[_Tally] = field(default_factory=list[_Tally])

    def opening(self) -> None:
        """Show who is there, and who reaches whom without policy."""
        for line in members_lines(self.policed.running.lab):
            self.say(line)
        tally = self._begin(NOTHING)
        self._measure(NOTHING, tally)

    def example(self, example: Example) -> None:
        """Apply an example, show what it changes and why, and take it away again."""
        tally = self._begin(example)
        with ExitStack() as stack:
            stream = stack.enter_context(self._stream()) if example.name == "E8" else None
            text = (ROOT / FOLDER / example.file).read_text()
            for line in ("", *text.splitlines()) if stream is None else ():
                if not line.startswith("#"):  # the title has said it
                    self.say(f"    {line}")
            log = stack.enter_context(_log()) if example.name == "E7" else None
            self._command("calicoctl", "apply", "-f", str(FOLDER / example.file))
            self._measure(example, tally)
            if example.explained is not None:
                source, target, port = example.explained
                self._command("tortie", "explain", source, target, "--protocol", "tcp", "--port", str(port))
            if example.name == "E7":
                self._logged(log, tally)
            if stream is not None:
                self._established(stream, tally)
            self._command("calicoctl", "delete", "-f", str(FOLDER / example.file))

    def summary(self, seconds: float) -> bool:
        """Show what all came to; return whether all was as evaluated and as the guide says."""
        self._heading("Summary")
        self.say("")
        rows = [("", "connections", "as evaluated", "the guide's", "as it says")]
        rows += [
            (each.name, str(each.tried), str(each.agreed), str(each.promised), str(each.kept)) for each in self.tallies
        ]
        for line in table_lines(rows):
            self.say(line)
        is_good = all(each.is_good for each in self.tallies)
        self.say("")
        self.say(f"{'All agree.' if is_good else 'NOT ALL AGREE.'} {seconds:.0f} seconds.")
        return is_good

    def _begin(self, example: Example) -> _Tally:
        self._heading(f"{example.name}  {example.title}")
        tally = _Tally(example.name)
        self.tallies.append(tally)
        return tally

    def _heading(self, text: str) -> None:
        for line in ("", "", text, "-" * min(len(text), WIDTH)):
            self.say(line)

    def _measure(self, example: Example, tally: _Tally) -> None:
        """Try everything, show the table, and then what the guide says of some connections."""
        expectation = self.policed.settled()
        found = compare(self.policed.running, expectation, every_question(self.policed.running.lab))
        for line in ("", *matrix_lines(found, self.before or None)):
            self.say(line)
        self.before = self.before or cells(found)
        looked = compare(self.policed.running, expectation, [each.question for each in example.promises])
        self.say("")
        for promise, answer in zip(example.promises, looked, strict=True):
            self._count(tally, is_kept=answer.passed is promise.allowed)
            self._show(answer)
        for each in (*found, *looked):
            tally.tried += 1
            tally.agreed += each.agrees
        for each in found:
            if not each.agrees:
                self._show(each)

    def _count(self, tally: _Tally, *, is_kept: bool) -> None:
        tally.promised += 1
        tally.kept += is_kept

    def _show(self, answer: Comparison) -> None:
        for line in comparison_lines(answer)[: -1 if answer.agrees else None]:
            self.say(line)

    def _stream(self) -> Stream:
        running = self.policed.running
        stream = running.stream("production/blue", running.address("production/red"), 6379)
        self.say("")
        self.say("A connection from production/blue to production/red is opened and held.")
        return stream

    def _established(self, stream: Stream, tally: _Tally) -> None:
        self.say("")
        lives = stream.still_alive()
        self._count(tally, is_kept=lives)
        self.say(f"the connection opened before the deny: {'still carries data' if lives else 'IS DEAD'}")
        stream.close()
        again = self.policed.running.probe("production/blue", "production/red", port=6379)
        self._count(tally, is_kept=not again.allowed)
        self.say(f"closed, and opened again: {again.detail}")

    def _logged(self, log: KernelLog | None, tally: _Tally) -> None:
        """Show the line that the kernel wrote for the frontend's attempt."""
        self.say("")
        if log is None:
            self.say("The kernel's log cannot be read here; on a host, `journalctl -k` shows the lines.")
            return
        source, target = (self.policed.running.address(name) for name in ("frontend", "database"))
        line = log.wait(lambda text: f"SRC={source} DST={target} " in text)
        self._count(tally, is_kept=line is not None)
        self.say("The kernel's log:" if line else "THE KERNEL'S LOG HAS NO LINE OF IT")
        for part in textwrap.wrap(line or "", WIDTH - 4):
            self.say(f"    {part}")

    def _command(self, program: str, *argv: str) -> None:
        """Run one of our commands against the lab's datastore, shown as a person would type it.

        Raises:
            Unavailable: It failed; with what it said.
        """
        self.say("")
        for line in textwrap.wrap(f"$ {program} {' '.join(argv)}", WIDTH, break_on_hyphens=False):
            self.say(line)
        done = subprocess.run(
            [sys.executable, "-c", _RUN.format(program), *argv],
            cwd=ROOT,
            env={**os.environ, **environment(self.policed.running.directory)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        for line in done.stdout.strip().splitlines():
            self.say(line)
        if done.returncode != 0:
            raise Unavailable(f"`{program} {argv[0]}` failed: {done.stderr.strip()}")


def main(argv: Sequence[str] | None = None, say: Callable[[str], None] | None = None) -> int:
    """Run the demonstration; return 0 when all agree, 1 when not, 2 when it could not be done."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="The guide's examples on real packets.")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    parser.add_argument("--datastore", choices=list(Store), help="where the lab keeps its resources (default: sqlite)")
    parser.add_argument("--name", default="demo", help="what the lab is called (default: demo)")
    given = parser.parse_args(argv)
    if os.geteuid() != 0:
        print("the demo makes network namespaces, which needs root: sudo scripts/demo", file=sys.stderr)  # noqa: T201
        return ERROR
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that the lab goes, too
    try:
        return _demonstrate(given.name, Store(given.datastore or Store.SQLITE), say or _print, keep=given.keep)
    except (Invalid, NotFound, Conflict, Unavailable, Expired, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's errors
        return ERROR


def _demonstrate(name: str, datastore: Store, say: Callable[[str], None], *, keep: bool) -> int:
    began = time.monotonic()
    for line in ("Tortie: the guide's examples on real packets", "", *_OPENING.splitlines(), ""):
        say(line)
    lab = replace(load_lab(ROOT / LAB_FILE), name=name, datastore=datastore)
    with ExitStack() as stack:
        policed = raise_policed(lab)
        stack.callback(policed.down)
        show = _Show(policed, say)
        show.opening()
        for example in EXAMPLES:
            show.example(example)
        is_good = show.summary(time.monotonic() - began)
        if keep:
            stack.pop_all()
    if keep:
        for line in _next(name):
            say(line)
    return 0 if is_good else FAILED


@contextmanager
def _log() -> Iterator[KernelLog | None]:
    """Open the kernel's log, None where that is not to be had, as inside a container."""
    with ExitStack() as stack:
        try:
            log: KernelLog | None = stack.enter_context(kernel_log())
        except Unavailable:
            log = None
        yield log


def _next(name: str) -> list[str]:
    """Return what a person may try on a lab that was left up."""
    return [
        "",
        f"The lab `{name}` is still up, without policy. As root, from here:",
        "  source .venv/bin/activate",
        f'  eval "$(tortie lab env {name})"',
        f"  calicoctl apply -f {FOLDER}/e1-same-namespace.yaml",
        f"  tortie lab matrix --lab {name}",
        f"  tortie lab probe --lab {name} production/green production/red",
        "  tortie explain production/green production/red --port 6379",
        f"  tortie lab exec --lab {name} red -- ss -ltn",
        f"  tortie lab down {name}",
    ]


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command's output


if __name__ == "__main__":
    sys.exit(main())
