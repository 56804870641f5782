"""A host with three workloads and its agent, for tests that disturb it: red may be reached by blue, not by green."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.kernel.labs import unique
from tortie.lab import Host, Lab, Listener, Namespace, Workload
from tortie.lab.agents import agent_argv, agent_environment, agent_name, start_agent
from tortie.lab.policed import Policed, policed_up

__all__ = [
    "BLUE",
    "GREEN",
    "HOST",
    "POLICY",
    "PORT",
    "RED",
    "TWIN",
    "Traffic",
    "attended",
    "blue_only",
    "eventually",
    "nft",
    "one_host",
    "passes",
    "passes_to",
    "policy_holds",
    "status",
    "tortie",
    "traffic",
]

HOST, RED, BLUE, GREEN = "node-1", "shop/red", "shop/blue", "shop/green"
PORT = 6379
PATIENCE = 60.0  # seconds; reached only by a failing test

POLICY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {{name: red, namespace: shop}}
spec:
  selector: color == 'red'
  ingress:
  - {{action: Allow, protocol: TCP, source: {{selector: color == '{friend}'}}}}
"""

TWIN = """
apiVersion: projectcalico.org/v3
kind: WorkloadEndpoint
metadata: {{name: node--1-k8s-twin-eth0, namespace: shop, labels: {{color: green}}}}
spec: {{orchestrator: k8s, node: node-1, pod: twin, endpoint: eth0, interfaceName: {interface},
  ipNetworks: [{address}/32]}}
"""
"""A second endpoint, of the color green, with somebody's address."""


def one_host(*ports: int) -> Lab:
    """Return the host with its workloads, which listen on the port, and on more."""
    listen = tuple(Listener.parse(f"tcp/{port}") for port in (PORT, *ports))
    workloads = tuple(
        Workload(name, "shop", HOST, labels={"color": name}, listen=listen) for name in ("red", "blue", "green")
    )
    return Lab(unique(), (Host(HOST),), (Namespace("shop"),), workloads)


@contextmanager
def attended() -> Iterator[Policed]:
    """Put the host up for the length of a `with` block."""
    with policed_up(one_host()) as policed:
        yield policed


def blue_only(lab: Policed) -> None:
    """Have an agent run that lets blue reach red."""
    if lab.running.process(agent_name(HOST)) is None:
        start_agent(lab.running, HOST)
    lab.apply_text(POLICY.format(friend="blue"))
    lab.settled()
    eventually(lambda: status(lab)["ready"])


def status(lab: Policed) -> dict[str, object]:
    """Return what `tortie status` says on the host; nothing of it where no agent answers."""
    answer = tortie(lab, "status", "-o", "json")
    found: dict[str, object] = json.loads(answer.stdout) if answer.stdout else {"ready": False}
    return found


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds; fail where it never does."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        threading.Event().wait(0.02)


def tortie(lab: Policed, *words: str) -> subprocess.CompletedProcess[str]:
    """Return what a command of `tortie` says on the host."""
    environment = agent_environment(lab.running, HOST)
    settings = (f"{name}={environment[name]}" for name in ("PYTHONPATH", "TORTIE_RUNDIRECTORY"))
    answer: subprocess.CompletedProcess[str] = lab.running.exec(HOST, ["env", *settings, *agent_argv()[:-1], *words])
    return answer


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
        assert stream.still_alive(PATIENCE)
    assert (found.lost, found.leaked) == (0, 0)
