"""A lab on an etcd: the same policy, agents that enforce whatever befalls the etcd, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.kernel.labs import unique
from tortie.datastore import open_datastore
from tortie.datastore.etcd_watch import check_kept
from tortie.errors import Conflict, Unavailable
from tortie.lab import Host, Lab, Listener, Namespace, Workload, down, running_labs
from tortie.lab.agents import agent_name, start_agent, stop_agent
from tortie.lab.etcd import ETCD, start_etcd
from tortie.lab.hosts import existing
from tortie.lab.lab import RUN
from tortie.lab.policed import Policed, policed_up, raise_policed
from tortie.lab.processes import Process, end
from tortie.lab.store import location
from tortie.lab.topology import Store

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.skipif(shutil.which("etcd") is None, reason="there is no etcd; install etcd-server"),
]
ONE, TWO, RED, BLUE, GREEN = "node-1", "node-2", "shop/red", "shop/blue", "shop/green"
PORT = 6379
PATIENCE = 60.0
POLICY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {{name: red, namespace: shop}}
spec:
  selector: color == 'red'
  ingress:
  - {{action: Allow, protocol: TCP, source: {{selector: color == '{friend}'}}}}
"""


def a_lab() -> Lab:
    listen = (Listener.parse(f"tcp/{PORT}"),)
    workloads = tuple(
        Workload(name, "shop", host, labels={"color": name}, listen=listen)
        for name, host in (("red", ONE), ("blue", TWO), ("green", TWO))
    )
    return Lab(unique(), (Host(ONE), Host(TWO)), (Namespace("shop"),), workloads, datastore=Store.ETCD)


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    with policed_up(a_lab()) as policed:
        yield policed


@pytest.fixture(autouse=True)
def blue_only(request: pytest.FixtureRequest) -> None:
    if "lab" in request.fixturenames:
        lab: Policed = request.getfixturevalue("lab")
        lab.apply_text(POLICY.format(friend="blue"))
        lab.settled()


def passes(lab: Policed, source: str) -> bool:
    return lab.running.probe(source, lab.running.address(RED), "tcp", PORT).allowed


def holds(lab: Policed) -> bool:
    return passes(lab, BLUE) and not passes(lab, GREEN)


def etcd_of(lab: Policed) -> Process:
    found = lab.running.process(ETCD)
    assert found is not None
    return found


def change_friend(lab: Policed, friend: str) -> None:
    """Write the other policy, as soon as the etcd takes it."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            lab.apply_text(POLICY.format(friend=friend))
        except (Unavailable, Conflict):
            assert time.monotonic() < until
            threading.Event().wait(0.1)
        else:
            return


@contextmanager
def frozen(lab: Policed) -> Iterator[None]:
    process = etcd_of(lab)
    os.kill(process.number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.number, signal.SIGCONT)


@contextmanager
def killed(lab: Policed) -> Iterator[None]:
    end([etcd_of(lab)])
    try:
        yield
    finally:
        start_etcd(lab.running)


@pytest.mark.scenario(146)
@pytest.mark.parametrize("away", [frozen, killed])
def test_agents_enforce_while_the_etcd_is_away_and_catch_up_after(lab: Policed, away: Callable[..., object]) -> None:
    with away(lab):  # type: ignore[attr-defined]
        for _ in range(5):
            assert holds(lab)
        stop_agent(lab.running, ONE, signal.SIGKILL)
        assert holds(lab)
        start_agent(lab.running, ONE)
        for _ in range(5):
            assert holds(lab)
    change_friend(lab, "green")
    lab.settled()
    assert passes(lab, GREEN)
    assert not passes(lab, BLUE)


def test_agents_of_all_hosts_run_against_one_etcd(lab: Policed) -> None:
    assert all(lab.running.process(agent_name(host)) for host in (ONE, TWO))
    assert all(found.agrees for found in lab.matrix())
    store = open_datastore(location(lab.running.directory))
    assert check_kept(store._calls, 0)  # type: ignore[attr-defined]
    store.close()


def test_a_lab_on_etcd_leaves_nothing() -> None:
    lab = a_lab()
    with policed_up(lab) as policed:
        process = etcd_of(policed)
    assert not process.is_running()
    assert (existing(lab.name), running_labs().count(lab.name), (RUN / lab.name).exists()) == ((), 0, False)


def test_what_a_crash_leaves_is_found_by_the_name_alone() -> None:
    lab = a_lab()
    policed = raise_policed(lab)
    process = etcd_of(policed)
    (RUN / lab.name / "lab.json").unlink()
    assert down(lab.name)
    assert not process.is_running()
    assert (existing(lab.name), (RUN / lab.name).exists()) == ((), False)


def test_an_etcd_that_does_not_start_is_told_and_the_lab_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = a_lab()
    monkeypatch.setattr("tortie.lab.etcd.ETCD_SOCKET", "no-port")
    with pytest.raises(Unavailable, match=r"the lab's etcd does not answer(.|\n)*grpc-proxy"):
        raise_policed(lab)
    assert (existing(lab.name), (RUN / lab.name).exists()) == ((), False)
