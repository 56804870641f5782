"""Ports and protocols: the input forms of the API specification (2.2, 2.3) and rule 50."""

from __future__ import annotations

import pytest

from tortie.api import document_of
from tortie.api.fields import Fields
from tortie.api.numbers import port_of, protocol_of, read_ports, transport_of
from tortie.api.report import Report
from tortie.model import Port, PortRange, Protocol


def fields(data: dict[str, object] | None = None) -> Fields:
    return Fields(Report(document_of({})), data or {})


@pytest.mark.parametrize(
    ("value", "port"),
    [
        (80, PortRange(80, 80)),
        (80.0, PortRange(80, 80)),
        ("80", PortRange(80, 80)),
        ("1:65535", PortRange(1, 65535)),
        ("5:5", PortRange(5, 5)),
        ("http", "http"),
        ("8080-tcp", "8080-tcp"),
    ],
)
def test_a_port_is_a_number_a_range_or_a_name(value: object, port: Port) -> None:
    found = fields()
    assert port_of(found, "p", value) == port
    assert found.report.problems == []


@pytest.mark.parametrize(
    ("value", "what", "mend"),
    [
        (0, "Port = '0' (port range invalid, port number must be between 1 and 65535)", ""),
        ("0", "Port = '0'", ""),
        (65536, "cannot unmarshal number 65536", ""),
        (-1, "cannot unmarshal number -1", ""),
        (80.5, "cannot unmarshal number", ""),
        (True, "cannot unmarshal bool", ""),
        (None, "cannot unmarshal null", ""),
        ([], "cannot unmarshal array", ""),
        ("1:65536", "invalid maximum port number in range (1:65536)", ""),
        (
            "65535:1",
            "minimum port number (65535) is greater than maximum port number (1) in port range",
            "write `1:65535`",
        ),
        ("0:5", "Port = '0'", ""),
        ("80-90", "neither a port, nor a range", "write `80:90`"),
        ("80..90", "neither a port, nor a range", "write `80:90`"),
        ("80,90", "neither a port, nor a range", "write `80:90`"),
        ("HTTP", "neither a port", "write a number"),
        ("a_b", "neither a port", ""),
        ("abcdefghijklmnop", "neither a port", ""),
        ("", "neither a port", ""),
        ("1:2:3", "neither a port", ""),
        ("\u0661", "neither a port", ""),
    ],
)
def test_what_is_no_port_says_so(value: object, what: str, mend: str) -> None:
    found = fields()
    assert port_of(found, "p", value) is None
    (problem,) = found.report.problems
    assert what in problem.what
    assert mend in problem.mend


@pytest.mark.parametrize(
    ("value", "protocol"),
    [
        ("TCP", Protocol(6)),
        ("UDPLite", Protocol(136)),
        ("ICMPv6", Protocol(58)),
        (6, Protocol(6, named=False)),
        ("6", Protocol(6, named=False)),
        (255, Protocol(255, named=False)),
    ],
)
def test_a_protocol_is_a_name_or_a_number(value: object, protocol: Protocol) -> None:
    found = fields()
    assert protocol_of(found, "p", value) == protocol
    assert found.report.problems == []


@pytest.mark.parametrize("value", [0, 256, "0", "256", "tcp", "", "icmpv6", True, [], {}, 1.5, "1.5", -6])
def test_what_is_no_protocol_is_a_problem(value: object) -> None:
    found = fields()
    assert protocol_of(found, "p", value) is None
    assert len(found.report.problems) == 1


@pytest.mark.parametrize(("value", "number"), [("TCP", 6), (17, 17), ("132", 132)])
def test_an_endpoints_protocol_is_kept_by_name(value: object, number: int) -> None:
    assert transport_of(fields(), "p", value) == Protocol(number)


@pytest.mark.parametrize("value", [None, "ICMP", 1, "tcp", 0])
def test_an_endpoints_protocol_has_ports(value: object) -> None:
    found = fields()
    assert transport_of(found, "p", value) is None
    assert len(found.report.problems) == 1


@pytest.mark.parametrize(("count", "limited", "problems"), [(50, True, 0), (51, True, 1), (51, False, 0)])
def test_a_list_has_at_most_fifty_ports(count: int, *, limited: bool, problems: int) -> None:
    found = fields({"ports": list(range(1, count + 1))})
    assert len(read_ports(found, "ports", limited=limited)) == count
    assert len(found.report.problems) == problems
