"""What a host treats by itself: enough that it works on, and nothing that another could use to turn it."""

from __future__ import annotations

import pytest

from tortie.compiled import HOST_DISCOVERY, LINK_LOCAL, WORKLOAD_DISCOVERY
from tortie.model import parse_address


def test_discovery_is_what_a_host_cannot_do_without() -> None:
    assert 137 not in HOST_DISCOVERY, "no redirects"
    assert {2, 133, 134, 135, 136} <= set(HOST_DISCOVERY)


def test_workloads_may_ask_what_a_host_keeps_but_not_speak_as_a_router() -> None:
    assert set(WORKLOAD_DISCOVERY) < set(HOST_DISCOVERY)
    assert 134 not in WORKLOAD_DISCOVERY, "no router advertisements"


@pytest.mark.parametrize(
    ("address", "within"), [("fe80::1", True), ("febf::1", True), ("fec0::1", False), ("ff02::1", False)]
)
def test_link_local_addresses(address: str, *, within: bool) -> None:
    assert LINK_LOCAL.covers(parse_address(address)) is within
