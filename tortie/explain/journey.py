"""A flow on its way: which hosts it passes, and what each of them decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from tortie.compiled import Snapshot
from tortie.engine import compile_all
from tortie.evaluate import Decision, decide
from tortie.explain.directory import Directory
from tortie.explain.host_settings import SettingsOf
from tortie.explain.question import Question
from tortie.model import Flow, HostEndpoint, Key, Place, Verdict

__all__ = ["Passage", "assumed_interfaces", "journey"]


class Passage(NamedTuple):
    """The flow as it passes one host, and what that host decides."""

    flow: Flow
    decision: Decision


def journey(directory: Directory, question: Question, settings_of: SettingsOf) -> list[Passage]:
    """Return the flow's passages: of the sender's host, then of the receiver's where that is another one.

    A destination that is translated is translated by the first of them.
    """
    ends = (question.source.where, question.destination.where)
    nodes = [node for node in dict.fromkeys(_node(directory, question, end) for end in ends) if node]
    passages: list[Passage] = []
    for node in nodes or [question.node]:
        flow = _passing(directory, question, node)
        if passages:
            flow = replace(flow, untranslated=None)
        passages.append(Passage(flow, decide(_compiled(directory, node, settings_of), flow)))
        if passages[-1].decision.verdict is Verdict.DENY:
            break
    return passages


def assumed_interfaces(hosts: Iterable[HostEndpoint]) -> Mapping[str, frozenset[bytes]]:
    """Return interfaces for the host endpoints of one host that name none, as nobody here knows them: each has its own.

    They are called as the host endpoints are.
    """
    return {each.key.name: frozenset(each.expected_addresses) for each in hosts if not each.interface}


def _compiled(directory: Directory, node: str, settings_of: SettingsOf) -> Snapshot:
    interfaces = assumed_interfaces(each for each in directory.host_endpoints.values() if each.node == node)
    settings = settings_of(directory.resources, node)
    return compile_all(directory.resources, lambda endpoint: endpoint.node == node, settings, interfaces)


def _passing(directory: Directory, question: Question, node: str) -> Flow:
    """Return the flow as it passes one host."""
    sender, receiver = (_place(directory, question, end.where, node) for end in (question.source, question.destination))
    flow = question.flow
    return replace(
        flow,
        sender=sender,
        receiver=receiver,
        in_interface=_crossed(directory, question.destination.where, sender, flow.in_interface),
        out_interface=_crossed(directory, question.source.where, receiver, flow.out_interface),
    )


def _crossed(directory: Directory, own: Key | Place, peer: Key | Place, told: str) -> str:
    """Return the interface between an own end and a peer beyond the host; "" where the peer is on the host itself."""
    if peer is not Place.ELSEWHERE:
        return ""
    endpoint = directory.host_endpoints.get(own) if isinstance(own, Key) else None
    return told or (endpoint.interface or endpoint.key.name if endpoint else "")


def _node(directory: Directory, question: Question, end: Key | Place) -> str:
    """Return the host of an end; "" for what is on no host in particular, or on the other end's."""
    if isinstance(end, Key):
        return directory.endpoint(end).node
    return question.node if end is Place.HOST else ""


def _place(directory: Directory, question: Question, end: Key | Place, node: str) -> Key | Place:
    """Return what an end is to a host: an endpoint of its own, itself, or beyond it."""
    if not isinstance(end, Key):
        return Place.ELSEWHERE if end is Place.HOST and question.node not in ("", node) else end
    endpoint = directory.endpoint(end)
    if endpoint.node != node:
        return Place.ELSEWHERE
    return Place.HOST if isinstance(endpoint, HostEndpoint) else end
