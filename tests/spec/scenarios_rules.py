"""Acceptance scenarios of single rule features: staged policies, named ports, services."""

from __future__ import annotations

from dataclasses import replace

from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    EGRESS,
    INGRESS,
    PASS,
    Scenario,
    destination,
    endpoint_slice,
    expect,
    flow,
    host_endpoint,
    policy,
    source,
    staged,
    tier,
    workload,
    world,
)
from tortie.model import (
    Action,
    EndpointPort,
    EntityMatch,
    Family,
    Flow,
    PortRange,
    Protocol,
    Rule,
    ServiceMatch,
    StagedAction,
    Verdict,
    WorkloadEndpoint,
    parse_prefix,
)

__all__ = ["RULES"]

OK, NO = Verdict.ALLOW, Verdict.DENY
TCP, UDP, SCTP = Protocol(6), Protocol(17), Protocol(132)
W0 = "name == 'w0'"
TIER1, TIER2 = tier("tier1", 1), tier("tier2", 2)

STAGED = (
    Scenario(
        13,
        "the first tier passes, the others only stage",
        world(
            TIER1,
            TIER2,
            policy("p", W0, BOTH, (PASS,), tier="tier1"),
            staged(policy("q", W0, BOTH, (DENY,), tier="tier2")),
            staged(policy("default/k", W0, BOTH, (DENY,))),
        ),
        expect("w1>w0 ok, w0>w1 ok"),
    ),
    Scenario(
        17,
        "staged denies around the one that allows",
        world(
            TIER1,
            TIER2,
            policy("p", W0, BOTH, (PASS,), tier="tier1"),
            staged(policy("q", W0, BOTH, (DENY,), tier="tier2")),
            staged(policy("default/a", W0, BOTH, (DENY,), order=1)),
            policy("default/k", W0, BOTH, (ALLOW,), order=1000),
            staged(policy("default/z", W0, BOTH, (DENY,), order=2000)),
        ),
        expect("w1>w0 ok, w0>w1 ok"),
    ),
    Scenario(
        18,
        "staged allows before the one that denies",
        world(
            TIER1,
            TIER2,
            policy("p", W0, BOTH, (PASS,), tier="tier1"),
            staged(policy("a", W0, BOTH, (ALLOW,), tier="tier2", order=1)),
            staged(policy("b", W0, BOTH, (ALLOW,), tier="tier2", order=2)),
            policy("q", W0, BOTH, (DENY,), tier="tier2", order=3),
        ),
        expect("w1>w0 no, w0>w1 no"),
    ),
    Scenario(
        23,
        "staged ingress, real egress",
        world(
            TIER1,
            staged(policy("i", W0, (INGRESS,), (DENY,), tier="tier1")),
            policy("e", W0, (EGRESS,), tier="tier1"),
        ),
        expect("w1>w0 ok, w0>w1 no"),
    ),
    Scenario(
        23,
        "a staged removal takes nothing away",
        world(policy("p", W0, (INGRESS,)), staged(policy("p", W0, (INGRESS,)), StagedAction.DELETE)),
        expect("w1>w0 no"),
    ),
)


def listening(name: str, *ports: tuple[str, Protocol, int]) -> WorkloadEndpoint:
    return replace(workload(name), ports=tuple(EndpointPort(*each) for each in ports))


def listeners() -> tuple[WorkloadEndpoint, ...]:
    """Everybody calls another port `http`, and one of w0's is UDP."""
    return (
        listening("w0", ("http", TCP, 8000), ("dns", UDP, 53), ("dns", TCP, 54), ("sip", SCTP, 5060)),
        listening("w1", ("http", TCP, 8001)),
        listening("w2", ("http", UDP, 8000)),
        listening("r0", ("http", TCP, 8003)),
    )


def to(text: str, protocol: int = 6, *, source_port: int = 40000) -> tuple[tuple[Flow, Verdict], ...]:
    """What `w1>w0:80 ok` says, in both families."""
    found = []
    for clause in text.split(","):
        pair, word = clause.split()
        ends, _, port = pair.partition(":")
        sender, receiver = ends.split(">")
        for family in Family:
            asked = replace(flow(sender, receiver, family, protocol, int(port)), source_port=source_port)
            found.append((asked, OK if word == "ok" else NO))
    return tuple(found)


def named(action: Action = Action.ALLOW, protocol: Protocol | None = TCP, **asked: object) -> Rule:
    """A rule about the destination's ports."""
    return replace(destination(action, **asked), protocol=protocol)


