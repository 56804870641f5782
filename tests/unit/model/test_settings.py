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
    ],
)
def test_defaults(name: str, default: object) -> None:
    assert getattr(Settings(), name) == default
