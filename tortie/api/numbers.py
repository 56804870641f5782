"""Ports and protocols as rules and endpoints write them: numbers, names and `first:last`."""

from __future__ import annotations

import re

from tortie.api.fields import Fields
from tortie.api.names import is_port_name
from tortie.api.nearest import nearest
from tortie.api.report import Report
from tortie.model import MAX_PORT, PROTOCOL_NAMES, PROTOCOL_NUMBERS, Port, PortRange, Protocol

__all__ = ["MAX_PORTS", "port_of", "protocol_of", "read_ports", "read_protocol", "transport_of", "whole_number"]

MAX_PORTS = 50
_MAX_PROTOCOL = 255
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)
_RANGE = re.compile(r"(\d{1,9}):(\d{1,9})", re.ASCII)
_DASHED = re.compile(r"\s*(\d{1,5})\s*(?:-|\u2013|\.\.|,|to)\s*(\d{1,5})\s*", re.ASCII)
_ZERO = "Port = '0' (port range invalid, port number must be between 1 and 65535)"


def read_protocol(fields: Fields, name: str) -> Protocol | None:
    """Return the protocol a field names, None where it is absent or wrong. Source: api specification 2.3."""
    value = fields.take(name)
    return None if value is None else protocol_of(fields, fields.at(name), value)


def protocol_of(fields: Fields, path: str, value: object) -> Protocol | None:
    """Return the protocol that a number or name means, None with a problem where it means none."""
    if isinstance(value, str):
        if value in PROTOCOL_NUMBERS:
            return Protocol(PROTOCOL_NUMBERS[value])
        number = int(value) if _DIGITS.fullmatch(value) else None
        if number is None:
            _unknown_protocol(fields.report, path, value)
            return None
    elif (whole := whole_number(value)) is not None:
        number = whole
    else:
        fields.wrong(path, value, "a protocol's name or number")
        return None
    if 1 <= number <= _MAX_PROTOCOL:
        return Protocol(number, named=False)
    fields.report.add(path, f"cannot unmarshal number {number}: a protocol is 1 to {_MAX_PROTOCOL}")
    return None


def whole_number(value: object) -> int | None:
    """Return a JSON number that is whole as an int, None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def _unknown_protocol(report: Report, path: str, value: str) -> None:
    near = nearest(value, PROTOCOL_NUMBERS)
    names = ", ".join(PROTOCOL_NUMBERS)
    mend = f"write `{near}`" if near else f"write one of {names}, or a number from 1 to {_MAX_PROTOCOL}"
    report.add(path, f"`{value[:40]}` is not a protocol", mend)


def read_ports(fields: Fields, name: str, *, limited: bool = True) -> tuple[Port, ...]:
    """Return the ports of a list, the wrong ones left out with a problem each."""
    items = fields.items(name)
    if limited and len(items) > MAX_PORTS:
        what = f"`{name}` has {len(items)} entries: at most {MAX_PORTS}"
        fields.report.add(fields.at(name), what, "split the rule", is_clear=True)
    ports = (port_of(fields, path, value) for value, path in items)
    return tuple(port for port in ports if port is not None)


def port_of(fields: Fields, path: str, value: object) -> Port | None:
    """Return the port, range or port name that a value means, None with a problem where it means none.

    Source: api specification 2.2, rule 50.
    """
    if isinstance(value, str):
        return _port_text(fields.report, path, value)
    if (number := whole_number(value)) is None:
        fields.wrong(path, value, "a port number, a range `first:last` or a port's name")
        return None
    return _range(fields.report, path, number, str(value))


def _range(report: Report, path: str, number: int, shown: str) -> Port | None:
    if 0 < number <= MAX_PORT:
        return PortRange(number, number)
    report.add(path, _ZERO if number == 0 else f"cannot unmarshal number {shown[:20]}: a port is 1 to {MAX_PORT}")
    return None


def _port_text(report: Report, path: str, text: str) -> Port | None:
    if _DIGITS.fullmatch(text):
        return _range(report, path, int(text), text)
    if parts := _RANGE.fullmatch(text):
        first, last = int(parts[1]), int(parts[2])
        if first <= last <= MAX_PORT and first > 0:
            return PortRange(first, last)
        if last > MAX_PORT:
            what = f"invalid maximum port number in range ({text}): a port is 1 to {MAX_PORT}"
        elif first > last:
            what = f"minimum port number ({first}) is greater than maximum port number ({last}) in port range"
        else:
            what = f"{_ZERO}, in the range `{text}`"
        report.add(path, what, f"write `{last}:{first}`" if first > last > 0 and first <= MAX_PORT else "")
    elif is_port_name(text):
        return text
    else:
        dashed = _DASHED.fullmatch(text)
        mend = f"write `{dashed[1]}:{dashed[2]}`" if dashed else "write a number, `first:last` or a port's name"
        report.add(path, f"`{text[:40]}` is neither a port, nor a range, nor a port's name", mend)
    return None


def transport_of(fields: Fields, path: str, value: object) -> Protocol | None:
    """Return TCP, UDP or SCTP, by name whatever way it was written; None with a problem where it is none of them."""
    if value is None:
        fields.report.add(path, "`protocol` is missing", "write TCP, UDP or SCTP")
        return None
    protocol = protocol_of(fields, path, value)
    if protocol is None or protocol.has_ports:
        return None if protocol is None else Protocol(protocol.number)
    named = PROTOCOL_NAMES.get(protocol.number, str(protocol.number))
    fields.report.add(path, f"an endpoint's port cannot be of `{named}`", "write TCP, UDP or SCTP")
    return None
