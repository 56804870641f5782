"""Flags, environment, a file and defaults → what one agent is told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tortie.api import SETTING_KEYS, Source, environment_source, resolve
from tortie.datastore import Location, locate
from tortie.errors import Invalid, Problem
from tortie.model import Listen, Settings

from .logs import LEVELS

__all__ = ["Config", "read_config"]

T = TypeVar("T")

_LOOPBACK = "127.0.0.1"
_OWN, _PREFIX = "TORTIE_", "FELIX_"
_FLAGS = {
    "INTERFACEPREFIX": "--interface-prefix",
    "LOGSEVERITYSCREEN": "--log-level",
    "NFTABLESREFRESHINTERVAL": "--repair-seconds",
    "HEALTHPORT": "--health-port",
    "PROMETHEUSMETRICSPORT": "--metrics-port",
}
"""Settings that have a flag."""
_SWITCHED_ON = {"HEALTHPORT": "HEALTHENABLED", "PROMETHEUSMETRICSPORT": "PROMETHEUSMETRICSENABLED"}
"""What a flag says beside its own value."""
_REFRESH = "NftablesRefreshInterval"
_TLS_FILES = {
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

    def told(self) -> Mapping[str, object]:
        """Return what this agent was told of settings that resources may say too, and its host, as JSON's types."""
        return {
            "host": self.hostname,
            "sources": [
                {"place": each.place, "values": {k: v for k, v in each.values.items() if k.upper() in SETTING_KEYS}}
                for each in self.sources
            ],
        }


class _Reader:
    """Takes what no resource may say from a flag, the environment or the file; collects what is wrong with it."""

    def __init__(self, flags: Mapping[str, str | None], environ: Mapping[str, str], file: Source | None) -> None:
        self._flags = flags
        # The reference system reads these names whatever their case.
        self._environ = {name.upper(): value for name, value in environ.items()}
        self._file = {name.upper(): text for name, text in file.values.items()} if file is not None else {}
        self._place = file.place if file is not None else ""
        self._known: set[str] = set()
        self.problems: list[Problem] = []

    def take(self, names: Sequence[str], parse: Callable[[str], T], default: T, flag: str = "") -> T:
        """Return what is said under the first name that anybody says: a flag, then TORTIE_name, FELIX_name, the file.

        An empty value counts as none; where nobody says anything, the default is returned.
        """
        variables = [f"{prefix}{name}" for name in names for prefix in (_OWN, _PREFIX)]
        self._known.update(variables)
        given = [
            (f"--{flag}", self._flags.get(flag) or ""),
            *((each, self._environ.get(each, "")) for each in variables),
            *((f"{self._place} {each}", self._file.get(each, "")) for each in names),
        ]
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
        others = (name for name in self._environ if name.startswith(_PREFIX) and name not in self._known)
        return tuple(sorted(name for name in others if name[len(_PREFIX) :] not in SETTING_KEYS))


def read_config(
    flags: Mapping[str, str | None], environ: Mapping[str, str], nodename: str, file: Source | None = None
) -> Config:
    """Return what was said: flags beat TORTIE_ names, these the reference system's FELIX_ names, and these a file.

    `flags` are by name without dashes. `nodename` is the host's own name, which counts where none was given.

    Raises:
        Invalid: a value cannot be understood; every such value is named. Or there is no such datastore.

    Source: enforcement.md appendix B.
    """
    reader = _Reader(flags, environ, file)
    sources = _sources(flags, environ, file)
    resolved = resolve(sources)
    agent = resolved.agent
    config = Config(
        hostname=_hostname(reader, nodename),
        settings=resolved.settings,
        health=_address(agent.health),
        metrics=_address(agent.metrics),
        state_directory=reader.take(["STATEDIRECTORY"], Path, Path("/var/lib/tortie"), "state-directory"),
        run_directory=reader.take(["RUNDIRECTORY"], Path, Path("/run/tortie"), "run-directory"),
        repair_seconds=agent.refresh_seconds if _REFRESH in resolved.given else 90.0,
        log_level=LEVELS[agent.log_severity],
        datastore=_datastore(reader, environ),
        ignored=reader.ignored(),
        sources=sources,
    )
    of_file = (each for each in resolved.problems if each.path.split()[-1] in resolved.fatal)
    refused = {each.path: each for each in (*of_file, *resolved.refused, *reader.problems)}
    if refused:
        raise Invalid(*refused.values())
    return config


def _sources(flags: Mapping[str, str | None], environ: Mapping[str, str], file: Source | None) -> tuple[Source, ...]:
    """Return what each place says of settings that the datastore may say too, highest first."""
    said = {key: text for key, flag in _FLAGS.items() if (text := flags.get(flag[2:]))}
    switched = {switch: "true" for key, switch in _SWITCHED_ON.items() if key in said}
    ours = environment_source(environ, _OWN)
    ours = Source(
        ours.place, {k: v for k, v in ours.values.items() if k.upper() in SETTING_KEYS}, ours.words, ours.strict
    )
    found = (
        Source("flags", {**said, **switched}, _FLAGS, strict=True),
        ours,
        environment_source(environ),
        *((file,) if file is not None else ()),
    )
    return tuple(each for each in found if each.values)


def _datastore(reader: _Reader, environ: Mapping[str, str]) -> Location:
    """Return where the datastore is: as for the other commands, but that the reference agent's names beat theirs.

    They do so also where a file has them. `EtcdAddr` and `EtcdScheme` count where there are no `EtcdEndpoints`.
    """
    scheme = reader.take(["ETCDSCHEME"], _scheme, "http")
    address = reader.take(["ETCDADDR"], str, "")
    endpoints = reader.take(["ETCDENDPOINTS"], str, f"{scheme}://{address}" if address else "")
    given = {"DATASTORE_TYPE": reader.take(["DATASTORETYPE"], str, ""), "ETCD_ENDPOINTS": endpoints}
    given |= {variable: reader.take([name], str, "") for name, variable in _TLS_FILES.items()}
    told = {variable: text for variable, text in given.items() if text}
    return locate({**environ, **told, **({"ETCD_DISCOVERY_SRV": ""} if endpoints else {})})


def _hostname(reader: _Reader, nodename: str) -> str:
    """Return the name that endpoints of this host bear as their node: in lower case, as Kubernetes' nodes."""
    return reader.take(["FELIXHOSTNAME", "HOSTNAME"], str, nodename.lower(), "hostname")


def _address(listen: Listen) -> tuple[str, int] | None:
    """Return where to listen; on the loopback where no host is named."""
    if not listen.enabled:
        return None
    return _LOOPBACK if listen.host.lower() in {"", "localhost"} else listen.host, listen.port


def _scheme(text: str) -> str:
    if text.lower() not in {"http", "https"}:
        raise ValueError("want http or https")
    return text.lower()
