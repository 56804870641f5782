"""`tortie explain`: why a connection is allowed or denied."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from tortie.api import Source, stored_settings
from tortie.cli.output.problems import print_error
from tortie.cli.sources import Found, from_datastore, from_files
from tortie.errors import Invalid
from tortie.explain import (
    Answer,
    Asked,
    Directory,
    SettingsOf,
    answer,
    ask,
    to_document,
    to_text,
)
from tortie.model import EndpointToHostAction, Family, Verdict

__all__ = ["DENIED", "add_world_flags", "run", "settings_told", "warn"]

DENIED = 1
"""The exit code of a denied flow, where `--exit-code` asks for it."""

_EPILOG = """\
SRC and DST are `name` or `namespace/name` of a pod, workload or endpoint, an
address, `host`, or `host@ADDRESS`; a host endpoint stands for its host.

exit codes: 0 the question was answered, whatever the verdict (with
`--exit-code`: 0 allowed, 1 denied); 2 it could not be answered.
"""


def run(argv: Sequence[str]) -> int:
    """Print the answer; return 0, or with `--exit-code` 1 where the flow is denied.

    Raises:
        Invalid: files or words cannot be understood.
        NotFound: there is no such endpoint or file.
        Unavailable: the datastore does not answer.
    """
    given = _parser().parse_args(argv)
    found = from_files(given.filename, given.namespace) if given.filename else from_datastore(os.environ)
    warn(found)
    directory = Directory(found.resources)
    question = ask(directory, given.source, given.destination, _asked(given))
    answered = answer(found.resources, question, settings_told(given))
    print(_shown(answered, directory, given))  # noqa: T201 - a command's output
    return DENIED if given.exit_code and answered.verdict is Verdict.DENY else 0


def _asked(given: argparse.Namespace) -> Asked:
    return Asked(
        protocol=given.protocol,
        port=given.port,
        source_port=given.source_port,
        icmp_type=given.icmp_type,
        icmp_code=given.icmp_code,
        family=Family(given.family) if given.family else None,
        namespace=given.namespace,
        node=given.node,
        in_interface=given.in_interface,
        out_interface=given.out_interface,
        original_destination=given.original_destination,
    )


def _shown(answered: Answer, directory: Directory, given: argparse.Namespace) -> str:
    if given.output == "text":
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        return to_text(answered, colour=colour, everything=given.all)
    document = to_document(answered, directory)
    if given.output == "json":
        return json.dumps(document, indent=2)
    import yaml  # noqa: PLC0415 - only where it is asked for

    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text.removesuffix("\n")


def warn(found: Found) -> None:
    """Tell what nobody can understand, and that something closed stands for it."""
    if found.problems:
        print_error(Invalid(*found.problems))
        print_error(Invalid.because("what the above leaves unclear is denied, as the agent does"))


def settings_told(given: argparse.Namespace) -> SettingsOf:
    """Return how hosts find their settings: by the flags of `add_world_flags`, then by the resources."""
    action = given.endpoint_to_host_action
    return stored_settings(Source("command line", {"DefaultEndpointToHostAction": action} if action else {}))


def add_world_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which resources count, and how hosts are set."""
    parser.add_argument(
        "-f", "--filename", action="append", metavar="FILE|DIR", help="read these, not the datastore; may be repeated"
    )
    parser.add_argument(
        "--endpoint-to-host-action",
        choices=tuple(map(str, EndpointToHostAction)),
        help="the hosts' DefaultEndpointToHostAction (default: what the resources say, else Drop)",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tortie explain",
        description="Tell what becomes of a connection, and which rule decides.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="SRC", help="who opens the connection")
    parser.add_argument("destination", metavar="DST", help="whom it is opened to")
    parser.add_argument("--protocol", default="tcp", help="name or number (default: tcp)")
    parser.add_argument("--port", type=int, help="destination port")
    parser.add_argument("--source-port", type=int, help="source port (default: 40000)")
    parser.add_argument("--icmp-type", type=int, help="ICMP type (default: echo request)")
    parser.add_argument("--icmp-code", type=int, help="ICMP code (default: 0)")
    families = parser.add_mutually_exclusive_group()
    families.add_argument("--family", type=int, choices=(4, 6), help="IP version (default: 4 where both ends have it)")
    families.add_argument("-4", dest="family", action="store_const", const=4, help="as --family 4")
    families.add_argument("-6", dest="family", action="store_const", const=6, help="as --family 6")
    parser.add_argument("-n", "--namespace", default="", help="where to look for names that say no namespace")
    parser.add_argument("--node", default="", help="the host that `host` means (default: the other end's)")
    parser.add_argument("--in-interface", default="", metavar="NAME", help="the host's interface that it comes in by")
    parser.add_argument("--out-interface", default="", metavar="NAME", help="the host's interface that it leaves by")
    parser.add_argument(
        "--original-destination",
        default="",
        metavar="ADDRESS[:PORT]",
        help="what it is sent to, where that is translated to DST: a service, a forwarded port",
    )
    parser.add_argument("-o", "--output", choices=("text", "json", "yaml"), default="text", help="default: text")
    parser.add_argument("--all", action="store_true", help="show every rule that did not match")
    parser.add_argument("--exit-code", action="store_true", help="exit 1 where the connection is denied")
    add_world_flags(parser)
    return parser
