"""What an agent does with its settings, its health and its status files, beside what real packets do."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.kernel.attended import (
    BLUE,
    GREEN,
    HOST,
    POLICY,
    RED,
    attended,
    blue_only,
    eventually,
    passes,
    policy_holds,
    status,
)
from tortie.agent.pace import Times
from tortie.errors import NotFound
from tortie.lab.agents import agent_name, start_agent, stop_agent
from tortie.lab.policed import Policed
from tortie.lab.resources import endpoint_key
from tortie.model import Key, Kind

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

AGENT = agent_name(HOST)
SETTINGS = Key(Kind.FELIX_CONFIGURATION, "", f"node.{HOST}")


@pytest.fixture(scope="module")
def attended_lab() -> Iterator[Policed]:
    """Put the host up, and end with it."""
    with attended() as found:
        yield found


def say(lab: Policed, spec: str) -> None:
    """Have the datastore say these settings for the host, and no others."""
    head = "apiVersion: projectcalico.org/v3\nkind: FelixConfiguration"
    lab.apply_text(f"{head}\nmetadata: {{name: node.{HOST}}}\nspec: {{{spec}}}\n")


def say_nothing(lab: Policed) -> None:
    with suppress(NotFound):
        lab.store.delete(SETTINGS)


def pid(lab: Policed) -> int:
    """Return the number of the agent's process, 0 where it has ended."""
    found = lab.running.process(AGENT)
    return found.number if found is not None else 0


def green_is_refused(lab: Policed) -> bool:
    return lab.running.probe(GREEN, lab.running.address(RED), "tcp", 6379).answer == "refused"


def outlives_grace(lab: Policed) -> bool:
    """Tell whether the agent of now still runs when one that is to end would have ended; policy holds meanwhile."""
    before, until = pid(lab), time.monotonic() + 1.5 * Times().grace
    while time.monotonic() < until:
        assert policy_holds(lab)
    return bool(before) and pid(lab) == before


@pytest.mark.scenario(152)
def test_a_live_setting_is_in_force_at_once_and_the_agent_stays(lab: Policed) -> None:
    before = pid(lab)
    assert not green_is_refused(lab)
    say(lab, "nftablesFilterDenyAction: Reject")
    eventually(lambda: green_is_refused(lab))
    assert policy_holds(lab)
    say_nothing(lab)
    eventually(lambda: not green_is_refused(lab))
    assert pid(lab) == before


@pytest.mark.scenario(152)
def test_a_setting_that_needs_a_new_start_ends_the_agent_and_policy_holds_meanwhile(lab: Policed) -> None:
    say(lab, "prometheusMetricsEnabled: true")
    eventually(lambda: not pid(lab))
    assert policy_holds(lab)
    start_agent(lab.running, HOST)
    eventually(lambda: status(lab)["ready"])
    assert policy_holds(lab)
    say_nothing(lab)
    eventually(lambda: not pid(lab))  # it had begun with the setting


@pytest.mark.scenario(153)
def test_a_setting_that_says_what_is_so_already_ends_nothing(lab: Policed) -> None:
    say(lab, "prometheusMetricsEnabled: false, nftablesFilterDenyAction: Reject")
    eventually(lambda: green_is_refused(lab))
    assert outlives_grace(lab)
    say_nothing(lab)
    eventually(lambda: not green_is_refused(lab))


@pytest.mark.scenario(153)
def test_a_setting_that_comes_back_in_time_ends_nothing(lab: Policed) -> None:
    def comes_back() -> bool:
        """Tell whether the agent stays; on a busy machine it may hear too late that the setting is back."""
        blue_only(lab)
        before, told = pid(lab), _endings(lab)
        say(lab, "prometheusMetricsEnabled: true")
        eventually(lambda: _endings(lab) > told)
        say_nothing(lab)
        return outlives_grace(lab) and pid(lab) == before

    eventually(comes_back)


def _endings(lab: Policed) -> int:
    return lab.running.log(AGENT).count("ending, to begin anew")


@pytest.mark.scenario(154)
def test_an_agent_is_ready_when_its_policy_is_in_the_kernel_and_not_before(lab: Policed) -> None:
    stop_agent(lab.running, HOST)
    lab.apply_text(POLICY.format(friend="green"))
    assert policy_holds(lab)  # what the run before left
    start_agent(lab.running, HOST)
    eventually(lambda: status(lab)["ready"])
    assert passes(lab, GREEN)
    assert not passes(lab, BLUE)


@pytest.mark.scenario(155)
def test_a_workload_has_a_status_file_while_its_packets_may_pass(lab: Policed) -> None:
    directory = lab.running.directory / f"status.{HOST}" / "endpoint-status"

    def files() -> dict[str, int]:
        """Return the inode of each workload's file."""
        return {each.name.split()[1].partition("%2F")[2]: each.stat().st_ino for each in directory.glob("k8s *")}

    eventually(lambda: files().keys() == {"red", "blue", "green"})
    valid = files()["blue"]
    red = lab.store.get(endpoint_key(lab.running.lab.workload(RED)))
    lab.store.delete(red.key)
    eventually(lambda: files().keys() == {"blue", "green"})
    lab.store.create(red.key, red.value)
    eventually(lambda: files().keys() == {"red", "blue", "green"})
    assert policy_holds(lab)

    stop_agent(lab.running, HOST)
    (directory / "k8s shop%2Fgone eth0").write_text("{}")
    start_agent(lab.running, HOST)
    eventually(lambda: files().keys() == {"red", "blue", "green"})
    assert files()["blue"] == valid
    assert policy_holds(lab)
