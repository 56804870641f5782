"""The acceptance scenarios of the enforcement specification, as resources and flows with their verdicts.

The numbers are those of its section 9. Staged policies are absent here, as they never change a verdict.
"""

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
    expect,
    flow,
    network_set,
    policy,
    source,
    tier,
    workload,
    world,
)
from tortie.model import (
    Action,
    EndpointToHostAction,
    Family,
    Flow,
    Protocol,
    Rule,
    Settings,
    Verdict,
    parse_address,
    parse_prefix,
)

__all__ = ["SCENARIOS", "Scenario"]

W0 = "name == 'w0'"
FROM_W1 = source(Action.ALLOW, selector="name == 'w1'")
TO_W1 = destination(Action.ALLOW, selector="name == 'w1'")
EVERYBODY = "w0>w1 ok, w1>w0 ok, w0>w2 ok, w2>w0 ok, w1>w2 ok, w2>w1 ok, r0>w0 ok, w0>r0 ok, out>w0 ok, w0>out ok"
TIER1, TIER2 = tier("tier1", 1), tier("tier2", 2)
V4 = (Family.V4,)
ACCEPT, RETURN = (Settings(endpoint_to_host_action=EndpointToHostAction(word)) for word in ("Accept", "Return"))

BASIC = (
    Scenario(1, "no policy", world(), expect(EVERYBODY)),
    Scenario(
        2,
        "ingress from one",
        world(policy("p", W0, (INGRESS,), (FROM_W1,))),
        expect("w1>w0 ok, w2>w0 no, r0>w0 no, out>w0 no, w0>w1 ok, w0>w2 ok, w1>w2 ok, w2>w1 ok"),
    ),
    Scenario(
        3,
        "egress to one",
        world(policy("p", W0, (EGRESS,), (TO_W1,))),
        expect("w0>w1 ok, w0>w2 no, w0>r0 no, w0>out no, w1>w0 ok, w2>w0 ok, out>w0 ok"),
    ),
    Scenario(
        4,
        "both types, ingress rules only",
        world(policy("p", W0, BOTH, {INGRESS: (FROM_W1,)})),
        expect("w1>w0 ok, w2>w0 no, w0>w1 no, w0>w2 no, w0>out no"),
    ),
    Scenario(
        5,
        "egress deny beside types Ingress is inert",
        world(policy("p", W0, (INGRESS,), {INGRESS: (FROM_W1,), EGRESS: (DENY,)})),
        expect("w1>w0 ok, w2>w0 no, w0>w1 ok, w0>w2 ok"),
    ),
    Scenario(
        6,
        "egress deny with both types",
        world(policy("p", W0, BOTH, {INGRESS: (FROM_W1,), EGRESS: (DENY,)})),
        expect("w1>w0 ok, w2>w0 no, w0>w1 no, w0>w2 no"),
    ),
    Scenario(
        7, "no rules at all", world(policy("p", W0, (INGRESS,))), expect("w1>w0 no, w2>w0 no, out>w0 no, w0>w1 ok")
    ),
    Scenario(
        8,
        "types omitted with ingress rules: the API fills in Ingress",
        world(policy("p", W0, (INGRESS,), (FROM_W1,))),
        expect("w1>w0 ok, w2>w0 no, w0>w2 ok"),
    ),
    Scenario(9, "policy that selects nobody", world(policy("p", "name == 'w9'", BOTH, (DENY,))), expect(EVERYBODY)),
    Scenario(
        11,
        "no profile and no policy",
        world(workload("w0", profiles=())),
        expect("w1>w0 no, out>w0 no, w0>w1 no, w0>out no, w1>w2 ok"),
    ),
    Scenario(12, "host to own workload", world(policy("p", W0, (INGRESS,))), expect("host>w0 ok")),
)

