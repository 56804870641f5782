"""Acceptance scenarios of host endpoints: this host has w0, w1 and w2; r0 is on another host; `out` is anybody else.

What the other host says of its own side is not asked here.
"""

from __future__ import annotations

from dataclasses import replace

from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    EGRESS,
    INGRESS,
    UPLINK,
    Scenario,
    expect,
    forwarded,
    host_endpoint,
    policy,
    pre_dnat,
    sent,
    source,
    tier,
    translated,
    workload,
    world,
)
from tortie.model import (
    Action,
    EndpointToHostAction,
    FailsafePort,
    Family,
    Metadata,
    Protocol,
    Rule,
    Settings,
    Verdict,
    parse_prefix,
)

__all__ = ["HOSTS"]

OK, NO = Verdict.ALLOW, Verdict.DENY
HOST = "name == 'host'"
PODS = "has(projectcalico.org/namespace)"
KINDS = (UPLINK, "*")
TIER1 = tier("tier1", 1)
NORMAL: tuple[Scenario, ...] = tuple(
    scenario
    for kind in KINDS
    for scenario in (
        Scenario(
            75,
            f"nothing but failsafes, {kind}",
            world(host_endpoint(kind)),
            (
                *expect("host>out no, out>host no"),
                *sent("host>out:6443 ok, host>out:5473 ok, host>out:22 no, out>host:22 ok, out>host:6443 ok"),
                *sent("host>out no, out>host no", protocol=253),
            ),
        ),
        Scenario(
            76, f"pods go on, {kind}", world(host_endpoint(kind)), expect("w0>r0 ok, r0>w0 ok, host>w0 ok, host>r0 no")
        ),
        Scenario(
            77,
            f"through a service, {kind}",
            world(host_endpoint(kind)),
            translated("host>w0 ok, host>r0 no, w0>r0 ok, w1>w0 ok"),
        ),
        Scenario(
            78,
            f"egress allowed alone, {kind}",
            world(host_endpoint(kind), TIER1, policy("e", HOST, (EGRESS,), (ALLOW,), tier="tier1")),
            expect("host>out ok, out>host no"),
        ),
        Scenario(
            79,
            f"ingress allowed, {kind}",
            world(host_endpoint(kind), TIER1, policy("i", HOST, (INGRESS,), (ALLOW,), tier="tier1")),
            expect("out>host ok, host>out no"),
        ),
        Scenario(
            80,
            f"ingress denied, {kind}",
            world(host_endpoint(kind), TIER1, policy("i", HOST, (INGRESS,), (DENY,), tier="tier1")),
            expect("out>host no"),
        ),
        Scenario(
            81,
            f"a protocol by number, {kind}",
            world(
                host_endpoint(kind),
                policy("p", HOST, BOTH, (Rule(Action.ALLOW, protocol=Protocol(253, named=False)),)),
            ),
            (*sent("host>out ok, out>host ok", protocol=253), *sent("host>out no, out>host no", protocol=254)),
        ),
        Scenario(
            82,
            f"what is not for forwarded traffic leaves pods alone, {kind}",
            world(host_endpoint(kind), policy("p", HOST, BOTH, (DENY,))),
            expect("w0>r0 ok, r0>w0 ok, w0>w1 ok, host>w0 ok, host>out no, out>host no"),
        ),
        Scenario(
            83,
            f"a profile that allows, {kind}",
            world(host_endpoint(kind, profiles=("open",))),
            expect("host>out ok, out>host ok, host>r0 ok, w0>r0 ok, r0>w0 ok"),
        ),
        Scenario(
            84,
            f"a profile, and egress denied, {kind}",
            world(host_endpoint(kind, profiles=("open",)), policy("p", HOST, (EGRESS,), (DENY,))),
            expect("host>out no, host>r0 no, out>host ok, w0>r0 ok, host>w0 ok"),
        ),
        Scenario(
            85,
            f"a profile, and ingress denied, {kind}",
            world(host_endpoint(kind, profiles=("open",)), policy("p", HOST, (INGRESS,), (DENY,))),
            expect("out>host no, out>w0 ok, host>out ok"),
        ),
        Scenario(
            93,
            f"pods pass what is for the host, {kind}",
            world(host_endpoint(kind), policy("p", HOST, BOTH, (ALLOW,))),
            expect("w0>r0 ok, r0>w0 ok, w0>out ok, w0>w1 ok"),
        ),
    )
)

