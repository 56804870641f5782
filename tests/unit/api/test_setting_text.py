"""Settings as the environment writes them: what each parser takes and refuses (API specification, 1.12)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tortie.api import setting_text as read
from tortie.model import DenyAction, FailsafePort, LogRate, PortRange, RateUnit, parse_prefix

GOOD: list[tuple[Callable[[str], object], str, object]] = [
    (read.text, "a b", "a b"),
    *((read.flag, word, True) for word in ("true", "1", "yes", "y", "T")),
    *((read.flag, word, False) for word in ("False", "0", "no", "n", "f")),
    (read.whole(0, 10), "10", 10),
    (read.whole(-1, 10), "-1", -1),
    (read.choice(DenyAction), "REJECT", DenyAction.REJECT),
    (read.duration, "1m30s", 90.0),
    (read.duration, "1.5h", 5400.0),
    (read.duration, "250ms", 0.25),
    (read.seconds, "90", 90.0),
    (read.seconds, "0", 0.0),
    (read.seconds, "0.5", 0.5),
    (read.seconds, "2m", 120.0),
    (read.mark_mask, "0xffff0000", 0xFFFF0000),
    (read.mark_mask, "3", 3),
    (read.interface_prefixes, "cali, tap", ("cali", "tap")),
    (read.interface_excludes, "/^kube/,veth1", ("/^kube/", "veth1")),
    (read.interface_excludes, "", ()),
    (read.failsafes, "22", (FailsafePort(6, 22),)),
    (read.failsafes, "tcp:22,UDP:53,tcp:22", (FailsafePort(6, 22), FailsafePort(17, 53))),
    (read.failsafes, "udp:10.0.0.0/8:53", (FailsafePort(17, 53, parse_prefix("10.0.0.0/8")),)),
    (read.failsafes, "tcp:[fd00::/64]:22", (FailsafePort(6, 22, parse_prefix("fd00::/64")),)),
    (read.address_list, "10.0.0.1,10.1.0.0/16", (parse_prefix("10.0.0.1/32"), parse_prefix("10.1.0.0/16"))),
    (read.port_ranges, "30000:32767,80", (PortRange(30000, 32767), PortRange(80, 80))),
    (read.log_prefix, "calico %t/%n: ", "calico %t/%n: "),
    (read.log_rate, "10/minute", LogRate(10, RateUnit.MINUTE)),
    (read.log_rate, "9999/DAY", LogRate(9999, RateUnit.DAY)),
    (read.host, "localhost", "localhost"),
    (read.host, "fd00::1", "fd00::1"),
    (read.timeouts, "a=1m30s,Some part=20s", {"a": 90.0, "Some part": 20.0}),
    (read.pairs, "a=true,b=", {"a": "true", "b": ""}),
    (read.regular_expression, "^a.*", "^a.*"),
    (read.words("Off On"), "off", "Off"),
    (read.words("Off On", exact=True), "On", "On"),
    (read.log_filters, "all=tcp port 80,eth0=udp", {"all": "tcp port 80", "eth0": "udp"}),
]
BAD: list[tuple[Callable[[str], object], str, str]] = [
    (read.flag, "on", "true or false"),
    (read.whole(0, 10), "11", "from 0 to 10"),
    (read.whole(0, 10), "1.5", "from 0 to 10"),
    (read.choice(DenyAction), "accept", "Drop, Reject"),
    (read.duration, "90", "a duration"),
    (read.duration, "", "a duration"),
    (read.duration, "1s x", "a duration"),
    (read.seconds, "soon", "number of seconds"),
    (read.seconds, "-1", "number of seconds"),
    (read.mark_mask, "0x1", "at least two"),
    (read.mark_mask, "0x1ffffffff", "32 bits"),
    (read.mark_mask, "x", "a mask"),
    (read.interface_prefixes, "cali,a b", "`a b`"),
    (read.interface_prefixes, ",", "at least one"),
    (read.interface_excludes, "/(/", "regular expression"),
    (read.interface_excludes, "a b", "`a b`"),
    (read.failsafes, ",", "`none`"),
    (read.failsafes, "sctp:22", "`sctp:22`"),
    (read.failsafes, "tcp:0", "`tcp:0`"),
    (read.failsafes, "tcp:65536", "`tcp:65536`"),
    (read.failsafes, "tcp:fd00::/64:22", "not a port"),
    (read.failsafes, "tcp:10.0.0.0/99:22", "not a CIDR"),
    (read.address_list, "fd00::1", "IPv4"),
    (read.address_list, "x", "not an IP address"),
    (read.port_ranges, "http", "`http`"),
    (read.port_ranges, "5:1", "ports 5:1"),
    (read.port_ranges, ",".join("1" * 8), "at most 7"),
    (read.log_prefix, 'a"b', "letters"),
    (read.log_rate, "0/minute", "N from 1"),
    (read.log_rate, "10000/minute", "N from 1"),
    (read.log_rate, "1/week", "N/second"),
    (read.host, "a b", "an address"),
    (read.timeouts, "a", "name=duration"),
    (read.timeouts, "a=1", "a duration"),
    (read.pairs, "a", "name=value"),
    (read.words("Off On"), "of", "one of Off, On"),
    (read.words("Off On", exact=True), "on", "one of Off, On"),
    (read.log_filters, "a b=x", "`a b`"),
]


@pytest.mark.parametrize(("parse", "text", "value"), GOOD)
def test_what_is_understood(parse: Callable[[str], object], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "wanted"), BAD)
def test_what_is_not_says_what_is_wanted(parse: Callable[[str], object], text: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=wanted.replace("/", ".")):
        parse(text)
