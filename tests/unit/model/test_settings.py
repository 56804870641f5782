"""Host settings start as the reference system's do."""

from __future__ import annotations

import pytest

from tortie.model import (
    AgentSettings,
    DenyAction,
    EndpointToHostAction,
    Listen,
    LogSeverity,
    ServiceLoopPrevention,
    Settings,
)


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("interface_prefixes", ("cali",)),
        ("endpoint_to_host_action", EndpointToHostAction.DROP),
        ("log_prefix", "calico-packet"),
        ("workload_source_spoofing", False),
        ("allow_vxlan_from_workloads", False),
        ("allow_ipip_from_workloads", False),
        ("vxlan_port", 4789),
        ("vxlan_enabled", None),
        ("ipip_enabled", None),
        ("wireguard_ports", ()),
        ("drop_invalid", True),
        ("interface_exclude", ("kube-ipvs0",)),
        ("deny_action", DenyAction.DROP),
        ("mark_mask", 0xFFFF0000),
        ("ipv6_support", True),
        ("log_rate", None),
        ("service_loop_prevention", ServiceLoopPrevention.DROP),
        ("external_nodes", ()),
        ("flow_logs", False),
        ("cut_established", False),
    ],
)
def test_defaults(name: str, default: object) -> None:
    assert getattr(Settings(), name) == default


@pytest.mark.parametrize(("mask", "bit"), [(0xFFFF0000, 0x10000), (0x80000000, 0x80000000), (0x6, 0x2), (1, 1)])
def test_of_the_mask_the_lowest_bit_is_used(mask: int, bit: int) -> None:
    assert Settings(mark_mask=mask).mark_bit == bit


@pytest.mark.parametrize(
    ("entries", "excluded"),
    [
        (("kube-ipvs0",), {"kube-ipvs0"}),
        (("/vs/",), {"kube-ipvs0", "kube-ipvs01"}),
        (("/^kube.*1$/", "eth0"), {"kube-ipvs01", "eth0"}),
        (("/", "kube"), set()),
        ((), set()),
    ],
)
def test_interfaces_are_excluded_by_name_or_regular_expression(entries: tuple[str, ...], excluded: set[str]) -> None:
    settings = Settings(interface_exclude=entries)
    assert {each for each in ("kube-ipvs0", "kube-ipvs01", "eth0") if settings.excludes(each)} == excluded


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("refresh_seconds", 180.0),
        ("interface_refresh_seconds", 90.0),
        ("netlink_timeout_seconds", 10.0),
        ("reporting_seconds", 30.0),
        ("endpoint_status_path", "/var/run/calico"),
        ("policy_sync_path", ""),
        ("flow_flush_seconds", 300.0),
        ("evaluate_staged", True),
        ("log_severity", LogSeverity.INFO),
        ("health", Listen(enabled=False, host="localhost", port=9099)),
        ("metrics", Listen(enabled=False, host="", port=9091)),
    ],
)
def test_defaults_of_the_agent(name: str, default: object) -> None:
    assert getattr(AgentSettings(), name) == default
