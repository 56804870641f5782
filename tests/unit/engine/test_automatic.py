"""Automatic host endpoints as the engine has them: made of nodes, in any order, and never in place of a stored one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.spec.cast import DENY, INGRESS, host_endpoint, policy, tier
from tests.spec.semantics import HOST
from tortie.engine import Engine, compile_all, with_automatic
from tortie.engine.automatic import Automatic
from tortie.model import (
    ALL_INTERFACES,
    HostEndpoint,
    HostEndpointTemplate,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    Node,
    Resource,
    Update,
    automatic_host_endpoints,
    parse_address,
    parse_prefix,
)

NODE = Node(Key(Kind.NODE, "", HOST), Metadata({"rack": "a"}), (parse_address("10.0.0.1"),))
OTHER = Node(Key(Kind.NODE, "", "node-2"), Metadata({"rack": "b"}), (parse_address("10.0.0.2"),))
WANTED = KubeControllersConfiguration(Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default"), auto_create=True)
MINE, THEIRS = (next(automatic_host_endpoints(node, WANTED)) for node in (NODE, OTHER))
STORED = replace(MINE, metadata=Metadata({"mine": "yes"}))


def hosts(automatic: Automatic, *resources: Resource, gone: tuple[Key, ...] = ()) -> dict[Key, Resource | None]:
    given = {**{each.key: each for each in resources}, **dict.fromkeys(gone)}
    return {key: value for key, value in automatic.completed(given).items() if key.kind is Kind.HOST_ENDPOINT}


def test_each_node_makes_one_once_somebody_asks() -> None:
    automatic = Automatic()
    assert hosts(automatic, NODE, OTHER) == {}
    assert hosts(automatic, WANTED) == {MINE.key: MINE, THEIRS.key: THEIRS}
    assert hosts(automatic, gone=(OTHER.key,)) == {THEIRS.key: None}
    assert hosts(automatic, gone=(WANTED.key,)) == {MINE.key: None}


def test_a_configuration_of_another_name_asks_for_nothing() -> None:
    other = replace(WANTED, key=Key(WANTED.key.kind, "", "other"))
    assert hosts(Automatic(), NODE, other) == {}
    assert with_automatic({NODE.key: NODE, other.key: other}) == {NODE.key: NODE, other.key: other}


def test_what_is_stored_counts_and_what_is_made_comes_when_it_goes() -> None:
    automatic = Automatic()
    assert hosts(automatic, NODE, WANTED, STORED) == {STORED.key: STORED}
    assert hosts(automatic, replace(NODE, metadata=Metadata())) == {}
    assert hosts(automatic, NODE) == {}
    assert hosts(automatic, gone=(STORED.key,)) == {MINE.key: MINE}
    assert hosts(automatic, STORED) == {STORED.key: STORED}
    everything = {each.key: each for each in (NODE, WANTED, STORED)}
    assert with_automatic(everything) == everything


def test_a_node_that_changes_changes_what_it_makes() -> None:
    automatic = Automatic()
    hosts(automatic, NODE, WANTED)
    moved = replace(NODE, addresses=OTHER.addresses)
    assert hosts(automatic, moved) == {MINE.key: replace(MINE, expected_addresses=OTHER.addresses)}


def test_of_two_nodes_that_make_one_of_the_same_name_the_lower_counts() -> None:
    low, high = (Node(Key(Kind.NODE, "", name), addresses=NODE.addresses) for name in ("a", "a-b"))
    nets = (parse_prefix("10.0.0.0/8"),)
    wanted = replace(
        WANTED, default=False, templates=(HostEndpointTemplate("b-c", nets), HostEndpointTemplate("c", nets))
    )
    name = Key(Kind.HOST_ENDPOINT, "", "a-b-c-auto-hep")
    for nodes in ((low, high), (high, low)):
        automatic = Automatic()
        for node in nodes:
            hosts(automatic, node)
        made = hosts(automatic, wanted)[name]
        assert isinstance(made, HostEndpoint)
        assert made.node == "a"
        gone = hosts(automatic, gone=(low.key,))[name]
        assert isinstance(gone, HostEndpoint)
        assert gone.node == "a-b"


@pytest.mark.parametrize("stored", [(), (host_endpoint("eth0"),)])
def test_the_host_is_governed_by_its_own(stored: tuple[HostEndpoint, ...]) -> None:
    closing = policy("closed", "rack == 'a'", (INGRESS,), (DENY,))
    given: list[Resource] = [NODE, OTHER, WANTED, closing, tier("default", None), *stored]
    resources = {each.key: each for each in given}
    snapshot = compile_all(resources, lambda each: each.node == HOST)
    assert snapshot.host_endpoints[ALL_INTERFACES].key == MINE.key
    assert snapshot.host_endpoints.keys() == {ALL_INTERFACES, *(each.interface for each in stored)}
    plans = {dispatch.plan for dispatch in snapshot.dispatches.values()}
    assert any(stage.name == "projectcalico-default-allow" for plan in plans for stage in plan.stages)
    engine = Engine(lambda each: each.node == HOST)
    for each in resources.values():
        engine.apply([Update(each.key, each)])
    assert engine.snapshot.host_endpoints == snapshot.host_endpoints
    engine.apply([Update(WANTED.key, None)])
    assert ALL_INTERFACES not in engine.snapshot.host_endpoints
