"""Before a change: would it cut the machine off that it is made from? Told with the evaluator, and refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tortie.agent import Session, live_sessions, refused_sessions
from tortie.api import Source, stored_settings
from tortie.cli.agent_settings import Told, told_here
from tortie.cli.sources import resources_in
from tortie.compiled import Snapshot
from tortie.datastore import Datastore, TrialDatastore
from tortie.engine import compile_all, with_automatic
from tortie.errors import Invalid, Problem, Unavailable
from tortie.evaluate import Decision
from tortie.model import (
    READ_KINDS,
    HostEndpoint,
    Key,
    Kind,
    Resource,
)
from tortie.netlink import Links

__all__ = ["Machine", "check_sessions", "cut_sessions", "this_machine"]

_SHOWN = 20
_SAYING_SETTINGS = frozenset({Kind.FELIX_CONFIGURATION, Kind.NODE})


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine knows of itself: its name, its interfaces with their addresses, its ways out, its sessions.

    `sources` are what its agent was told of settings, highest first.
    """

    name: str
    interfaces: Mapping[str, frozenset[bytes]]
    way: Callable[[bytes], str]
    sessions: Sequence[Session]
    sources: tuple[Source, ...] = ()


def check_sessions(before: Datastore, after: TrialDatastore, environ: Mapping[str, str]) -> None:
    """See whether this machine would lose live sessions, were the datastore as it has been tried.

    Raises:
        Invalid: it would; every session is named.
    """
    told = told_here(environ)
    if not (_SAYING_SETTINGS & {key.kind for key in after.changes}) and not _is_governed(told.hostname, before, after):
        return
    try:
        here = this_machine(told, environ)
    except Unavailable:
        return  # a machine that cannot tell its interfaces has no agent either
    was, is_now = (resources_in(store, READ_KINDS).resources for store in (before, after))
    if lost := list(cut_sessions(here, was, is_now)):
        lines = (Problem(f"it would cut {session}: {decision.rule} refuses it") for session, decision in lost[:_SHOWN])
        raise Invalid(*lines, _summary(len(lost)))


def cut_sessions(
    machine: Machine, before: Mapping[Key, Resource], after: Mapping[Key, Resource]
) -> Iterator[tuple[Session, Decision]]:
    """Yield the sessions of a machine that policy allows before a change and refuses after it, and by what."""
    was, is_now = (
        refused_sessions(machine.sessions, machine.way, _compiled(machine, each)) for each in (before, after)
    )
    lost_already = {session for session, _ in was}
    return ((session, decision) for session, decision in is_now if session not in lost_already)


def this_machine(told: Told, environ: Mapping[str, str]) -> Machine:
    """Return what this machine is like now; raises Unavailable."""
    links = Links()
    with links:
        interfaces = {each: link.addresses for each, link in links.read().items()}
        own = {len(address): address for carried in interfaces.values() for address in sorted(carried)}
        sessions = live_sessions(environ, own)
        ways = {session.remote[0]: links.way(session.remote[0]) for session in sessions}
    return Machine(told.hostname, interfaces, lambda address: ways.get(address, ""), sessions, told.sources)


def _is_governed(name: str, *stores: Datastore) -> bool:
    """Tell whether a host endpoint governs the machine of a name, in any of the stores."""
    telling = (Kind.HOST_ENDPOINT, Kind.NODE, Kind.KUBE_CONTROLLERS_CONFIGURATION)
    worlds = (with_automatic(resources_in(store, telling).resources) for store in stores)
    found = (each for world in worlds for each in world.values())
    return any(isinstance(each, HostEndpoint) and each.node == name for each in found)


def _compiled(machine: Machine, resources: Mapping[Key, Resource]) -> Snapshot:
    settings = stored_settings(*machine.sources)(resources, machine.name)
    interfaces = {
        name: carried
        for name, carried in machine.interfaces.items()
        if not (name.startswith(settings.interface_prefixes) or settings.excludes(name))
    }
    return compile_all(resources, lambda endpoint: endpoint.node == machine.name, settings, interfaces)


def _summary(count: int) -> Problem:
    what = f"nothing was written, as it would cut {count} live session{'s' if count > 1 else ''} of this machine"
    return Problem(what, mend="allow them, or say `--force`")
