"""A flow is a packet of one family."""

from __future__ import annotations

import pytest

from tortie.model import Family, Flow, Place, parse_address


@pytest.mark.parametrize(("text", "family"), [("10.0.0.1", Family.V4), ("fd00::1", Family.V6)])
def test_family(text: str, family: Family) -> None:
    flow = Flow(parse_address(text), parse_address(text), 6)
    assert (flow.family, flow.sender, flow.receiver) == (family, Place.ELSEWHERE, Place.ELSEWHERE)


def test_no_packet_has_two_families() -> None:
    with pytest.raises(ValueError, match="one address family"):
        Flow(parse_address("10.0.0.1"), parse_address("fd00::1"), 6)
