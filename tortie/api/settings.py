"""Settings from every place that may say them to what one agent does: for each key, the highest place counts.

Source: api specification 1.12.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tortie.api import settings_table as table
from tortie.api.nearest import nearest
from tortie.api.setting import Evaluation, Setting, Spoofing, Switch
from tortie.api.settings_table import BY_KEY, SETTINGS
from tortie.api.settings_unused import OTHERS_KEYS, UNUSED_KEYS, WRITTEN
from tortie.errors import Problem
from tortie.model import AgentSettings, Family, Listen, Settings

__all__ = [
    "SETTING_KEYS",
    "Resolved",
    "Source",
    "environment_source",
    "file_source",
    "resolve",
    "restart_keys",
]

T = TypeVar("T")
SETTING_KEYS = frozenset(BY_KEY)
"""The names of settings, in upper case."""

_NONE = "none"
_TAP = "tap"  # what OpenStack calls its machines' interfaces
_SECTION = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Source:
    """What one place says: texts by setting, whatever the case of its name. `place` is what a person calls it.

    `words` are what the place calls settings, by their names in upper case, where that is not the setting's own name.
    Where a place is `strict`, every value that counts must be understood.
    """

    place: str
    values: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    strict: bool = False

    def path(self, name: str) -> str:
        """Return what a person calls a setting that this place says."""
        return self.words.get(name.upper()) or f"{self.place} {name}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an agent is to do, and what was wrong with what it was told.

    `given` has the text of every setting that a place says, by its own name, and what that place calls it. `problems`
    are settings that nobody knows, that have no effect, or whose value cannot be understood: these count as their
    default. `fatal` are the keys of those with which an agent must not start. `refused` are what strict places say
    and nobody understands.
    """

    settings: Settings = field(default_factory=Settings)
    agent: AgentSettings = field(default_factory=AgentSettings)
    given: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    problems: tuple[Problem, ...] = ()
    fatal: tuple[str, ...] = ()
    refused: tuple[Problem, ...] = ()


class _Values:
    """The values of settings, each parsed once; notes what cannot be. A strict place says those that are `strict`."""

    def __init__(self, given: Mapping[str, tuple[str, str]], strict: Collection[str] = ()) -> None:
        self._given = given
        self._strict = strict
        self.problems: list[Problem] = []
        self.fatal: list[str] = []
        self.refused: list[Problem] = []

    def of(self, setting: Setting[T]) -> T:
        """Return the value of a setting, its default where nobody says it or nobody understands it."""
        found = self._given.get(setting.key)
        if found is None:
            return setting.default
        text, path = found
        value = self._parsed(setting, text, path)
        if not setting.has_effect and value != setting.default:
            self.problems.append(_without_effect(setting.key, path))
        return value

    def _parsed(self, setting: Setting[T], text: str, path: str) -> T:
        if text.lower() == _NONE and setting.zero is not None:
            return setting.zero
        try:
            return setting.parse(text)
        except ValueError as error:
            what = f"`{text[:120]}`: {error}"
            self.problems.append(Problem(what, path, f"the default counts until it is mended: {setting.default}"))
            if setting.key in self._strict and setting.has_effect:
                self.refused.append(Problem(what, path))
            if setting.fatal:
                self.fatal.append(setting.key)
            return setting.default


def resolve(sources: Iterable[Source]) -> Resolved:
    """Return what the places say together, highest first. An empty text says nothing."""
    problems: list[Problem] = []
    given: dict[str, tuple[str, str]] = {}
    strict: set[str] = set()
    for source in sources:
        for name, text in source.values.items():
            if not text.strip():
                continue
            if setting := BY_KEY.get(name.upper()):
                if setting.key not in given:
                    given[setting.key] = (text.strip(), source.path(setting.key))
                    strict.update({setting.key} if source.strict else ())
            elif name.upper() not in OTHERS_KEYS and not _is_written_by_default(name, text):
                problems.append(_without_effect(name, source.path(name)))
    values = _Values(given, strict)
    settings, agent = _settings(values), _agent(values)
    found = (*problems, *values.problems)
    return Resolved(settings, agent, given, found, tuple(values.fatal), tuple(values.refused))


def _is_written_by_default(name: str, text: str) -> bool:
    field = UNUSED_KEYS.get(name.upper(), "")
    value = text.strip().lower()
    return (field in WRITTEN and WRITTEN[field].lower() == value) or (field, value) == ("nftablesMode", "enabled")


def _without_effect(name: str, path: str) -> Problem:
    if UNUSED_KEYS.get(name.upper()) == "nftablesMode":
        what = (
            f"the setting `{name}` has no effect here: only nftables enforces, and what another agent left in iptables"
        )
        mend = "write `Enabled`, and remove others' rules with the agent that made them"
        return Problem(f"{what} stays", path, mend)
    if name.upper() in UNUSED_KEYS or name.upper() in BY_KEY:
        return Problem(f"the setting `{name}` has no effect here", path, "remove it, or leave it for others")
    near = nearest(name, [setting.key for setting in SETTINGS])
    return Problem(f"nobody knows a setting `{name[:60]}`", path, f"did you mean `{near}`?" if near else "remove it")


