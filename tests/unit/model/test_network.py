"""Pools and services' addresses: what they are where nobody says anything."""

from __future__ import annotations

from tortie.model import BGPConfiguration, IPPool, Key, Kind


def test_what_says_nothing_wraps_nothing_and_has_no_services() -> None:
    pool = IPPool(Key(Kind.IP_POOL, "", "p"))
    assert (pool.net, pool.encapsulations) == (None, frozenset())
    assert BGPConfiguration(Key(Kind.BGP_CONFIGURATION, "", "default")).service_nets == ()
