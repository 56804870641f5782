"""What happens when an API server fails: nothing is lost, nothing is told twice, and nothing secret is said."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import pytest

from tests.kube_api import KubeApi
from tortie.datastore import Change, KubernetesDatastore, KubernetesSettings, Syncer, Watch
from tortie.errors import Expired, Invalid, Unavailable
from tortie.model import Key, Kind

SOON = 20.0
TIER = Kind.TIER


def tier(name: str, order: int = 1) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"order": order}}


def collect(watch: Watch, count: int) -> Sequence[Change]:
    """Return the next changes, however often the watch has to say that the server does not answer."""
    seen: list[Change] = []
    until = monotonic() + SOON
    while len(seen) < count and monotonic() < until:
        try:
            seen += watch.poll(0.5)
        except Unavailable:
            continue
    assert len(seen) >= count, f"only {len(seen)} of {count} changes came"
    return seen


def watching(store: KubernetesDatastore, *kinds: Kind) -> Watch:
    watch = store.watch_each({kind: store.list(kind).revision for kind in kinds})
    assert watch.poll(0) == ()
    return watch


@pytest.mark.parametrize("whole", [False, True], ids=["streams", "every connection"])
def test_a_cut_watch_goes_on_where_it_was(api: KubeApi, store: KubernetesDatastore, *, whole: bool) -> None:
    watch = watching(store, TIER)
    seen: list[Change] = []
    for number in range(10):
        api.put("tiers", tier(f"t{number}"))
        if number % 2:
            seen += collect(watch, 2)
        if number % 3 == 1:
            api.cut(connections=whole)
    assert [change.key.name for change in seen] == [f"t{number}" for number in range(10)]
    api.put("tiers", tier("last"))
    assert [change.key.name for change in collect(watch, 1)] == ["last"]
    watch.close()


def test_a_line_that_was_cut_in_its_middle_is_told_once(api: KubeApi, store: KubernetesDatastore) -> None:
    watch = watching(store, TIER)
    api.faults.cut_lines = 2
    api.put("tiers", tier("a"))
    api.put("tiers", tier("a", 2))
    changes = collect(watch, 2)
    assert [change.revision for change in changes] == sorted({change.revision for change in changes})
    assert len(changes) == 2
    watch.close()


def test_a_restart_loses_nothing(api: KubeApi, store: KubernetesDatastore) -> None:
    watch = watching(store, TIER, Kind.NAMESPACE)
    api.put("tiers", tier("before"))
    assert len(collect(watch, 1)) == 1
    api.stop()
    api.put("tiers", tier("meanwhile"))
    with pytest.raises(Unavailable, match="does not answer"):
        poll_until_it_says(watch)
    api.start()
    api.namespace("after")
    assert {change.key.name for change in collect(watch, 2)} == {"meanwhile", "after"}
    watch.close()


def test_that_all_is_well_again_is_told_at_once(api: KubeApi, store: KubernetesDatastore) -> None:
    watch = watching(store, TIER)
    api.stop()
    with pytest.raises(Unavailable):
        poll_until_it_says(watch)
    api.start()
    until = monotonic() + SOON
    while monotonic() < until:
        try:
            assert watch.poll(1e9) == ()
        except Unavailable:
            threading.Event().wait(0.05)
        else:
            break
    else:
        pytest.fail("it never said so")
    watch.close()


def poll_until_it_says(watch: Watch) -> None:
    until = monotonic() + SOON
    while monotonic() < until:
        watch.poll(0.5)


def test_a_watch_that_was_away_too_long_expires(api: KubeApi, store: KubernetesDatastore) -> None:
    watch = watching(store, TIER)
    api.stop()
    api.put("tiers", tier("unseen"))
    api.compact()
    api.start()
    with pytest.raises(Expired):
        collect(watch, 1)
    watch.close()


def test_a_server_that_was_put_back_in_time_expires(api: KubeApi, store: KubernetesDatastore) -> None:
    watch = watching(store, TIER)
    api.put("tiers", tier("a"))
    collect(watch, 1)
    with api.changed:
        api.version -= 1
        api.events.pop()
        api.objects.clear()
    api.cut(connections=True)
    with pytest.raises(Expired, match="is not one of this server's"):
        collect(watch, 1)
    watch.close()


def test_a_quiet_kind_does_not_expire_while_bookmarks_tell_of_others(api: KubeApi, store: KubernetesDatastore) -> None:
    api.faults.bookmarks = True
    watch = watching(store, TIER)
    for number in range(5):
        api.namespace(f"n{number}")
    api.put("tiers", tier("seen"))
    collect(watch, 1)
    api.namespace("last")
    assert watch.poll(0.5) == ()
    api.compact()
    api.cut()
    api.put("tiers", tier("later"))
    assert [change.key.name for change in collect(watch, 1)] == ["later"]
    watch.close()


class Mirror:
    """What a syncer tells, kept up; no record is told twice, and nothing gone that was never told."""

    def __init__(self, store: KubernetesDatastore, kinds: Sequence[Kind]) -> None:
        self.records: dict[Key, str] = {}
        self.whole = threading.Event()
        self.syncer = Syncer(store, kinds, wait=lambda _: None)

    def follow(self) -> None:
        for batch in self.syncer:
            for key, record in batch.updates:
                if record is None:
                    del self.records[key]
                else:
                    assert self.records.get(key) != record.revision, "told twice"
                    self.records[key] = record.revision
            if batch.in_sync:
                self.whole.set()

    def becomes(self, wanted: dict[Key, str]) -> bool:
        until = monotonic() + SOON
        while self.records != wanted and monotonic() < until:
            threading.Event().wait(0.05)
        return self.records == wanted


def trouble(api: KubeApi) -> None:
    """Change much, while connections and the server go away now and then."""
    for number in range(30):
        api.put("tiers", tier(f"t{number % 7}", number))
        api.namespace(f"n{number}")
        if number % 5 == 1:
            api.remove("tiers", f"t{number % 7}")
        if number % 10 == 3:
            api.cut(connections=True)
        if number == 14:
            api.stop()
            api.remove("namespaces", "n3")
            api.compact()
            api.start()


def test_a_syncer_s_mirror_is_the_store_whatever_happens(api: KubeApi, store: KubernetesDatastore) -> None:
    kinds = (TIER, Kind.NAMESPACE, Kind.NETWORK_POLICY, Kind.PROFILE)
    mirror = Mirror(store, kinds)
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(mirror.follow)
        assert mirror.whole.wait(SOON)
        trouble(api)
        held = [kind for kind in kinds if store.holds(kind)]
        wanted = {record.key: record.revision for kind in held for record in store.list(kind).records}
        assert mirror.becomes(wanted)
        mirror.syncer.close()
        following.result(SOON)
    assert Kind.PROFILE not in held


# --- calls -----------------------------------------------------------------------------------------------------------


def test_what_is_refused_for_the_moment_is_asked_again(api: KubeApi, store: KubernetesDatastore) -> None:
    api.faults.refuse = [(429, {"Retry-After": "0"}), (503, {}), (500, {})]
    assert store.list(TIER).records == ()
    assert not api.faults.refuse


def test_a_server_that_keeps_refusing_is_unavailable(api: KubeApi, store: KubernetesDatastore) -> None:
    api.faults.refuse = [(429, {"Retry-After": "0"})] * 20
    with pytest.raises(Unavailable, match=r"has too much to do \(429\): told to answer 429"):
        store.list(TIER)


@pytest.mark.parametrize(
    ("code", "words"),
    [(401, "does not accept who we are"), (403, "does not allow that")],
)
def test_a_refusal_that_stays_is_told_at_once(api: KubeApi, store: KubernetesDatastore, code: int, words: str) -> None:
    store.list(TIER)
    api.faults.refuse = [(code, {})]
    with pytest.raises(Unavailable, match=words):
        store.list(TIER)
    assert not api.faults.refuse


def test_a_kind_that_one_may_not_see_is_named(api: KubeApi, store: KubernetesDatastore) -> None:
    api.faults.forbidden = frozenset({"pods"})
    with pytest.raises(Unavailable, match="pods is forbidden"):
        store.list(Kind.POD)
    assert store.list(TIER).records == ()


def test_what_the_server_finds_wrong_is_told(store: KubernetesDatastore) -> None:
    with pytest.raises(Invalid, match=r"the Kubernetes API refuses that: .*metadata.name"):
        store.create(Key(TIER, "", "Nonsense"), b'{"metadata": {"name": "Nonsense"}}')


def test_a_listing_that_expires_between_its_pages_begins_again(
    api: KubeApi, store: KubernetesDatastore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tortie.datastore.kubernetes_objects.PAGE", 2)
    for number in range(5):
        api.put("tiers", tier(f"t{number}"))
    store.list(TIER)
    api.faults.refuse = []
    listing, calls = api.listing, []

    def forgetful(kind: Any, namespace: str, query: Any) -> Any:
        calls.append(query)
        if len(calls) == 2:
            api.compact()
            api.put("tiers", tier("t9"))
            api.compact()
        return listing(kind, namespace, query)

    monkeypatch.setattr(api, "listing", forgetful)
    assert [record.key.name for record in store.list(TIER).records] == ["t0", "t1", "t2", "t3", "t4", "t9"]


def test_nobody_there_is_told_with_the_address() -> None:
    store = KubernetesDatastore(KubernetesSettings(endpoint="http://127.0.0.1:9", token="hidden"))  # noqa: S106 - as said
    with pytest.raises(Unavailable, match=r"the Kubernetes API at http://127.0.0.1:9 does not answer") as caught:
        store.list(TIER)
    assert "hidden" not in str(caught.value)
    store.close()


def test_close_ends_what_waits(api: KubeApi, store: KubernetesDatastore) -> None:
    api.faults.seconds = SOON
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.list, TIER)
        threading.Event().wait(0.2)
        began = monotonic()
        store.close()
        with pytest.raises(Unavailable, match="closed"):
            waiting.result(SOON)
        assert monotonic() - began < SOON / 2
    api.faults.seconds = 0


def test_requests_keep_to_their_rate(server: tuple[KubeApi, str]) -> None:
    store = KubernetesDatastore(KubernetesSettings(endpoint=server[1], qps="20", burst="1"))
    began = monotonic()
    for _ in range(6):
        store.list(Kind.NAMESPACE)
    assert monotonic() - began >= 4 / 20
    store.close()
