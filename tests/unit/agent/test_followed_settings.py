"""Settings that the datastore says, followed by a running agent: at once, or by ending in order to begin anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from tests.unit.agent.scene import Scene, say, until
from tortie.agent import (
    RESTART,
    Agent,
)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    found = Scene(tmp_path)
    yield found
    found.close()


@pytest.mark.scenario(152)
def test_a_setting_of_the_datastore_is_in_force_at_once(scene: Scene) -> None:
    scene.fill()

    def invalid_is_dropped() -> bool:
        return "invalid-workload" in str(scene.kernel.ruleset().rules["forward"])

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        assert invalid_is_dropped()
        say(scene, DisableConntrackInvalidCheck="true", LogSeverityScreen="error", NftablesRefreshInterval="7")
        await until(lambda: not invalid_is_dropped())
        say(scene, DisableConntrackInvalidCheck="maybe", Odd="1")
        await until(invalid_is_dropped)
        assert agent.report().settings_problems.keys() == {
            "FelixConfiguration/default DisableConntrackInvalidCheck",
            "FelixConfiguration/default Odd",
        }
        assert agent.report().ready

    assert scene.run(act).exit_code == 0


@pytest.mark.scenario(152)
def test_a_setting_that_needs_a_new_start_ends_the_agent_after_a_while(scene: Scene) -> None:
    scene.fill()
    say(scene, EndpointStatusPathPrefix="/one")

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        say(scene, EndpointStatusPathPrefix="/two")
        await until(lambda: agent.exit_code)
        await until(lambda: not (scene.directory / "a.sock").exists())

    assert scene.run(act).exit_code == RESTART


@pytest.mark.scenario(153)
@pytest.mark.parametrize("between", ["/one", "/two"])
def test_a_setting_that_is_as_before_ends_nobody(scene: Scene, between: str) -> None:
    scene.fill()
    scene.times = replace(scene.times, grace=1000.0)
    say(scene, EndpointStatusPathPrefix="/one")

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        for path in (between, "/one"):
            say(scene, EndpointStatusPathPrefix=path, LogPrefix=f"changed-to-{path[1:]}")
            applies = agent.report().applies
            await until(lambda: agent.report().applies > applies)  # noqa: B023 - asked before the next turn
        await until(lambda: not agent.exit_code)

    assert scene.run(act).exit_code == 0


def test_health_is_answered_where_the_datastore_says(scene: Scene) -> None:
    scene.fill()
    scene.config = replace(scene.config, health=None)
    say(
        scene,
        HealthEnabled="true",
        HealthHost="127.0.0.1",
        HealthPort="0",
        PrometheusMetricsEnabled="true",
        PrometheusMetricsHost="192.0.2.1",
    )

    async def act(agent: Agent) -> None:
        await until(lambda: "health" in agent.addresses)
        reader, writer = await asyncio.open_connection(*agent.addresses["health"])
        writer.write(b"GET /readiness HTTP/1.1\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
        await until(lambda: "cannot listen" in scene.log.getvalue())

    scene.run(act)


@pytest.mark.scenario(154)
def test_a_step_that_takes_too_long_by_the_settings_is_no_longer_live(scene: Scene) -> None:
    scene.fill()

    def hung(agent: Agent) -> list[str]:
        return [part.name for part in agent.report().parts if part.not_live]

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        agent._pulse.working_since = monotonic() - 60
        assert hung(agent) == []
        say(scene, HealthTimeoutOverrides="InternalDataplaneMainLoop=30s,CalculationGraph=1s")
        await until(lambda: "HealthTimeoutOverrides CalculationGraph" in agent.report().settings_problems)
        agent._pulse.working_since = monotonic() - 60
        assert hung(agent) == ["InternalDataplaneMainLoop"]
        assert agent.report().ready
        agent._pulse.working_since = None
        assert hung(agent) == []

    scene.run(act)


def test_the_interfaces_are_listed_anew_as_often_as_the_settings_say(scene: Scene) -> None:
    scene.fill()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        assert scene.links.forgotten == 0
        say(scene, InterfaceRefreshInterval="0.01")
        await until(lambda: scene.links.forgotten > 2)
        say(scene, InterfaceRefreshInterval="0", LogPrefix="never")
        await until(lambda: agent._enforcement.settings.resolved.settings.log_prefix == "never")
        before = scene.links.forgotten
        say(scene, InterfaceRefreshInterval="0", LogPrefix="still-never")
        await until(lambda: agent._enforcement.settings.resolved.settings.log_prefix == "still-never")
        assert scene.links.forgotten <= before + 1  # of a step that had begun

    scene.run(act)


def test_the_kernel_has_as_long_as_the_settings_say(scene: Scene) -> None:
    scene.fill()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        await until(lambda: scene.timeouts)
        assert set(scene.timeouts) == {10.0}
        say(scene, NetlinkTimeoutSecs="2.5")
        await until(lambda: scene.timeouts[-1] == 2.5)

    assert scene.run(act).exit_code == 0


def test_an_agent_that_no_longer_hears_of_its_datastore_ends_to_begin_anew(scene: Scene) -> None:
    scene.fill()

    async def act(agent: Agent) -> None:
        await until(lambda: agent.report().ready)
        agent._syncer.close()
        await until(lambda: agent.exit_code)

    assert scene.run(act).exit_code == RESTART
    assert "the thread that follows the datastore has ended" in scene.log.getvalue()
