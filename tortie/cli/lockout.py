"""Before a change: would it cut the machine off that it is made from? Told with the evaluator, and refused."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tortie.agent import read_config
from tortie.api import environment_source, resolve, resource_sources
from tortie.cli.sessions import Session, live_sessions
from tortie.cli.sources import resources_in
from tortie.cli.targets import Target
from tortie.cli.writes import REFUSED
from tortie.compiled import BuiltIn
from tortie.datastore import Client
from tortie.engine import compile_all
from tortie.errors import Invalid, Problem, Unavailable
from tortie.evaluate import Decision, Evaluator
from tortie.model import (
    READ_KINDS,
    FelixConfiguration,
    Flow,
    HostEndpoint,
    Key,
    Kind,
    Node,
    Place,
    Resource,
    Settings,
    Verdict,
    format_address,
)
from tortie.netlink import Links

__all__ = ["Machine", "check_sessions", "cut_sessions", "this_machine"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine knows of itself: its name, its interfaces with their addresses, its ways out, its sessions."""

    name: str
    interfaces: Mapping[str, frozenset[bytes]]
    way: Callable[[bytes], str]
    sessions: Sequence[Session]


def check_sessions(
    client: Client, targets: Iterable[Target], environ: Mapping[str, str], machine: Callable[..., Machine] | None = None
) -> None:
    """Try what the files have, and see whether this machine would lose live sessions.

    Raises:
        Invalid: it would; every session is named.
    """
    after = client.trial()
    for target in targets:
        try:
            if not target.error:
                after.apply(target.known_key, target.known_document)
        except REFUSED:
            continue  # told when it is applied in earnest
    name = read_config({}, environ, platform.node()).hostname
    found = resources_in(after.store, READ_KINDS).resources
    if not any(_governs(each, name) for each in found.values()):
        return  # nobody governs this machine
    try:
        here = (machine or this_machine)(name, environ)
    except Unavailable:
        return  # a machine that cannot tell its interfaces has no agent either
    before = resources_in(client.store, READ_KINDS).resources
    if lost := list(cut_sessions(here, before, found, environ)):
        raise Invalid(*(Problem(_line(*each)) for each in lost[:_SHOWN]), _summary(len(lost)))


def cut_sessions(
    machine: Machine, before: Mapping[Key, Resource], after: Mapping[Key, Resource], environ: Mapping[str, str]
) -> Iterator[tuple[Session, Decision]]:
    """Yield the sessions of a machine that policy allows before a change and refuses after it, and by what."""
    is_allowed, says = _evaluator(machine, before, environ), _evaluator(machine, after, environ)
    was, is_now = (_settings(machine.name, each, environ).interface_prefixes for each in (before, after))
    for session in machine.sessions:
        interface = machine.way(session.remote[0])
        flow = _flow(session, interface)
        if interface.startswith(is_now) and not interface.startswith(was):
            yield session, Decision(Verdict.DENY, BuiltIn.UNKNOWN_INTERFACE)
        elif is_allowed(flow).verdict is Verdict.ALLOW and (decision := says(flow)).verdict is Verdict.DENY:
            yield session, decision


def _governs(resource: Resource, name: str) -> bool:
    """Tell whether a resource may cut the machine of a name off: settings may call its interfaces workloads'."""
    return isinstance(resource, FelixConfiguration) or (isinstance(resource, HostEndpoint) and resource.node == name)


def this_machine(name: str, environ: Mapping[str, str]) -> Machine:
    """Return what this machine is like now; raises Unavailable."""
    links = Links()
    with links:
        interfaces = {each: link.addresses for each, link in links.read().items()}
        own = {len(address): address for carried in interfaces.values() for address in sorted(carried)}
        sessions = live_sessions(environ, own)
        ways = {session.remote[0]: links.way(session.remote[0]) for session in sessions}
    return Machine(name, interfaces, lambda address: ways.get(address, ""), sessions)


def _evaluator(
    machine: Machine, resources: Mapping[Key, Resource], environ: Mapping[str, str]
) -> Callable[[Flow], Decision]:
    settings = _settings(machine.name, resources, environ)
    interfaces = {
        name: carried
        for name, carried in machine.interfaces.items()
        if not name.startswith(settings.interface_prefixes)
    }
    snapshot = compile_all(resources, lambda endpoint: endpoint.node == machine.name, settings, interfaces)
    return Evaluator(snapshot).decide


def _settings(name: str, resources: Mapping[Key, Resource], environ: Mapping[str, str]) -> Settings:
    node = resources.get(Key(Kind.NODE, "", name))
    labels = node.metadata.labels if isinstance(node, Node) else {}
    said = (each for each in resources.values() if isinstance(each, FelixConfiguration))
    return resolve((environment_source(environ), *resource_sources(said, name, labels))).settings


def _flow(session: Session, interface: str) -> Flow:
    source, destination = session.local, session.remote
    if session.is_incoming:
        source, destination = destination, source
    return Flow(
        source[0],
        destination[0],
        session.protocol,
        source_port=source[1],
        destination_port=destination[1],
        sender=Place.ELSEWHERE if session.is_incoming else Place.HOST,
        receiver=Place.HOST if session.is_incoming else Place.ELSEWHERE,
        in_interface=interface if session.is_incoming else "",
        out_interface="" if session.is_incoming else interface,
    )


def _line(session: Session, decision: Decision) -> str:
    local, remote = (f"{format_address(each[0])} port {each[1]}" for each in (session.local, session.remote))
    way = f"from {remote} to {local}" if session.is_incoming else f"to {remote}"
    return f"it would cut {session.what}, {way}: {decision.rule} refuses it"


def _summary(count: int) -> Problem:
    what = f"nothing was applied, as it would cut {count} live session{'s' if count > 1 else ''} of this machine"
    return Problem(what, mend="allow them, or say `--force`")
