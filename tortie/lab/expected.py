"""What the evaluator says of a connection between two members of a lab, host by host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tortie.api import Source, stored_settings
from tortie.compiled import BuiltIn, Origin, Snapshot
from tortie.engine import compile_all
from tortie.errors import NotFound
from tortie.evaluate import Decision, Evaluator
from tortie.explain import SettingsOf
from tortie.lab.links import DEVICE
from tortie.lab.probe import ProbeProtocol
from tortie.lab.resources import endpoint_key
from tortie.lab.topology import External, Host, Lab, Member, Service, Workload
from tortie.model import SCTP, TCP, UDP, Flow, Key, Place, Resource, Settings, Verdict

__all__ = ["LAB_SETTINGS", "TOLD", "Evaluated", "Expectation", "Question"]

LAB_SETTINGS = Settings(interface_prefixes=("cali", "tap"))
"""What the agents of a lab are told: its pods hang on `cali…`, its VMs on `tap…`."""
TOLD = Source("environment", {"InterfacePrefix": ",".join(LAB_SETTINGS.interface_prefixes)})
"""The same, as an agent hears it: it comes before what the datastore says."""

_AS_AGENTS = stored_settings(TOLD)
_PORT = 40000  # some port that the sender's kernel may pick
_FOUR = 4
_TO_ITSELF = "what somebody says to itself never leaves it, so that no policy sees it"
_NUMBERS = {ProbeProtocol.TCP: TCP, ProbeProtocol.UDP: UDP, ProbeProtocol.SCTP: SCTP}
_ECHO = {4: (1, 8), 6: (58, 128)}  # protocol and type of an echo request, by IP version


@dataclass(frozen=True, slots=True)
class Question:
    """May the source open a connection to the destination?

    Members are named as `Lab.find` takes them; one that is named by an address means that address, else its first of
    the IP version.
    """

    source: str
    destination: str
    protocol: ProbeProtocol = ProbeProtocol.TCP
    port: int = 0
    version: int = _FOUR


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What the evaluator says: the verdict, the host that gives it, and the rule or built-in reason.

    `host` is "" where no host has a say.
    """

    verdict: Verdict
    host: str
    rule: str
    reason: str

    @property
    def allowed(self) -> bool:
        """Whether the connection is let through."""
        return self.verdict is Verdict.ALLOW


