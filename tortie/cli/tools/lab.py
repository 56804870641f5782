"""`tortie lab`: hosts, pods and VMs from one file, under policy, measured beside what is evaluated."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from collections.abc import Callable, Sequence
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

from tortie.errors import Invalid, NotFound, Unavailable
from tortie.lab import (
    ProbeProtocol,
    Question,
    Running,
    attach,
    attach_policed,
    comparison_document,
    comparison_lines,
    down,
    environment,
    foreground,
    labs_lines,
    load_lab,
    matrix_lines,
    members_lines,
    raise_policed,
    running_labs,
)

__all__ = ["DISAGREE", "run"]

DISAGREE = 1
"""The exit code where what is measured is not what is evaluated."""

_EPILOG = """\
SRC, DST and WORKLOAD are `name` or `namespace/name` of a workload, the name of
a host or an external, or an address. NAME may be left out while one lab is up.

exit codes: 0 done, and measured equals evaluated; 1 they differ; 2 it could
not be done. `exec` exits as the command does. Labs need root.
"""


def run(argv: Sequence[str]) -> int:
    """Do what is asked of a lab; return the exit code.

    Raises:
        Invalid: a file or a word cannot be understood.
        NotFound: there is no such lab, or nobody of that name in it.
        Conflict: a lab of that name is up.
        Unavailable: the kernel refused, an agent does not run, or the caller is not root.
    """
    given = _parser().parse_args(argv)
    if os.geteuid() != 0:
        raise Unavailable("a lab is made of network namespaces, which needs root; try again with `sudo`")
    act: Callable[[argparse.Namespace], int] = given.act
    return act(given)


def _up(given: argparse.Namespace) -> int:
    with closing(raise_policed(load_lab(given.file))) as policed:
        lab = policed.running.lab
    name = lab.name
    _print(*members_lines(lab), "")
    _print(f"lab `{name}` is up; next:")
    _print("  tortie lab matrix   who reaches whom, measured and evaluated")
    _print(f'  eval "$(tortie lab env {name})"')
    _print("                      calicoctl and tortie then speak to its datastore")
    return 0


def _down(given: argparse.Namespace) -> int:
    name = given.name or _only()
    if not down(name):
        raise NotFound(f"there is no lab `{name}`; up: {_up_now()}")
    _print(f"lab `{name}` is down")
    return 0


def _list(given: argparse.Namespace) -> int:
    if given.name:
        _print(*members_lines(attach(given.name).lab))
    else:
        _print(*labs_lines(map(attach, running_labs())))
    return 0


def _env(given: argparse.Namespace) -> int:
    running = attach(given.name or _only())
    for name, value in environment(running.directory).items():
        _print(f"export {name}={shlex.quote(value)}")
    return 0


def _exec(given: argparse.Namespace) -> int:
    running = attach(given.lab or _only())
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command:
        raise Invalid.because("there is no command to run", mend="tortie lab exec WORKLOAD -- COMMAND")
    variables = {**os.environ, **environment(running.directory)}
    return foreground(running.namespace(given.workload), command, environment=variables)


def _probe(given: argparse.Namespace) -> int:
    with closing(attach_policed(given.lab or _only())) as policed:
        found = policed.compare([_question(policed.running, given)])[0]
    if given.output == "json":
        _print(json.dumps(comparison_document(found), indent=2))
    else:
        _print(*comparison_lines(found))
    return 0 if found.agrees else DISAGREE


def _matrix(given: argparse.Namespace) -> int:
    with closing(attach_policed(given.lab or _only())) as policed:
        found = policed.matrix()
    wrong = [each for each in found if not each.agrees]
    if given.output == "json":
        _print(json.dumps([comparison_document(each) for each in found], indent=2))
        return DISAGREE if wrong else 0
    _print(*matrix_lines(found), "")
    for each in wrong:
        _print(*comparison_lines(each))
    _print(f"{len(found)} connections tried, {len(found) - len(wrong)} as evaluated")
    return DISAGREE if wrong else 0


def _question(running: Running, given: argparse.Namespace) -> Question:
    protocol = ProbeProtocol(given.protocol)
    version = _ip_version(given)
    port = given.port or 0
    if protocol is ProbeProtocol.ICMP:
        if port:
            raise Invalid.because("ICMP has no ports", mend="leave out `--port`")
    elif not port:
        listening = [each for each in running.lab.find(given.destination).listen if each.protocol == str(protocol)]
        if not listening:
            raise Invalid.because(f"`{given.destination}` listens to no {protocol} port", mend="add `--port NUMBER`")
        port = listening[0].port
    return Question(given.source, given.destination, protocol, port, version)


def _ip_version(given: argparse.Namespace) -> int:
    """Return the IP version that `-4` or `-6` and the addresses ask for, 4 where nothing does."""
    asked = {given.version or 0, _version(given.source), _version(given.destination)} - {0}
    if len(asked) > 1:
        mend = "name both ends by addresses of one version, or by their names"
        raise Invalid.because("no connection is of both IP versions", mend=mend)
    return asked.pop() if asked else 4


def _version(text: str) -> int:
    """Return the IP version of an address, 0 for a name."""
    try:
        return ip_address(text).version
    except ValueError:
        return 0


def _only() -> str:
    """Return the name of the one lab that is up."""
    names = running_labs()
    if len(names) != 1:
        raise NotFound(f"say which lab; up: {_up_now()}" if names else "no lab is up; `tortie lab up FILE` makes one")
    return names[0]


def _up_now() -> str:
    return ", ".join(f"`{name}`" for name in running_labs()) or "none"


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 65535):  # noqa: PLR2004 - ports
        raise argparse.ArgumentTypeError(f"`{text}` is not a port: want 1 to 65535")
    return int(text)


def _print(*lines: str) -> None:
    for line in lines:
        print(line)  # noqa: T201 - a command's output


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tortie lab",
        description="Hosts, pods and VMs from one file, under policy.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, act: Callable[[argparse.Namespace], int], clause: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=clause, description=f"{clause[0].upper()}{clause[1:]}.")
        made.set_defaults(act=act)
        return made

    verb("up", _up, "put a lab up, with an agent on each host").add_argument("file", metavar="FILE", type=Path)
    for name, act, clause in (
        ("down", _down, "take a lab down, also what a crash left of it"),
        ("list", _list, "list the labs that are up, or who is in one"),
        ("env", _env, "print the variables that lead to a lab's datastore and agents"),
    ):
        verb(name, act, clause).add_argument("name", metavar="NAME", nargs="?", default="")
    made = verb("exec", _exec, "run a command inside a workload, a host or an external")
    _lab_flag(made)
    made.add_argument("workload", metavar="WORKLOAD")
    made.add_argument("command", metavar="-- COMMAND", nargs=argparse.REMAINDER)
    _answer_flags(_probe_flags(verb("probe", _probe, "try one connection, and tell what is evaluated")))
    _answer_flags(verb("matrix", _matrix, "try every source with every listening port"))
    return parser


def _probe_flags(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("source", metavar="SRC")
    parser.add_argument("destination", metavar="DST")
    parser.add_argument("--protocol", choices=tuple(map(str, ProbeProtocol)), default="tcp", help="default: tcp")
    parser.add_argument("--port", type=_port, help="default: the first that DST listens to")
    versions = parser.add_mutually_exclusive_group()
    versions.add_argument("-4", dest="version", action="store_const", const=4, help="by IPv4 (the default)")
    versions.add_argument("-6", dest="version", action="store_const", const=6, help="by IPv6")
    return parser


def _answer_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")
    _lab_flag(parser)


def _lab_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lab", metavar="NAME", default="", help="which lab; not needed while one is up")
