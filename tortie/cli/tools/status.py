"""`tortie status`: how the agent of this host is."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tortie.agent import control_path, read_config
from tortie.cli.ask import ask

__all__ = ["run"]

_ROWS = (
    ("host", "host"),
    ("enforced", "enforces"),
    ("datastore", "datastore"),
    ("datastore_error", ""),
    ("error", "kernel"),
    ("cache_error", "last good state"),
    ("interfaces_error", "interfaces"),
    ("statuses_error", "status files"),
    ("probation", "probation"),
    ("probation_error", ""),
    ("heartbeat_error", "heartbeat"),
)


def run(argv: Sequence[str]) -> int:
    """Print how the agent is; return 0 where it is ready, else 1.

    Raises:
        Unavailable: no agent answers.
    """
    parser = argparse.ArgumentParser(prog="tortie status", description="Tell how the agent of this host is.")
    parser.add_argument("-o", "--output", choices=("json", "yaml"), help="print everything, for programs")
    parser.add_argument("--run-directory", metavar="DIR", help="where the agent's socket is (default: /run/tortie)")
    given = parser.parse_args(argv)
    config = read_config({"run-directory": given.run_directory}, os.environ, platform.node())
    report = ask(control_path(config.run_directory), "/status")
    if given.output == "json":
        print(json.dumps(report, indent=2))  # noqa: T201 - a command's output
    elif given.output == "yaml":
        import yaml  # noqa: PLC0415 - only where it is asked for

        print(yaml.safe_dump(report, sort_keys=False), end="")  # noqa: T201 - a command's output
    else:
        print("\n".join(_lines(report)))  # noqa: T201 - a command's output
    return 0 if report["ready"] else 1


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    rows = [("state", "ready" if report["ready"] else f"not ready: {report['reason']}")]
    rows += [("hangs", f"{part['name']}: {part['not_live']}") for part in report["parts"] if part["not_live"]]
    rows += [(title, str(report[name])) for name, title in _ROWS if report[name]]
    sizes = report["sizes"]
    rows.append(("policy", ", ".join(f"{sizes[each]} {each}" for each in ("endpoints", "groups", "rules", "classes"))))
    rows.append(("changes", f"{report['applies']} applied, {report['failures']} failed, {report['repairs']} repairs"))
    rows += [("not understood", f"{name}: {problem}") for name, problem in report["undecodable"].items()]
    rows += [("refused", session) for session in report["refused_sessions"]]
    rows += [("quarantined", f"{name}: {reason}") for name, reason in report["quarantined"].items()]
    rows += [("setting", f"{name}: {problem}") for name, problem in report["settings_problems"].items()]
    rows += [("ignored setting", name) for name in report["ignored_settings"]]
    width = max(len(title) for title, _ in rows)
    for title, text in rows:
        yield f"{title:<{width}}  {text}".rstrip()