TIERS = (
    Scenario(
        13,
        "pass, and nothing else in force",
        world(TIER1, TIER2, policy("p", W0, BOTH, (PASS,), tier="tier1")),
        expect("w1>w0 ok, w0>w1 ok"),
    ),
    Scenario(
        14,
        "second rule denies; later tiers do not matter",
        world(
            TIER1,
            policy("p", W0, (EGRESS,), (TO_W1, DENY), tier="tier1"),
            policy("later", W0, (EGRESS,), (ALLOW,)),
        ),
        expect("w0>w1 ok, w0>w2 no"),
    ),
    Scenario(
        15,
        "first tier passes, second denies",
        world(
            TIER1,
            TIER2,
            policy("p", W0, (EGRESS,), (PASS,), tier="tier1"),
            policy("q", W0, (EGRESS,), (DENY,), tier="tier2"),
            policy("later", W0, (EGRESS,), (ALLOW,)),
        ),
        expect("w0>w1 no, w1>w0 ok"),
    ),
    Scenario(
        17,
        "first tier passes, the default tier allows",
        world(TIER1, TIER2, policy("p", W0, BOTH, (PASS,), tier="tier1"), policy("default/k", W0, BOTH, (ALLOW,))),
        expect("w1>w0 ok, w0>w1 ok"),
    ),
    Scenario(
        18,
        "first tier passes, the real policy of the second denies",
        world(
            TIER1,
            TIER2,
            policy("p", W0, BOTH, (PASS,), tier="tier1"),
            policy("q", W0, BOTH, (DENY,), tier="tier2"),
        ),
        expect("w1>w0 no, w0>w1 no"),
    ),
    *(
        Scenario(
            number,
            f"nothing matches; the tier's default action is {action}",
            world(
                tier("tier1", 1, action),
                policy("p", W0, BOTH, (source(Action.ALLOW, selector="name == 'w9'"),), tier="tier1"),
            ),
            expect(f"w1>w0 {word}, w0>w1 {word}"),
        )
        for number, action, word in ((19, Action.DENY, "no"), (20, Action.PASS, "ok"), (21, Action.DENY, "no"))
    ),
    Scenario(22, "pass in the last tier", world(policy("p", W0, BOTH, (PASS,))), expect("w1>w0 ok, w0>w1 ok")),
    Scenario(
        23,
        "an egress policy does not close ingress",
        world(TIER1, policy("p", W0, (EGRESS,), (TO_W1,), tier="tier1")),
        expect("w1>w0 ok, w0>w1 ok, w0>w2 no"),
    ),
    *(
        Scenario(
            24,
            f"tiers of equal order go by name: {first} denies before {second} allows",
            world(
                tier(first, 5),
                tier(second, 5),
                policy("p", W0, (INGRESS,), (DENY,), tier=first),
                policy("q", W0, (INGRESS,), (ALLOW,), tier=second),
            ),
            expect(f"w1>w0 {word}"),
        )
        for first, second, word in (("aa", "bb", "no"), ("bb", "aa", "ok"))
    ),
    *(
        Scenario(
            25,
            f"policies of equal order go by name: {allowing} allows, {denying} denies",
            world(
                policy(allowing, W0, (INGRESS,), (ALLOW,), order=5), policy(denying, W0, (INGRESS,), (DENY,), order=5)
            ),
            expect(f"w1>w0 {word}"),
        )
        for allowing, denying, word in (
            ("a", "b", "ok"),
            ("b", "a", "no"),
            ("a", "a-b", "no"),
            ("x", "default/x", "ok"),
        )
    ),
    Scenario(
        26,
        "no order comes last",
        world(policy("a", W0, (INGRESS,), (DENY,)), policy("b", W0, (INGRESS,), (ALLOW,), order=1e9)),
        expect("w1>w0 ok"),
    ),
    Scenario(
        27,
        "a tier that is gone speaks last, and denies what it does not decide",
        world(
            policy("p", W0, (INGRESS,), (FROM_W1,), tier="aa"),
            policy("q", W0, (INGRESS,), (source(Action.DENY, selector="name == 'w1'"), PASS)),
        ),
        expect("w1>w0 no, w2>w0 no, w0>w1 ok"),
    ),
    Scenario(
        27,
        "the policies of a tier that is gone are in force",
        world(policy("p", W0, (INGRESS,), (FROM_W1,), tier="aa")),
        expect("w1>w0 ok, w2>w0 no"),
    ),
)

