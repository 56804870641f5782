"""The terminal's text: its width, its colour, and what it leaves out when there is much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.unit.explain.world import PEOPLE, POLICY, WORLD, policy
from tortie.api import stored_settings
from tortie.explain import Answer, Asked, Directory, answer, ask, to_text
from tortie.model import Action, EntityMatch, HostEndpoint, Key, Kind, Protocol, Resource, Rule


def explained(
    source: str, destination: str, asked: Asked | None = None, world: Mapping[Key, Resource] = WORLD
) -> Answer:
    return answer(world, ask(Directory(world), source, destination, asked or Asked(port=6379)), stored_settings())


def test_a_denial_by_default() -> None:
    assert to_text(explained("green", "red", Asked(port=6379, source_port=1))) == (
        """\
DENIED   TCP port 6379
         from production/green (10.65.2.10)
         to   production/red (10.65.1.10)
         end of tier `default`: production/allow-tcp-6379 governs ingress of
         production/red and none of its rules matched

Egress of production/green on node-2: allowed
  profile kns.production
      => egress[0] Allow everything

Ingress of production/red on node-1: denied
  tier default
    NetworkPolicy production/allow-tcp-6379
      -  ingress[0] Allow protocol TCP, source.selector color == 'blue',
         destination.ports 6379
           fails source.selector color == 'blue': production/green has
             color=green
    => Deny: end of tier `default`

Nearest to allowing it:
  ingress[0] of NetworkPolicy production/allow-tcp-6379 would, with
    source.selector color == 'blue', but production/green has color=green"""
    )


@pytest.mark.parametrize(
    ("source", "destination", "asked", "packet"),
    [
        ("green", "red", Asked("udp", 53), "UDP port 53"),
        ("green", "red", Asked("icmp"), "ICMP type 8 code 0"),
        ("green", "red", Asked("icmpv6", icmp_type=1, icmp_code=4), "ICMPv6 type 1 code 4"),
        ("green", "red", Asked("47"), "protocol 47"),
    ],
)
def test_first_line(source: str, destination: str, asked: Asked, packet: str) -> None:
    assert to_text(explained(source, destination, asked)).splitlines()[0] == f"DENIED   {packet}"


def test_colour_only_where_asked_for() -> None:
    found = explained("production/blue", "red")
    assert "\x1b" not in to_text(found)
    assert to_text(found, colour=True).startswith("\x1b[32mALLOWED\x1b[0m  TCP")


def test_built_in_verdicts_are_one_sentence() -> None:
    lines = to_text(explained("host", "red", Asked(port=1, source_port=1))).splitlines()
    assert lines[0] == "ALLOWED  TCP port 1"
    assert lines[3] == "         a host may always reach its own workloads"


MANY = tuple(
    Rule(Action.ALLOW, protocol=Protocol(6), source=EntityMatch(selector=f"color == 'shade-{number}'"))
    for number in range(30)
)
MANY_WORLD: Mapping[Key, Resource] = {**PEOPLE, POLICY: policy(*MANY)}


def test_many_rules_that_did_not_match_are_counted() -> None:
    text = to_text(explained("green", "red", world=MANY_WORLD))
    assert "shade-11'" in text
    assert "shade-12'" not in text
    assert "  (18 more rules did not match; `--all` shows them)" in text


def test_all_rules_where_asked_for() -> None:
    text = to_text(explained("green", "red", world=MANY_WORLD), everything=True)
    assert "shade-29'" in text
    assert "more rules" not in text


@pytest.mark.parametrize("source", ["green", "production/blue", "partners/blue", "legacy", "host", "192.0.2.1"])
def test_lines_fit_a_terminal(source: str) -> None:
    text = to_text(explained(source, "red"))
    assert max(map(len, text.splitlines())) <= 80


def test_the_lists_of_a_host_endpoint_are_named() -> None:
    key = Key(Kind.HOST_ENDPOINT, "", "h")
    early = policy(Rule(Action.DENY, protocol=Protocol(17)), key=Key(Kind.GLOBAL_NETWORK_POLICY, "", "p"))
    early = replace(early, selector="", pre_dnat=True, apply_on_forward=True)
    world = {**WORLD, key: HostEndpoint(key, "node-1", "eth0"), early.key: early}
    shown = to_text(answer(world, ask(Directory(world), "1.2.3.4", "h", Asked(port=80)), stored_settings()))
    assert "Pre-DNAT host ingress of h on node-1: goes on\n" in shown
    assert "Host ingress of h on node-1: denied\n" in shown
    kept = to_text(answer(world, ask(Directory(world), "1.2.3.4", "h", Asked(port=22)), stored_settings()))
    assert (
        "Host ingress of h on node-1: allowed\n    => the port is a failsafe of the host (`FailsafeInboundHostPorts`)"
    ) in kept
