"""Which host endpoint governs which interface."""

from __future__ import annotations

import pytest

from tests.spec.cast import address
from tortie.engine.interfaces import governed_interfaces
from tortie.model import HostEndpoint, Key, Kind, Settings, parse_address

ETH0, ETH1 = parse_address("192.0.2.1"), parse_address("2001:db8::1")
SETTINGS = Settings(interface_prefixes=("cali", "tap"), interface_exclude=("kube-ipvs0", "/^br-/"))
INTERFACES = {
    "eth0": frozenset({ETH0}),
    "eth1": frozenset({ETH1}),
    "lo": frozenset({ETH0}),
    "cali0": frozenset({ETH0}),
    "kube-ipvs0": frozenset({ETH0}),
    "br-7": frozenset({ETH0}),
}


def governed(**endpoints: tuple[str, bytes | None]) -> dict[str, str]:
    """The names of those who govern; each endpoint has an interface and an expected address."""
    known = {}
    for name, (interface, expected) in endpoints.items():
        key = Key(Kind.HOST_ENDPOINT, "", name)
        known[key] = HostEndpoint(key, "here", interface, expected_addresses=(expected,) if expected else ())
    found = governed_interfaces(known, INTERFACES, SETTINGS)
    return {interface: key.name for interface, key in found.items()}


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        ({"a": ("eth0", None)}, {"eth0": "a"}),
        ({"a": ("eth9", None)}, {"eth9": "a"}),  # it may come any moment
        ({"a": ("eth1", ETH0)}, {"eth1": "a"}),  # a name is all that counts
        ({"a": ("", ETH0)}, {"eth0": "a"}),
        ({"a": ("", ETH1)}, {"eth1": "a"}),
        ({"a": ("", address("w0"))}, {}),
        ({"a": ("lo", None), "b": ("cali7", None), "c": ("tap1", None)}, {}),
        (
            {"a": ("kube-ipvs0", None), "b": ("br-7", None), "c": ("br-8", None), "d": ("kube-ipvs01", None)},
            {"kube-ipvs01": "d"},
        ),
        ({"a": ("kube-ipvs0", None), "b": ("*", None)}, {"*": "b"}),  # excluded ones are among all the others
        ({"b": ("eth0", None), "a": ("", ETH0)}, {"eth0": "a"}),
        ({"a": ("eth0", None), "b": ("", ETH0), "c": ("eth0", None)}, {"eth0": "a"}),
        ({"b": ("*", None), "c": ("*", None), "d": ("eth0", None)}, {"*": "b", "eth0": "d"}),
    ],
)
@pytest.mark.scenario(88)
def test_who_governs_what(endpoints: dict[str, tuple[str, bytes | None]], expected: dict[str, str]) -> None:
    assert governed(**endpoints) == expected
    assert governed(**dict(reversed(endpoints.items()))) == expected


def test_one_may_govern_several() -> None:
    key = Key(Kind.HOST_ENDPOINT, "", "a")
    endpoint = HostEndpoint(key, "here", expected_addresses=(ETH0, ETH1))
    assert governed_interfaces({key: endpoint}, INTERFACES, Settings(interface_prefixes=())) == dict.fromkeys(
        INTERFACES.keys() - {"lo", "kube-ipvs0"}, key
    )


def test_the_lowest_name_counts_whatever_key_it_is_stored_under() -> None:
    stored = [Key(Kind.HOST_ENDPOINT, "", name) for name in ("a", "b")]
    named = [HostEndpoint(Key(Kind.HOST_ENDPOINT, "", name), "here", "eth0") for name in ("z", "y")]
    assert governed_interfaces(dict(zip(stored, named, strict=True)), {}, SETTINGS) == {"eth0": stored[1]}
