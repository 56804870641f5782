"""The compiled policy as an operator reads it, and updates that lead where a fresh table would."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from tests.spec.cast import BOTH, EGRESS, INGRESS, OPEN, destination, endpoint_key, policy, source, workload
from tests.spec.semantics import HOST
from tests.spec.strategies import World, after, random_changes, random_world
from tortie.compiled import Snapshot
from tortie.dataplane.nftables import Ruleset, rule_chain, rule_text, table_text
from tortie.dataplane.nftables.fake import FakeKernel
from tortie.dataplane.nftables.render import render, render_all
from tortie.engine import Endpoint, Engine, compile_all
from tortie.model import (
    Action,
    EndpointPort,
    EntityMatch,
    Family,
    Metadata,
    Policy,
    PortRange,
    Protocol,
    Resource,
    Rule,
    Settings,
    Update,
    WorkloadEndpoint,
    parse_address,
    parse_prefix,
)

W0 = endpoint_key("w0")
TCP = Protocol(6)
WEB = EntityMatch(ports=(PortRange(80, 80), PortRange(8000, 8080)))


def is_local(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


def compiled(*resources: Resource, settings: Settings | None = None) -> Snapshot:
    return compile_all({resource.key: resource for resource in (OPEN, *resources)}, is_local, settings)


def committed(snapshot: Snapshot) -> Ruleset:
    with closing(FakeKernel()) as kernel:
        kernel.commit(render_all(snapshot))
        return kernel.ruleset()


def chain(table: Ruleset, name: str) -> list[str]:
    return [rule_text(rule) for rule in table.rules[name]]


def block(table: Ruleset, name: str) -> list[str]:
    """Return the lines of a set or chain of the listing."""
    lines = table_text(table).splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("\t") and line.split()[1:3] == [name, "{"])
    return [line.strip() for line in lines[begin + 1 : lines.index("\t}", begin)]]


def only_group(snapshot: Snapshot, direction: str) -> str:
    (found,) = (id_ for id_ in snapshot.groups if id_.startswith(direction))
    return found


REMOTE = replace(workload("r0"), metadata=Metadata(labels={"color": "blue"}))
POLICY = policy(
    "web",
    "name == 'w0'",
    (INGRESS,),
    (
        Rule(Action.LOG, protocol=Protocol(17)),
        Rule(Action.ALLOW, protocol=TCP, source=EntityMatch(selector="color == 'blue'"), destination=WEB),
    ),
)
SNAPSHOT = compiled(workload("w0"), REMOTE, POLICY)
TABLE = committed(SNAPSHOT)


def test_addresses_get_their_class() -> None:
    assert [element.key for element in TABLE.elements["addresses4"]] == [int.from_bytes(parse_address("10.65.0.20"))]
    assert [element.data for element in TABLE.elements["addresses4"]] == [
        SNAPSHOT.addresses[parse_address("10.65.0.20")]
    ]
    assert [element.data for element in TABLE.elements["addresses6"]] == [SNAPSHOT.addresses[parse_address("fd65::14")]]
    assert not TABLE.elements.get("nets4")


def test_a_group_looks_up_the_class_of_the_peer_then_its_leaf() -> None:
    group = only_group(SNAPSHOT, "in-")
    leaf = SNAPSHOT.groups[group].defaults
    assert leaf[Family.V4] == leaf[Family.V6]
    assert chain(TABLE, group) == [
        "meta priority set none",
        "meta priority set ip saddr map @nets4",
        "meta priority set ip saddr map @addresses4",
        "meta priority set ip6 saddr map @nets6",
        "meta priority set ip6 saddr map @addresses6",
        f"meta priority vmap @{group}-peers",
        f"goto {leaf[Family.V4]}",
    ]
    assert {element.key for element in TABLE.elements[f"{group}-peers"]} == set(SNAPSHOT.classes)


def test_the_peer_of_what_leaves_is_its_destination() -> None:
    snapshot = compiled(
        workload("w0"),
        REMOTE,
        policy("p", "name == 'w0'", (EGRESS,), (destination(Action.ALLOW, selector="color == 'blue'"),)),
    )
    assert chain(committed(snapshot), only_group(snapshot, "out-"))[1:5] == [
        "meta priority set ip daddr map @nets4",
        "meta priority set ip daddr map @addresses4",
        "meta priority set ip6 daddr map @nets6",
        "meta priority set ip6 daddr map @addresses6",
    ]


def test_a_group_that_asks_nothing_of_its_peer_goes_straight_to_the_leaf() -> None:
    group = only_group(SNAPSHOT, "out-")
    assert chain(TABLE, group) == [f"goto {SNAPSHOT.groups[group].defaults[Family.V4]}"]


def test_a_leaf_goes_to_the_rule_that_decides() -> None:
    (leaf,) = set(SNAPSHOT.peers.values())
    (log,) = (id_ for id_ in SNAPSHOT.outcomes if id_.startswith("log-"))
    assert chain(TABLE, leaf) == [
        "meta priority set none",
        "tcp dport 80 goto rule-gnp/web/ingress/1",
        "tcp dport 8000-8080 goto rule-gnp/web/ingress/1",
        f"meta l4proto udp goto {log}",
        "goto rule-tier/default/ingress",
    ]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "rule-gnp/web/ingress/1",
            ['counter name "rule-gnp/web/ingress/1" return comment "Allow, rule 1 of GlobalNetworkPolicy/web"'],
        ),
        (
            "rule-tier/default/ingress",
            ['counter name "rule-tier/default/ingress" drop comment "end of tier \'default\'"'],
        ),
    ],
)
def test_the_chain_of_a_rule_counts_and_decides(name: str, lines: list[str]) -> None:
    assert chain(TABLE, name) == lines
    assert name in TABLE.counters


def test_a_log_counts_writes_and_goes_on() -> None:
    (log,) = (id_ for id_ in SNAPSHOT.outcomes if id_.startswith("log-"))
    assert chain(TABLE, log) == [
        (
            'counter name "rule-gnp/web/ingress/0" log prefix "calico-packet: " level info '
            'log prefix "rule-gnp/web/ingress/0" group 5'
        ),
        "goto rule-tier/default/ingress",
    ]
    assert "rule-gnp/web/ingress/0" not in TABLE.chains


def test_an_endpoint_is_dispatched_and_held_to_its_addresses() -> None:
    ingress, egress = only_group(SNAPSHOT, "in-"), only_group(SNAPSHOT, "out-")
    assert block(TABLE, "interfaces")[-1] == 'elements = { "caliw0" }'
    assert block(TABLE, "sources4")[-1] == 'elements = { "caliw0" . 10.65.0.10 }'
    assert block(TABLE, "sources6")[-1] == 'elements = { "caliw0" . fd65::a }'
    assert block(TABLE, "from-endpoint")[-1] == f'elements = {{ "caliw0" : jump {egress} }}'
    assert block(TABLE, "to-endpoint")[-1] == f'elements = {{ "caliw0" : goto {ingress} }}'


def test_an_endpoint_that_is_down_has_no_dispatch() -> None:
    table = committed(compiled(replace(workload("w0"), active=False)))
    assert block(table, "interfaces-down")[-1] == 'elements = { "caliw0" }'
    assert not any(table.elements.get(name) for name in ("interfaces", "sources4", "from-endpoint", "to-endpoint"))


def test_own_addresses_that_differ_get_a_chain_that_tells_them_apart() -> None:
    addresses = tuple(map(parse_address, ("10.65.0.10", "10.65.0.11")))
    to_first = Rule(Action.ALLOW, destination=EntityMatch(nets=(parse_prefix("10.65.0.10"),)))
    snapshot = compiled(replace(workload("w0"), addresses=addresses), policy("p", "all()", (INGRESS,), (to_first,)))
    table = committed(snapshot)
    first, second, rest = (each.group for each in snapshot.endpoints["caliw0"].ingress)
    assert block(table, "to-endpoint")[-1] == 'elements = { "caliw0" : goto own-ingress-caliw0 }'
    assert chain(table, "own-ingress-caliw0") == [
        f"ip daddr 10.65.0.10 goto {first}",
        f"ip daddr 10.65.0.11 goto {second}",
        f"goto {rest}",
    ]


def test_prefixes_one_may_send_from() -> None:
    spoofing = replace(workload("w0"), allowed_sources=(parse_prefix("192.0.2.0/24"),))
    table = committed(compiled(spoofing, settings=Settings(workload_source_spoofing=True)))
    assert block(table, "source-nets4")[-1] == 'elements = { "caliw0" . 192.0.2.0/24 }'


@pytest.mark.parametrize(
    ("prefixes", "elements"),
    [
        (("10.0.0.0/8", "10.1.0.0/16"), '{ "caliw0" . 10.0.0.0/8 }'),
        (("10.0.0.0/16", "10.0.0.0/8"), '{ "caliw0" . 10.0.0.0/8 }'),
        (("10.0.0.0/8", "10.0.0.0/8"), '{ "caliw0" . 10.0.0.0/8 }'),
        (("fd00::/8", "10.0.0.0/8"), '{ "caliw0" . 10.0.0.0/8 }'),
    ],
)
def test_of_prefixes_in_each_other_only_the_outer_one_counts(prefixes: tuple[str, ...], elements: str) -> None:
    """The kernel takes no ranges that overlap."""
    spoofing = replace(workload("w0"), allowed_sources=tuple(map(parse_prefix, prefixes)))
    table = committed(compiled(spoofing, settings=Settings(workload_source_spoofing=True)))
    assert block(table, "source-nets4")[-1] == f"elements = {elements}"


def test_networks_get_their_class_in_ranges() -> None:
    from_nets = source(Action.ALLOW, nets=(parse_prefix("0.0.0.0/0"), parse_prefix("2001:db8::/32")))
    snapshot = compiled(workload("w0"), policy("p", "all()", (INGRESS,), (from_nets,)))
    table = committed(snapshot)
    assert [(element.key, element.end) for element in table.elements["nets4"]] == [(0, 2**32 - 1)]
    assert block(table, "nets6")[-1].startswith("elements = { 2001:db8::/32 : ")


@pytest.mark.parametrize(
    ("rule_id", "name"),
    [("np/shop/p/ingress/0", "rule-np/shop/p/ingress/0"), ("tier/default/egress", "rule-tier/default/egress")],
)
def test_rule_chain(rule_id: str, name: str) -> None:
    assert rule_chain(rule_id) == name


def content(table: Ruleset) -> dict[str, object]:
    """Return what a table holds, without the order in which it came, which the rules of a chain keep."""
    elements = {name: set(items) for name, items in table.elements.items() if items}
    rules = {name: items for name, items in table.rules.items() if items}
    return {
        "counters": table.counters,
        "sets": table.sets,
        "chains": table.chains,
        "rules": rules,
        "elements": elements,
    }


def assert_updates_lead_to(batches: Sequence[Sequence[Update]], settings: Settings | None = None) -> None:
    """After each batch the table holds what a fresh one would; the kernel refuses what dangles or doubles."""
    engine, now = Engine(is_local, settings), World()
    with closing(FakeKernel()) as kernel:
        kernel.commit(render_all(engine.snapshot))
        for batch in batches:
            update = engine.apply(batch)
            kernel.commit(render(update, engine.snapshot))
            now = after(now, tuple(batch))
            assert content(kernel.ruleset()) == content(committed(compile_all(now, is_local, settings)))


@pytest.mark.parametrize("seed", range(25))
def test_updates_lead_where_a_fresh_table_would(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(rng)
    batches: list[Sequence[Update]] = [[Update(key, value) for key, value in world.items()]]
    for _ in range(4):
        batches.append(random_changes(rng, world))
        world = after(world, tuple(batches[-1]))
    assert_updates_lead_to([*batches, [Update(key, None) for key in world]])


LOGGING: Policy = policy("web", "all()", BOTH, (Rule(Action.LOG), Rule(Action.ALLOW)))


@pytest.mark.parametrize(
    "changed",
    [
        policy("web", "all()", BOTH, (Rule(Action.ALLOW), Rule(Action.LOG))),  # what logged decides now
        policy("web", "all()", BOTH, (Rule(Action.LOG), Rule(Action.DENY))),
        policy("web", "all()", (INGRESS,), (Rule(Action.LOG), Rule(Action.ALLOW))),
        policy("web", "all()", BOTH, (Rule(Action.LOG), Rule(Action.ALLOW)), tier="other"),
        replace(workload("w0"), active=False),
        replace(workload("w0"), addresses=(parse_address("10.65.0.99"),)),
        replace(workload("w0"), interface="cali9"),
        replace(workload("w0"), ports=(EndpointPort("http", TCP, 80),)),
    ],
)
def test_a_change_there_and_back(changed: Policy | WorkloadEndpoint) -> None:
    first = [Update(each.key, each) for each in (OPEN, workload("w0"), LOGGING)]
    assert_updates_lead_to([first, [Update(changed.key, changed)], first])


def test_a_log_of_a_policy_that_moves_to_another_tier_says_so() -> None:
    first = [Update(each.key, each) for each in (OPEN, workload("w0"), LOGGING)]
    moved = replace(LOGGING, tier="other")
    assert_updates_lead_to([first, [Update(moved.key, moved)]], Settings(log_prefix="%t/%n"))


def test_nothing_to_say_is_an_empty_transaction() -> None:
    engine = Engine(is_local)
    engine.apply([Update(each.key, each) for each in (OPEN, workload("w0"))])
    update = engine.apply([Update(W0, workload("w0"))])
    assert not render(update, engine.snapshot)
