"""The examples of the guide: resources in, looked up in the compiled tables that come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.differential.tables import governed, lookup
from tortie.compiled import Snapshot
from tortie.engine import Endpoint, Engine, compile_all
from tortie.model import (
    Action,
    Direction,
    EntityMatch,
    Flow,
    HostEndpoint,
    Key,
    Kind,
    Labels,
    Metadata,
    NetworkSet,
    Policy,
    PolicyClass,
    PortRange,
    Profile,
    Protocol,
    Resource,
    Rule,
    Settings,
    StagedAction,
    Update,
    Verdict,
    WorkloadEndpoint,
    parse_address,
    parse_prefix,
)

TCP = Protocol(6)
INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
ADDRESSES = {"red": "10.0.0.1", "blue": "10.0.0.2", "green": "10.0.0.3", "far": "10.0.1.2", "plain": "10.0.2.2"}


def namespace(name: str, labels: Labels) -> Profile:
    """A namespace as the profile it becomes."""
    allow = (Rule(Action.ALLOW),)
    applied = {f"pcns.{key}": value for key, value in labels.items()}
    return Profile(Key(Kind.PROFILE, "", f"kns.{name}"), ingress=allow, egress=allow, labels_to_apply=applied)


def endpoint(name: str, space: str, labels: Labels, node: str = "here") -> WorkloadEndpoint:
    return WorkloadEndpoint(
        Key(Kind.WORKLOAD_ENDPOINT, space, name),
        node,
        f"cali-{name}",
        Metadata(labels=labels),
        addresses=(parse_address(ADDRESSES[name]),),
        profiles=(f"kns.{space}",),
    )


def world(*extra: Resource) -> dict[Key, Resource]:
    """Red, blue and green in production; two more blue ones, of which one is in a namespace labelled as a circle."""
    resources = [
        namespace("production", {"shape": "square"}),
        namespace("round", {"shape": "circle"}),
        namespace("edgy", {}),
        endpoint("red", "production", {"color": "red", "role": "database"}),
        endpoint("blue", "production", {"color": "blue", "role": "frontend"}, "elsewhere"),
        endpoint("green", "production", {"color": "green"}),
        endpoint("far", "round", {"color": "blue"}),
        endpoint("plain", "edgy", {"color": "blue"}),
        *extra,
    ]
    return {resource.key: resource for resource in resources}


def is_local(each: Endpoint) -> bool:
    return each.node == "here"


def compiled(*extra: Resource) -> Snapshot:
    return compile_all(world(*extra), is_local)


def policy(name: str, space: str = "", order: float | None = None, **rules: tuple[Rule, ...]) -> Policy:
    kind = Kind.NETWORK_POLICY if space else Kind.GLOBAL_NETWORK_POLICY
    return Policy(
        Key(kind, space, name),
        order=order,
        selector="color == 'red'",
        types=tuple(direction for direction in Direction if direction.lower() in rules),
        ingress=rules.get("ingress", ()),
        egress=rules.get("egress", ()),
    )


def to_red(sender: str, port: int = 6379, protocol: int = 6) -> Flow:
    return Flow(
        parse_address(ADDRESSES.get(sender, sender)),
        parse_address(ADDRESSES["red"]),
        protocol,
        40000,
        port,
        receiver=Key(Kind.WORKLOAD_ENDPOINT, "production", "red"),
    )


def allowed(snapshot: Snapshot, port: int = 6379) -> set[str]:
    """Return who may connect to red."""
    senders = [*(name for name in ADDRESSES if name != "red"), "192.0.2.9"]
    return {sender for sender in senders if lookup(snapshot, to_red(sender, port))[0] is Verdict.ALLOW}


BLUE = EntityMatch(selector="color == 'blue'")
ROUND_BLUE = EntityMatch(selector="color == 'blue'", namespace_selector="shape == 'circle'")
REDIS = EntityMatch(ports=(PortRange(6379, 6379),))
EVERYBODY = {"blue", "green", "far", "plain", "192.0.2.9"}
ALLOW, DENY = Rule(Action.ALLOW), Rule(Action.DENY)


def allow_redis(source: EntityMatch) -> Policy:
    return policy("allow", "production", ingress=(Rule(Action.ALLOW, protocol=TCP, source=source, destination=REDIS),))


def deny_tcp(source: EntityMatch) -> Policy:
    return policy("deny-blue", ingress=(Rule(Action.DENY, protocol=TCP, source=source),))


@pytest.mark.parametrize(
    ("policies", "senders"),
    [
        ((), EVERYBODY),  # the namespace's profile allows all
        ((allow_redis(BLUE),), {"blue"}),  # E1
        ((allow_redis(ROUND_BLUE),), {"far"}),  # E2
        ((deny_tcp(BLUE),), set()),  # E3: what no policy allows is lost with it
        ((deny_tcp(BLUE), policy("z", ingress=(ALLOW,))), {"green", "192.0.2.9"}),
        ((deny_tcp(ROUND_BLUE), policy("z", ingress=(ALLOW,))), EVERYBODY - {"far"}),  # E4
        ((policy("a", order=10, ingress=(ALLOW,)), policy("b", order=20, ingress=(DENY,))), EVERYBODY),  # E6
        ((policy("a", order=20, ingress=(ALLOW,)), policy("b", order=10, ingress=(DENY,))), set()),
    ],
)
def test_who_reaches_red(policies: tuple[Policy, ...], senders: set[str]) -> None:
    assert allowed(compiled(*policies)) == senders


def test_only_the_port_that_is_named() -> None:
    snapshot = compiled(allow_redis(BLUE))
    assert allowed(snapshot, 6378) == allowed(snapshot, 6380) == set()
    assert lookup(snapshot, to_red("blue", protocol=17))[:2] == (Verdict.DENY, "tier/default/ingress")
    assert lookup(snapshot, to_red("blue"))[:2] == (Verdict.ALLOW, "np/production/allow/ingress/0")


@pytest.mark.parametrize(("receiver", "is_allowed"), [("1.2.3.0", True), ("1.2.3.255", True), ("1.2.4.0", False)])
def test_egress_to_a_network(receiver: str, is_allowed: bool) -> None:
    to_net = Rule(Action.ALLOW, destination=EntityMatch(nets=(parse_prefix("1.2.3.0/24"),)))
    snapshot = compiled(policy("out", "production", egress=(to_net,)))  # E5
    sender = Key(Kind.WORKLOAD_ENDPOINT, "production", "red")
    flow = Flow(parse_address(ADDRESSES["red"]), parse_address(receiver), 6, 40000, 80, sender=sender)
    assert (lookup(snapshot, flow)[0] is Verdict.ALLOW) is is_allowed
    assert allowed(snapshot) == EVERYBODY  # the other direction is not governed


def test_a_log_tells_and_evaluation_goes_on() -> None:
    frontend = EntityMatch(selector="role == 'frontend'")
    log, deny = (Rule(action, protocol=TCP, source=frontend) for action in (Action.LOG, Action.DENY))
    snapshot = compiled(policy("p", "production", ingress=(log, deny)))
    expected = (Verdict.DENY, "np/production/p/ingress/1", ("np/production/p/ingress/0",))
    assert lookup(snapshot, to_red("blue")) == expected
    assert lookup(snapshot, to_red("green")) == (Verdict.DENY, "tier/default/ingress", ())


@pytest.mark.parametrize(
    ("change", "senders"),
    [
        ({Key(Kind.WORKLOAD_ENDPOINT, "production", "blue"): None}, set()),
        (world(endpoint("green", "production", {"color": "blue"})), {"blue", "green"}),
        (
            {
                Key(Kind.NETWORK_SET, "production", "nets"): NetworkSet(
                    Key(Kind.NETWORK_SET, "production", "nets"),
                    Metadata(labels={"color": "blue"}),
                    (parse_prefix("192.0.2.0/24"),),
                )
            },
            {"blue", "192.0.2.9"},
        ),
        ({Key(Kind.NETWORK_POLICY, "production", "allow"): None}, EVERYBODY),
    ],
)
def test_a_change_is_told_and_applies(change: Mapping[Key, Resource | None], senders: set[str]) -> None:
    engine = Engine(is_local)
    first = world(allow_redis(BLUE))
    snapshot = Snapshot().apply(engine.apply(Update(key, value) for key, value in first.items()))
    assert allowed(snapshot) == {"blue"}
    update = engine.apply(Update(key, value) for key, value in change.items())
    assert update
    assert allowed(snapshot.apply(update)) == allowed(engine.snapshot) == senders


def test_a_staged_policy_is_not_enforced() -> None:
    deny = Policy(Key(Kind.STAGED_GLOBAL_NETWORK_POLICY, "", "p"), ingress=(Rule(Action.DENY),))
    assert compiled(replace(deny, staged=StagedAction.SET)) == compiled()


@pytest.mark.scenario(143)
def test_nothing_is_compiled_for_whom_is_not_here() -> None:
    elsewhere = compile_all(world(allow_redis(BLUE)), lambda each: each.node == "elsewhere")
    assert set(elsewhere.endpoints) == {"cali-blue"}
    assert not elsewhere.classes
    assert set(elsewhere.rules) == {"pro/kns.production/ingress/0", "pro/kns.production/egress/0"}


def test_endpoints_of_one_story_share_a_group() -> None:
    snapshot = compiled()
    rows = snapshot.endpoints
    assert rows["cali-red"].ingress == rows["cali-green"].ingress
    assert rows["cali-red"].ingress != rows["cali-far"].ingress


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"active": False}, (False, ())),
        ({"addresses": ()}, None),  # without an address it is as good as absent
        ({"allowed_sources": (parse_prefix("192.0.2.0/24"),)}, None),  # it asks for what is switched off
        ({"node": "elsewhere"}, None),
    ],
)
def test_endpoints_that_are_not_as_usual(changes: dict[str, object], row: object) -> None:
    red = replace(endpoint("red", "production", {}), **changes)  # type: ignore[arg-type] # fields of an endpoint
    found = compiled(red).endpoints.get("cali-red")
    assert (found and (found.active, found.ingress)) == row


def test_whoever_may_spoof_keeps_a_group_for_each_address() -> None:
    red = replace(endpoint("red", "production", {"color": "red"}), allowed_sources=(parse_prefix("192.0.2.0/24"),))
    own = Rule(Action.ALLOW, destination=EntityMatch(nets=(parse_prefix(ADDRESSES["red"]),)))
    resources = world(red, policy("p", ingress=(own,)))
    snapshot = compile_all(resources, is_local, Settings(workload_source_spoofing=True))
    row = snapshot.endpoints["cali-red"]
    assert [each.address for each in row.ingress] == [parse_address(ADDRESSES["red"]), None]
    assert row.ingress[-1].group in snapshot.dispatches
    assert [each.address for each in row.egress] == [None]
    assert row.sources == (parse_prefix("192.0.2.0/24"),)


def test_only_who_is_asked_of_his_own_side_and_may_have_another_has_it_looked_up() -> None:
    own = Rule(Action.ALLOW, destination=EntityMatch(nets=(parse_prefix("10.0.0.0/24"),)))
    snapshot = compiled(policy("p", ingress=(own,)))  # it governs red alone
    red, green = (snapshot.endpoints[each] for each in ("cali-red", "cali-green"))
    assert [each.address for each in red.ingress] == [parse_address(ADDRESSES["red"]), None]
    assert red.ingress[-1].group in snapshot.dispatches
    assert [each.address for each in (*red.egress, *green.ingress, *green.egress)] == [None, None, None]
    assert not compiled().dispatches


def test_a_group_follows_the_sets_that_hold_the_own_address() -> None:
    asked = Rule(Action.ALLOW, destination=EntityMatch(selector="in == 'use'"))
    key = Key(Kind.GLOBAL_NETWORK_SET, "", "nets")
    engine = Engine(is_local)
    engine.apply(Update(k, value) for k, value in world(policy("p", ingress=(asked,))).items())
    assert allowed(engine.snapshot) == set()
    for nets, senders in (("10.0.0.1", EVERYBODY), ("10.0.0.3", set()), ("10.0.0.0/24", EVERYBODY), ("::/0", set())):
        network_set = NetworkSet(key, Metadata(labels={"in": "use"}), (parse_prefix(nets),))
        engine.apply([Update(key, network_set)])
        assert allowed(engine.snapshot) == senders


HOST_KEY = Key(Kind.HOST_ENDPOINT, "", "eth0")
HOST_ADDRESS, OTHER_ADDRESS = parse_address("10.0.9.1"), parse_address("10.0.9.2")


def host_endpoint(interface: str = "eth0", *expected: bytes) -> HostEndpoint:
    return HostEndpoint(HOST_KEY, "here", interface, Metadata(labels={"color": "red"}), expected)


def said(
    snapshot: Snapshot, destination: bytes, policy_class: PolicyClass = PolicyClass.NORMAL, interface: str = "eth0"
) -> str | None:
    """Who decides on a packet that comes in by an interface, in one list."""
    flow = Flow(parse_address(ADDRESSES["blue"]), destination, 6, 40000, 80)
    return next((by for _, by, _ in governed(snapshot, interface, flow, INGRESS, policy_class)), None)


def test_a_hosts_own_side_is_looked_up_for_each_packet() -> None:
    to_one = Rule(Action.ALLOW, destination=EntityMatch(nets=(parse_prefix("10.0.9.1"),)))
    snapshot = compiled(host_endpoint(), policy("p", ingress=(to_one,)))
    assert said(snapshot, HOST_ADDRESS) == "gnp/p/ingress/0"
    assert said(snapshot, OTHER_ADDRESS) == "tier/default/ingress"
    assert said(snapshot, HOST_ADDRESS, interface="eth1") is None
    assert said(snapshot, HOST_ADDRESS, PolicyClass.FORWARD) is None


def test_the_lists_of_a_host_endpoint() -> None:
    deny = policy("p", ingress=(Rule(Action.DENY, source=BLUE),))
    lists = {
        PolicyClass.UNTRACKED: replace(deny, do_not_track=True, apply_on_forward=True),
        PolicyClass.PRE_DNAT: replace(deny, pre_dnat=True, apply_on_forward=True),
        PolicyClass.FORWARD: replace(deny, apply_on_forward=True),
    }
    for policy_class, mine in lists.items():
        snapshot = compiled(host_endpoint(), mine)
        found = {each for each in PolicyClass if said(snapshot, HOST_ADDRESS, each) == "gnp/p/ingress/0"}
        assert found == {policy_class} | ({PolicyClass.NORMAL} if policy_class is PolicyClass.FORWARD else set())
        allowing = compiled(host_endpoint(), replace(mine, ingress=(Rule(Action.ALLOW, protocol=Protocol(17)),)))
        end = "tier/default" if policy_class is PolicyClass.FORWARD else f"no-verdict/{policy_class}"
        assert said(allowing, HOST_ADDRESS, policy_class) == f"{end}/ingress"


def test_staged_policies_govern_nobody() -> None:
    mine = replace(policy("p", ingress=(DENY,)), staged=StagedAction.SET)
    assert allowed(compiled(mine)) == EVERYBODY


@pytest.mark.scenario(89)
def test_a_host_endpoint_follows_its_address_to_another_interface() -> None:
    engine = Engine(is_local)
    endpoint = host_endpoint("", HOST_ADDRESS)
    engine.apply([Update(HOST_KEY, endpoint)], {"eth0": frozenset({HOST_ADDRESS}), "eth1": frozenset()})
    assert set(engine.snapshot.host_endpoints) == {"eth0"}
    update = engine.apply([], {"eth0": frozenset(), "eth1": frozenset({HOST_ADDRESS})})
    assert (set(update.host_endpoints.upserts), set(update.host_endpoints.removals)) == ({"eth1"}, {"eth0"})
    assert engine.snapshot.host_endpoints["eth1"].key == HOST_KEY
    assert not engine.apply([], {"eth0": frozenset(), "eth1": frozenset({HOST_ADDRESS})})
    engine.apply([], {})
    left = engine.snapshot
    assert not any((left.host_endpoints, left.dispatches, left.owners, left.classes))


def test_host_endpoints_of_other_hosts_are_members_of_sets_only() -> None:
    remote = replace(host_endpoint("eth0", HOST_ADDRESS), node="elsewhere")
    snapshot = compiled(remote, policy("p", ingress=(Rule(Action.ALLOW, source=EntityMatch(selector="all()")),)))
    assert not snapshot.host_endpoints
    assert HOST_ADDRESS in snapshot.addresses


def test_workloads_of_this_host_are_known_by_the_key_they_are_stored_under() -> None:
    here, there = endpoint("red", "shop", {}), endpoint("blue", "shop", {}, "elsewhere")
    engine = Engine(is_local)
    engine.apply([Update(here.key, here), Update(there.key, there)])
    assert engine.workload(here.key) == here
    assert engine.workload(there.key) is None
    engine.apply([Update(here.key, None)])
    assert engine.workload(here.key) is None
