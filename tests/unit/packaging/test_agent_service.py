"""The systemd unit gives the agent what it needs and nothing more, and always brings it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[3] / "packaging" / "tortie-agent.service"

Settings = dict[tuple[str, str], list[str]]


def settings(text: str) -> Settings:
    """Return the values of each (section, name), in order: unlike an INI file, a unit may say a name twice."""
    found: Settings = defaultdict(list)
    for section, line in lines(text):
        name, equals, value = line.partition("=")
        assert equals, f"no setting: {line!r}"
        found[section, name].append(value)
    return found


def lines(text: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif line and not line.startswith("#"):
            yield section, line


@pytest.fixture(scope="module")
def unit() -> Settings:
    return settings(UNIT.read_text())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ExecStart", "/opt/tortie/bin/tortie agent"),
        ("Restart", "always"),
        ("StateDirectory", "tortie"),
        ("StateDirectoryMode", "0700"),
        ("RuntimeDirectory", "tortie calico"),
        ("RuntimeDirectoryPreserve", "yes"),
        ("RuntimeDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("CapabilityBoundingSet", "CAP_NET_ADMIN"),
        ("AmbientCapabilities", ""),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("ProtectKernelModules", "yes"),
        ("ProtectKernelTunables", "yes"),
        ("ProtectControlGroups", "yes"),
        ("RestrictNamespaces", "yes"),
        ("RestrictSUIDSGID", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("LockPersonality", "yes"),
        ("SystemCallArchitectures", "native"),
    ],
)
def test_service_setting(unit: Settings, name: str, value: str) -> None:
    assert unit["Service", name] == [value]


def test_only_the_address_families_the_agent_speaks(unit: Settings) -> None:
    (families,) = unit["Service", "RestrictAddressFamilies"]
    assert set(families.split()) == {"AF_NETLINK", "AF_UNIX", "AF_INET", "AF_INET6"}


def test_system_calls_are_listed_and_the_privileged_ones_taken_out(unit: Settings) -> None:
    assert unit["Service", "SystemCallFilter"] == ["@system-service", "~@privileged @resources"]


def test_it_is_never_given_up_and_starts_before_the_network(unit: Settings) -> None:
    assert unit["Unit", "StartLimitIntervalSec"] == ["0"]
    assert "network-pre.target" in unit["Unit", "Before"][0].split()


def test_stopping_leaves_the_rules(unit: Settings) -> None:
    assert not unit["Service", "ExecStop"]
    assert not unit["Service", "ExecStopPost"]


def test_the_settings_file_may_be_missing(unit: Settings) -> None:
    assert unit["Service", "EnvironmentFile"] == ["-/etc/tortie/agent.env"]
