"""What the agent of this machine was told: by itself where it runs, else as one would be that is started here."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tortie.agent import control_path, read_config
from tortie.api import Source, file_source
from tortie.cli.ask import ask
from tortie.errors import Invalid, Unavailable

__all__ = ["FELIX_FILE", "Told", "settings_file", "told_here"]

FELIX_FILE = "/etc/calico/felix.cfg"
_SECONDS = 2.0


class Told(NamedTuple):
    """The name by which an agent knows its host, and what flags, environment and file say, highest first."""

    hostname: str
    sources: tuple[Source, ...]


def told_here(environ: Mapping[str, str]) -> Told:
    """Return what the agent that runs in this network namespace was told.

    Where none answers: what flags aside the environment and the file would tell one.

    Raises:
        Invalid: the environment or the file has a setting that cannot be understood.
    """
    config = read_config({}, environ, platform.node(), settings_file(None))
    try:
        found = ask(control_path(config.run_directory), "/settings", seconds=_SECONDS)
    except Unavailable:
        return Told(config.hostname, config.sources)
    return Told(found["host"], tuple(Source(each["place"], each["values"]) for each in found["sources"]))


def settings_file(path: str | None) -> Source | None:
    """Return what the configuration file says; None where there is none to read.

    Raises:
        Invalid: a line of it cannot be understood, or the file that was named cannot be read.
    """
    try:
        text = Path(path or FELIX_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        if path is None:
            return None
        raise Invalid.because(f"{path}: no such file", mend="name another with --config-file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid.because(f"{path or FELIX_FILE}: {error}") from error
    source, problems = file_source(text, path or FELIX_FILE)
    if problems:
        raise Invalid(*problems)
    return source
