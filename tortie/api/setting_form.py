"""Settings between documents and text: a duration is seconds in text, a list is parted by commas, and so on.

Source: datastore specification 17.4; rules 93 to 99 of the API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tortie.api.fields import Fields, check_text
from tortie.api.numbers import port_of, protocol_of
from tortie.api.setting_text import duration
from tortie.api.settings_unused import Form
from tortie.model import MAX_PORT, TCP, UDP, PortRange, parse_prefix

__all__ = ["NONE", "from_text", "to_text"]

NONE = "none"
"""The word for the zero value, such as an empty list."""
_DURATION = re.compile(r"(?:[0-9]+(?:ms|s|m|h))+")
_MAX_INT = (1 << 63) - 1


def to_text(fields: Fields, name: str, form: Form) -> str:
    """Return the text of a field of a document, "" where it is absent; problems noted.

    What is wrong becomes a text that no setting understands: what is left of a list says something else.
    """
    value, before = fields.take(name), len(fields.report.unclear)
    text = "" if value is None else _TO_TEXT[form](fields, name)
    return text if len(fields.report.unclear) == before else f"? {json.dumps(value)}"


def _flag(fields: Fields, name: str) -> str:
    return str(fields.flag(name)).lower()


def _integer(fields: Fields, name: str) -> str:
    found = fields.integer(name, -1, _MAX_INT)
    return "" if found is None else str(found)


def _duration(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if not text or not _DURATION.fullmatch(text):
        if text:
            what = f"`{text[:60]}` is not a duration: whole numbers, each with `ms`, `s`, `m` or `h`"
            fields.report.add(fields.at(name), what, "write `90s` or `1m30s`")
        return ""
    return _number(duration(text))


def _number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _texts(fields: Fields, name: str) -> str:
    return ",".join(text for text, _ in fields.texts(name)) or NONE


def _ports(fields: Fields, name: str) -> str:
    found = []
    for value, path in fields.items(name):
        port = port_of(fields, path, value)
        if isinstance(port, PortRange):
            found.append(str(port))
        elif port is not None:
            fields.report.add(path, f"`{port}` is a port's name: only numbers count here", "write `30000:32767`")
    return ",".join(found) or NONE


def _failsafes(fields: Fields, name: str) -> str:
    found = [_failsafe(entry) for entry in fields.each(name)]
    return ",".join(found) or NONE


def _failsafe(fields: Fields) -> str:
    """Return `protocol:port` or `protocol:net:port`; no protocol is TCP. Source: api specification 9, trap 9."""
    number, net = fields.integer("port", 0, MAX_PORT), fields.text("net")
    given = fields.take("protocol")
    if isinstance(given, str) and given.upper() in {"TCP", "UDP", ""}:
        given = given.upper() or None
    protocol = None if given is None else protocol_of(fields, fields.at("protocol"), given)
    if protocol is not None and protocol.number not in (TCP, UDP):
        fields.report.add(fields.at("protocol"), f"a failsafe port cannot be of `{protocol}`", "write TCP or UDP")
    if number == 0 or not fields.has("port"):
        fields.report.add(fields.at("port"), f"a failsafe port has a number from 1 to {MAX_PORT}", "add `port`")
    word = "udp" if protocol is not None and protocol.number == UDP else "tcp"
    fields.close()
    return ":".join(part for part in (word, _net(fields, net), str(number or 0)) if part)


def _net(fields: Fields, text: str) -> str:
    try:
        net = str(parse_prefix(text)) if text else ""
    except ValueError as error:
        fields.report.add(fields.at("net"), str(error), "write `10.0.0.0/8`")
        return ""
    return f"[{net}]" if ":" in net else net


def _timeouts(fields: Fields, name: str) -> str:
    found = []
    for entry in fields.each(name):
        who, time = entry.text("name"), entry.text("timeout")
        if not re.fullmatch(r"[A-Za-z0-9_ -]+", who):
            entry.report.add(entry.at("name"), f"`{who[:60]}` is not the name of a part", "write letters and digits")
        if not _DURATION.fullmatch(time):
            entry.report.add(entry.at("timeout"), f"`{time[:60]}` is not a duration", "write `90s` or `1m30s`")
        entry.close()
        found.append(f"{who}={time}")
    return ",".join(found)


def _mapping(fields: Fields, name: str) -> str:
    return ",".join(f"{key}={value}" for key, value in fields.strings(name).items()) or NONE


def _other(fields: Fields, name: str) -> str:
    value = fields.take(name)
    text = json.dumps(value, sort_keys=True)
    return check_text(fields.report, fields.at(name), text)


_TO_TEXT: Mapping[Form, Callable[[Fields, str], str]] = {
    Form.TEXT: lambda fields, name: fields.text(name),
    Form.FLAG: _flag,
    Form.INTEGER: _integer,
    Form.DURATION: _duration,
    Form.TEXTS: _texts,
    Form.PORTS: _ports,
    Form.FAILSAFES: _failsafes,
    Form.TIMEOUTS: _timeouts,
    Form.MAPPING: _mapping,
    Form.OTHER: _other,
}


def from_text(text: str, form: Form) -> Any:
    """Return what a document has for a setting's text; the text itself where it is not of the form."""
    try:
        return _FROM_TEXT[form](text)
    except ValueError:
        return text


def _list(text: str) -> list[str]:
    return [] if text.lower() == NONE else [part for part in text.split(",") if part]


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _span(text: str) -> str:
    """Return a duration in whole numbers."""
    value = round(float(text) * 1000)
    return f"{value // 1000}s" if value % 1000 == 0 else f"{value}ms"


def _range(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _split_failsafe(text: str) -> dict[str, Any]:
    word, _, rest = text.partition(":")
    net, _, port = rest.rpartition(":")
    named = {"protocol": word.upper(), "port": int(port)}
    return {**named, "net": net.strip("[]")} if net else named


def _split_timeout(text: str) -> dict[str, str]:
    name, _, time = text.rpartition("=")
    return {"name": name, "timeout": time}


_FROM_TEXT: Mapping[Form, Callable[[str], Any]] = {
    Form.TEXT: str,
    Form.FLAG: _truth,
    Form.INTEGER: int,
    Form.DURATION: _span,
    Form.TEXTS: _list,
    Form.PORTS: lambda text: [_range(part) for part in _list(text)],
    Form.FAILSAFES: lambda text: [_split_failsafe(part) for part in _list(text)],
    Form.TIMEOUTS: lambda text: [_split_timeout(part) for part in _list(text)],
    Form.MAPPING: lambda text: dict(part.split("=", 1) for part in _list(text)),
    Form.OTHER: json.loads,
}
