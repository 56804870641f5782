"""Watches through the proxy that comes with etcd: each sees every change once, also one that was away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.etcds import Etcd, compact, free_ports, grpc_proxy
from tortie.datastore import Change, EtcdSettings, Syncer, Watch
from tortie.datastore.etcd import EtcdDatastore
from tortie.errors import Unavailable
from tortie.model import Key, Kind

WATCHES, CHANGES = 20, 50
LONG = 60.0  # seconds; reached only by a failing test
COUNTER = Key(Kind.TIER, "", "counter")


class Follower:
    """Polls one watch until it has seen enough."""

    def __init__(self, watch: Watch, wanted: int) -> None:
        self.watch, self.wanted = watch, wanted
        self.seen: list[Change] = []
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self) -> None:
        until = time.monotonic() + LONG
        while len(self.seen) < self.wanted and time.monotonic() < until:
            try:
                self.seen += self.watch.poll(0.5)
            except Unavailable:
                threading.Event().wait(0.05)


def count(store: EtcdDatastore, changes: int) -> list[str]:
    revisions = []
    for _ in range(changes):
        found = store.get(COUNTER)
        revisions.append(store.update(COUNTER, str(int(found.value) + 1).encode(), found.revision).revision)
    return revisions


def test_every_watch_sees_every_change_once(etcd: Etcd, store: EtcdDatastore, tmp_path: Path) -> None:
    store.create(COUNTER, b"0")
    (port,) = free_ports(1)
    start = store.list(Kind.TIER).revision
    with grpc_proxy(etcd, tmp_path, port) as (settings, _):
        clients = [EtcdDatastore(settings) for _ in range(WATCHES)]
        followers = [Follower(client.watch([Kind.TIER, Kind.PROFILE], start), 2 * CHANGES) for client in clients]
        written = count(store, CHANGES)
    with grpc_proxy(etcd, tmp_path, port):  # it was away, and began anew
        written += count(store, CHANGES)
        for follower in followers:
            follower.thread.join(LONG)
            assert [change.revision for change in follower.seen] == written
        for client in clients:
            client.close()


def test_what_the_proxy_missed_is_listed_again(etcd: Etcd, store: EtcdDatastore, tmp_path: Path) -> None:
    store.create(COUNTER, b"0")
    gone = store.create(Key(Kind.TIER, "", "gone"), b"")
    held: dict[Key, bytes] = {}
    (port,) = free_ports(1)
    client = EtcdDatastore(EtcdSettings(f"http://127.0.0.1:{port}"))
    syncer = Syncer(client, [Kind.TIER])

    def receive() -> None:
        for batch in syncer:
            for key, record in batch.updates:
                if record is None:
                    del held[key]
                else:
                    held[key] = record.value

    with grpc_proxy(etcd, tmp_path, port):
        threading.Thread(target=receive, daemon=True).start()
        await_(lambda: len(held) == 2)
    store.delete(gone.key)
    count(store, 3)
    compact(etcd)
    with grpc_proxy(etcd, tmp_path, port):
        await_(lambda: held == {COUNTER: b"3"})
        syncer.close()
        client.close()


def await_(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG

    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
