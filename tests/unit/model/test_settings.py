"""Host settings start as the reference system's do."""

from __future__ import annotations

import pytest

from tortie.model import EndpointToHostAction, Settings


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
        ("mark_mask", 0xFFFF0000),
    ],
)
def test_defaults(name: str, default: object) -> None:
    assert getattr(Settings(), name) == default


@pytest.mark.parametrize(("mask", "bit"), [(0xFFFF0000, 0x10000), (0x80000000, 0x80000000), (0x6, 0x2), (1, 1)])
def test_of_the_mask_the_lowest_bit_is_used(mask: int, bit: int) -> None:
    assert Settings(mark_mask=mask).mark_bit == bit