HTTP = named(ports=("http",))
MANY = tuple(PortRange(port, port) for port in range(9001, 9017))
NEAR, ONE = (parse_prefix("10.65.0.10/31"),), (parse_prefix("10.65.0.10/32"),)
NAMED_PORTS = (
    Scenario(
        37,
        "one name, a number each",
        world(*listeners(), policy("p", "all()", (INGRESS,), (HTTP,))),
        to("w1>w0:8000 ok, w1>w0:8001 no, w0>w1:8001 ok, w0>w1:8000 no, w0>w2:8000 no"),
    ),
    *(
        Scenario(
            38 if direction is INGRESS else 39,
            f"a name and {len(numbers)} numbers, {direction}",
            world(*listeners(), policy("p", "all()", (direction,), (named(ports=("http", *numbers)),))),
            to("w1>w0:8000 ok, w1>w0:9001 ok, w1>w0:9099 no"),
        )
        for direction in BOTH
        for numbers in (MANY[:1], MANY)
    ),
    *(
        Scenario(
            40,
            f"not a name nor {len(numbers)} numbers",
            world(*listeners(), policy("p", "all()", (INGRESS,), (named(not_ports=("http", *numbers)),))),
            (*to("w1>w0:8000 no, w1>w0:8001 ok, w0>w1:8001 no"), *to(f"w1>w0:9001 {'no' if numbers else 'ok'}")),
        )
        for numbers in ((), MANY[:1], MANY)
    ),
    Scenario(
        41,
        "a name and whom it is at",
        world(*listeners(), policy("p", "all()", (EGRESS,), (named(ports=("http",), selector="name == 'w0'"),))),
        to("w1>w0:8000 ok, w0>w1:8001 no, w2>w0:8000 ok"),
    ),
    Scenario(
        42,
        "a source port",
        world(
            *listeners(),
            policy("p", W0, (INGRESS,), (replace(source(Action.ALLOW, ports=("http",)), protocol=TCP),)),
        ),
        (*to("w1>w0:80 ok, w2>w0:80 no", source_port=8001), *to("w1>w0:80 no", source_port=8000)),
    ),
    *(
        Scenario(
            number,
            f"the {protocol} ports of a name that has several",
            world(*listeners(), policy("p", W0, (INGRESS,), (named(protocol=protocol, ports=("dns", "sip")),))),
            (
                *to(f"w1>w0:54 {'ok' if protocol == TCP else 'no'}"),
                *to(f"w1>w0:53 {'ok' if protocol == UDP else 'no'}", 17),
                *to(f"w1>w0:5060 {'ok' if protocol == SCTP else 'no'}", 132),
            ),
        )
        for number, protocol in ((43, TCP), (44, UDP), (44, SCTP))
    ),
    Scenario(
        45,
        "no protocol",
        world(*listeners(), policy("p", W0, (INGRESS,), (named(protocol=None, ports=("dns",)),))),
        (*to("w1>w0:54 ok, w1>w0:53 no"), *to("w1>w0:53 ok, w1>w0:54 no", 17)),
    ),
    Scenario(
        46,
        "selectors bound names and numbers",
        world(
            *listeners(),
            policy(
                "p",
                "all()",
                (EGRESS,),
                (named(ports=("http", *MANY[:1]), selector="has(name)", not_selector="name == 'w1'"),),
            ),
        ),
        to("w1>w0:8000 ok, w1>w0:9001 ok, w0>w1:8001 no, w0>w1:9001 no"),
    ),
    Scenario(
        47,
        "everybody's but one's",
        world(*listeners(), policy("p", "all()", (EGRESS,), (named(ports=("http",), not_selector="name == 'w1'"),))),
        to("w1>w0:8000 ok, w0>w1:8001 no, w0>r0:8003 ok"),
    ),
    *(
        Scenario(
            48,
            f"networks too: {word}",
            world(
                *listeners(),
                policy("p", "all()", (EGRESS,), (replace(HTTP, destination=asked),)),
            ),
            tuple((each, verdict) for each, verdict in to(flows) if each.family is Family.V4),
        )
        for word, asked, flows in (
            ("in", EntityMatch(ports=("http",), nets=NEAR), "w1>w0:8000 ok, w0>w1:8001 ok, w0>r0:8003 no"),
            ("out", EntityMatch(ports=("http",), not_nets=ONE), "w1>w0:8000 no, w0>w1:8001 ok"),
            (
                "both",
                EntityMatch(ports=("http",), nets=NEAR, not_nets=ONE),
                "w1>w0:8000 no, w0>w1:8001 ok, w0>r0:8003 no",
            ),
        )
    ),
    Scenario(
        49,
        "a selector on the other side",
        world(
            *listeners(),
            policy("p", "all()", (INGRESS,), (replace(HTTP, source=EntityMatch(selector="name == 'w1'")),)),
        ),
        to("w1>w0:8000 ok, w2>w0:8000 no, w0>w1:8001 no"),
    ),
    Scenario(
        50,
        "wanted and refused",
        world(*listeners(), policy("p", "all()", (INGRESS,), (named(ports=("http",), not_ports=("http",)),))),
        to("w1>w0:8000 no, w1>w0:8001 no"),
    ),
    *(
        Scenario(
            52,
            f"a host's port from another host's policy: {name}",
            world(
                replace(host_endpoint(), ports=(EndpointPort("web", TCP, 8055),)),
                policy("p", "name == 'host'", (INGRESS,), (named(ports=(name,)),)),
            ),
            to(f"out>host:8055 {word}, out>host:8056 no"),
        )
        for name, word in (("web", "ok"), ("db", "no"))
    ),
    Scenario(
        53,
        "the pod that had the port is gone",
        {
            key: value
            for key, value in world(*listeners(), policy("p", "all()", (EGRESS,), (HTTP,))).items()
            if key.name != "r0"
        },
        to("w0>r0:8003 no, w1>w0:8000 ok"),
    ),
)

