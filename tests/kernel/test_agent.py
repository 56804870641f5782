"""The agent under disturbance: stores that go away, hands in the table, sudden death; with real packets."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kernel.attended import (
    BLUE,
    GREEN,
    HOST,
    POLICY,
    PORT,
    RED,
    TWIN,
    eventually,
    nft,
    passes,
    passes_to,
    policy_holds,
    status,
    traffic,
)
from tortie.datastore import SqliteDatastore
from tortie.lab.agents import agent_argv, agent_environment, start_agent, stop_agent
from tortie.lab.expected import LAB_SETTINGS
from tortie.lab.policed import Policed
from tortie.lab.store import apply, location, read_text

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


@contextmanager
def store_away(lab: Policed) -> Iterator[Path]:
    """Take the datastore's files away for the length of a `with` block; yield where they are meanwhile."""
    path = location(lab.running.directory).path
    aside = path.parent / f"away-{secrets.token_hex(3)}"
    aside.mkdir()
    lab.store.close()
    files = tuple(path.parent.glob(f"{path.name}*"))
    for file in files:
        file.rename(aside / file.name)
    try:
        yield aside
    finally:
        path.unlink(missing_ok=True)
        for file in aside.iterdir():
            file.rename(path.parent / file.name)
        lab.store = SqliteDatastore(path)


@pytest.mark.scenario(146)
def test_traffic_goes_on_as_it_did_while_the_datastore_is_away(lab: Policed) -> None:
    with traffic(lab), store_away(lab):
        eventually(lambda: status(lab)["datastore"] == "wait-for-ready")
        assert status(lab)["datastore_error"]
        assert policy_holds(lab)


@pytest.mark.scenario(147)
def test_what_changed_while_the_datastore_was_away_holds_once_it_is_back(lab: Policed) -> None:
    with store_away(lab) as aside:
        eventually(lambda: status(lab)["datastore"] == "wait-for-ready")
        store = SqliteDatastore(aside / location(lab.running.directory).path.name)
        apply(store, read_text(POLICY.format(friend="green"), "text"))
        store.close()
        assert policy_holds(lab)
    lab.settled()
    assert (passes(lab, BLUE), passes(lab, GREEN)) == (False, True)


@pytest.mark.scenario(148)
@pytest.mark.parametrize(
    "words",
    [("flush", "chain", "inet", "tortie", "forward"), ("insert", "rule", "inet", "tortie", "forward", "accept")],
)
def test_hands_in_the_table_are_undone(lab: Policed, words: tuple[str, ...]) -> None:
    before = nft(lab, "list", "chain", "inet", "tortie", "forward")
    nft(lab, *words)
    eventually(lambda: nft(lab, "list", "chain", "inet", "tortie", "forward") == before)
    lab.settled()
    assert policy_holds(lab)


@pytest.mark.scenario(149)
def test_a_table_that_was_deleted_comes_back(lab: Policed) -> None:
    nft(lab, "delete", "table", "inet", "tortie")
    lab.settled()
    assert policy_holds(lab)


@pytest.mark.scenario(150)
def test_tables_of_others_are_never_touched(lab: Policed) -> None:
    other = f"other-{secrets.token_hex(3)}"
    nft(lab, "add", "table", "inet", other)
    nft(lab, "add", "chain", "inet", other, "tortie", "{ type filter hook forward priority 10; }")
    nft(lab, "add", "rule", "inet", other, "tortie", "ip saddr 192.0.2.1 drop")
    before = nft(lab, "-a", "list", "table", "inet", other)
    try:
        nft(lab, "delete", "table", "inet", "tortie")
        lab.settled()
        stop_agent(lab.running, HOST, signal.SIGKILL)
        start_agent(lab.running, HOST)
        eventually(lambda: status(lab)["ready"])
        lab.apply_text(POLICY.format(friend="green"))
        lab.settled()
        assert nft(lab, "-a", "list", "table", "inet", other) == before
    finally:
        nft(lab, "delete", "table", "inet", other)


