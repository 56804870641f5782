"""Policies that do nothing where they seem to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.explain.world import RED, WORLD, policy
from tortie.api import stored_settings
from tortie.explain import Asked, Directory, answer, ask, no_effects, to_document, to_text
from tortie.model import (
    ALL_INTERFACES,
    Action,
    HostEndpoint,
    Key,
    Kind,
    Metadata,
    Policy,
    Resource,
    Rule,
    WorkloadEndpoint,
    parse_address,
)

HOST = Key(Kind.HOST_ENDPOINT, "", "all-of-one")
OF_ALL = HostEndpoint(HOST, "node-1", ALL_INTERFACES, Metadata({"host": "a"}), (parse_address("192.0.2.1"),))
RAW = Key(Kind.GLOBAL_NETWORK_POLICY, "", "raw")


def untracked(selector: str = "host == 'a'", *, is_untracked: bool = True) -> Policy:
    return replace(
        policy(Rule(Action.DENY), key=RAW), selector=selector, do_not_track=is_untracked, apply_on_forward=True
    )


@pytest.mark.parametrize(
    ("of", "by", "count"),
    [
        (OF_ALL, untracked(), 1),
        (replace(OF_ALL, interface="eth0"), untracked(), 0),
        (replace(OF_ALL, interface=""), untracked(), 0),
        (OF_ALL, untracked("host == 'b'"), 0),
        (OF_ALL, untracked(is_untracked=False), 0),
    ],
)
def test_untracked_policy_does_nothing_on_all_interfaces(of: HostEndpoint, by: Policy, count: int) -> None:
    assert len(list(no_effects(Directory({HOST: of}), [by]))) == count


def test_an_explanation_says_so() -> None:
    world: dict[Key, Resource] = {HOST: OF_ALL, RAW: untracked()}
    asked = ask(Directory(world), "198.51.100.1", HOST.name, Asked(port=80))
    found = answer(world, asked, stored_settings())
    what = f"{RAW.kind} raw: `doNotTrack` has no effect on the host endpoint {HOST.name}, which is of all interfaces"
    assert what in found.question.notes
    assert to_document(found, Directory(world))["notes"] == list(found.question.notes)
    assert "doNotTrack" in to_text(found)
    elsewhere: dict[Key, Resource] = {HOST: replace(OF_ALL, node="node-2"), RAW: untracked()}
    there = ask(Directory(elsewhere), "198.51.100.1", "host", Asked(port=80, node="node-1"))
    assert what not in answer(elsewhere, there, stored_settings()).question.notes


@pytest.mark.parametrize(
    ("interface", "destination", "is_told"),
    [("tap0", "host", True), ("tap0", "partners/blue", False), ("cali0", "host", False)],
)
def test_an_interface_that_does_not_begin_like_a_workloads_is_told(
    interface: str, destination: str, *, is_told: bool
) -> None:
    """The kernel lets what comes from other interfaces to the host go by host endpoints alone."""
    red = WORLD[RED]
    assert isinstance(red, WorkloadEndpoint)
    world: dict[Key, Resource] = {**WORLD, RED: replace(red, interface=interface)}
    found = answer(world, ask(Directory(world), "production/red", destination, Asked(port=80)), stored_settings())
    told = [each for each in found.question.notes if "`InterfacePrefix`" in each]
    assert bool(told) is is_told
    if told:
        assert told[0].startswith("the interface tap0 of production/red does not begin like a workload's (`cali`):")
