"""Settings as text, as the environment and files have them: each parser returns the value, or says what it wants.

Every function raises ValueError with what is wrong. Source: api specification 1.12.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from tortie.model import (
    MAX_PORT,
    TCP,
    UDP,
    FailsafePort,
    Family,
    LogRate,
    PortRange,
    Prefix,
    RateUnit,
    parse_address,
    parse_prefix,
)

__all__ = [
    "address",
    "address_list",
    "choice",
    "duration",
    "failsafes",
    "flag",
    "host",
    "interface_excludes",
    "interface_prefixes",
    "log_filters",
    "log_prefix",
    "log_rate",
    "mark_mask",
    "pairs",
    "port_ranges",
    "region",
    "regular_expression",
    "seconds",
    "text",
    "timeouts",
    "whole",
    "words",
]

Word = TypeVar("Word", bound=StrEnum)

_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)")
_HOST = re.compile(r"[a-zA-Z0-9:._+-]{1,64}")
_LOG_PREFIX = re.compile(r"[a-zA-Z0-9%: /_-]*")
_RATE = re.compile(r"([1-9][0-9]{0,3})/(second|minute|hour|day)")
_FAILSAFE = re.compile(r"(?:(tcp|udp):)?(?:(?:\[([^\]]*)\]|([^:\[\]]+)):)?([0-9]{1,5})")
_TIMEOUT_NAME = re.compile(r"[A-Za-z0-9_ -]+")
_PAIR = re.compile(r"[A-Za-z0-9_-]+=[^=,]*")
_PROTOCOLS = {"tcp": TCP, "udp": UDP}
_MAX_RANGES = 7


def text(value: str) -> str:
    """Return the text."""
    return value


def flag(value: str) -> bool:
    """Return a truth."""
    if value.lower() in {"true", "1", "yes", "y", "t"}:
        return True
    if value.lower() in {"false", "0", "no", "n", "f"}:
        return False
    raise ValueError("want true or false")


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from `low` to `high`."""

    def parse(value: str) -> int:
        if not re.fullmatch("-?[0-9]{1,20}", value) or not low <= int(value) <= high:
            raise ValueError(f"want a whole number from {low} to {high}")
        return int(value)

    return parse


def choice(words: type[Word]) -> Callable[[str], Word]:
    """Return a parser of one of a few words, whatever the case."""

    def parse(value: str) -> Word:
        for word in words:
            if word.lower() == value.lower():
                return word
        raise ValueError(f"want one of {', '.join(words)}")

    return parse


def words(known: str, *, exact: bool = False) -> Callable[[str], str]:
    """Return a parser of one of a few words, parted by blanks; whatever the case, unless `exact`."""

    def parse(value: str) -> str:
        for word in known.split():
            if word == value or (not exact and word.lower() == value.lower()):
                return word
        raise ValueError(f"want one of {', '.join(known.split())}")

    return parse


def duration(value: str) -> float:
    """Return the seconds of a duration in Go's words, such as `1m30s`."""
    found = _DURATION.findall(value)
    if "".join(number + unit for number, unit in found) != value or not found:
        raise ValueError("want a duration such as `90s` or `1m30s`")
    return sum(float(number) * _UNITS[unit] for number, unit in found)


def seconds(value: str) -> float:
    """Return seconds, written as a plain number or as a duration; 0 is never."""
    if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]*)?|\.[0-9]+", value):
        return float(value)
    try:
        return duration(value)
    except ValueError as error:
        raise ValueError("want a number of seconds, 0 for never, or a duration such as `90s`") from error


def mark_mask(value: str) -> int:
    """Return the bits of a mark that may be used: at least two of 32."""
    try:
        mask = int(value, 0)
    except ValueError:
        mask = 0
    if not 0 < mask < 1 << 32 or mask.bit_count() < 2:  # noqa: PLR2004 - one to accept with, one for what follows
        raise ValueError("want a mask of 32 bits with at least two set, such as `0xffff0000`")
    return mask


def interface_prefixes(value: str) -> tuple[str, ...]:
    """Return what the names of workloads' interfaces begin with."""
    found = _listed(value)
    if wrong := next((prefix for prefix in found if not _INTERFACE.fullmatch(prefix)), ""):
        raise ValueError(f"`{wrong}` cannot begin an interface's name; want prefixes parted by commas")
    if not found or value.lower() == "none":
        raise ValueError("want at least one prefix")
    return found


def interface_excludes(value: str) -> tuple[str, ...]:
    """Return names of interfaces, and regular expressions between slashes."""
    found = _listed(value)
    for entry in found:
        if len(entry) > 1 and entry[0] == entry[-1] == "/":
            regular_expression(entry[1:-1])
        elif not _INTERFACE.fullmatch(entry):
            raise ValueError(f"`{entry}` is neither an interface's name nor a `/regular expression/`")
    return found


