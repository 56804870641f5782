"""Acceptance scenarios of pre-DNAT and untracked policy, told as in `scenarios_hosts`."""

from __future__ import annotations

from collections.abc import Iterable

from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    EGRESS,
    INGRESS,
    Flows,
    Scenario,
    expect,
    host_endpoint,
    policy,
    pre_dnat,
    sent,
    translated,
    untracked,
    world,
)
from tortie.model import Action, EntityMatch, Flow, PortRange, Protocol, Rule, Verdict

__all__ = ["EARLY"]

HOST = "name == 'host'"
PODS = "has(projectcalico.org/namespace)"


def to_port(port: int) -> Rule:
    return Rule(Action.ALLOW, protocol=Protocol(6), destination=EntityMatch(ports=(PortRange(port, port),)))


DENY_ALL = pre_dnat(policy("deny", HOST, (INGRESS,), (DENY,), order=20))
ALLOW_32010, ALLOW_8055 = (
    pre_dnat(policy("allow", HOST, (INGRESS,), (to_port(port),), order=10)) for port in (32010, 8055)
)


def both_ports(first: str, second: str, senders: Iterable[str]) -> Flows:
    """What becomes of packets to port 32010, translated to w0, and to 32011, translated to w1."""
    found: list[tuple[Flow, Verdict]] = []
    for sender in senders:
        found += [*translated(f"{sender}>w0 {first}", 32010), *translated(f"{sender}>w1 {second}", 32011)]
    return tuple(found)


BEFORE_TRANSLATION = (
    Scenario(96, "no policy", world(), both_ports("ok", "ok", ("out", "w2"))),
    Scenario(
        97,
        "all denied on one interface",
        world(host_endpoint(), DENY_ALL),
        (*both_ports("no", "no", ("out",)), *both_ports("ok", "ok", ("w2",))),
    ),
    Scenario(98, "one port allowed", world(host_endpoint(), DENY_ALL, ALLOW_32010), both_ports("ok", "no", ("out",))),
    Scenario(
        99,
        "the port after translation is not seen",
        world(host_endpoint(), DENY_ALL, ALLOW_8055),
        both_ports("no", "no", ("out",)),
    ),
    Scenario(
        100, "all denied on all interfaces", world(host_endpoint("*"), DENY_ALL), both_ports("no", "no", ("out", "w2"))
    ),
    Scenario(
        101,
        "one port allowed on all interfaces",
        world(host_endpoint("*"), DENY_ALL, ALLOW_32010),
        both_ports("ok", "no", ("out", "w2")),
    ),
    Scenario(
        102,
        "and pods may send nothing",
        world(host_endpoint("*"), DENY_ALL, ALLOW_32010, policy("pods", PODS, (EGRESS,))),
        (*both_ports("ok", "no", ("out",)), *both_ports("no", "no", ("w2",))),
    ),
    Scenario(
        103,
        "the same policy as a normal one",
        world(host_endpoint(profiles=("open",)), policy("deny", HOST, (INGRESS,), (DENY,))),
        (*both_ports("ok", "ok", ("out",)), *expect("out>host no")),
    ),
    *(
        Scenario(
            104,
            f"a policy of a host's lists says nothing of pods: {mine.key.name}",
            world(mine),
            expect("w0>w1 ok, out>w0 ok, w0>out ok"),
        )
        for mine in (
            untracked(policy("u", "all()", BOTH, (DENY,))),
            pre_dnat(policy("d", "all()", (INGRESS,), (DENY,))),
        )
    ),
    Scenario(130, "a default-deny host", world(host_endpoint("*")), sent("out>host:80 no")),
    *(
        Scenario(
            130,
            f"an early policy that allows {port}",
            world(host_endpoint("*"), pre_dnat(policy("p", HOST, (INGRESS,), (to_port(port),)))),
            sent(f"out>host:80 {word}"),
        )
        for port, word in ((81, "no"), (80, "ok"))
    ),
)

BOTH_WAYS = untracked(policy("p", HOST, BOTH, (ALLOW,)))
IN_ONLY = untracked(policy("p", HOST, (INGRESS,), (ALLOW,)))
IN_DENIED = untracked(policy("p", HOST, BOTH, {INGRESS: (DENY,), EGRESS: (ALLOW,)}))
CLIENT = sent("out>host:22 ok")
FAILSAFES = sent("out>host:2379 ok, host>out:2379 ok")

UNTRACKED = (
    Scenario(
        105,
        "nothing but failsafes",
        world(host_endpoint()),
        (*sent("out>host:8055 no, host>out:8055 no, host>out:22 no"), *CLIENT, *FAILSAFES),
    ),
    *(
        Scenario(
            number,
            "both ways",
            world(host_endpoint(), BOTH_WAYS),
            (
                *sent("out>host:8055 ok, host>out:8055 ok, host>out:22 ok"),
                *sent("out>host:40000 ok, host>out:40000 ok", source_port=8055),
                *CLIENT,
                *FAILSAFES,
            ),
        )
        for number in (106, 108)
    ),
    Scenario(
        107,
        "no way out: neither answers nor requests leave",
        world(host_endpoint(), IN_ONLY),
        (
            *sent("host>out:8055 no, host>out:22 no"),
            *sent("host>out:40000 no", source_port=8055),
            *sent("host>out:40000 no", source_port=2379),  # an answer by itself: as part of a connection it passes
            *CLIENT,
            *FAILSAFES,
        ),
    ),
    Scenario(
        109,
        "denied on the way in: neither requests nor answers come",
        world(host_endpoint(), IN_DENIED),
        (
            *sent("out>host:8055 no"),
            *sent("out>host:40000 no", source_port=8055),
            *CLIENT,
            *FAILSAFES,
        ),
    ),
)

FROM_OUTSIDE = tuple(
    Scenario(110, f"a client's SSH while {each.name} ({each.number})", each.resources, CLIENT) for each in UNTRACKED
)

EARLY: tuple[Scenario, ...] = (*BEFORE_TRANSLATION, *UNTRACKED, *FROM_OUTSIDE)
