"""Which packets are a tunnel's."""

from __future__ import annotations

import pytest

from tortie.compiled import Tunnel
from tortie.model import Flow, parse_address


@pytest.mark.parametrize(
    ("tunnel", "protocol", "port", "carried"),
    [
        (Tunnel(17, 4789), 17, 4789, True),
        (Tunnel(17, 4789), 17, 4790, False),
        (Tunnel(17, 4789), 6, 4789, False),
        (Tunnel(4), 4, 0, True),
        (Tunnel(4), 41, 0, False),
        (Tunnel(17, 51820, known_only=False), 17, 51820, True),
    ],
)
def test_protocol_and_port_tell(tunnel: Tunnel, protocol: int, port: int, carried: bool) -> None:
    here, there = parse_address("10.0.0.1"), parse_address("10.0.0.2")
    assert tunnel.carries(Flow(here, there, protocol, 40000, port)) is carried
