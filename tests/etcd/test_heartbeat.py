"""Agents' reports in etcd: where the reference system's tools look for them, and gone when an agent is."""

from __future__ import annotations

import threading
import time

import pytest

from tests.etcds import Etcd, b64, gateway, paths
from tortie.datastore import Heartbeats, SqliteDatastore
from tortie.datastore.etcd import EtcdDatastore
from tortie.model import Kind

SOON = 30.0


@pytest.mark.parametrize(("region", "place"), [("", "no-region"), ("east", "region-east")])
def test_a_report_is_kept_and_a_life_is_lent(etcd: Etcd, store: EtcdDatastore, region: str, place: str) -> None:
    assert isinstance(store, Heartbeats)
    root = f"/calico/felix/v2/{place}/host/n1"
    store.beat("n1", region, b"1", 60)
    store.beat("n1", region, b"2", 60)
    assert paths(etcd) == {f"{root}/status": b"2", f"{root}/last_reported_status": b"2"}
    (alive,), (last,) = (
        gateway(etcd, "kv/range", key=b64(f"{root}/{what}"))["kvs"] for what in ("status", "last_reported_status")
    )
    assert gateway(etcd, "lease/timetolive", ID=alive["lease"])["grantedTTL"] == "60"
    assert "lease" not in last
    assert [record for kind in Kind for record in store.list(kind).records] == []


def test_an_agent_that_no_longer_beats_is_gone(etcd: Etcd, store: EtcdDatastore) -> None:
    store.beat("n1", "", b"1", 1)
    until = time.monotonic() + SOON
    while len(paths(etcd)) > 1:
        assert time.monotonic() < until, "the lease does not end"
        threading.Event().wait(0.1)
    assert list(paths(etcd)) == ["/calico/felix/v2/no-region/host/n1/last_reported_status"]


def test_other_stores_take_no_reports() -> None:
    assert not issubclass(SqliteDatastore, Heartbeats)