class Expectation:
    """A lab's policy as every host compiles it; made of the resources as they are now."""

    def __init__(self, lab: Lab, resources: Mapping[Key, Resource], settings_of: SettingsOf = _AS_AGENTS) -> None:
        """Compile what each host enforces with its settings: as its agent finds them, unless told otherwise."""
        self._lab = lab
        self._hosts = {host.name: _compiled(host, resources, settings_of(resources, host.name)) for host in lab.hosts}
        self._evaluators = {name: Evaluator(snapshot) for name, snapshot in self._hosts.items()}
        self._keys = {workload.reference: endpoint_key(workload) for workload in lab.workloads}

    def snapshot(self, host: str) -> Snapshot:
        """Return what a host enforces."""
        return self._hosts[host]

    def addresses(self, question: Question) -> tuple[bytes, bytes]:
        """Return the addresses, packed, from and to which a question is about, before any translation.

        Raises:
            NotFound: A member is none, or a service has no address of the IP version.
        """
        near = _address(self._lab.find(question.source), question.source, question.version)
        service = self._service(question)
        if service is not None and service.addresses:
            known = [each.packed for each in service.addresses if each.version == question.version]
            if not known:
                raise NotFound(f"service `{service.name}` has no IPv{question.version} address")
            far = known[0]
        else:
            far = _address(self._lab.find(question.destination), question.destination, question.version)
        return near, far

    def listens(self, question: Question) -> bool:
        """Return whether somebody listens where a question ends, behind a service where it is asked of one."""
        service = self._service(question)
        target = self._lab.workload(service.workload) if service else self._lab.find(question.destination)
        port = service.target_port if service else question.port
        return any((str(each.protocol), each.port) == (str(question.protocol), port) for each in target.listen)

    def ask(self, question: Question) -> Evaluated:
        """Return what becomes of a connection; raises NotFound where a member is none."""
        if self._service(question) is None and self._lab.find(question.source) is self._lab.find(question.destination):
            return Evaluated(Verdict.ALLOW, "", BuiltIn.NOT_GOVERNED, _TO_ITSELF)
        found = Evaluated(Verdict.ALLOW, "", BuiltIn.NOT_GOVERNED, BuiltIn.NOT_GOVERNED.sentence)
        for host, flow in self._way(question):
            decision = self._evaluators[host].decide(flow)
            if decision.rule is not BuiltIn.NOT_GOVERNED or not found.host:
                found = self._evaluated(host, decision)
            if decision.verdict is Verdict.DENY:
                break
        return found

    def _evaluated(self, host: str, decision: Decision) -> Evaluated:
        if isinstance(decision.rule, BuiltIn):
            return Evaluated(decision.verdict, host, decision.rule, decision.rule.sentence)
        decider = decision.decider
        assert decider is not None  # noqa: S101 - narrows the type: what is not built in was decided by policy
        return Evaluated(decision.verdict, host, decision.rule, _words(decider.last.rule.origin))

    def _service(self, question: Question) -> Service | None:
        return self._lab.service(question.destination, question.protocol, question.port)

    def _way(self, question: Question) -> Iterator[tuple[str, Flow]]:
        """Yield each host that the connection passes, and the connection as it passes it.

        A service of its own addresses is translated by the sender's host, a port of a host by that host.
        """
        source = self._lab.find(question.source)
        service = self._service(question)
        if service is None:
            target = self._lab.find(question.destination)
            for host in dict.fromkeys(name for name in (_host(source), _host(target)) if name):
                yield host, self._flow(question, host, target)
            return
        target = self._lab.workload(service.workload)
        translator = _host(source) if service.addresses else _host(self._lab.find(question.destination))
        if _host(source) and _host(source) != translator:
            yield _host(source), self._flow(question, _host(source), self._lab.find(question.destination))
        aimed = replace(question, destination=target.reference, port=service.target_port)
        if translator:
            before = self.addresses(question)[1], question.port
            yield translator, replace(self._flow(aimed, translator, target), untranslated=before)
        if target.host != translator:
            yield target.host, self._flow(aimed, target.host, target)

    def _flow(self, question: Question, host: str, destination: Member) -> Flow:
        """Return the connection as it passes one host."""
        source = self._lab.find(question.source)
        near, far = self.addresses(question)
        flow = Flow(
            near,
            far,
            _ECHO[question.version][0] if question.protocol is ProbeProtocol.ICMP else _NUMBERS[question.protocol],
            sender=self._place(source, host),
            receiver=self._place(destination, host),
            in_interface="" if _host(source) == host else DEVICE,
            out_interface="" if _host(destination) == host else DEVICE,
        )
        if question.protocol is ProbeProtocol.ICMP:
            return replace(flow, icmp_type=_ECHO[question.version][1])
        return replace(flow, source_port=_PORT, destination_port=question.port)

    def _place(self, member: Member, host: str) -> Key | Place:
        if _host(member) != host:
            return Place.ELSEWHERE
        return self._keys[member.reference] if isinstance(member, Workload) else Place.HOST


def _words(origin: Origin) -> str:
    """Return which rule decided, in a few words."""
    direction = origin.direction.lower()
    if origin.owner is None:
        return f"{direction}: {origin.note}"
    owner = "/".join(filter(None, (origin.owner.namespace, origin.owner.name)))
    place = direction if origin.index < 0 else f"{direction}[{origin.index}]"
    return f"{place} of {origin.owner.kind} {owner}"


def _compiled(host: Host, resources: Mapping[Key, Resource], settings: Settings) -> Snapshot:
    interfaces = {DEVICE: frozenset(address.packed for address in host.addresses)}
    return compile_all(resources, lambda endpoint: endpoint.node == host.name, settings, interfaces)


def _host(member: Member) -> str:
    """Return the host that a member is, or is on; "" for an external one."""
    if isinstance(member, External):
        return ""
    return member.name if isinstance(member, Host) else member.host


def _address(member: Member, named: str, version: int) -> bytes:
    """Return the address that a member is named by, or else its first of an IP version."""
    given = (address for address in member.addresses if str(address) == named)
    return next(given, next(a for a in member.addresses if a.version == version)).packed