FROM_SET = policy("p", W0, (INGRESS,), (source(Action.ALLOW, selector="set == 'yes'"),))
YES = {"set": "yes"}

NETWORK_SETS = (
    Scenario(
        54,
        "sets of sources and destinations",
        world(
            network_set("from", {"from": ""}, "w0", "w1"),
            network_set("to", {"to": ""}, "w2"),
            policy(
                "p",
                "all()",
                (INGRESS,),
                (
                    replace(
                        source(Action.ALLOW, selector="has(from)"),
                        destination=destination(Action.ALLOW, selector="has(to)").destination,
                    ),
                ),
            ),
        ),
        expect("w0>w2 ok, w1>w2 ok, w2>w0 no, w0>w1 no, r0>w2 no", V4),
    ),
    Scenario(55, "one address", world(FROM_SET, network_set("s", YES, "w1")), expect("w1>w0 ok, w2>w0 no", V4)),
    Scenario(55, "then another", world(FROM_SET, network_set("s", YES, "w2")), expect("w1>w0 no, w2>w0 ok", V4)),
    Scenario(
        56,
        "everything",
        world(FROM_SET, network_set("s", YES, "0.0.0.0/0")),
        expect("w1>w0 ok, out>w0 ok, r0>w0 ok", V4),
    ),
    Scenario(
        56,
        "everything of one family is nothing of the other",
        world(FROM_SET, network_set("s", YES, "::/0")),
        (*expect("w1>w0 ok, out>w0 ok", (Family.V6,)), *expect("w1>w0 no, out>w0 no", V4)),
    ),
    Scenario(
        57,
        "two sets overlap",
        world(FROM_SET, network_set("s", YES, "10.65.0.8/29"), network_set("t", YES, "w1")),
        expect("w1>w0 ok, w2>w0 ok, r0>w0 no", V4),
    ),
    Scenario(57, "the wide one went", world(FROM_SET, network_set("t", YES, "w1")), expect("w1>w0 ok, w2>w0 no", V4)),
    Scenario(
        57,
        "the narrow one went",
        world(FROM_SET, network_set("s", YES, "10.65.0.8/29")),
        expect("w1>w0 ok, w2>w0 ok", V4),
    ),
    Scenario(
        58,
        "duplicates and nests",
        world(FROM_SET, network_set("s", YES, "10.65.0.0/16", "10.65.0.11/32", "10.65.0.0/16", "w1")),
        expect("w1>w0 ok, w2>w0 ok, out>w0 no", V4),
    ),
    Scenario(
        58,
        "the outer went",
        world(FROM_SET, network_set("s", YES, "10.65.0.11/32", "w1")),
        expect("w1>w0 ok, w2>w0 no", V4),
    ),
    Scenario(
        59,
        "set or workload",
        world(
            network_set("s", YES, "w1"),
            policy("p", W0, (INGRESS,), (source(Action.ALLOW, selector="set == 'yes' || name == 'w2'"),)),
        ),
        expect("w1>w0 ok, w2>w0 ok, r0>w0 no", V4),
    ),
    *(
        Scenario(
            60,
            f"a set of another namespace, asked for with namespaceSelector `{spaces}`",
            world(
                network_set("other/s", YES, "192.0.2.0/24"),
                policy(
                    "default/p",
                    W0,
                    (INGRESS,),
                    (source(Action.ALLOW, selector="set == 'yes'", namespace_selector=spaces),),
                ),
            ),
            expect(f"out>w0 {word}", V4),
        )
        for spaces, word in (("", "no"), ("all()", "ok"), ("global()", "no"))
    ),
    Scenario(
        61, "the set's labels changed", world(FROM_SET, network_set("s", {"set": "no"}, "w1")), expect("w1>w0 no", V4)
    ),
)


