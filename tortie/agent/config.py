"""Flags, environment and defaults → what one agent is told. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tortie.api import SETTING_KEYS, Source, environment_source, resolve
from tortie.datastore import Location, locate
from tortie.errors import Invalid, Problem
from tortie.model import MAX_PORT, EndpointToHostAction, Settings

__all__ = ["Config", "read_config"]

T = TypeVar("T")

_LOOPBACK = "127.0.0.1"
_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_PREFIX, _OWN = "FELIX_", "TORTIE_"
_FLAGS = {
    "INTERFACEPREFIX": "--interface-prefix",
    "LOGSEVERITYSCREEN": "--log-level",
    "NFTABLESREFRESHINTERVAL": "--repair-seconds",
}
"""Settings that have a flag."""
_DATASTORE = {
    "DATASTORETYPE": "DATASTORE_TYPE",
    "ETCDENDPOINTS": "ETCD_ENDPOINTS",
    "ETCDCAFILE": "ETCD_CA_CERT_FILE",
    "ETCDCERTFILE": "ETCD_CERT_FILE",
    "ETCDKEYFILE": "ETCD_KEY_FILE",
}


@dataclass(frozen=True, slots=True)
class Config:
    """What one agent is told; `health` and `metrics` are addresses to listen on, None where that is off.

    A port of 0 means any that is free. `repair_seconds` is the time between thorough comparisons, 0 for none.
    `ignored` names settings that were given and that this agent does not know. `sources` are what flags, environment
    and file say of settings that resources may say too, highest first; `settings` is what they come to.
    """

    hostname: str
    settings: Settings = field(default_factory=Settings)
    health: tuple[str, int] | None = None
    metrics: tuple[str, int] | None = None
    state_directory: Path = Path("/var/lib/tortie")
    run_directory: Path = Path("/run/tortie")
    repair_seconds: float = 90.0
    log_level: str = "INFO"
    datastore: Location = field(default_factory=Location)
    ignored: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


class _Reader:
    """Takes values from flags, then the environment; collects what is wrong with them and what nobody asked for."""

    def __init__(self, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> None:
        self._flags = flags
        # The reference system reads these names whatever their case.
        self._environ = {name.upper(): value for name, value in environ.items()}
        self._known: set[str] = set()
        self.problems: list[Problem] = []

    def take(self, name: str, parse: Callable[[str], T], default: T, flag: str = "") -> T:
        """Return the value of a flag, TORTIE_name, FELIX_name or the default; an empty value counts as none."""
        names = [f"{prefix}{name}" for prefix in ("TORTIE_", _PREFIX)]
        self._known.update(names)
        given = [(f"--{flag}", self._flags.get(flag) or ""), *((each, self._environ.get(each, "")) for each in names)]
        for place, text in given:
            if text.strip():
                try:
                    return parse(text.strip())
                except ValueError as error:
                    self.problems.append(Problem(f"`{text}`: {error}", path=place))
                    return default
        return default

    def ignored(self) -> tuple[str, ...]:
        """Return the settings of the reference system that were given, and that nobody took."""
        return tuple(sorted(name for name in self._environ if name.startswith(_PREFIX) and name not in self._known))


def read_config(
    flags: Mapping[str, str | None], environ: Mapping[str, str], nodename: str, file: Source | None = None
) -> Config:
    """Return what was said: flags beat TORTIE_ names, these the reference system's FELIX_ names, and these a file.

    `flags` are by name without dashes. `nodename` is the host's own name, which counts where none was given.

    Raises:
        Invalid: a value cannot be understood; every such value is named. Or there is no such datastore.

    Source: enforcement.md appendix B.
    """
    reader = _Reader(flags, environ)
    sources = _sources(flags, environ, file)
    resolved = resolve(sources)
    _settings(reader)  # for what is wrong with it
    config = Config(
        hostname=_hostname(reader, nodename),
        settings=resolved.settings,
        health=_listen(reader, "HEALTH", "HEALTHENABLED", "health", 9099),
        metrics=_listen(reader, "PROMETHEUSMETRICS", "PROMETHEUSMETRICSENABLED", "metrics", 9091),
        state_directory=reader.take("STATEDIRECTORY", Path, Path("/var/lib/tortie"), "state-directory"),
        run_directory=reader.take("RUNDIRECTORY", Path, Path("/run/tortie"), "run-directory"),
        repair_seconds=reader.take("NFTABLESREFRESHINTERVAL", _seconds, 90.0, "repair-seconds"),
        log_level=reader.take("LOGSEVERITYSCREEN", _level, "INFO", "log-level"),
        datastore=_datastore(reader, environ),
        ignored=tuple(name for name in reader.ignored() if name[len(_PREFIX) :] not in SETTING_KEYS),
        sources=sources,
    )
    told = {problem.path for problem in reader.problems}
    reader.problems += [
        each for each in resolved.problems if each.path.split()[-1] in resolved.fatal and not _is_told(each, told)
    ]
    if reader.problems:
        raise Invalid(*reader.problems)
    return config


def _is_told(problem: Problem, paths: set[str]) -> bool:
    """Tell whether a problem with a setting was found under another name of it."""
    key = problem.path.split()[-1].upper()
    return any(path.upper().endswith(key) or path == _FLAGS.get(key) for path in paths)


def _sources(flags: Mapping[str, str | None], environ: Mapping[str, str], file: Source | None) -> tuple[Source, ...]:
    """Return what each place says of settings that the datastore may say too, highest first."""
    ours = {name.upper().removeprefix(_OWN): text for name, text in environ.items() if name.upper().startswith(_OWN)}
    said = (
        Source("flags", {key: text for key, flag in _FLAGS.items() if (text := flags.get(flag[2:]))}),
        Source("TORTIE_", {name: text for name, text in ours.items() if name in SETTING_KEYS}),
        environment_source(environ),
        *((file,) if file is not None else ()),
    )
    return tuple(each for each in said if each.values)


def _datastore(reader: _Reader, environ: Mapping[str, str]) -> Location:
    """Return where the datastore is: as for the other commands, but that the reference agent's names beat theirs."""
    given = {variable: reader.take(name, str, "") for name, variable in _DATASTORE.items()}
    return locate({**environ, **{variable: text for variable, text in given.items() if text}})


