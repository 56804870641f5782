"""What stands for stored resources that are not understood: closed for those whom they may have protected."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.api import CALICO, Misread, decode_value
from tortie.api.kinds import KIND_INFO
from tortie.model import (
    POLICY_KINDS,
    Action,
    Direction,
    EntityMatch,
    HostEndpoint,
    Key,
    Kind,
    NetworkSet,
    Policy,
    Profile,
    Protocol,
    Resource,
    Rule,
    Tier,
    parse_address,
    parse_prefix,
)

DENY = (Rule(Action.DENY),)
NP, GNP = Key(Kind.NETWORK_POLICY, "shop", "p"), Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")
KNP = Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "p")
CNP = Key(Kind.CLUSTER_NETWORK_POLICY, "", "p")
PODS = "projectcalico.org/orchestrator == 'k8s'"
FIRST = -sys.float_info.max
BOTH = tuple(Direction)


def stored(key: Key, spec: Any, **others: Any) -> bytes:
    info = KIND_INFO[key.kind]
    metadata = {"name": key.name, **({"namespace": key.namespace} if key.namespace else {})}
    data = {"apiVersion": info.api_version, "kind": info.document_kind, "metadata": metadata, "spec": spec}
    return json.dumps(data | others).encode()


def instead(key: Key, value: bytes) -> Resource | None:
    with pytest.raises(Misread) as error:
        decode_value(key, value)
    assert error.value.problems
    return error.value.instead


def policy(key: Key, spec: Any) -> Policy:
    found = instead(key, stored(key, spec))
    assert isinstance(found, Policy)
    return found


HEAD: dict[str, Any] = {"tier": "sec", "order": 5, "selector": "role == 'db'", "types": ["Ingress"]}


@pytest.mark.parametrize(
    "broken",
    [
        {"onlyOnMondays": True},
        {"order": "soon"},
        {"ingress": "none"},
        {"types": ["Sideways"]},
        {"selector": "role ="},
        {"tier": "Not_A_Tier"},
        {"serviceAccountSelector": "a ="},
    ],
)
def test_a_policy_that_is_not_understood_denies_where_it_governs(broken: dict[str, Any]) -> None:
    found = policy(NP, {**HEAD, "ingress": [{"action": "Allow"}], **broken})
    assert found.ingress == DENY
    lost = next(iter(broken))
    expected = Policy(
        NP,
        tier="default" if lost == "tier" else "sec",
        order=FIRST if lost == "order" else 5,
        selector="" if lost == "selector" else "role == 'db'",
        types=BOTH if lost in {"types", "ingress"} else (Direction.INGRESS,),
        ingress=DENY,
        egress=DENY if lost in {"types", "ingress"} else (),
    )
    assert found == expected


@pytest.mark.parametrize("spec", [5, "all", [], {"selector": 5, "types": 5, "order": [], "tier": {}}])
def test_a_policy_without_a_readable_spec_governs_its_namespace_or_all(spec: Any) -> None:
    assert policy(NP, spec) == Policy(NP, order=FIRST, types=BOTH, ingress=DENY, egress=DENY)


@pytest.mark.parametrize("spec", [5, "all", [], {"applyOnForward": 1, "selector": 5, "types": 5, "order": []}])
def test_a_global_policy_without_a_readable_spec_governs_what_hosts_forward_too(spec: Any) -> None:
    expected = Policy(GNP, order=FIRST, types=BOTH, ingress=DENY, egress=DENY, apply_on_forward=True)
    assert policy(GNP, spec) == expected
    assert instead(GNP, b"{") == expected


@pytest.mark.parametrize("lost", ["applyOnForward", "doNotTrack", "preDNAT"])
def test_a_policy_of_which_the_place_is_not_understood_denies_what_hosts_forward_too(lost: str) -> None:
    found = policy(GNP, {"types": ["Ingress"], "selector": "all()", lost: "true", "ingress": [{"action": "Deny"}]})
    assert found == Policy(GNP, selector="all()", ingress=DENY, apply_on_forward=True)
    known = policy(GNP, {"types": ["Ingress"], "selector": "all()", "onlyOnMondays": 1, "ingress": []})
    assert not known.apply_on_forward


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"{}", stored(GNP, {}).replace(b"v3", b"v9"), stored(CNP, {})])
def test_a_policy_that_cannot_be_read_at_all_denies_everything_it_could_govern(value: bytes) -> None:
    assert instead(NP, value) == Policy(NP, order=FIRST, types=BOTH, ingress=DENY, egress=DENY)
    found = instead(KNP, value)
    assert found == Policy(KNP, order=FIRST, selector=PODS, types=BOTH, ingress=DENY, egress=DENY)


@pytest.mark.parametrize(
    "kind", [kind for kind in POLICY_KINDS if "Policy" not in kind or kind.startswith("Staged")], ids=str
)
def test_of_other_kinds_nothing_stands_for_what_cannot_be_read(kind: Kind) -> None:
    key = Key(kind, "shop" if KIND_INFO[kind].namespaced else "", "x")
    assert instead(key, b"{") is None


TCP = Protocol(6)
NET = parse_prefix("10.0.0.0/8")


@pytest.mark.parametrize(
    ("rule", "rules"),
    [
        ({"action": "Allow", "source": {"nets": ["somewhere"]}}, ()),
        ({"action": "Allow", "source": {"selector": "a ="}}, ()),
        ({"action": "Allow", "onlyOnMondays": True}, ()),
        ({"action": "Log", "protocol": "Tcp"}, ()),
        ({"action": "Deny", "source": {"nets": ["somewhere"]}}, DENY),
        ({"action": "Pass", "source": {"nets": ["somewhere"]}}, DENY),
        ({"action": "Forbid"}, DENY),
        ({"source": {"nets": ["10.0.0.0/8"]}}, (Rule(Action.DENY, source=EntityMatch(nets=(NET,))),)),
        ("Deny", DENY),
        (None, DENY),
        (
            {"action": "Deny", "protocol": "TCP", "source": {"nets": ["10.0.0.0/8"]}, "destination": {"ports": ["A"]}},
            (Rule(Action.DENY, protocol=TCP, source=EntityMatch(nets=(NET,))),),
        ),
        ({"action": "Deny", "protocol": "Tcp", "ipVersion": 5}, DENY),
        ({"action": "Deny", "protocol": "TCP", "icmp": {"type": 8}}, (Rule(Action.DENY, protocol=TCP),)),
    ],
)
def test_a_rule_that_is_not_understood_never_allows_and_denies_all_it_might(rule: Any, rules: tuple[Rule, ...]) -> None:
    allow = {"action": "Allow", "protocol": "UDP"}
    found = policy(NP, {**HEAD, "ingress": [allow, rule, allow]})
    good = Rule(Action.ALLOW, protocol=Protocol(17))
    assert found.ingress == (good, *rules, good)
    assert (found.order, found.selector, found.types) == (5, "role == 'db'", (Direction.INGRESS,))


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"action": "Allow", "source": {"nets": ["10.0.0.9/8"]}}, Rule(Action.ALLOW, source=EntityMatch(nets=(NET,)))),
        (
            {"action": "Allow", "source": {"nets": ["10.0.0.0/8", "10.0.0.0/8"]}},
            Rule(Action.ALLOW, source=EntityMatch(nets=(NET, NET))),
        ),
        (
            {"action": "Allow", "metadata": {"annotations": {"a b": "c"}}},
            Rule(Action.ALLOW, annotations={"a b": "c"}),
        ),
    ],
)
def test_what_breaks_a_rule_and_is_clear_all_the_same_counts_as_it_is(rule: dict[str, Any], kept: Rule) -> None:
    assert policy(NP, {**HEAD, "ingress": [rule]}).ingress == (kept,)


def test_wrong_labels_and_hints_change_nothing_of_what_a_policy_says() -> None:
    metadata = {"name": "p", "namespace": "shop", "labels": {"a b": "c"}}
    spec = {**HEAD, "ingress": [{"action": "Deny"}], "performanceHints": ["Fast"]}
    found = instead(NP, stored(NP, spec, metadata=metadata))
    assert isinstance(found, Policy)
    assert (found.selector, found.ingress, found.types) == ("role == 'db'", DENY, (Direction.INGRESS,))


def test_a_kubernetes_rule_that_is_not_understood_allows_nothing() -> None:
    rules = [{"from": [{"ipBlock": {"cidr": "somewhere"}}]}, {"ports": [{"port": 80}]}]
    found = policy(KNP, {"podSelector": {}, "ingress": rules})
    assert [len(rule.destination.ports) for rule in found.ingress] == [1]
    assert found.selector == PODS


def test_a_label_value_cannot_write_a_selector() -> None:
    found = policy(KNP, {"podSelector": {"matchLabels": {"a": "b' || all() || c == 'd"}}})
    assert (found.selector, found.ingress, found.types) == (PODS, DENY, (Direction.INGRESS,))


@pytest.mark.parametrize(
    ("action", "rules"), [("Accept", ()), ("Deny", DENY), ("Pass", DENY), ("Perhaps", DENY), (5, DENY)]
)
def test_an_administrators_rule_that_is_not_understood(action: Any, rules: tuple[Rule, ...]) -> None:
    spec = {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}}
    egress = [{"action": action, "to": [{"domainNames": ["example.org"]}]}]
    found = policy(CNP, {**spec, "egress": egress})
    assert found.egress == rules
    assert found.tier == "kube-admin"


@pytest.mark.parametrize("lost", ["tier", "priority", "subject"])
def test_an_administrators_policy_that_is_not_understood(lost: str) -> None:
    spec: dict[str, Any] = {
        "tier": "Baseline",
        "priority": 1,
        "subject": {"namespaces": {"matchLabels": {"a": "b"}}},
        "ingress": [{"action": "Accept", "from": [{"namespaces": {}}]}],
    }
    found = policy(CNP, {**spec, lost: 5 if lost == "subject" else "?"})
    assert found == Policy(
        CNP,
        tier="kube-admin" if lost == "tier" else "kube-baseline",
        order=FIRST if lost == "priority" else 1,
        selector=PODS,
        namespace_selector="all()" if lost == "subject" else "a == 'b'",
        ingress=DENY,
    )


def test_a_staged_policy_that_is_not_understood_is_nothing() -> None:
    key = Key(Kind.STAGED_NETWORK_POLICY, "shop", "p")
    assert instead(key, stored(key, {**HEAD, "new": 1})) is None
    assert instead(key, stored(key, {**HEAD, "types": ["Ingress", "Ingress"]})) is not None


def test_a_profile_that_is_not_understood_denies_and_keeps_its_labels() -> None:
    key = Key(Kind.PROFILE, "", "x")
    spec = {"ingress": [{"action": "Allow"}], "labelsToApply": {"a": "b"}}
    assert instead(key, stored(key, {**spec, "new": 1})) == Profile(
        key, ingress=DENY, egress=DENY, labels_to_apply={"a": "b"}
    )
    found = instead(key, stored(key, {**spec, "egress": [{"action": "Allow", "new": 1}]}))
    assert found == Profile(key, ingress=(Rule(Action.ALLOW),), labels_to_apply={"a": "b"})


@pytest.mark.parametrize(
    ("name", "spec", "expected"),
    [
        ("sec", {"order": 5, "defaultAction": "Perhaps"}, (5, Action.DENY)),
        ("sec", {"order": 5, "new": 1}, (5, Action.DENY)),
        ("sec", {"order": "soon", "defaultAction": "Pass"}, None),
        ("default", {"order": 5, "defaultAction": "Pass"}, (1_000_000, Action.DENY)),
    ],
)
def test_a_tier_that_is_not_understood(name: str, spec: Any, expected: Any) -> None:
    key = Key(Kind.TIER, "", name)
    found = instead(key, stored(key, spec))
    assert (found and isinstance(found, Tier) and (found.order, found.default_action)) == expected


POOL, ROUTERS = Key(Kind.IP_POOL, "", "h"), Key(Kind.BGP_CONFIGURATION, "", "h")
HEP = Key(Kind.HOST_ENDPOINT, "", "h")
EXPECTED = (parse_address("10.0.0.1"),)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"interfaceName": "eth0", "ports": [5]}, HostEndpoint(HEP, "n1", "eth0", profiles=("p",))),
        ({"interfaceName": "eth0", "new": 1}, HostEndpoint(HEP, "n1", "eth0", profiles=("p",))),
        ({"interfaceName": "eth0", "profiles": ["p", 5]}, HostEndpoint(HEP, "n1", "eth0")),
        ({"interfaceName": "eth0", "profiles": 5}, HostEndpoint(HEP, "n1", "eth0")),
        (
            {"interfaceName": "eth0", "expectedIPs": ["10.0.0.1", "x"]},
            HostEndpoint(HEP, "n1", "eth0", expected_addresses=EXPECTED, profiles=("p",)),
        ),
        (
            {"expectedIPs": ["10.0.0.1", "x"]},
            HostEndpoint(HEP, "n1", "*", expected_addresses=EXPECTED, profiles=("p",)),
        ),
        (
            {"interfaceName": "a b", "expectedIPs": ["10.0.0.1"]},
            HostEndpoint(HEP, "n1", "*", expected_addresses=EXPECTED, profiles=("p",)),
        ),
        ({"interfaceName": "a b"}, HostEndpoint(HEP, "n1", "*", profiles=("p",))),
        ({}, HostEndpoint(HEP, "n1", "*", profiles=("p",))),
        ({"node": "N 1", "interfaceName": "*"}, None),
    ],
)
def test_a_host_endpoint_closes_what_it_may_be_about(spec: Any, expected: HostEndpoint | None) -> None:
    assert instead(HEP, stored(HEP, {"node": "n1", "profiles": ["p"], **spec})) == expected


def test_of_a_host_endpoint_without_a_readable_spec_nobody_knows_the_host() -> None:
    assert instead(HEP, stored(HEP, 5)) is None


@pytest.mark.parametrize(
    ("metadata", "labels", "profiles"),
    [
        ({"labels": {"projectcalico.org/namespace": "shop", "a": "b"}}, {"a": "b"}, ("p",)),  # a host has no namespace
        ({"labels": {"a": "b!"}}, {"a": "b!"}, ("p",)),
        ({"labels": {"a": 5}}, {"a": ""}, ()),
        ({"labels": 5}, {}, ()),
    ],
)
def test_a_host_endpoint_whose_labels_are_lost_allows_nothing_by_itself(
    metadata: Any, labels: dict[str, str], profiles: tuple[str, ...]
) -> None:
    spec = {"node": "n1", "interfaceName": "*", "profiles": ["p"]}
    found = instead(HEP, stored(HEP, spec, metadata={"name": "h", **metadata}))
    assert isinstance(found, HostEndpoint)
    assert (found.metadata.labels, found.profiles) == (labels, profiles)


@pytest.mark.parametrize(
    ("key", "value", "is_lost"),
    [
        (HEP, b"{", True),
        (HEP, stored(HEP, 5), True),
        (HEP, stored(HEP, {"node": "N 1", "interfaceName": "*"}), True),
        (HEP, stored(HEP, {"node": "n1", "interfaceName": "a b"}), True),
        (HEP, stored(HEP, {"node": "n1", "interfaceName": "*", "expectedIPs": ["x"]}), True),
        (HEP, stored(HEP, {"node": "n1", "interfaceName": "*", "profiles": [5]}), True),
        (HEP, stored(HEP, {"node": "n1", "interfaceName": "*", "ports": [5]}), True),
        (HEP, stored(HEP, {"node": "n1", "interfaceName": "*"}, metadata={"name": "h", "labels": 5}), True),
        (HEP, stored(HEP, {"node": "n1", "interfaceName": "*", "new": 1}), False),
        (HEP, stored(HEP, {"node": "n1", "interfaceName": "*"}, metadata={"name": "h", "labels": {"a": "b!"}}), False),
        (Key(Kind.FELIX_CONFIGURATION, "", "x"), b"{", True),
        (Key(Kind.FELIX_CONFIGURATION, "", "x"), stored(Key(Kind.FELIX_CONFIGURATION, "", "x"), {"new": 1}), False),
        (POOL, b"{", True),
        (POOL, stored(POOL, 5), True),
        (POOL, stored(POOL, {"cidr": "x", "vxlanMode": "Always"}), True),
        (POOL, stored(POOL, {"cidr": "10.1.0.0/16", "vxlanMode": 5}), True),
        (POOL, stored(POOL, {"cidr": "10.1.0.0/16", "ipipMode": []}), True),
        (POOL, stored(POOL, {"cidr": "10.1.0.0/16"}, metadata={"name": "h", "labels": 5}), False),
        (ROUTERS, b"{", True),
        (ROUTERS, stored(ROUTERS, {"serviceClusterIPs": [{"cidr": "x"}]}), True),
        (ROUTERS, stored(ROUTERS, {"serviceLoadBalancerIPs": 5}), True),
        (GNP, b"{", False),
        (GNP, stored(GNP, {"selector": 5}), False),
    ],
)
def test_of_what_is_lost_an_earlier_version_says_more(key: Key, value: bytes, is_lost: bool) -> None:
    with pytest.raises(Misread) as error:
        decode_value(key, value)
    assert error.value.is_lost is is_lost


def test_a_network_set_keeps_the_nets_that_are_some() -> None:
    key = Key(Kind.GLOBAL_NETWORK_SET, "", "s")
    found = instead(key, stored(key, {"nets": ["10.0.0.0/8", "somewhere", 5]}))
    assert isinstance(found, NetworkSet)
    assert found.nets == (NET,)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["all()", "Allow", "10.0.0.0/8"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["action", "selector", "nets", "ingress", "types", "source", "protocol", "order"]), inner
        )
    ),
    max_leaves=8,
)


@given(spec=JSON, key=st.sampled_from([NP, GNP, KNP, CNP]))
def test_whatever_a_stored_policy_says_something_stands_for_it(spec: Any, key: Key) -> None:
    try:
        found = decode_value(key, stored(key, spec))
    except Misread as error:
        found = error.instead
    assert isinstance(found, Policy)
    assert found.key == key


@given(rule=JSON)
def test_a_rule_that_is_not_understood_is_no_rule_that_allows(rule: Any) -> None:
    found = instead(NP, stored(NP, {"ingress": [{"action": "Allow", "new": 1, "more": rule}]}))
    assert isinstance(found, Policy)
    assert found.ingress == ()


def test_the_document_of_another_kind_counts_for_nothing() -> None:
    assert KIND_INFO[NP.kind].api_version == CALICO
    assert instead(NP, stored(GNP, HEAD)) == Policy(NP, order=FIRST, types=BOTH, ingress=DENY, egress=DENY)


@pytest.mark.parametrize("value", [b"{", stored(Key(Kind.FELIX_CONFIGURATION, "", "default"), 5)])
def test_of_settings_that_cannot_be_read_nothing_is_left(value: bytes) -> None:
    """Not an empty resource, which would say that all settings are their defaults."""
    assert instead(Key(Kind.FELIX_CONFIGURATION, "", "default"), value) is None