_WIREGUARD = (
    (Family.V4, table.WIREGUARD, table.WIREGUARD_PORT),
    (Family.V6, table.WIREGUARD_V6, table.WIREGUARD_PORT_V6),
)


def _settings(values: _Values) -> Settings:
    rate, burst = values.of(table.LOG_RATE), values.of(table.LOG_BURST)
    flows = bool(values.of(table.FLOW_SERVER)) or values.of(table.FLOW_REPORTER) is Switch.ENABLED
    prefixes = values.of(table.INTERFACE_PREFIX)
    address, port = values.of(table.METADATA_ADDRESS), values.of(table.METADATA_PORT)
    is_told = (address, port) != (table.METADATA_ADDRESS.default, table.METADATA_PORT.default)
    cluster = values.of(table.CLUSTER_TYPE).lower().split(",")
    return Settings(
        interface_prefixes=prefixes,
        openstack=is_told or "openstack" in cluster or _TAP in prefixes,  # enforcement specification 2.6
        metadata=(address, port) if address else None,
        endpoint_to_host_action=values.of(table.ENDPOINT_TO_HOST),
        log_prefix=values.of(table.LOG_PREFIX),
        workload_source_spoofing=values.of(table.SPOOFING) is Spoofing.ANY,
        allow_vxlan_from_workloads=values.of(table.ALLOW_VXLAN),
        allow_ipip_from_workloads=values.of(table.ALLOW_IPIP),
        vxlan_port=values.of(table.VXLAN_PORT),
        vxlan_enabled=values.of(table.VXLAN_ENABLED),
        ipip_enabled=values.of(table.IPIP_ENABLED),
        wireguard_ports=tuple((family, values.of(port)) for family, enabled, port in _WIREGUARD if values.of(enabled)),
        drop_invalid=not values.of(table.NO_INVALID_CHECK),
        failsafe_inbound=values.of(table.FAILSAFE_INBOUND),
        failsafe_outbound=values.of(table.FAILSAFE_OUTBOUND),
        interface_exclude=values.of(table.INTERFACE_EXCLUDE),
        deny_action=values.of(table.DENY_ACTION),
        mark_mask=values.of(table.MARK_MASK),
        ipv6_support=values.of(table.IPV6),
        log_rate=replace(rate, burst=burst) if rate else None,
        service_loop_prevention=values.of(table.SERVICE_LOOP),
        external_nodes=values.of(table.EXTERNAL_NODES),
        flow_logs=flows,
        cut_established=values.of(table.CUT_ESTABLISHED),
    )


def _agent(values: _Values) -> AgentSettings:
    health = values.of(table.HEALTH_ENABLED), values.of(table.HEALTH_HOST), values.of(table.HEALTH_PORT)
    metrics = values.of(table.METRICS_ENABLED), values.of(table.METRICS_HOST), values.of(table.METRICS_PORT)
    return AgentSettings(
        refresh_seconds=values.of(table.REFRESH),
        interface_refresh_seconds=values.of(table.INTERFACE_REFRESH),
        netlink_timeout_seconds=values.of(table.NETLINK_TIMEOUT),
        reporting_seconds=values.of(table.REPORTING),
        reporting_ttl=values.of(table.REPORTING_TTL),
        region=values.of(table.REGION),
        endpoint_status_path=values.of(table.STATUS_PATH),
        policy_sync_path=values.of(table.SYNC_PATH),
        flow_flush_seconds=values.of(table.FLOW_FLUSH),
        evaluate_staged=values.of(table.EVALUATION) is Evaluation.CONTINUOUS,
        log_severity=values.of(table.LOG_SEVERITY),
        health=Listen(*health),
        metrics=Listen(*metrics),
        health_timeouts=values.of(table.HEALTH_TIMEOUTS),
        watchdog_seconds=values.of(table.WATCHDOG),
    )


def restart_keys(before: Resolved, after: Resolved) -> tuple[str, ...]:
    """Return the settings that differ and that only a new start of the agent puts into effect."""
    fixed: list[Setting[Any]] = [setting for setting in SETTINGS if not setting.live]
    was, is_now = _Values(before.given), _Values(after.given)
    return tuple(setting.key for setting in fixed if was.of(setting) != is_now.of(setting))


def environment_source(environ: Mapping[str, str], prefix: str = "FELIX_") -> Source:
    """Return the settings of an environment: its names that begin with `FELIX_`, or `prefix`, whatever the case."""
    named = {name: text for name, text in environ.items() if name.upper().startswith(prefix)}
    values = {name[len(prefix) :]: text for name, text in named.items()}
    return Source("environment", values, {name[len(prefix) :].upper(): name for name in named}, strict=True)


def file_source(text: str, path: str) -> tuple[Source, tuple[Problem, ...]]:
    """Return the settings of a file of lines `Name = value`, and the lines that are none.

    Headings in brackets and lines that begin with `#` or `;` say nothing; of a name given twice, the last counts.
    """
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;" or _SECTION.fullmatch(stripped):
            continue
        name, equals, value = stripped.partition("=")
        if equals and name.strip():
            values[name.strip()] = value.strip()
        else:
            what = f"`{stripped[:60]}` is not a setting"
            problems.append(Problem(what, mend="write `Name = value`", file=path, line=number, column=1))
    return Source(path, values), tuple(problems)
