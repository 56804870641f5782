"""Host endpoints, and endpoints elsewhere, whose addresses the kernel refuses: they govern on and hold nothing up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    INGRESS,
    UPLINK,
    address,
    destination,
    endpoint_key,
    flow,
    host_endpoint,
    net,
    policy,
    pre_dnat,
    source,
    untracked,
    workload,
    world,
)
from tests.spec.cast import forwarded as on_forward
from tests.spec.semantics import HOST
from tests.unit.agent.picky import Kernel
from tortie.agent import Enactor, HostSettings, Quarantine
from tortie.dataplane.nftables import Dataplane, Element, Object
from tortie.engine import Endpoint, Engine
from tortie.evaluate import decide
from tortie.model import (
    ALL_INTERFACES,
    Action,
    EndpointPort,
    Family,
    HostEndpoint,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    Node,
    Policy,
    Profile,
    Protocol,
    Resource,
    Settings,
    Update,
    Verdict,
    automatic_host_endpoints,
)

MINE = address("host")
CARRIED = {UPLINK: frozenset({MINE}), "eth1": frozenset[bytes]()}
OTHER = Key(Kind.HOST_ENDPOINT, "", "other")
LABELLED = Metadata({"name": "host"})
WANTED = KubeControllersConfiguration(Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default"), auto_create=True)
NODE = Node(Key(Kind.NODE, "", HOST), LABELLED, (MINE,))
MADE = next(automatic_host_endpoints(NODE, WANTED))
STRANGER = host_endpoint("eth0", name="other", profiles=("open",))

FINE = policy("fine", "name == 'w0'", (INGRESS,), (DENY,))
ASKS = policy("asks", "name == 'w1'", (INGRESS,), (source(Action.DENY, selector="name == 'host'"), ALLOW))
"""Makes the address known to the kernel."""


def is_here(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


def dislikes_mine(thing: Object) -> bool:
    return isinstance(thing, Element) and thing.set.name == "addresses4" and thing.key == int.from_bytes(MINE)


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    fake = Kernel()
    fake.dislikes = dislikes_mine
    yield fake
    fake.close()


@pytest.fixture
def enactor(kernel: Kernel) -> Enactor:
    return begun(kernel)


def begun(kernel: Kernel) -> Enactor:
    return Enactor(
        Engine(is_here, Settings()), Dataplane(kernel, Settings()), Quarantine(is_here), HostSettings((), HOST)
    )


def begin(enactor: Enactor, *extra: Resource) -> None:
    enactor.enact([Update(key, value) for key, value in world(*extra).items()], CARRIED)


def take(enactor: Enactor, *extra: Resource) -> None:
    enactor.enact([Update(each.key, each) for each in extra])


def in_force(kernel: Kernel, enactor: Enactor) -> bool:
    return not Dataplane(kernel, Settings()).start(enactor.snapshot)


def passes(enactor: Enactor, text: str, *, port: int = 8055) -> bool:
    sender, receiver = text.split(">")
    return decide(enactor.snapshot, flow(sender, receiver, port=port)).verdict is not Verdict.DENY


@pytest.mark.parametrize("comes_first", [True, False])
@pytest.mark.parametrize("interface", [UPLINK, ALL_INTERFACES, ""], ids=["name", "*", "addresses"])
def test_it_governs_its_interfaces_and_the_rest_is_in_force(
    kernel: Kernel, enactor: Enactor, interface: str, comes_first: bool
) -> None:
    mine = host_endpoint(interface)
    begin(enactor, *((mine, ASKS) if comes_first else (ASKS,)))
    take(enactor, mine, FINE)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([mine.key], "", True)
    assert list(enactor.snapshot.host_endpoints) == [interface or UPLINK]
    assert not any(passes(enactor, each) for each in ("out>host", "host>out", "out>w0", "out>w1"))
    assert passes(enactor, "out>host", port=22)  # failsafe
    assert passes(enactor, "out>w2")


@pytest.mark.parametrize("interface", [UPLINK, ALL_INTERFACES, ""], ids=["name", "*", "addresses"])
def test_policies_that_select_it_and_mean_others_hold(kernel: Kernel, enactor: Enactor, interface: str) -> None:
    let = policy("let", "name == 'host'", BOTH, (destination(Action.ALLOW, not_selector="name == 'w1'"),))
    begin(enactor, host_endpoint(interface), ASKS, let)
    assert in_force(kernel, enactor)
    assert (passes(enactor, "out>host"), passes(enactor, "host>out")) == (True, True)


@pytest.mark.parametrize("kind", [lambda each: each, on_forward, pre_dnat, untracked], ids=["", "f", "p", "u"])
@pytest.mark.parametrize("action", [Action.ALLOW, Action.DENY, Action.PASS])
@pytest.mark.parametrize(
    "asked", [{"selector": "name == 'host'"}, {"not_selector": "name == 'host'"}, {"ports": ("ssh",)}], ids=str
)
def test_whoever_means_it_is_closed_in_every_list(
    kernel: Kernel, enactor: Enactor, kind: object, action: Action, asked: dict[str, object]
) -> None:
    rule = replace(destination(action, **asked), protocol=Protocol(6))
    mine = replace(host_endpoint(profiles=("open",)), ports=(EndpointPort("ssh", Protocol(6), 8055),))
    means: Policy = kind(policy("means", "name == 'host'", (INGRESS,), (rule, ALLOW)))  # type: ignore[operator] # of policies
    begin(enactor, mine, means, ASKS)
    assert (list(enactor.held), in_force(kernel, enactor)) == ([mine.key], True)
    to = "out>w2" if kind is on_forward else "out>host"
    assert not passes(enactor, to)
    kernel.dislikes = lambda _: False
    take(enactor, replace(mine, expected_addresses=(*mine.expected_addresses, address("out"))))
    assert (enactor.held, in_force(kernel, enactor)) == ({}, True)


def test_a_profile_that_gives_it_labels_and_means_them_is_closed(kernel: Kernel, enactor: Enactor) -> None:
    racks = Profile(
        Key(Kind.PROFILE, "", "racks"),
        ingress=(source(Action.DENY, selector="rack == 'a'"), ALLOW),
        egress=(ALLOW,),
        labels_to_apply={"rack": "a"},
    )
    begin(enactor, host_endpoint(profiles=("racks",)), racks, ASKS)
    assert (list(enactor.held), in_force(kernel, enactor)) == ([host_endpoint().key], True)
    assert not passes(enactor, "out>host")
    assert not passes(enactor, "host>out")


@pytest.mark.parametrize("mended", [replace(host_endpoint(), expected_addresses=()), None], ids=["changed", "gone"])
def test_what_changes_leaves_the_quarantine(kernel: Kernel, enactor: Enactor, mended: HostEndpoint | None) -> None:
    begin(enactor, host_endpoint(), ASKS)
    enactor.enact([Update(host_endpoint().key, mended)])
    assert (enactor.held, enactor.error, in_force(kernel, enactor)) == ({}, "", True)
    assert passes(enactor, "out>host") is (mended is None)
    assert passes(enactor, "out>w1")


def test_one_that_changes_and_is_refused_again_is_held_again_as_it_is_now(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor, host_endpoint(), ASKS)
    take(enactor, host_endpoint("eth1"))
    assert (list(enactor.held), in_force(kernel, enactor)) == ([host_endpoint().key], True)
    assert list(enactor.snapshot.host_endpoints) == ["eth1"]


def test_the_next_agent_finds_the_same_again(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor, host_endpoint(), ASKS)
    before = kernel.ruleset()
    again = begun(kernel)
    begin(again, host_endpoint(), ASKS)
    assert (again.held, again.error, kernel.ruleset()) == (enactor.held, "", before)


def test_interfaces_that_come_are_governed_by_addresses_that_no_rule_knows(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor, host_endpoint(""), ASKS)
    enactor.enact((), {"eth1": frozenset({MINE}), UPLINK: frozenset()})
    assert (list(enactor.held), in_force(kernel, enactor)) == ([host_endpoint().key], True)
    assert list(enactor.snapshot.host_endpoints) == ["eth1"]


def test_one_elsewhere_holds_nothing_up(kernel: Kernel, enactor: Enactor) -> None:
    theirs = replace(host_endpoint(), node="node-2")
    begin(enactor, theirs, ASKS, FINE)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([theirs.key], "", True)
    assert [passes(enactor, each) for each in ("out>w0", "out>w1", "out>w2")] == [False, False, True]


def test_a_workload_elsewhere_holds_nothing_up_where_the_kernel_names_the_address(
    kernel: Kernel, enactor: Enactor
) -> None:
    theirs, key = workload("r0"), endpoint_key("r0")
    kernel.dislikes = lambda thing: isinstance(thing, Element) and thing.key == int.from_bytes(address("r0"))
    asks = replace(ASKS, ingress=(source(Action.DENY, selector="name == 'r0'"), ALLOW))
    begin(enactor, asks, FINE)
    assert (enactor.error, in_force(kernel, enactor)) == ("", True)
    assert list(enactor.held) == [key]
    assert [passes(enactor, each) for each in ("r0>w0", "r0>w1", "r0>w2")] == [False, False, True]
    late = replace(asks, key=replace(asks.key, name="late"), selector="name == 'w2'")
    take(enactor, late)
    assert [passes(enactor, each) for each in ("out>w0", "out>w1", "out>w2")] == [False, False, False]
    take(enactor, replace(theirs, addresses=theirs.addresses[1:]))
    assert (enactor.held, enactor.error, in_force(kernel, enactor)) == ({}, "", True)
    assert [passes(enactor, each) for each in ("out>w0", "out>w1", "out>w2")] == [False, True, True]


@pytest.mark.parametrize("blind", [False, True])
def test_a_workload_that_came_before_whoever_means_it_closes_only_that(
    kernel: Kernel, enactor: Enactor, blind: bool
) -> None:
    kernel.blind = blind
    kernel.dislikes = lambda thing: isinstance(thing, Element) and thing.key == int.from_bytes(address("r0"))
    begin(enactor)
    asks = replace(ASKS, ingress=(source(Action.DENY, selector="name == 'r0'"), ALLOW))
    take(enactor, asks, FINE)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([asks.key], "", True)


def test_an_address_within_a_refused_range_is_not_what_was_refused(kernel: Kernel, enactor: Enactor) -> None:
    kernel.dislikes = lambda thing: isinstance(thing, Element) and thing.set.name == "nets4"
    wide = replace(ASKS, ingress=(source(Action.DENY, nets=(net("10.0.0.0/8"),)), *ASKS.ingress))
    other = replace(ASKS, key=replace(ASKS.key, name="other"), selector="name == 'w2'")
    begin(enactor, other, FINE)
    take(enactor, host_endpoint(), wide)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([wide.key], "", True)
    assert [passes(enactor, each) for each in ("out>w0", "out>w1", "out>w2")] == [False, False, True]


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("before", [(), (host_endpoint("eth1"),)], ids=["new", "changed"])
def test_one_whose_interface_is_refused_keeps_everything_as_it_was(
    kernel: Kernel, enactor: Enactor, before: tuple[HostEndpoint, ...], blind: bool
) -> None:
    kernel.blind = blind
    begin(enactor, *before)
    was = kernel.ruleset()
    kernel.dislikes = lambda thing: isinstance(thing, Element) and thing.key == UPLINK
    take(enactor, host_endpoint(), FINE)
    assert not enactor.held
    assert ("(of HostEndpoint/host)" in enactor.error) is not blind
    assert kernel.ruleset() == was
    take(enactor, host_endpoint("eth2"))
    assert (enactor.held, enactor.error, in_force(kernel, enactor)) == ({}, "", True)
    assert list(enactor.snapshot.host_endpoints) == ["eth2"]


def test_one_that_changes_governs_on_as_it_is_now(kernel: Kernel, enactor: Enactor) -> None:
    close = policy("close", "rack == 'a'", BOTH, (DENY,))
    means = policy("means", "name == 'w2'", (INGRESS,), (source(Action.DENY, selector="has(rack)"), ALLOW))
    mine = replace(host_endpoint(profiles=("open",)), expected_addresses=())
    begin(enactor, mine, ASKS, close, means)
    assert [passes(enactor, each) for each in ("out>host", "out>w1", "out>w2")] == [True, True, True]
    moved = replace(mine, expected_addresses=(MINE,), metadata=Metadata({"rack": "a"}))
    take(enactor, moved, FINE)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([mine.key], "", True)
    closed = [passes(enactor, each) for each in ("out>host", "out>w0", "out>w1", "out>w2")]
    assert closed == [False, False, True, False]  # nobody means it by what it was
    take(enactor, replace(moved, interface="eth1"))
    assert (list(enactor.held), list(enactor.snapshot.host_endpoints)) == ([mine.key], ["eth1"])
    take(enactor, mine)
    assert (enactor.held, enactor.error, in_force(kernel, enactor)) == ({}, "", True)
    assert [passes(enactor, each) for each in ("out>host", "out>w0", "out>w1", "out>w2")] == [True, False, True, True]


def test_an_automatic_one_governs_on_and_is_mended_by_its_node(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor, NODE, WANTED, ASKS, FINE)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([MADE.key], "", True)
    assert "Node/node-1, which makes it, changes" in enactor.held[MADE.key]
    assert list(enactor.snapshot.host_endpoints) == [ALL_INTERFACES]
    assert passes(enactor, "out>host")  # as its profile says
    close = policy("close", "name == 'host'", BOTH, (DENY,))
    take(enactor, close)
    assert not passes(enactor, "out>host")
    tried = enactor.failures
    take(enactor, replace(NODE, outer=(MINE,)))
    assert (list(enactor.held), enactor.failures) == ([MADE.key], tried)
    take(enactor, replace(NODE, addresses=()))
    assert (enactor.held, enactor.error, in_force(kernel, enactor)) == ({}, "", True)
    assert (passes(enactor, "out>host"), passes(enactor, "out>w1")) == (False, True)


@pytest.mark.parametrize("gone", [NODE.key, WANTED.key], ids=lambda key: key.kind)
def test_an_automatic_one_goes_with_what_makes_it(kernel: Kernel, enactor: Enactor, gone: Key) -> None:
    begin(enactor, NODE, WANTED, ASKS)
    enactor.enact([Update(gone, None)])
    assert (enactor.held, enactor.error, in_force(kernel, enactor)) == ({}, "", True)
    assert not enactor.snapshot.host_endpoints


def test_an_automatic_one_that_was_suspected_in_vain_follows_its_node(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor)
    kernel.dislikes = lambda _: True
    take(enactor, NODE, WANTED, ASKS)
    assert not enactor.held
    kernel.dislikes = lambda _: False
    take(enactor, replace(NODE, metadata=Metadata({"name": "other"})))
    assert (enactor.error, in_force(kernel, enactor)) == ("", True)
    assert passes(enactor, "host>w1")
    enactor.enact([Update(NODE.key, None)])
    assert not enactor.snapshot.host_endpoints


def test_what_is_stored_in_place_of_an_automatic_one_counts(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor, NODE, WANTED, ASKS)
    stored = replace(MADE, interface=UPLINK, expected_addresses=())
    take(enactor, stored)
    assert (enactor.held, list(enactor.snapshot.host_endpoints), in_force(kernel, enactor)) == ({}, [UPLINK], True)
    enactor.enact([Update(stored.key, None)])
    assert (list(enactor.held), enactor.error) == ([MADE.key], "")
    assert list(enactor.snapshot.host_endpoints) == [ALL_INTERFACES]  # not as the kernel took what is gone


@pytest.mark.parametrize("family", Family)
def test_a_refusal_that_names_nothing_is_found_too(kernel: Kernel, enactor: Enactor, family: Family) -> None:
    kernel.blind = True
    mine = address("host", family)
    kernel.dislikes = lambda thing: (
        isinstance(thing, Element) and thing.set.name == f"addresses{family}" and thing.key == int.from_bytes(mine)
    )
    begin(enactor, ASKS)
    take(enactor, host_endpoint(), FINE)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([host_endpoint().key], "", True)


def test_one_that_was_taken_is_suspected_last_when_its_labels_come_to_matter(kernel: Kernel, enactor: Enactor) -> None:
    racks = Profile(Key(Kind.PROFILE, "", "racks"), egress=(ALLOW,), ingress=(ALLOW,))
    asks = policy("asks", "name == 'w1'", (INGRESS,), (source(Action.DENY, selector="has(rack)"), ALLOW))
    begin(enactor, host_endpoint(profiles=("racks",)), racks, asks)
    assert not enactor.held
    take(enactor, replace(racks, labels_to_apply={"rack": "a"}), FINE)
    assert (list(enactor.held), enactor.error, in_force(kernel, enactor)) == ([host_endpoint().key], "", True)
    assert [passes(enactor, each) for each in ("out>host", "out>w0", "out>w1")] == [True, False, False]
