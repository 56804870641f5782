"""What the agents of a lab are told, and what keeps them from the machine's own."""

from __future__ import annotations

import subprocess

import pytest

from tortie.lab import Host, Lab, Running
from tortie.lab.agents import agent_argv, agent_environment, agent_name, ended

RUNNING = Running(Lab("a-lab-that-is-not-up", (Host("node-1"), Host("node-2"))))


def test_an_agent_is_told_its_host_its_store_and_the_names_of_its_interfaces() -> None:
    told = agent_environment(RUNNING, "node-1")
    directory = str(RUNNING.directory)
    assert told["FELIX_FELIXHOSTNAME"] == "node-1"
    assert told["FELIX_INTERFACEPREFIX"] == "cali,tap"
    assert told["DATASTORE_TYPE"] == "sqlite"
    assert told["TORTIE_SQLITE_PATH"] == f"{directory}/tortie.db"
    assert told["TORTIE_RUNDIRECTORY"] == directory


def test_each_agent_keeps_its_last_good_state_and_its_status_files_for_itself() -> None:
    names = ("TORTIE_STATEDIRECTORY", "FELIX_ENDPOINTSTATUSPATHPREFIX")
    found = {agent_environment(RUNNING, host)[name] for host in ("node-1", "node-2") for name in names}
    assert len(found) == 4
    assert all(each.startswith(f"{RUNNING.directory}/") for each in found)


def test_what_the_machine_tells_its_own_agent_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELIX_LOGPREFIX", "other")
    monkeypatch.setenv("TORTIE_HOSTNAME", "other")
    told = agent_environment(RUNNING, "node-1")
    assert "FELIX_LOGPREFIX" not in told
    assert "TORTIE_HOSTNAME" not in told


def test_the_command_and_its_name() -> None:
    done = subprocess.run([*agent_argv(), "--help"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("usage: tortie agent")
    assert agent_name("node-1") == "agent.node-1"


def test_agents_that_do_not_run_are_named() -> None:
    assert ended(RUNNING) == ("node-1:", "node-2:")
