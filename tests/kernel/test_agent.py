"""The agent under disturbance: stores that go away, hands in the table, sudden death; with real packets."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.kernel.labs import unique
from tortie.datastore import SqliteDatastore
from tortie.lab import Host, Lab, Listener, Namespace, Workload
from tortie.lab.agents import agent_argv, agent_environment, agent_name, start_agent, stop_agent
from tortie.lab.expected import LAB_SETTINGS
from tortie.lab.policed import Policed, policed_up
from tortie.lab.store import apply, location, read_text

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

HOST, RED, BLUE, GREEN = "node-1", "shop/red", "shop/blue", "shop/green"
PORT = 6379
PATIENCE = 20.0

POLICY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {{name: red, namespace: shop}}
spec:
  selector: color == 'red'
  ingress:
  - {{action: Allow, protocol: TCP, source: {{selector: color == '{friend}'}}}}
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    listen = (Listener.parse(f"tcp/{PORT}"),)
    workloads = tuple(
        Workload(name, "shop", HOST, labels={"color": name}, listen=listen) for name in ("red", "blue", "green")
    )
    with policed_up(Lab(unique(), (Host(HOST),), (Namespace("shop"),), workloads)) as policed:
        yield policed


@pytest.fixture(autouse=True)
def blue_only(lab: Policed) -> None:
    """Every test begins with an agent that runs and lets blue reach red."""
    if lab.running.process(agent_name(HOST)) is None:
        start_agent(lab.running, HOST)
    lab.apply_text(POLICY.format(friend="blue"))
    lab.settled()
    eventually(lambda: status(lab)["ready"])


def status(lab: Policed) -> dict[str, object]:
    """Return what `tortie status` says on the host; nothing of it where no agent answers."""
    argv = [*agent_argv()[:-1], "status", "-o", "json"]
    environment = agent_environment(lab.running, HOST)
    command = ["env", *(f"{name}={environment[name]}" for name in ("PYTHONPATH", "TORTIE_RUNDIRECTORY")), *argv]
    answer = lab.running.exec(HOST, command)
    found: dict[str, object] = json.loads(answer.stdout) if answer.stdout else {"ready": False}
    return found


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds; fail where it never does."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        threading.Event().wait(0.02)


def nft(lab: Policed, *words: str) -> str:
    answer: subprocess.CompletedProcess[str] = lab.running.exec(HOST, ["nft", *words])
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def passes(lab: Policed, source: str) -> bool:
    """Tell whether a connection to red gets there, by IPv4 and IPv6 alike."""
    return passes_to(lab, source, lab.running.lab.workload(RED))


def passes_to(lab: Policed, source: str, target: Workload) -> bool:
    found = {lab.running.probe(source, address, "tcp", PORT).allowed for address in target.addresses}
    assert len(found) == 1
    return found.pop()


def policy_holds(lab: Policed) -> bool:
    return passes(lab, BLUE) and not passes(lab, GREEN)


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


@dataclass(slots=True)
class Traffic:
    """Connections to red from blue, who may, and from green, who may not, one after the other until stopped."""

    lab: Policed
    lost: int = 0
    leaked: int = 0
    rounds: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        while not self.done.is_set():
            self.lost += not passes(self.lab, BLUE)
            self.leaked += passes(self.lab, GREEN)
            self.rounds += 1


@contextmanager
def traffic(lab: Policed) -> Iterator[Traffic]:
    """Keep traffic going for the length of a `with` block, with a stream that stays open all the while."""
    found = Traffic(lab)
    runner = threading.Thread(target=found)
    with lab.running.stream(BLUE, lab.running.address(RED), PORT) as stream:
        runner.start()
        try:
            eventually(lambda: found.rounds)
            yield found
            rounds = found.rounds
            eventually(lambda: found.rounds > rounds + 1)
        finally:
            found.done.set()
            runner.join()
        assert stream.still_alive()
    assert (found.lost, found.leaked) == (0, 0)


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


@pytest.mark.scenario(157)
def test_an_interface_that_flaps_is_governed_as_before(lab: Policed) -> None:
    for _ in range(3):
        lab.running.set_interface(RED, up=False)
        assert not passes(lab, BLUE)
        lab.running.set_interface(RED, up=True)
        assert policy_holds(lab)


@pytest.mark.scenario(157)
def test_an_interface_that_is_made_anew_is_governed_as_before(lab: Policed) -> None:
    removed = lab.running.remove_workload(RED)
    assert not passes_to(lab, BLUE, removed)
    lab.running.add_workload(removed)
    assert policy_holds(lab)


TWIN = """
apiVersion: projectcalico.org/v3
kind: WorkloadEndpoint
metadata: {{name: node--1-k8s-twin-eth0, namespace: shop, labels: {{color: green}}}}
spec: {{orchestrator: k8s, node: node-1, pod: twin, endpoint: eth0, interfaceName: {interface},
  ipNetworks: [{address}/32]}}
"""


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
