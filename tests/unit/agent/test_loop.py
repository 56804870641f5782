"""The agent as a whole, over a datastore and a kernel in memory: it starts, follows, answers, mends and ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.spec.semantics import HOST
from tests.unit.agent.scene import BAD, CARRIED, NODE, Scene, until
from tortie.agent import (
    Agent,
)
from tortie.dataplane.nftables import Transaction
from tortie.dataplane.nftables.boot import BOOT
from tortie.datastore import PENDING_KEY, PendingChange, Record, SyncState, Touched
from tortie.model import (
    CLUSTER_KEY,
    Key,
    Kind,
)
from tortie.netlink import Link


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    found = Scene(tmp_path)
    yield found
    found.close()


async def get(path: Path, what: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(f"GET {what} HTTP/1.1\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return int(head.split()[1]), body


@pytest.mark.scenario(154)
def test_from_start_to_end(scene: Scene) -> None:
    scene.fill()
    control = scene.directory / "a.sock"

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        assert control.stat().st_mode & 0o777 == 0o600
        assert (await get(control, "/readiness"))[0] == 200
        assert json.loads((await get(control, "/status"))[1])["sizes"]["endpoints"] == 3
        assert json.loads((await get(control, "/settings"))[1]) == {"host": HOST, "sources": []}
        assert b'owner="GlobalNetworkPolicy/closed"' in (await get(control, "/metrics"))[1]
        reader, writer = await asyncio.open_connection(*agent.addresses["health"])
        writer.write(b"GET /liveness HTTP/1.1\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()

    scene.run(act)
    assert not control.exists()
    assert "invalid" in scene.kernel.counters()
    assert [json.loads(line)["message"] for line in scene.log.getvalue().splitlines()][-1] == "ready"


def test_changes_are_followed_and_broken_ones_named(scene: Scene) -> None:
    scene.fill()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        scene.store.create(Key(Kind.TIER, "", "odd"), b"?")
        await until(lambda: agent.report().undecodable)
        assert agent.report().undecodable == {"Tier/odd": "Tier/odd: broken"}
        assert agent.report().ready
        scene.store.delete(Key(Kind.WORKLOAD_ENDPOINT, "default", "w0"))
        await until(lambda: agent.report().sizes["endpoints"] == 2)

    scene.run(act)


def test_a_change_by_others_wakes_it(scene: Scene) -> None:
    scene.fill()
    gone = Transaction()
    gone.replace_table()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        scene.kernel.interfere(gone)
        await until(lambda: agent.report().repairs)

    scene.run(act)
    assert "invalid" in scene.kernel.counters()


@pytest.mark.scenario(154)
def test_workloads_are_silent_while_nothing_is_known(scene: Scene) -> None:
    scene.store.away = True

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().datastore_error)
        assert set(scene.kernel.counters()) == {BOOT}
        status, body = await get(scene.directory / "a.sock", "/readiness")
        assert status == 503
        assert b"non-ready  the datastore is not read completely yet: the store is away\n" in body

    scene.run(act)


def test_the_last_good_state_stands_in_for_a_datastore_that_is_away(scene: Scene) -> None:
    scene.fill()

    async def ready(agent: Agent) -> None:
        await until(lambda: agent.report().ready)

    scene.run(ready)
    scene.kernel.delete_table()
    scene.store.away = True

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().sizes["endpoints"] == 3)
        assert agent.report().enforced == "the last good state, kept on disk"
        assert not agent.report().ready
        scene.store.away = False
        await until(lambda: agent.report().ready)
        assert agent.report().enforced == "the datastore's policy"

    scene.run(act)


def test_the_slow_timer_finds_what_no_notice_told(scene: Scene) -> None:
    scene.fill()
    scene.config = replace(scene.config, repair_seconds=0.02)
    gone = Transaction()
    gone.replace_table()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        scene.kernel.commit(gone)
        await until(lambda: agent.report().repairs)

    scene.run(act)


@pytest.mark.scenario(154)
def test_a_kernel_that_refuses_is_asked_again_until_it_takes_the_policy(scene: Scene) -> None:
    scene.fill()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        scene.kernel.full = True
        scene.store.delete(Key(Kind.WORKLOAD_ENDPOINT, "default", "w0"))
        await until(lambda: agent.report().failures > 3)
        assert "the kernel refused the policy (ENOSPC)" in agent.report().reason
        scene.kernel.full = False
        await until(lambda: agent.report().ready)

    scene.run(act)
    assert "caliw0" not in str(scene.kernel.ruleset())


def test_a_kernel_that_refuses_is_not_asked_all_the_time(scene: Scene) -> None:
    scene.fill()
    scene.times = replace(scene.times, look=0.01, retry=1000.0, longest=1000.0)
    scene.kernel.full = True

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().failures)
        before = agent.report().failures
        await asyncio.sleep(0.2)
        assert agent.report().failures <= before + 3  # the news that came meanwhile

    scene.run(act)


def test_what_the_kernel_refuses_is_named(scene: Scene) -> None:
    scene.fill()
    scene.store.create(BAD.key, b"ok")

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().quarantined)
        assert list(agent.report().quarantined) == ["GlobalNetworkPolicy/bad"]
        assert agent.report().ready
        await until(lambda: "it is closed until it changes" in scene.log.getvalue())

    scene.run(act)


@pytest.mark.scenario(89)
def test_a_host_endpoint_follows_its_address(scene: Scene) -> None:
    scene.fill()
    scene.store.create(NODE.key, b"ok")
    carrying = Link(up=True, addresses=frozenset({CARRIED}))
    scene.links.plug({"eth0": carrying, "lan0": Link()})

    def governed() -> str:
        return str(scene.kernel.ruleset().elements)

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready and "eth0" in governed())
        assert "lan0" not in governed()
        scene.links.plug({"eth0": Link(), "lan0": carrying})
        await until(lambda: "lan0" in governed())
        assert "eth0" not in governed()
        scene.links.plug(None)
        await until(lambda: agent.report().interfaces_error == "no interfaces today")
        assert "lan0" in governed()
        assert agent.report().ready

    scene.run(act)


def test_nothing_is_enforced_before_the_interfaces_are_known(scene: Scene) -> None:
    """Without them no host endpoint counts by its addresses: what an earlier run enforced would be taken away."""
    scene.fill()
    scene.store.create(NODE.key, b"ok")
    scene.links.plug(None)

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().interfaces_error == "no interfaces today")
        await until(lambda: agent.report().datastore is SyncState.IN_SYNC)
        await asyncio.sleep(0.3)  # in which it would have been enforced
        assert not agent.report().ready
        assert "interfaces are not known" in agent.report().reason
        assert agent.report().applies == 0
        scene.links.plug({"eth0": Link(up=True, addresses=frozenset({CARRIED}))})
        await until(lambda: agent.report().ready)
        assert "eth0" in str(scene.kernel.ruleset().elements)

    scene.run(act)


def test_a_locked_datastore_changes_nothing_until_it_is_unlocked(scene: Scene) -> None:
    scene.fill()
    lock = {ready: json.dumps({"spec": {"datastoreReady": ready}}).encode() for ready in (False, True)}

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        made = scene.store.create(CLUSTER_KEY, lock[False])
        scene.store.delete(Key(Kind.WORKLOAD_ENDPOINT, "default", "w0"))
        await until(lambda: not agent.report().ready)
        assert agent.report().reason.startswith("the datastore is locked (`calicoctl datastore migrate unlock`")
        assert (agent.report().sizes["endpoints"], agent.report().enforced) == (3, "the datastore's policy")
        scene.store.update(CLUSTER_KEY, lock[True], made.revision)
        await until(lambda: agent.report().sizes["endpoints"] == 2)
        assert agent.report().ready

    scene.run(act)


def test_a_datastore_that_is_locked_at_the_start_leaves_the_last_good_state(scene: Scene) -> None:
    scene.fill()

    async def ready(agent: Agent) -> None:
        await until(lambda: agent.report().ready)

    scene.run(ready)
    scene.kernel.delete_table()
    scene.store.create(CLUSTER_KEY, b'{"spec":{"datastoreReady":false}}')
    scene.store.delete(Key(Kind.WORKLOAD_ENDPOINT, "default", "w0"))

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().sizes["endpoints"] == 3)
        assert agent.report().enforced == "the last good state, kept on disk"
        scene.store.delete(CLUSTER_KEY)
        await until(lambda: agent.report().sizes["endpoints"] == 2)
        assert agent.report().ready

    scene.run(act)


CLOSED = Key(Kind.GLOBAL_NETWORK_POLICY, "", "closed")
CHANGE = PendingChange("one", 1.0, "soon", "me@here", (Touched(CLOSED, Record(CLOSED, b"ok", ""), ""),))
"""A change that takes the only policy away."""


def is_closed(agent: Agent) -> bool:
    """Tell whether the host enforces the policy."""
    rules = agent._enforcement.snapshot.rules.values()
    return any(rule.origin.owner == CLOSED for rule in rules)


def test_a_change_that_nobody_confirms_is_undone(scene: Scene) -> None:
    scene.fill()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        scene.store.create(PENDING_KEY, CHANGE.encode())
        await until(lambda: b'"followers":[]' not in scene.store.get(PENDING_KEY).value)
        assert agent.report().probation == "the change of me@here waits for confirmation until soon"
        scene.store.delete(CLOSED)
        await until(lambda: not is_closed(agent))
        await until(lambda: not agent.report().probation)
        assert scene.store.get(CLOSED).value == b"ok"
        assert is_closed(agent)

    scene.run(act)
    assert "a change that nobody confirmed is undone" in scene.log.getvalue()
    assert not (scene.directory / "probation.json").exists()


def test_without_its_datastore_a_host_undoes_a_change_for_itself_and_after_a_new_start(scene: Scene) -> None:
    scene.fill()

    async def begin(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        scene.store.create(PENDING_KEY, CHANGE.encode())
        scene.store.delete(CLOSED)
        await until(lambda: not is_closed(agent))
        scene.store.away = True

    async def again(agent: Agent) -> None:
        await until(lambda: "nobody confirmed the change of me@here" in agent.report().probation)
        await until(lambda: is_closed(agent))
        assert agent.report().enforced == "the last good state, kept on disk"
        await until(lambda: "the store is away" in agent.report().probation_error)
        scene.store.away = False
        await until(lambda: not agent.report().probation)
        assert scene.store.get(CLOSED).value == b"ok"

    scene.run(begin)
    scene.run(again)
