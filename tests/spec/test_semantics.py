"""Rules that are easy to get wrong, as tables: traps of the API, families, ICMP, ports, selectors and their scope."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.spec import semantics
from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    EGRESS,
    INGRESS,
    OPEN,
    World,
    address,
    destination,
    endpoint_key,
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
    Direction,
    EndpointPort,
    EntityMatch,
    Family,
    Flow,
    HTTPMatch,
    HTTPPath,
    IcmpMatch,
    Key,
    Kind,
    PortRange,
    Profile,
    Protocol,
    Rule,
    ServiceAccountMatch,
    ServiceMatch,
    Settings,
    Verdict,
    WorkloadEndpoint,
    parse_prefix,
)

ICMP, ICMP6 = Protocol(1), Protocol(58)
V4, V6 = Family.V4, Family.V6


def allows(resources: World, packet: Flow) -> bool:
    return semantics.verdict(resources, packet, Settings()) is Verdict.ALLOW


def lets_in(rule: Rule, packet: Flow, name: str = "p") -> bool:
    """Does the rule, alone in an ingress policy of w0, allow the packet?"""
    return allows(world(policy(name, "name == 'w0'", (INGRESS,), (rule,)), GREEN, OTHER), packet)


def member(name: str, namespace: str, account: str) -> WorkloadEndpoint:
    profiles = ("open", f"kns.{namespace}", f"ksa.{namespace}.{account}")
    plain = workload(name, namespace=namespace, profiles=profiles)
    return replace(plain, service_account=account, interface=f"cali{namespace}{name}")


def profile(name: str, labels: dict[str, str]) -> Profile:
    return Profile(Key(Kind.PROFILE, "", name), ingress=(ALLOW,), egress=(ALLOW,), labels_to_apply=labels)


GREEN = network_set("green", {"color": "green"}, "192.0.2.0/24", "2001:db8::/32")
OTHER = network_set("default/mine", {"color": "blue"}, "198.51.100.0/24")


@pytest.mark.parametrize(
    ("rule", "sender", "name", "expected"),
    [
        (source(Action.ALLOW, selector="all()"), "w1", "p", True),
        (source(Action.ALLOW, selector="all()"), "out", "p", True),  # a network set has it
        (source(Action.ALLOW, selector="all()"), "out", "default/p", False),  # which is of no namespace
        (ALLOW, "out", "default/p", True),  # no selector asks nothing
        (source(Action.ALLOW, not_selector="name == 'w1'"), "w1", "p", False),
        (source(Action.ALLOW, not_selector="name == 'w1'"), "w2", "p", True),
        (source(Action.ALLOW, not_selector="name == 'w1'"), "out", "p", True),
        (source(Action.ALLOW, not_selector="name == 'w1'"), "out", "default/p", False),  # bound to its namespace
        (source(Action.ALLOW, not_selector="name == 'w1'"), "w2", "default/p", True),
        (source(Action.ALLOW, nets=(parse_prefix("192.0.2.0/24"),)), "out", "default/p", True),  # nets never are
        (source(Action.ALLOW, selector=" "), "out", "default/p", False),  # blank, yet given
        (source(Action.ALLOW, selector="!has(name)"), "w1", "p", False),
        (source(Action.ALLOW, selector="color != 'green'"), "w1", "p", True),  # an absent label is unequal
        (source(Action.ALLOW, selector="!color == 'green'"), "out", "p", False),
        (source(Action.ALLOW, namespace_selector="all()"), "w1", "p", True),
        (source(Action.ALLOW, namespace_selector="all()"), "out", "p", False),
        (source(Action.ALLOW, namespace_selector="global()"), "out", "default/p", True),
        (source(Action.ALLOW, namespace_selector="global()"), "w1", "default/p", False),
        (source(Action.ALLOW, service_accounts=ServiceAccountMatch()), "out", "default/p", True),  # asks nothing
        (source(Action.ALLOW, selector="has(color)", not_selector="color == 'green'"), "out", "p", False),
        (source(Action.ALLOW, services=ServiceMatch("web", "default")), "w1", "p", False),
    ],
)
def test_who_a_selector_means(rule: Rule, sender: str, name: str, expected: bool) -> None:
    assert lets_in(rule, flow(sender, "w0"), name) is expected


def test_notselector_beside_a_selector_asks_one_object_both() -> None:
    two_owners = network_set("twice", {"color": "green"}, "w1")
    rule = source(Action.ALLOW, selector="color == 'green'", not_selector="name == 'w1'")
    alone = source(Action.ALLOW, not_selector="name == 'w1'")
    assert allows(world(two_owners, policy("p", "name == 'w0'", (INGRESS,), (rule,))), flow("w1", "w0"))
    assert not allows(world(two_owners, policy("p", "name == 'w0'", (INGRESS,), (alone,))), flow("w1", "w0"))


@pytest.mark.parametrize(
    ("action", "then", "expected"),
    [
        (Action.ALLOW, Action.DENY, False),
        (Action.ALLOW, Action.ALLOW, True),
        (Action.LOG, Action.ALLOW, True),
        (Action.DENY, Action.ALLOW, False),  # it may be a request that it denies
        (Action.PASS, Action.ALLOW, False),  # whom it passes that to may deny it
    ],
)
@pytest.mark.parametrize("http", [HTTPMatch(), HTTPMatch(("GET",), (HTTPPath(prefix="/a"),))])
def test_nobody_looks_into_requests(http: HTTPMatch, action: Action, then: Action, expected: bool) -> None:
    policed = world(policy("p", "name == 'w0'", (INGRESS,), (Rule(action, http=http), Rule(then))))
    decision = semantics.decide(policed, flow("w1", "w0"), Settings())
    assert (decision.verdict is Verdict.ALLOW) is expected
    assert decision.logs == ()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"namespace_selector": "team == 'a'"}, {"w1"}),
        ({"namespace_selector": "team != 'a'"}, {"w2"}),
        ({"namespace_selector": "projectcalico.org/name == 'blue'"}, {"w2"}),
        ({"selector": "has(pcns.team)"}, {"w1", "w2"}),
        ({"service_accounts": ServiceAccountMatch(("s1",))}, {"w1"}),
        ({"service_accounts": ServiceAccountMatch(("s1", "s2"))}, {"w1", "w2"}),
        ({"service_accounts": ServiceAccountMatch((), "job == 'x'")}, {"w2"}),
        ({"service_accounts": ServiceAccountMatch(("s1",), "job == 'x'")}, set()),
        ({"selector": "color == 'red'"}, {"w1"}),  # inherited
        ({"selector": "color == 'blue'"}, set()),  # the earlier profile won
    ],
)
def test_namespaces_and_service_accounts(asked: dict[str, object], expected: set[str]) -> None:
    resources = world(
        member("w1", "red", "s1"),
        member("w2", "blue", "s2"),
        profile("kns.red", {"pcns.team": "a", "pcns.projectcalico.org/name": "red", "color": "red"}),
        profile("kns.blue", {"pcns.team": "b", "pcns.projectcalico.org/name": "blue"}),
        profile("ksa.red.s1", {"pcsa.job": "y", "color": "blue"}),
        profile("ksa.blue.s2", {"pcsa.job": "x"}),
        policy("p", "name == 'w0'", (INGRESS,), (source(Action.ALLOW, **asked),)),
    )
    resources = {key: value for key, value in resources.items() if key.namespace != "default" or key.name == "w0"}
    senders = (("w1", "red"), ("w2", "blue"))
    packets = {name: replace(flow(name, "w0"), sender=endpoint_key(name, space)) for name, space in senders}
    assert {name for name, packet in packets.items() if allows(resources, packet)} == expected


@pytest.mark.parametrize(
    ("spaces", "accounts", "is_governed"),
    [
        ("team == 'a'", "", True),
        ("team == 'b'", "", False),
        ("all()", "", True),
        ("", "job == 'y'", True),
        ("", "job != 'y'", False),
        ("team == 'a'", "job == 'x'", False),
    ],
)
def test_global_policy_by_namespace_and_service_account(spaces: str, accounts: str, is_governed: bool) -> None:
    closing = policy("p", "all()", (INGRESS,))
    resources = world(
        member("w1", "red", "s1"),
        profile("kns.red", {"pcns.team": "a"}),
        profile("ksa.red.s1", {"pcsa.job": "y"}),
        replace(closing, namespace_selector=spaces, service_account_selector=accounts),
    )
    packet = replace(flow("out", "w1"), receiver=endpoint_key("w1", "red"))
    assert allows(resources, packet) is not is_governed


def test_nobody_labels_itself_into_a_namespace() -> None:
    liar = workload("w1")
    liar = replace(liar, metadata=replace(liar.metadata, labels={"pcns.team": "a", "projectcalico.org/namespace": "x"}))
    asking = policy("p", "name == 'w0'", (INGRESS,), (source(Action.ALLOW, namespace_selector="team == 'a'"),))
    scoped = policy("x/p", "name == 'w0'", (INGRESS,), (source(Action.ALLOW, selector="all()"),))
    assert not allows(world(liar, asking), flow("w1", "w0"))
    assert allows(world(liar, scoped), flow("w2", "w0"))  # of another namespace: it governs nothing here


@pytest.mark.parametrize(
    ("rule", "family", "protocol", "expected"),
    [
        (Rule(Action.ALLOW, ip_version=V4), V6, 6, False),
        (Rule(Action.ALLOW, protocol=ICMP), V4, 1, True),
        (Rule(Action.ALLOW, protocol=ICMP), V6, 1, False),  # the name implies IPv4
        (Rule(Action.ALLOW, protocol=Protocol(1, named=False)), V6, 1, True),  # the number implies nothing
        (Rule(Action.ALLOW, not_protocol=ICMP), V6, 1, False),
        (Rule(Action.ALLOW, not_protocol=ICMP), V6, 58, True),
        (source(Action.ALLOW, nets=(parse_prefix("::/0"),)), V4, 6, False),
        (source(Action.ALLOW, nets=(parse_prefix("::/0"),)), V6, 6, True),
        (source(Action.ALLOW, not_nets=(parse_prefix("fd65::/16"),)), V4, 6, True),  # outside, hence true
        (source(Action.ALLOW, not_nets=(parse_prefix("fd65::/16"),)), V6, 6, False),
        (Rule(Action.ALLOW, icmp=IcmpMatch(8, 0), protocol=ICMP), V4, 1, True),
        (Rule(Action.ALLOW, icmp=IcmpMatch(8, 1), protocol=ICMP), V4, 1, False),
        (Rule(Action.ALLOW, icmp=IcmpMatch(8), protocol=Protocol(1, named=False)), V6, 1, False),
        (Rule(Action.ALLOW, not_icmp=IcmpMatch(8, 0)), V4, 1, False),
        (Rule(Action.ALLOW, not_icmp=IcmpMatch(8, 1)), V4, 1, True),
        (Rule(Action.ALLOW, not_icmp=IcmpMatch(3, 0)), V4, 1, True),
        (Rule(Action.ALLOW, not_icmp=IcmpMatch(8)), V4, 6, True),  # no ICMP at all
    ],
)
def test_families_protocols_and_icmp(rule: Rule, family: Family, protocol: int, expected: bool) -> None:
    packet = flow("w1", "w0", family, protocol, 80 if protocol == 6 else 0)
    assert lets_in(rule, replace(packet, icmp_type=0 if protocol == 6 else 8)) is expected


HTTP, DNS = EndpointPort("http", Protocol(6), 80), EndpointPort("dns", Protocol(17), 53)


@pytest.mark.parametrize(
    ("asked", "protocol", "port", "expected"),
    [
        ({"ports": (PortRange(80, 90),)}, 6, 79, False),
        ({"ports": (PortRange(80, 90),)}, 6, 80, True),
        ({"ports": (PortRange(80, 90),)}, 6, 90, True),
        ({"ports": (PortRange(80, 90),)}, 6, 91, False),
        ({"ports": (PortRange(80, 90),)}, 47, 0, False),
        ({"not_ports": (PortRange(80, 90),)}, 6, 91, True),
        ({"not_ports": (PortRange(80, 90),)}, 6, 80, False),
        ({"ports": ("http",)}, 6, 80, True),
        ({"ports": ("http",)}, 17, 80, False),  # declared for TCP
        ({"ports": ("http", PortRange(443, 443))}, 6, 443, True),
        ({"ports": ("gone",)}, 6, 80, False),
        ({"ports": ("http",), "selector": "name == 'w1'"}, 6, 80, False),
        ({"not_ports": ("http",)}, 6, 80, False),
        ({"not_ports": ("dns",)}, 6, 53, True),
        ({"ports": ("http",), "not_ports": ("http",)}, 6, 80, False),
    ],
)
def test_ports(asked: dict[str, object], protocol: int, port: int, expected: bool) -> None:
    owner = replace(workload("w0"), ports=(HTTP, DNS))
    resources = world(owner, policy("p", "name == 'w0'", (INGRESS,), (destination(Action.ALLOW, **asked),)))
    assert allows(resources, flow("w1", "w0", protocol=protocol, port=port)) is expected


def test_named_ports_belong_to_those_the_selector_means() -> None:
    web = replace(workload("w0"), ports=(HTTP,))
    twin = network_set("twin", {"name": "twin"}, "w0")
    rule = destination(Action.ALLOW, ports=("http",), selector="name == 'twin'")
    assert not allows(world(web, twin, policy("p", "all()", (INGRESS,), (rule,))), flow("w1", "w0", port=80))


@pytest.mark.parametrize(
    ("profiles", "expected"),
    [
        (("open",), True),
        (("gone", "open"), False),
        (("open", "gone"), True),
        (("projectcalico-default-allow",), True),
        (("pass", "open"), True),
        (("mute",), False),
        (("mute", "gone", "open"), False),
        ((), False),
    ],
)
def test_profiles(profiles: tuple[str, ...], expected: bool) -> None:
    passing = Profile(Key(Kind.PROFILE, "", "pass"), ingress=(Rule(Action.PASS), DENY))
    mute = Profile(Key(Kind.PROFILE, "", "mute"))
    assert allows(world(workload("w0", profiles=profiles), passing, mute), flow("w1", "w0")) is expected


def test_of_a_profile_stored_twice_the_lowest_key_counts() -> None:
    closed = replace(OPEN, ingress=())
    stored = {**world(), Key(Kind.NAMESPACE, "", "open"): closed}
    assert not allows(stored, flow("w1", "w0"))


def test_of_two_endpoints_on_one_interface_the_lowest_key_counts() -> None:
    stored = world(replace(workload("w1"), interface="caliw0"))
    assert [allows(stored, flow("w2", name)) for name in ("w0", "w1")] == [True, False]
    without_first = {key: value for key, value in stored.items() if key != endpoint_key("w0")}
    assert allows(without_first, flow("w2", "w1"))


def test_an_endpoint_without_addresses_is_absent() -> None:
    assert not allows(world(replace(workload("w0"), addresses=())), flow("w1", "w0"))


@pytest.mark.parametrize("field", ["do_not_track", "pre_dnat"])
def test_untracked_and_pre_dnat_policies_do_not_concern_workloads(field: str) -> None:
    closing = policy("p", "all()", (INGRESS,))
    early = replace(closing, apply_on_forward=True, do_not_track=field == "do_not_track", pre_dnat=field == "pre_dnat")
    assert allows(world(early), flow("w1", "w0"))
    assert not allows(world(closing), flow("w1", "w0"))


def test_kinds_of_one_name_and_order_go_by_kind() -> None:
    calico = policy("default/x", "name == 'w0'", (INGRESS,), (DENY,), order=1000)
    kubernetes = replace(calico, key=Key(Kind.KUBERNETES_NETWORK_POLICY, "default", "x"), ingress=(ALLOW,))
    assert allows(world(calico, kubernetes), flow("w1", "w0"))


def test_built_in_tiers_need_no_object() -> None:
    closing = policy("p", "name == 'w0'", (INGRESS,), tier="kube-admin")
    assert allows(world(closing), flow("w1", "w0"))  # passes
    assert not allows(world(tier("kube-admin", 1000), closing), flow("w1", "w0"))


def test_logs_are_told_in_order_and_decide_nothing() -> None:
    log = Rule(Action.LOG)
    leaving = policy("e", "name == 'w1'", (EGRESS,), (log, ALLOW))
    arriving = policy("i", "name == 'w0'", (INGRESS,), (source(Action.LOG, selector="name == 'w2'"), log, log, DENY))
    decision = semantics.decide(world(leaving, arriving), flow("w1", "w0"), Settings())
    assert decision == semantics.Decision(
        Verdict.DENY,
        arriving.key,
        3,
        (
            (leaving.key, Direction.EGRESS, 0),
            (arriving.key, Direction.INGRESS, 1),
            (arriving.key, Direction.INGRESS, 2),
        ),
    )


@pytest.mark.parametrize(
    ("resources", "packet", "by"),
    [
        (world(), flow("out", "host"), "not-governed"),
        (world(), flow("out", "out"), "not-governed"),
        (world(), flow("host", "unknown"), "host-to-workload"),
        (world(), flow("w0", "host"), "endpoint-to-host-drop"),
        (world(), replace(flow("w0", "w1"), source=address("w2")), "spoofed-source"),
        (world(policy("p", "all()", BOTH)), flow("w0", "w1"), "tier default"),
        (world(profiles=()), flow("w0", "w1"), "no-profile"),
        (world(profiles=("gone",)), flow("w0", "w1"), "missing profile gone"),
    ],
)
def test_defaults_have_a_name(resources: World, packet: Flow, by: str) -> None:
    assert semantics.decide(resources, packet, Settings()).by == by


def test_all_within_a_string_is_a_string() -> None:
    rule = Rule(Action.ALLOW, source=EntityMatch(namespace_selector="x == 'all()' || all()"))
    assert lets_in(rule, flow("w1", "w0"))
    assert not lets_in(replace(rule, source=EntityMatch(namespace_selector="x == 'all()'")), flow("w1", "w0"))


def test_expectations_speak_of_both_families() -> None:
    assert [packet.family for packet, _ in expect("w0>w1 ok")] == [V4, V6]