@pytest.mark.scenario(158)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_packet_is_lost_or_leaked_when_the_agent_dies_and_comes_back(lab: Policed, how: signal.Signals) -> None:
    with traffic(lab):
        for _ in range(3):
            stop_agent(lab.running, HOST, how)
            assert policy_holds(lab)
            start_agent(lab.running, HOST)
            eventually(lambda: status(lab)["ready"])


@pytest.mark.parametrize("away", ["gone", "broken"])
def test_an_agent_that_starts_without_its_datastore_enforces_the_last_good_state(lab: Policed, away: str) -> None:
    wanted = lab.settled()
    stop_agent(lab.running, HOST, signal.SIGKILL)
    nft(lab, "delete", "table", "inet", "tortie")
    with store_away(lab):
        if away == "broken":
            location(lab.running.directory).path.write_text("this is no database\n" * 100)
        start_agent(lab.running, HOST)
        lab.enforce(lab, wanted)
        assert policy_holds(lab)
        found = status(lab)
        assert not found["ready"]
        assert found["enforced"] == "the last good state, kept on disk"
    lab.settled()
    eventually(lambda: status(lab)["ready"])
    assert policy_holds(lab)


def test_workloads_are_silent_until_policy_is_known(lab: Policed) -> None:
    stop_agent(lab.running, HOST, signal.SIGKILL)
    nft(lab, "delete", "table", "inet", "tortie")
    state = Path(agent_environment(lab.running, HOST)["TORTIE_STATEDIRECTORY"])
    kept = state.with_name("kept")
    state.rename(kept)
    try:
        with store_away(lab):
            location(lab.running.directory).path.write_text("this is no database\n" * 100)
            start_agent(lab.running, HOST)
            eventually(lambda: status(lab).get("datastore_error"))
            assert (passes(lab, BLUE), passes(lab, GREEN)) == (False, False)
            assert lab.running.probe(HOST, lab.running.address(HOST), "icmp").allowed
        lab.settled()
    finally:
        for file in kept.iterdir():
            file.unlink()
        kept.rmdir()
    assert policy_holds(lab)


@pytest.mark.parametrize("directory", ["same", "other"])
def test_two_agents_do_not_share_a_host(lab: Policed, tmp_path: Path, directory: str) -> None:
    environment = agent_environment(lab.running, HOST)
    if directory == "other":
        environment["TORTIE_RUNDIRECTORY"] = str(tmp_path)
    second = lab.running.exec(HOST, ["env", *(f"{k}={v}" for k, v in environment.items()), *agent_argv()])
    assert second.returncode == 2
    assert "an agent runs " in second.stderr


def reaches_red_by_both(lab: Policed) -> bool:
    addresses = lab.running.lab.workload(RED).addresses
    return all(lab.running.probe(BLUE, each, "tcp", PORT).allowed for each in addresses)


@pytest.mark.scenario(157)
def test_an_interface_that_flaps_is_governed_as_before(lab: Policed) -> None:
    for _ in range(3):
        lab.running.set_interface(RED, up=False)
        assert not passes(lab, BLUE)
        lab.running.set_interface(RED, up=True)
        eventually(lambda: reaches_red_by_both(lab))  # the link takes a moment to carry IPv6 again
        assert policy_holds(lab)


@pytest.mark.scenario(157)
def test_an_interface_that_is_made_anew_is_governed_as_before(lab: Policed) -> None:
    removed = lab.running.remove_workload(RED)
    assert not passes_to(lab, BLUE, removed)
    lab.running.add_workload(removed)
    assert policy_holds(lab)


@pytest.mark.scenario(156)
def test_of_two_endpoints_with_one_address_the_one_that_stays_is_governed(lab: Policed) -> None:
    interface = f"{LAB_SETTINGS.interface_prefixes[0]}twin"
    keys = lab.apply_text(TWIN.format(interface=interface, address=lab.running.address(RED)))
    lab.settled()
    with lab.running.stream(BLUE, lab.running.address(RED), PORT) as stream:
        assert stream.still_alive()
        lab.delete(keys)
        lab.settled()
        assert stream.still_alive()
    assert policy_holds(lab)
