"""A lab with an agent on every host: what is applied is enforced, an agent that ends is told, `down` ends them all."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.kernel.labs import GUIDE, guide_lab, reach
from tortie.errors import Invalid, Unavailable
from tortie.lab import Answer, ProbeProtocol, Running, running_labs
from tortie.lab.agents import agent_name, start_agent, stop_agent
from tortie.lab.expected import Question
from tortie.lab.policed import Policed, attach_policed, policed_up, raise_policed

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
QUESTIONS = [("production/blue", "production/red", 6379), ("production/green", "production/red", 6379)]


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    with policed_up(guide_lab()) as policed:
        yield policed


def agents(running: Running) -> list[bool]:
    return [running.process(agent_name(host.name)) is not None for host in running.lab.hosts]


def test_policy_comes_and_goes(lab: Policed) -> None:
    assert agents(lab.running) == [True, True]
    assert reach(lab, QUESTIONS) == [True, True]
    keys = lab.apply(GUIDE / "e1-same-namespace.yaml")
    assert reach(lab, QUESTIONS) == [True, False]
    lab.delete(keys)
    assert reach(lab, QUESTIONS) == [True, True]


def test_whoever_attaches_sees_the_same_lab(lab: Policed) -> None:
    with closing(attach_policed(lab.running.lab.name)) as other:
        keys = other.apply(GUIDE / "e3-global-deny.yaml")
        assert reach(lab, QUESTIONS) == [False, False]
        other.delete(keys)
        assert reach(other, QUESTIONS) == [True, True]


def test_a_killed_agent_loses_nothing_and_catches_up(lab: Policed) -> None:
    address = lab.running.address("production/red")
    with lab.running.stream("production/blue", address, 6379) as stream:
        keys = lab.apply(GUIDE / "e1-same-namespace.yaml")
        lab.settled()
        assert stop_agent(lab.running, "node-1", signal.SIGKILL)
        assert stream.still_alive()
        assert not lab.running.probe("production/green", address, port=6379).allowed
        lab.delete(keys)
        with pytest.raises(Unavailable, match="node-1"):
            lab.settled()
        start_agent(lab.running, "node-1")
        assert reach(lab, QUESTIONS) == [True, True]
        assert stream.still_alive()


def test_settings_in_the_datastore_are_in_force_and_evaluated(lab: Policed) -> None:
    keys = lab.apply_text("""
kind: FelixConfiguration
apiVersion: projectcalico.org/v3
metadata: {name: default}
spec: {nftablesFilterDenyAction: Reject}
---
kind: FelixConfiguration
apiVersion: projectcalico.org/v3
metadata: {name: node.node-1}
spec: {defaultEndpointToHostAction: Return}
""")
    keys += lab.apply(GUIDE / "e1-same-namespace.yaml")
    assert reach(lab, [*QUESTIONS, ("production/blue", "node-1", 9)]) == [True, False, True]
    (refused,) = lab.compare([Question("production/green", "production/red", ProbeProtocol.TCP, 6379)])
    assert refused.measured.answer is Answer.REFUSED
    lab.delete(keys)
    assert reach(lab, [*QUESTIONS, ("production/blue", "node-1", 9)]) == [True, True, False]


def test_the_files_of_a_lab_are_in_force_once_it_is_up() -> None:
    with policed_up(replace(guide_lab(), resources=(GUIDE / "e1-same-namespace.yaml",))) as policed:
        found = [policed.running.probe(source, "production/red", port=port).allowed for source, _, port in QUESTIONS]
        assert found == [True, False]


def test_a_file_with_a_mistake_puts_nothing_up() -> None:
    lab = replace(guide_lab(), resources=(GUIDE.parent / "mistakes" / "five.yaml",))
    with pytest.raises(Invalid) as raised:
        raise_policed(lab)
    assert len(raised.value.problems) == 5
    assert lab.name not in running_labs()


def test_down_leaves_no_agent() -> None:
    with policed_up(guide_lab()) as policed:
        found = [policed.running.process(agent_name(host.name)) for host in policed.running.lab.hosts]
    assert all(process is not None and not process.is_running() for process in found)