def regular_expression(value: str) -> str:
    """Return a regular expression that compiles."""
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"`{value}` is not a regular expression: {error}") from error
    return value


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part for each in value.split(",") if (part := each.strip()))


def failsafes(value: str) -> tuple[FailsafePort, ...]:
    """Return failsafe ports: `tcp:22`, `udp:10.0.0.0/8:53`, `tcp:[fd00::/64]:22`; without a protocol it is TCP."""
    if not (found := _listed(value)):
        raise ValueError("want ports such as `tcp:22`, or `none`")
    return tuple(dict.fromkeys(_failsafe(entry) for entry in found))


def _failsafe(entry: str) -> FailsafePort:
    wanted = f"`{entry}` is not a port such as `tcp:22`, `udp:10.0.0.0/8:53` or `tcp:[fd00::/64]:22`"
    parts = _FAILSAFE.fullmatch(entry.lower())
    if not parts or not 0 < int(parts[4]) <= MAX_PORT:
        raise ValueError(wanted)
    net = parts[2] or parts[3]
    try:
        return FailsafePort(_PROTOCOLS[parts[1] or "tcp"], int(parts[4]), parse_prefix(net) if net else None)
    except ValueError as error:
        raise ValueError(f"{wanted}: {error}") from error


def address_list(value: str) -> tuple[Prefix, ...]:
    """Return IPv4 addresses and CIDRs."""
    found: dict[Prefix, None] = {}
    for entry in _listed(value):
        net = parse_prefix(entry)
        if net.family is not Family.V4:
            raise ValueError(f"`{entry}` is not an IPv4 address or CIDR")
        found[net] = None
    return tuple(found)


def port_ranges(value: str) -> tuple[PortRange, ...]:
    """Return at most seven ports and ranges `first:last`."""
    found = []
    for entry in _listed(value):
        first, _, last = entry.partition(":")
        if not (first.isdecimal() and (last or first).isdecimal()):
            raise ValueError(f"`{entry}` is not a port number or a range `first:last`")
        found.append(PortRange(int(first), int(last or first)))
    if len(found) > _MAX_RANGES:
        raise ValueError(f"want at most {_MAX_RANGES} ranges, not {len(found)}")
    return tuple(found)


def log_prefix(value: str) -> str:
    """Return the prefix of Log rules."""
    if not _LOG_PREFIX.fullmatch(value):
        raise ValueError("want letters, digits, and `%`, `:`, `/`, `_`, `-` and spaces")
    return value


def log_rate(value: str) -> LogRate:
    """Return how often a Log rule may write, such as `10/minute`; the burst is a setting of its own."""
    if not (parts := _RATE.fullmatch(value.lower())):
        raise ValueError("want `N/second`, `N/minute`, `N/hour` or `N/day`, N from 1 to 9999")
    return LogRate(int(parts[1]), RateUnit(parts[2]))


def address(value: str) -> bytes:
    """Return a packed address."""
    return parse_address(value)


def host(value: str) -> str:
    """Return an address or name to listen on."""
    if not _HOST.fullmatch(value):
        raise ValueError("want an address or a host's name")
    return value


def region(value: str) -> str:
    """Return the name of an OpenStack region: part of a path."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,63}", value):
        raise ValueError("want letters, digits, `-` and `_`")
    return value


def timeouts(value: str) -> Mapping[str, float]:
    """Return seconds by name, from `name=1m30s,other=20s`."""
    found = {}
    for entry in _listed(value):
        name, equals, time = entry.partition("=")
        if not equals or not _TIMEOUT_NAME.fullmatch(name):
            raise ValueError(f"`{entry}` is not `name=duration`")
        found[name] = duration(time)
    return found


def log_filters(value: str) -> Mapping[str, str]:
    """Return filters by the interface that they are for."""
    found = dict(entry.split("=", 1) for entry in _listed(value) if "=" in entry)
    if wrong := next((name for name in found if not _INTERFACE.fullmatch(name)), ""):
        raise ValueError(f"`{wrong}` is not an interface's name, nor `all`, `weps` or `heps`")
    return found


def pairs(value: str) -> Mapping[str, str]:
    """Return words by name, from `name=word,other=word`."""
    entries = _listed(value)
    if wrong := next((entry for entry in entries if not _PAIR.fullmatch(entry)), ""):
        raise ValueError(f"`{wrong}` is not `name=value`")
    return dict(entry.split("=", 1) for entry in entries)
