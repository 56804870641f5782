"""What a host enforces, from news to the table: a real engine and dataplane over a kernel in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.spec.cast import DENY, INGRESS, address, endpoint_key, host_endpoint, policy, workload, world
from tests.spec.semantics import HOST
from tortie.agent import Cache, Cutter, Enactor, Enforcement, HostSettings, Owners, Quarantine, View
from tortie.agent.inbox import News
from tortie.dataplane.nftables import Dataplane, FakeKernel, Refused, Transaction
from tortie.dataplane.nftables.boot import BOOT
from tortie.datastore import Record
from tortie.engine import Endpoint, Engine
from tortie.errors import Invalid
from tortie.model import Family, Key, Kind, Resource, Settings, Update

CLOSED = policy("closed", "all()", (INGRESS,), (DENY,))
WORLD = dict(world(CLOSED))


def is_here(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


def decode(key: Key, value: bytes) -> Resource:
    """Take a value for a reference to the world; anything else is broken."""
    if value != b"ok":
        raise Invalid.because("broken")
    return WORLD[key]


def record(key: Key, value: bytes = b"ok") -> Record:
    return Record(key, value, "1")


Begin = Callable[..., Enforcement]
ALL = News({key: record(key) for key in WORLD}, in_sync=True)


class Kernel(FakeKernel):
    """A kernel that refuses everything while it is told to."""

    refuses = False

    def commit(self, transaction: Transaction, generation: int | None = None) -> int:
        if self.refuses:
            raise Refused((), 22)
        return super().commit(transaction, generation)


class Forgetful(Cutter):
    """Forgets as a test says, and knows of no connection."""

    def __init__(self, forget: Callable[[Collection[bytes]], object]) -> None:
        self._forgets = forget

    def note(self, updates: Iterable[Update]) -> None:
        """Nobody is to be cut."""

    def forget(self, addresses: Collection[bytes]) -> int:
        self._forgets(addresses)
        return 0


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    fake = Kernel()
    yield fake
    fake.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.jsonl"


@pytest.fixture
def begin(path: Path) -> Iterator[Begin]:
    """Return what starts the enforcement of a host; each is closed in the end."""
    with ExitStack() as stack:

        def start(
            kernel: FakeKernel, at: Path = path, forget: Callable[[Collection[bytes]], object] = frozenset
        ) -> Enforcement:
            engine = Engine(is_here, Settings())
            enactor = Enactor(engine, Dataplane(kernel, Settings()), Quarantine(is_here), HostSettings((), HOST))
            found = Enforcement(
                enactor, View(decode), Cache(at), Owners(at.with_name("addresses.json")), Forgetful(forget)
            )
            stack.callback(found.close)
            return found

        yield start


def kept(path: Path) -> None:
    """Leave the whole world behind as the last good state."""
    cache = Cache(path)
    cache.note(ALL.updates.items(), in_sync=True)
    cache.close()


def is_silent(kernel: FakeKernel) -> bool:
    return BOOT in kernel.counters()


def test_workloads_are_silent_until_the_view_is_whole(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    enforcement.boot()
    assert is_silent(kernel)
    enforcement.take(News(ALL.updates, in_sync=False))
    enforcement.settle()
    assert is_silent(kernel)
    enforcement.take(News({}, in_sync=True))
    assert not is_silent(kernel)
    assert (enforcement.started, enforcement.sizes["endpoints"], enforcement.applies) == (True, 3, 1)


def test_the_first_piece_of_work_is_surrounded_and_no_other(kernel: Kernel, path: Path) -> None:
    told: list[str] = []

    @contextmanager
    def building() -> Iterator[None]:
        told.append(f"begins, {'silent' if is_silent(kernel) else 'enforced'}")
        yield
        told.append(f"ends, {'silent' if is_silent(kernel) else 'enforced'}")

    enactor = Enactor(
        Engine(is_here, Settings()), Dataplane(kernel, Settings()), Quarantine(is_here), HostSettings((), HOST)
    )
    enforcement = Enforcement(
        enactor, View(decode), Cache(path), Owners(path.with_name("addresses.json")), building=building
    )
    enforcement.boot()
    enforcement.take(News(ALL.updates, in_sync=False))
    assert told == []
    enforcement.take(News({}, in_sync=True))
    assert told == ["begins, silent", "ends, enforced"]
    enforcement.take(ALL)
    assert len(told) == 2
    enforcement.close()


def test_what_an_earlier_run_left_stays_until_the_view_is_whole(begin: Begin, kernel: Kernel, path: Path) -> None:
    begin(kernel).take(ALL)
    before = kernel.ruleset()
    again = begin(kernel, path.with_name("other"))
    again.boot()
    again.settle(thorough=True)
    assert kernel.ruleset() == before


def test_an_empty_datastore_that_always_was_is_enforced(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    enforcement.boot()
    enforcement.take(News({}, in_sync=True))
    assert enforcement.started
    assert not is_silent(kernel)


def test_the_last_good_state_is_enforced_once_then_the_datastores(begin: Begin, kernel: Kernel, path: Path) -> None:
    kept(path)
    enforcement = begin(kernel)
    assert enforcement.restore()
    assert not enforcement.restore()
    assert enforcement.sizes["endpoints"] == 3
    rest = {key: value for key, value in ALL.updates.items() if key.name != "w0"}
    enforcement.take(News(rest, in_sync=True))
    assert enforcement.sizes["endpoints"] == 2
    assert Cache(path).read().keys() == rest.keys()


def test_no_last_good_state_is_nothing_to_enforce(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    enforcement.boot()
    assert not enforcement.restore()
    assert is_silent(kernel)


def test_an_empty_datastore_after_policy_keeps_the_last_good_state(begin: Begin, kernel: Kernel, path: Path) -> None:
    kept(path)
    enforcement = begin(kernel)
    enforcement.take(News({}, in_sync=True))
    assert enforcement.restored
    assert enforcement.sizes["endpoints"] == 3
    assert Cache(path).read().keys() == WORLD.keys()


def test_a_broken_last_good_state_is_told(begin: Begin, kernel: Kernel, path: Path) -> None:
    path.write_text("?\n")
    enforcement = begin(kernel)
    assert not enforcement.restore()
    assert "not a line of the last good state" in enforcement.cache_error


def test_a_disk_that_takes_nothing_is_told_and_policy_is_enforced(begin: Begin, kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    enforcement = begin(kernel, tmp_path / "file" / "state.jsonl")
    enforcement.take(ALL)
    enforcement.take(News({CLOSED.key: None}, in_sync=True))
    assert "the last good state is not kept" in enforcement.cache_error
    assert enforcement.started


def test_a_broken_resource_stops_no_other(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    broken = Key(Kind.TIER, "", "broken")
    enforcement.take(News({**ALL.updates, broken: record(broken, b"?")}, in_sync=True))
    assert enforcement.sizes["endpoints"] == 3
    assert enforcement.view.problems == {broken: "broken"}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_host_endpoint_that_is_lost_polices_on_in_the_next_run_too(
    begin: Begin, kernel: Kernel, path: Path, *, at_once: bool
) -> None:
    eth0 = host_endpoint("eth0")
    WORLD[eth0.key] = eth0
    lost = record(eth0.key, b"?")
    first = begin(kernel)
    first.take(News({**ALL.updates, eth0.key: record(eth0.key)}, in_sync=True))
    first.take(News({eth0.key: lost}, in_sync=True))
    assert first.snapshot.host_endpoints.keys() == {"eth0"}
    first.close()
    again = begin(kernel)
    again.take(News({**ALL.updates, eth0.key: lost}, in_sync=at_once))
    again.take(News({}, in_sync=True))
    assert again.snapshot.host_endpoints.keys() == {"eth0"}
    assert again.view.problems == {eth0.key: "broken; what it said before stays in force"}
    assert Cache(path).read()[eth0.key] == record(eth0.key)
    again.take(News({eth0.key: None}, in_sync=True))
    assert not again.snapshot.host_endpoints
    assert eth0.key not in Cache(path).read()
    del WORLD[eth0.key]


def test_what_the_kernel_refuses_is_told_and_tried_again(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    enforcement.boot()
    kernel.refuses = True
    enforcement.take(ALL)
    enforcement.settle()
    assert "the kernel refused the policy (EINVAL)" in enforcement.error
    assert (enforcement.started, enforcement.failures > 0, is_silent(kernel)) == (False, True, True)
    kernel.refuses = False
    enforcement.settle()
    assert (enforcement.error, enforcement.started, is_silent(kernel)) == ("", True, False)


def test_a_deleted_table_comes_back(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    enforcement.take(ALL)
    before = kernel.ruleset()
    gone = Transaction()
    gone.replace_table()
    kernel.interfere(gone)
    enforcement.settle()
    assert kernel.ruleset() == before
    assert enforcement.repairs == 1


def test_counts_are_by_rule_and_owner(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    enforcement.take(ALL)
    enforcement.take(News({}, in_sync=True))
    [row] = [each for each in enforcement.counts() if each.owner == str(CLOSED.key)]
    assert (row.action, row.direction, row.tier, row.packets) == ("Deny", "Ingress", "default", 0)
    kernel.count("invalid", 7, 700)
    [invalid] = [each for each in enforcement.counts() if each.rule == "invalid"]
    assert (invalid.packets, invalid.bytes, invalid.owner) == (7, 700, "")


def test_connections_are_ended_once_and_after_the_policy(begin: Begin, kernel: Kernel) -> None:
    ended: list[tuple[Collection[bytes], bool]] = []

    def forget(addresses: Collection[bytes]) -> int:
        ended.append((addresses, "caliw0" in str(kernel.ruleset())))
        return 0

    enforcement = begin(kernel, forget=forget)
    enforcement.take(ALL)
    enforcement.take(News({endpoint_key("w0"): None}, in_sync=True))
    enforcement.settle()
    assert ended == [(frozenset(address("w0", family) for family in Family), False)]


def test_interfaces_are_seen_once_something_is_enforced(begin: Begin, kernel: Kernel) -> None:
    enforcement = begin(kernel)
    enforcement.boot()
    enforcement.see({"eth0": frozenset()})
    assert is_silent(kernel)
    enforcement.take(ALL)
    applies = enforcement.applies
    enforcement.see({"eth0": frozenset(), "eth1": frozenset()})
    assert enforcement.applies == applies + 1


def test_connections_of_an_address_that_another_had_all_along_go_on(begin: Begin, kernel: Kernel) -> None:
    ended: list[Collection[bytes]] = []
    twin = replace(workload("w9"), addresses=workload("w0").addresses)
    enforcement = begin(kernel, forget=ended.append)
    WORLD[twin.key] = twin
    enforcement.take(News({**ALL.updates, twin.key: record(twin.key)}, in_sync=True))
    enforcement.take(News({twin.key: None}, in_sync=True))
    assert ended == []
    enforcement.take(News({endpoint_key("w0"): None}, in_sync=True))
    assert ended == [frozenset(workload("w0").addresses)]
    del WORLD[twin.key]