def _hostname(reader: _Reader, nodename: str) -> str:
    """Return the name that endpoints of this host bear as their node: in lower case, as Kubernetes' nodes."""
    return reader.take("FELIXHOSTNAME", str, reader.take("HOSTNAME", str, nodename.lower()), "hostname")


def _settings(reader: _Reader) -> Settings:
    default = Settings()
    action = reader.take("DEFAULTENDPOINTTOHOSTACTION", _action, default.endpoint_to_host_action)
    return Settings(
        interface_prefixes=reader.take("INTERFACEPREFIX", _prefixes, default.interface_prefixes, "interface-prefix"),
        endpoint_to_host_action=action,
        log_prefix=reader.take("LOGPREFIX", str, default.log_prefix),
        workload_source_spoofing=reader.take("WORKLOADSOURCESPOOFING", _spoofing, default=False),
        allow_vxlan_from_workloads=reader.take("ALLOWVXLANPACKETSFROMWORKLOADS", _switch, default=False),
        allow_ipip_from_workloads=reader.take("ALLOWIPIPPACKETSFROMWORKLOADS", _switch, default=False),
        vxlan_port=reader.take("VXLANPORT", _port, default.vxlan_port),
        cut_established=reader.take("CUTESTABLISHED", _switch, default=False),
        drop_invalid=not reader.take("DISABLECONNTRACKINVALIDCHECK", _switch, default=False),
    )


def _listen(reader: _Reader, name: str, enabled: str, flag: str, default: int) -> tuple[str, int] | None:
    """Return the address to listen on: switched on in the environment, or by the flag, which is a port."""
    on = reader.take(enabled, _switch, default=False)
    host = reader.take(f"{name}HOST", _address, _LOOPBACK)
    port = reader.take(f"{name}PORT", _port, default)
    wanted: int | None = reader.take(f"{name}LISTEN", _port, None, f"{flag}-port")
    if wanted is not None:
        return host, wanted
    return (host, port) if on else None


def _switch(text: str) -> bool:
    if text.lower() in {"true", "1", "yes", "y", "t"}:
        return True
    if text.lower() in {"false", "0", "no", "n", "f"}:
        return False
    raise ValueError("want true or false")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_PORT):
        raise ValueError(f"want a port, 0 to {MAX_PORT}")
    return int(text)


def _address(text: str) -> str:
    return _LOOPBACK if text.lower() == "localhost" else text


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ValueError("want a number of seconds, 0 for never")
    return value


def _prefixes(text: str) -> tuple[str, ...]:
    prefixes = tuple(part.strip() for part in text.split(","))
    wrong = [prefix for prefix in prefixes if not _INTERFACE.fullmatch(prefix)]
    if wrong:
        raise ValueError(f"`{wrong[0]}` cannot begin an interface's name; want prefixes parted by commas")
    return prefixes


def _action(text: str) -> EndpointToHostAction:
    for action in EndpointToHostAction:
        if action.lower() == text.lower():
            return action
    raise ValueError("want Drop, Return or Accept")


def _spoofing(text: str) -> bool:
    if text.lower() not in {"any", "disabled"}:
        raise ValueError("want Disabled or Any")
    return text.lower() == "any"


def _level(text: str) -> str:
    levels = {"debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR", "fatal": "CRITICAL"}
    if text.lower() not in levels:
        raise ValueError("want Debug, Info, Warning, Error or Fatal")
    return levels[text.lower()]