def spoofed(sender: str, text: str, receiver: str = "w1") -> Flow:
    packed = parse_address(text)
    honest = flow(sender, receiver, Family.V4 if len(packed) == 4 else Family.V6)
    return replace(honest, source=packed)


def echo(receiver: str, icmp_type: int, family: Family = Family.V6) -> Flow:
    number = 58 if family is Family.V6 else 1
    return replace(flow("w0", receiver, family, number, 0), icmp_type=icmp_type)


OK, NO = Verdict.ALLOW, Verdict.DENY
ASKING = replace(workload("w0"), allowed_sources=(parse_prefix("192.0.2.0/24"),))
SPOOFING = Settings(workload_source_spoofing=True)

WORKLOADS = (
    Scenario(111, "to the own host, Accept", world(), expect("w0>host ok"), ACCEPT),
    Scenario(111, "egress policy comes first", world(policy("p", W0, (EGRESS,))), expect("w0>host no"), ACCEPT),
    Scenario(113, "to the own host, Drop", world(), expect("w0>host no, out>host ok")),
    *(
        Scenario(123, f"between workloads under {each.endpoint_to_host_action}", world(), expect(EVERYBODY), each)
        for each in (Settings(), ACCEPT, RETURN)
    ),
    Scenario(
        124,
        "other people's addresses",
        world(),
        (
            *expect("w0>w1 ok"),
            *((spoofed("w0", text), NO) for text in ("10.65.0.12", "192.0.2.7", "fd65::c", "2001:db8::7", "fe80::1")),
        ),
    ),
    Scenario(
        125,
        "an allowed prefix",
        world(ASKING),
        (*expect("w0>w1 ok"), (spoofed("w0", "192.0.2.9"), OK), (spoofed("w0", "198.51.100.1"), NO)),
        SPOOFING,
    ),
    Scenario(126, "an allowed prefix where nobody may", world(ASKING), expect("w0>w1 no, w1>w0 no, w1>w2 ok")),
    Scenario(
        134,
        "tunnels of workloads",
        world(),
        (
            (flow("w0", "r0", protocol=17, port=4789), NO),
            (flow("w0", "r0", Family.V6, protocol=17, port=4789), NO),
            (flow("w0", "r0", protocol=17, port=4790), OK),
            (flow("r0", "w0", protocol=17, port=4789), OK),
            (flow("w0", "r0", protocol=4, port=0), NO),
        ),
    ),
    Scenario(
        134,
        "tunnels where workloads may",
        world(),
        ((flow("w0", "r0", protocol=17, port=4789), OK), (flow("w0", "r0", protocol=4, port=0), OK)),
        Settings(allow_vxlan_from_workloads=True, allow_ipip_from_workloads=True),
    ),
    Scenario(
        135,
        "no ICMPv6, and still neighbours",
        world(policy("p", "all()", BOTH, (Rule(Action.DENY, protocol=Protocol(58)), ALLOW))),
        (
            *expect("w0>w1 ok, w1>w0 ok", (Family.V6,)),
            (echo("w1", 128), NO),
            (echo("host", 134), NO),
            *((echo("host", kind), OK) for kind in (130, 131, 132, 133, 135, 136)),
            (replace(echo("host", 135), source=parse_address("fe80::1")), OK),
            (echo("w1", 8, Family.V4), OK),
        ),
    ),
    Scenario(
        136, "unknown interface", world(), expect("unknown>w0 no, w0>unknown no, unknown>out no, unknown>host no")
    ),
    Scenario(
        137,
        "administratively down",
        world(replace(workload("w0"), active=False), policy("p", W0, BOTH, (ALLOW,))),
        (*expect("w0>w1 no, w1>w0 no, out>w0 no, w1>w2 ok"), (echo("host", 135), NO)),
    ),
    Scenario(137, "up again", world(policy("p", W0, BOTH, (ALLOW,))), expect("w0>w1 ok, w1>w0 ok, out>w0 ok")),
)

SCENARIOS: tuple[Scenario, ...] = (*BASIC, *TIERS, *NETWORK_SETS, *WORKLOADS)
