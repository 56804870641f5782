"""`tortie diff`: which flows a change of policy alters."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from tortie.cli.sources import from_datastore, from_files
from tortie.cli.tools.explain import add_world_flags, settings_told, warn
from tortie.explain import changes_document, changes_text, enforced, has_staged, impact

__all__ = ["CHANGED", "run"]

CHANGED = 1
"""The exit code where flows change and `--exit-code` asks for it."""

_EPILOG = """\
exit codes: 0 the question was answered, whatever changes (with `--exit-code`:
0 nothing changes, 1 something does); 2 it could not be answered.
"""


def run(argv: Sequence[str]) -> int:
    """Print the flows that change; return 0, or with `--exit-code` 1 where there are any.

    Raises:
        Invalid: files cannot be understood.
        NotFound: there is no such file.
        Unavailable: the datastore does not answer.
    """
    given = _parser().parse_args(argv)
    found = from_files(given.filename, given.namespace) if given.filename else from_datastore(os.environ)
    warn(found)
    if not has_staged(found.resources):
        print("no policy is staged", file=sys.stderr)  # noqa: T201 - a command's output
    changes = impact(found.resources, enforced(found.resources), settings_told(given))
    if given.output == "text":
        print(changes_text(changes))  # noqa: T201 - as above
    elif given.output == "json":
        print(json.dumps(changes_document(changes), indent=2))  # noqa: T201 - as above
    else:
        import yaml  # noqa: PLC0415 - only where it is asked for

        print(yaml.safe_dump(changes_document(changes), sort_keys=False, allow_unicode=True), end="")  # noqa: T201
    return CHANGED if given.exit_code and changes else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tortie diff",
        description="Tell which flows would be allowed or denied otherwise.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--staged", action="store_true", required=True, help="if staged policies were enforced")
    parser.add_argument("-n", "--namespace", default="", help="namespace of documents that name none")
    parser.add_argument("-o", "--output", choices=("text", "json", "yaml"), default="text", help="default: text")
    parser.add_argument("--exit-code", action="store_true", help="exit 1 where something changes")
    add_world_flags(parser)
    return parser
