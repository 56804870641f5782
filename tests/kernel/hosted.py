"""Two hosts with host endpoints, a pod on each, somebody outside: who reaches whom, by packets and by the evaluator."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from tests.kernel.labs import disagreement, unique
from tortie.api import decode_all, document_of
from tortie.explain import same_settings
from tortie.lab import External, Host, Lab, Listener, Namespace, Service, Workload, allocated, lab_up
from tortie.lab.compare import Comparison, compare
from tortie.lab.expected import LAB_SETTINGS, Expectation, Question
from tortie.lab.kernels import enforce
from tortie.lab.lab import Running
from tortie.lab.probe import ProbeProtocol
from tortie.lab.resources import manifests
from tortie.model import HostEndpoint, Key, Kind, Metadata, Policy, Resource, Settings
from tortie.netlink import ACK, REQUEST, NetlinkSocket, entered, message

__all__ = ["HOSTS", "Hosted", "both_hosts", "forwarded", "hosted_up", "on_host", "pre_dnat", "untracked"]

HOSTS = ("f0", "f1")
_PORTS = ("tcp/8055", "udp/8055", "tcp/22", "tcp/2379", "tcp/6443", "tcp/5473", "tcp/1234")
_LISTEN = tuple(map(Listener.parse, _PORTS))
_POD_LISTEN = (*_LISTEN, Listener.parse("udp/4789"))  # the port of VXLAN: hosts have devices on it
_NETFILTER, _FLUSH_CONNECTIONS = 12, (1 << 8) | 2


def hosts_lab(*services: Service) -> Lab:
    """Return the lab, with services that its hosts translate."""
    return allocated(
        Lab(
            unique(),
            tuple(Host(name, listen=_LISTEN) for name in HOSTS),
            (Namespace("default"),),
            (
                Workload("w0", "default", "f0", labels={"name": "w0"}, listen=_POD_LISTEN),
                Workload("w1", "default", "f1", labels={"name": "w1"}, listen=_POD_LISTEN),
                Workload("v0", "default", "f0", labels={"name": "v0"}, listen=_POD_LISTEN),
            ),
            (External("out", listen=_LISTEN), External("other")),
            services=services,
        )
    )


@dataclass(slots=True)
class Hosted:
    """The lab, up; `put` is what its datastore and agents would be."""

    running: Running
    settings: Settings = LAB_SETTINGS
    resources: dict[Key, Resource] = field(default_factory=dict)
    expectation: Expectation | None = None

    def put(self, *resources: Resource, settings: Settings | None = None) -> Expectation:
        """Enforce these resources on both hosts, and no others but the lab's own; forget all connections."""
        expectation = self.put_keeping_connections(*resources, settings=settings)
        self.forget_connections()
        return expectation

    def put_keeping_connections(self, *resources: Resource, settings: Settings | None = None) -> Expectation:
        """Enforce as `put` does; what is open stays open."""
        lab = self.running.lab
        own = decode_all([document_of(each) for each in manifests(lab)])
        self.resources = {each.key: each.value for each in own if each.value is not None}
        self.resources |= {each.key: each for each in resources}
        self.settings = settings or LAB_SETTINGS
        self.expectation = Expectation(lab, self.resources, same_settings(self.settings))
        for host in lab.hosts:
            enforce(self.running, host.name, self.expectation.snapshot(host.name))
        return self.expectation

    def forget_connections(self) -> None:
        """Empty connection tracking on both hosts."""
        for name in HOSTS:
            with entered(self.running.host_namespace(name)), NetlinkSocket(_NETFILTER) as socket:
                sequence = socket.next_sequence()
                socket.transact(message(_FLUSH_CONNECTIONS, REQUEST | ACK, sequence, bytes(4)), sequence)

    def ask(self, questions: list[Question]) -> tuple[Comparison, ...]:
        """Return both answers to each question."""
        assert self.expectation is not None
        return compare(self.running, self.expectation, questions)

    def measure(self, text: str, versions: tuple[int, ...] = (4, 6)) -> tuple[Comparison, ...]:
        """Assert what packets do, as `f0>f1:8055 ok, w0>f1:22 no, f0>w1:udp/53 no, f0>f1:icmp no` says."""
        asked, wanted = [], []
        for clause in text.split(","):
            source, target, port, word = re.fullmatch(r"\s*(\S+)>([^\s:]+):(\S+) (ok|no)\s*", clause).groups()  # type: ignore[union-attr]
            protocol, _, number = port.rpartition("/")
            kind = ProbeProtocol.ICMP if port == "icmp" else ProbeProtocol(protocol or "tcp")
            for version in versions:
                asked.append(Question(source, target, kind, 0 if port == "icmp" else int(number), version))
                wanted.append(word == "ok")
        found = self.ask(asked)
        wrong = [disagreement(each) for each, want in zip(found, wanted, strict=True) if each.passed != want]
        assert wrong == [], "measured otherwise than specified"
        return found

    def check(self, text: str, versions: tuple[int, ...] = (4, 6)) -> None:
        """Assert what packets do, as `measure` does, and that the evaluator says the same."""
        found = self.measure(text, versions)
        assert [disagreement(each) for each in found if not each.agrees] == [], "evaluated otherwise than measured"

    def run(self, host: str, *argv: str, text: str = "") -> str:
        """Run a program on a host and return what it prints."""
        with entered(self.running.host_namespace(host)):
            return subprocess.run(argv, input=text, check=True, capture_output=True, text=True).stdout


@contextmanager
def hosted_up(*services: Service) -> Iterator[Hosted]:
    """Put the lab up for the length of a `with` block."""
    with lab_up(hosts_lab(*services)) as running:
        yield Hosted(running)


def on_host(
    host: str,
    interface: str = "eth0",
    *,
    profiles: tuple[str, ...] = (),
    name: str = "",
    expected: tuple[bytes, ...] = (),
) -> HostEndpoint:
    """Return a host endpoint with the label `host`."""
    key = Key(Kind.HOST_ENDPOINT, "", name or f"{host}-{'all' if interface == '*' else interface or 'expected'}")
    return HostEndpoint(key, host, interface, Metadata(labels={"host": host}), expected, profiles)


def both_hosts(interface: str, *, profiles: tuple[str, ...] = ()) -> tuple[HostEndpoint, ...]:
    """Return a host endpoint on each host."""
    return tuple(on_host(host, interface, profiles=profiles) for host in HOSTS)


def forwarded(policy: Policy) -> Policy:
    """Return the policy for forwarded traffic too."""
    return replace(policy, apply_on_forward=True)


def pre_dnat(policy: Policy) -> Policy:
    """Return the policy for what comes in, before translation."""
    return replace(policy, apply_on_forward=True, pre_dnat=True)


def untracked(policy: Policy) -> Policy:
    """Return the policy for packets before connection tracking."""
    return replace(policy, apply_on_forward=True, do_not_track=True)