W0_ONLY = source(Action.ALLOW, selector="name == 'w0'")
GUARD = forwarded(policy("p", HOST, BOTH, {INGRESS: (W0_ONLY,), EGRESS: (ALLOW,)}))
ONE_FAILSAFE = Settings(failsafe_inbound=(FailsafePort(6, 1234),), failsafe_outbound=())
NEAR_FAILSAFE = Settings(failsafe_inbound=(FailsafePort(6, 22, parse_prefix("10.65.0.20/32")),))
NO_FAILSAFE = Settings(failsafe_inbound=(), failsafe_outbound=())
LOW = replace(host_endpoint(name="a"), metadata=Metadata(labels={"name": "low"}))

FORWARDED = (
    Scenario(
        86,
        "forwarded traffic from one pod only",
        world(host_endpoint("*"), GUARD),
        expect("out>host no, out>w0 no, r0>w0 no, w1>w2 no, w0>r0 ok, w0>w1 ok, host>w0 ok"),
    ),
    *(
        Scenario(
            88,
            f"of two for one interface the lowest name counts: {word}",
            world(host_endpoint(), LOW, policy("p", f"name == '{label}'", (INGRESS,), (ALLOW,))),
            expect(f"out>host {word}"),
        )
        for label, word in (("low", "ok"), ("host", "no"))
    ),
    Scenario(
        90,
        "a failsafe port of one's own",
        world(host_endpoint()),
        sent("out>host:1234 ok, out>host:22 no, host>out:6443 no"),
        ONE_FAILSAFE,
    ),
    Scenario(
        91,
        "a failsafe port for some",
        world(host_endpoint()),
        tuple(each for each in sent("r0>host:22 ok, out>host:22 no") if each[0].family is Family.V4),
        NEAR_FAILSAFE,
    ),
    Scenario(
        92,
        "no failsafe ports",
        world(host_endpoint()),
        sent("out>host:22 no, host>out:6443 no, out>host:6443 no"),
        NO_FAILSAFE,
    ),
    Scenario(
        94,
        "forwarded ingress denied on all interfaces",
        world(host_endpoint("*"), forwarded(policy("p", HOST, BOTH, {INGRESS: (DENY,), EGRESS: (ALLOW,)}))),
        expect("w0>w1 no, w0>r0 no, r0>w0 no, host>w0 ok"),
    ),
    Scenario(
        95,
        "a forwarded ingress policy does not close egress",
        world(host_endpoint(), forwarded(policy("p", HOST, (INGRESS,), (DENY,)))),
        expect("w0>out ok, out>w0 no"),
    ),
)


ACTIONS = {each: Settings(endpoint_to_host_action=each) for each in EndpointToHostAction}
DROP, RETURN, ACCEPT = (
    ACTIONS[each] for each in (EndpointToHostAction.DROP, EndpointToHostAction.RETURN, EndpointToHostAction.ACCEPT)
)


TO_HOST = (
    Scenario(114, "Return, and nobody else refuses", world(), expect("w0>host ok"), RETURN),
    Scenario(
        115,
        "a host endpoint of another interface",
        world(host_endpoint(), policy("p", HOST, BOTH, (DENY,))),
        expect("w0>host ok"),
        RETURN,
    ),
    Scenario(
        117,
        "Accept, and an early policy that allows",
        world(host_endpoint("*"), pre_dnat(policy("p", HOST, (INGRESS,), (ALLOW,)))),
        expect("w0>host ok"),
        ACCEPT,
    ),
    Scenario(
        118,
        "Drop, and an early policy that allows",
        world(host_endpoint("*"), pre_dnat(policy("p", HOST, (INGRESS,), (ALLOW,)))),
        expect("w0>host no"),
        DROP,
    ),
    *(
        Scenario(
            119,
            f"an early policy that denies, {name}",
            world(host_endpoint("*"), pre_dnat(policy("p", HOST, (INGRESS,), (DENY,)))),
            expect("w0>host no"),
            settings,
        )
        for name, settings in ACTIONS.items()
    ),
    *(
        Scenario(
            number,
            f"normal policy of all interfaces is not asked, {action}",
            world(host_endpoint("*"), policy("p", HOST, BOTH, (rule,))),
            expect(f"w0>host {word}"),
            ACTIONS[action],
        )
        for number, action, rule, word in (
            (120, EndpointToHostAction.ACCEPT, DENY, "ok"),
            (121, EndpointToHostAction.RETURN, DENY, "ok"),
            (122, EndpointToHostAction.DROP, ALLOW, "no"),
        )
    ),
    Scenario(
        127,
        "a host without host endpoints is not policed",
        world(workload("w0")),
        (*sent("out>host:80 ok, host>out:80 ok"), *sent("out>out:80 ok")),
    ),
)

HOSTS: tuple[Scenario, ...] = (*NORMAL, *FORWARDED, *TO_HOST)