SERVICE = ServiceMatch("web", "default")
TO_WEB = {action: destination(action, services=SERVICE) for action in (Action.ALLOW, Action.DENY, Action.PASS)}
FROM_WEB = {action: source(action, services=SERVICE) for action in (Action.ALLOW, Action.DENY)}
WEB = endpoint_slice("default/web", "w1", "r0")

SERVICES = (
    Scenario(
        66,
        "egress to a service",
        world(WEB, policy("p", W0, (EGRESS,), (TO_WEB[Action.ALLOW],))),
        (*to("w0>w1:80 ok, w0>w1:81 no, w0>r0:80 ok, w0>w2:80 no"), *to("w0>w1:80 no", 17)),
    ),
    Scenario(
        67,
        "an address came to it",
        world(WEB, endpoint_slice("default/web", "w2"), policy("p", W0, (EGRESS,), (TO_WEB[Action.ALLOW],))),
        to("w0>w1:80 ok, w0>w2:80 ok, w0>w2:81 no"),
    ),
    Scenario(68, "the policy went", world(WEB), to("w0>w1:80 ok, w0>w1:81 ok, w0>w2:80 ok")),
    Scenario(
        69,
        "egress denied to a service",
        world(WEB, policy("p", W0, (EGRESS,), (TO_WEB[Action.DENY], ALLOW))),
        to("w0>w1:80 no, w0>r0:80 no, w0>w1:81 ok, w0>w2:80 ok"),
    ),
    Scenario(
        70,
        "ingress from a service",
        world(WEB, policy("p", W0, (INGRESS,), (FROM_WEB[Action.ALLOW],))),
        (*to("w1>w0:80 ok, w1>w0:81 ok, r0>w0:9 ok, w2>w0:80 no"), *to("w1>w0:80 ok", 17, source_port=1)),
    ),
    Scenario(
        71,
        "ingress from a service to a port",
        world(
            WEB,
            policy(
                "p",
                W0,
                (INGRESS,),
                (replace(FROM_WEB[Action.ALLOW], protocol=TCP, destination=EntityMatch(ports=(PortRange(80, 80),))),),
            ),
        ),
        to("w1>w0:80 ok, w1>w0:81 no, w2>w0:80 no"),
    ),
    Scenario(
        72,
        "ingress denied from a service",
        world(WEB, policy("p", W0, (INGRESS,), (FROM_WEB[Action.DENY], ALLOW))),
        to("w1>w0:80 no, w2>w0:80 ok"),
    ),
    Scenario(
        73,
        "a tier passes a service on, the next denies",
        world(
            WEB,
            TIER1,
            policy("p", W0, (EGRESS,), (TO_WEB[Action.PASS],), tier="tier1"),
            policy("q", W0, (EGRESS,), (DENY,)),
        ),
        to("w0>w1:80 no, w0>w2:80 no"),
    ),
    Scenario(
        16,
        "the first tier allows a service, lower ones deny",
        world(
            WEB,
            TIER1,
            policy("p", W0, (EGRESS,), (TO_WEB[Action.ALLOW],), tier="tier1"),
            policy("q", W0, (EGRESS,), (DENY,)),
        ),
        to("w0>w1:80 ok, w0>w1:81 no"),
    ),
    Scenario(
        66,
        "a service without a namespace is the policy's own",
        world(WEB, policy("default/p", W0, (EGRESS,), (destination(Action.ALLOW, services=ServiceMatch("web")),))),
        to("w0>w1:80 ok, w0>w2:80 no"),
    ),
)

RULES: tuple[Scenario, ...] = (*STAGED, *NAMED_PORTS, *SERVICES)
