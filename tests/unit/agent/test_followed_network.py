"""Pools, hosts and services' addresses of the datastore, followed by a running agent into the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.agent.scene import SAID, Scene, until
from tortie.agent import Agent
from tortie.model import (
    BGPConfiguration,
    Encapsulation,
    IPPool,
    Key,
    Kind,
    Metadata,
    Node,
    Resource,
    parse_address,
    parse_prefix,
)

POOL = IPPool(Key(Kind.IP_POOL, "", "p"), Metadata(), parse_prefix("10.1.0.0/16"), frozenset({Encapsulation.VXLAN}))
FAR = Node(Key(Kind.NODE, "", "far"), outer=(parse_address("192.0.2.9"),))
SERVICES = BGPConfiguration(
    Key(Kind.BGP_CONFIGURATION, "", "default"), service_nets=((parse_prefix("10.96.0.0/12"), "serviceClusterIPs"),)
)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    found = Scene(tmp_path)
    yield found
    found.close()


@pytest.mark.scenario(133)
@pytest.mark.scenario(138)
def test_what_the_datastore_says_of_the_network_is_in_force_at_once(scene: Scene) -> None:
    scene.fill()

    def put(resource: Resource) -> None:
        SAID[resource.key] = resource
        scene.store.create(resource.key, b"ok")

    def known() -> set[object]:
        return {each.key for each in scene.kernel.ruleset().elements.get("hosts4", ())}

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        assert not {"tunnel", "service-loop"} & scene.kernel.ruleset().counters.keys()
        put(FAR)
        put(POOL)
        await until(lambda: known() == {int.from_bytes(FAR.outer[0])})
        put(SERVICES)
        await until(lambda: "service-loop" in scene.kernel.ruleset().counters)
        scene.store.delete(FAR.key)
        await until(lambda: not known())
        assert "vxlan4-in" in scene.kernel.ruleset().chains
        scene.store.delete(POOL.key)
        await until(lambda: "vxlan4-in" not in scene.kernel.ruleset().chains)
        assert agent.report().ready

    scene.run(act)
