"""What may be closed, what closing means, and when it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    EGRESS,
    INGRESS,
    OPEN,
    endpoint_key,
    host_endpoint,
    net,
    network_set,
    policy,
    source,
    workload,
)
from tests.spec.semantics import HOST
from tortie.agent.quarantine import Quarantine, closed
from tortie.engine import Endpoint
from tortie.model import (
    ALL_INTERFACES,
    Action,
    HostEndpoint,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    Node,
    Policy,
    Profile,
    Resource,
    Rule,
    Update,
    automatic_host_endpoints,
)

LET = policy("let", "all()", (EGRESS,), (ALLOW,))
STORED = Key(Kind.NAMESPACE, "", "shop")
OF_NAMESPACE = Profile(Key(Kind.PROFILE, "", "kns.shop"), Metadata(), ingress=(ALLOW,), labels_to_apply={"a": "b"})


def is_here(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


def knowing(*resources: Resource) -> Quarantine:
    found = Quarantine(is_here)
    found.admit([Update(each.key, each) for each in resources])
    return found


def test_a_closed_policy_denies_what_it_governs() -> None:
    shut = closed(LET)
    assert shut == policy("let", "all()", (EGRESS,), {EGRESS: (DENY,), INGRESS: (DENY,)})
    both = closed(policy("both", "all()", BOTH, (ALLOW,)))
    assert both == policy("both", "all()", BOTH, (DENY,))


def test_a_closed_profile_denies_and_keeps_its_labels() -> None:
    shut = closed(OF_NAMESPACE)
    assert isinstance(shut, Profile)
    assert (shut.ingress, shut.egress, shut.labels_to_apply) == ((DENY,), (DENY,), {"a": "b"})


def test_a_closed_endpoint_is_absent() -> None:
    assert closed(workload("w0")) is None


def test_those_named_come_first_then_with_all_that_is_new() -> None:
    quarantine = knowing(LET, OPEN, workload("w0"), workload("r0"), network_set("n", {}))
    new = (LET.key, OPEN.key, endpoint_key("w0"))
    assert list(quarantine.candidates([LET.key])) == [(LET.key,), new, (*new, network_set("n", {}).key)]
    quarantine.accepted()
    assert list(quarantine.candidates([LET.key])) == [(LET.key,)]
    assert list(quarantine.candidates([endpoint_key("w0"), endpoint_key("r0")])) == []


def test_a_profile_is_found_under_the_key_it_is_stored_by() -> None:
    quarantine = Quarantine(is_here)
    quarantine.admit([Update(STORED, OF_NAMESPACE)])
    quarantine.accepted()
    assert list(quarantine.candidates([OF_NAMESPACE.key])) == [(STORED,)]
    quarantine.admit([Update(STORED, None)])
    assert list(quarantine.candidates([OF_NAMESPACE.key])) == []


def test_updates_close_some_and_open_the_others() -> None:
    quarantine = knowing(LET, workload("w0"))
    keys = (LET.key, endpoint_key("w0"))
    assert quarantine.updates(keys, keys[1:]) == [Update(LET.key, LET), Update(endpoint_key("w0"), None)]


def test_what_is_held_is_a_candidate_again_only_once_it_changed() -> None:
    quarantine = knowing(LET)
    quarantine.hold([LET.key], "no")
    assert quarantine.held == {LET.key: "the kernel refuses it, and it is closed until it changes: no"}
    quarantine.accepted()
    assert list(quarantine.candidates([LET.key])) == []
    quarantine.admit([Update(LET.key, LET)])
    assert quarantine.held == {}
    assert list(quarantine.candidates([])) == [(LET.key,)]


NETS = network_set("nets", {"role": "lab"}, "192.0.2.0/24")
LAB = net("192.0.2.0/24")
WITHIN = ((net("192.0.2.7/32").network, net("192.0.2.7/32").network),)
OUTSIDE = ((net("192.0.3.0/24").network, LAB.last[:2] + b"\xff\xff"),)


def asking(name: str, rule: Rule) -> Policy:
    return policy(name, "all()", (INGRESS,), (rule,))


def test_an_absent_network_set_is_what_a_closed_one_is() -> None:
    assert closed(NETS) is None


def test_whose_rules_mean_a_closed_network_set_is_closed_with_it() -> None:
    asked, other = asking("asked", source(Action.DENY, selector="role == 'lab'")), asking("other", ALLOW)
    quarantine = knowing(asked, other, NETS)
    shut = quarantine.updates([NETS.key], [NETS.key])
    assert shut == [Update(NETS.key, None), Update(asked.key, closed(asked))]
    assert quarantine.updates([NETS.key], []) == [Update(NETS.key, NETS), Update(asked.key, asked)]


def test_what_comes_while_a_network_set_is_held_is_closed_until_the_set_changes() -> None:
    quarantine = knowing(NETS)
    quarantine.updates([NETS.key], [NETS.key])
    quarantine.hold([NETS.key], "no")
    [reason] = quarantine.held.values()
    assert reason == (
        "the kernel refuses it, and whoever has rules that mean it is closed (nobody yet) until it changes: no"
    )
    late = asking("late", source(Action.DENY, selector="has(role)"))
    assert quarantine.admit([Update(late.key, late)]) == [Update(late.key, late), Update(late.key, closed(late))]
    assert quarantine.admit([]) == []
    assert quarantine.admit([Update(NETS.key, NETS)]) == [Update(NETS.key, NETS), Update(late.key, late)]


def test_of_many_that_are_closed_with_others_a_few_are_named() -> None:
    quarantine = knowing(
        NETS, *(asking(f"p{number}", source(Action.DENY, selector="has(role)")) for number in range(7))
    )
    quarantine.hold([NETS.key], "no")
    named = ", ".join(f"GlobalNetworkPolicy/p{number}" for number in range(5))
    assert f"whoever has rules that mean it is closed ({named}, and 2 more) until" in quarantine.held[NETS.key]


def test_a_policy_that_is_held_itself_stays_closed_when_the_set_is_not() -> None:
    both = asking("both", source(Action.ALLOW, selector="has(role)"))
    quarantine = knowing(NETS, both)
    quarantine.updates([NETS.key], [NETS.key])
    quarantine.hold([NETS.key, both.key], "no")
    assert quarantine.admit([Update(NETS.key, None)]) == [Update(NETS.key, None), Update(both.key, closed(both))]


def test_network_sets_with_refused_addresses_are_suspected_before_all_that_is_new() -> None:
    quarantine = knowing(NETS)
    quarantine.accepted()
    quarantine.admit([Update(LET.key, LET)])
    assert list(quarantine.candidates([], WITHIN)) == [(NETS.key,), (LET.key, NETS.key)]
    assert list(quarantine.candidates([], OUTSIDE)) == [(LET.key,)]


UPLINK = host_endpoint()
NAMELESS = host_endpoint("")
ELSEWHERE = replace(UPLINK, node="node-2")
MEANT = asking("meant", source(Action.DENY, selector="name == 'host'"))


@pytest.mark.parametrize(
    "mine", [UPLINK, host_endpoint(ALL_INTERFACES), NAMELESS, ELSEWHERE], ids=["name", "*", "addresses", "elsewhere"]
)
def test_with_a_host_endpoint_the_kernel_never_took_whose_rules_mean_it_are_closed(mine: HostEndpoint) -> None:
    quarantine = knowing(mine, MEANT, LET)
    assert quarantine.updates([mine.key], [mine.key]) == [Update(MEANT.key, closed(MEANT))]
    assert quarantine.updates([mine.key], []) == [Update(MEANT.key, MEANT)]
    quarantine.updates([mine.key], [mine.key])
    quarantine.hold([mine.key], "no")
    assert quarantine.held == {
        mine.key: "the kernel refuses it, and whoever has rules that mean it is closed (GlobalNetworkPolicy/meant) "
        "until it changes: no"
    }
    late = asking("late", source(Action.ALLOW, not_selector="has(name)"))
    assert quarantine.admit([Update(late.key, late)]) == [Update(late.key, late), Update(late.key, closed(late))]
    freed = quarantine.admit([Update(mine.key, None)])
    assert sorted(freed, key=str) == sorted(
        [Update(mine.key, None), Update(MEANT.key, MEANT), Update(late.key, late)], key=str
    )


@pytest.mark.parametrize("first", [UPLINK, NAMELESS, ELSEWHERE], ids=["name", "addresses", "elsewhere"])
def test_a_changed_host_endpoint_governs_on_as_it_is_now_and_closes_who_means_that(first: HostEndpoint) -> None:
    was = asking("was", source(Action.DENY, selector="name == 'host'"))
    now = asking("now", source(Action.DENY, selector="name == 'other'"))
    quarantine = knowing(first, was, now)
    quarantine.accepted()
    second = replace(first, metadata=Metadata({"name": "other"}))
    assert quarantine.admit([Update(second.key, second)]) == [Update(second.key, second)]
    assert list(quarantine.candidates([second.key])) == [(second.key,)]
    own = second.expected_addresses[0]
    assert list(quarantine.candidates([], [(own, own)])) == [(second.key,)]
    assert quarantine.updates([second.key], [second.key]) == [Update(now.key, closed(now))]
    quarantine.hold([second.key], "no")
    [reason] = quarantine.held.values()
    assert "whoever has rules that mean it is closed (GlobalNetworkPolicy/now) until it changes" in reason
    assert sorted(quarantine.admit([Update(first.key, first)]), key=str) == sorted(
        [Update(first.key, first), Update(now.key, now)], key=str
    )


def test_host_endpoints_are_suspected_for_their_addresses_or_last_and_old_ones_after_all_that_is_new() -> None:
    own = [(each, each) for each in UPLINK.expected_addresses]
    quarantine = knowing(UPLINK, LET)
    assert list(quarantine.candidates([UPLINK.key])) == [(LET.key,), (LET.key, UPLINK.key)]
    assert list(quarantine.candidates([], own)) == [(UPLINK.key,), (LET.key, UPLINK.key)]
    quarantine.accepted()
    quarantine.admit([Update(LET.key, LET)])
    assert list(quarantine.candidates([], own)) == [(LET.key,), (LET.key, UPLINK.key)]
    assert list(quarantine.candidates([], OUTSIDE)) == [(LET.key,)]


WANTED = KubeControllersConfiguration(Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default"), auto_create=True)
NODE = Node(Key(Kind.NODE, "", HOST), Metadata({"name": "host"}), UPLINK.expected_addresses)
MADE = next(automatic_host_endpoints(NODE, WANTED))
MOVED = replace(NODE, addresses=UPLINK.expected_addresses[:1])


def holding_made(*extra: Resource) -> Quarantine:
    quarantine = knowing(NODE, WANTED, *extra)
    quarantine.updates([MADE.key], [MADE.key])
    quarantine.hold([MADE.key], "no")
    quarantine.accepted()
    return quarantine


def test_an_automatic_host_endpoint_is_known_by_its_own_key_and_says_what_makes_it() -> None:
    quarantine = knowing(NODE, WANTED, MEANT)
    assert quarantine.updates([MADE.key], [MADE.key]) == [Update(MEANT.key, closed(MEANT))]
    assert quarantine.updates([MADE.key], []) == [Update(MEANT.key, MEANT)]
    quarantine.hold([MADE.key], "no")
    assert quarantine.held[MADE.key].endswith("until Node/node-1, which makes it, changes: no")


@pytest.mark.parametrize(
    ("update", "released"),
    [
        (Update(NODE.key, NODE), False),
        (Update(NODE.key, replace(NODE, outer=NODE.addresses)), False),
        (Update(NODE.key, MOVED), True),
        (Update(NODE.key, None), True),
        (Update(WANTED.key, None), True),
        (Update(WANTED.key, WANTED), False),
    ],
    ids=["same", "of no account", "moved", "gone", "not wanted", "wanted as before"],
)
def test_an_automatic_one_is_released_once_its_node_or_the_configuration_makes_another(
    update: Update, released: bool
) -> None:
    quarantine = holding_made(MEANT)
    assert quarantine.admit([update]) == [update, *([Update(MEANT.key, MEANT)] if released else [])]
    assert (MADE.key in quarantine.held) is not released


def test_what_is_stored_in_the_place_of_an_automatic_one_counts_until_it_goes() -> None:
    quarantine = holding_made(MEANT)
    stored = replace(MADE, interface="eth0")
    assert quarantine.admit([Update(stored.key, stored)]) == [Update(stored.key, stored), Update(MEANT.key, MEANT)]
    assert not quarantine.held
    quarantine.accepted()
    assert quarantine.updates([MADE.key], [MADE.key]) == [Update(MEANT.key, closed(MEANT))]
    quarantine.hold([MADE.key], "no")
    assert quarantine.held[MADE.key].endswith("until it changes: no")
    assert quarantine.admit([Update(stored.key, None)]) == [Update(stored.key, None), Update(MEANT.key, MEANT)]
    quarantine.updates([MADE.key], [MADE.key])
    quarantine.hold([MADE.key], "no")
    assert quarantine.held[MADE.key].endswith("until Node/node-1, which makes it, changes: no")


@pytest.mark.parametrize(
    "update", [Update(NODE.key, NODE), Update(NODE.key, None), Update(WANTED.key, None)], ids=["back", "gone", "off"]
)
def test_a_changed_automatic_host_endpoint_governs_on_as_it_is_made_now(update: Update) -> None:
    quarantine = knowing(NODE, WANTED, MEANT)
    quarantine.accepted()
    quarantine.admit([Update(NODE.key, MOVED)])
    assert quarantine.updates([MADE.key], [MADE.key]) == [Update(MEANT.key, closed(MEANT))]
    quarantine.hold([MADE.key], "no")
    assert quarantine.admit([update]) == [update, Update(MEANT.key, MEANT)]
    assert not quarantine.held
