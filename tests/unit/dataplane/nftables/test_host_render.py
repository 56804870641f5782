"""Differences between host endpoints lead where a fresh table would, and take effect in the first step."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace

import pytest

from tests.spec.host_tables import ALL_WAYS, NORMAL_WAYS, Way, difference, host_table
from tortie.compiled import Dispatch, Group, Plan, SetTest, Snapshot, Tunnel
from tortie.dataplane.nftables import FakeKernel, Ruleset, goto, rule_text
from tortie.dataplane.nftables.host_render import render_dispatches
from tortie.dataplane.nftables.render import render, render_all, render_steps
from tortie.dataplane.nftables.transaction import Transaction
from tortie.model import Action, Direction, Encapsulation, Family, PolicyClass, parse_prefix

Rows = dict[str, dict[Way, dict[int, Action]]]

UNTRACKED_IN = PolicyClass.UNTRACKED, Direction.INGRESS
PRE_DNAT = PolicyClass.PRE_DNAT, Direction.INGRESS
NORMAL_IN = PolicyClass.NORMAL, Direction.INGRESS


def held(kernel: FakeKernel) -> Mapping[str, object]:
    """Return what the table holds, whatever the order in which it came."""
    table = kernel.ruleset()
    return {
        "counters": table.counters,
        "sets": table.sets,
        "chains": table.chains,
        "rules": {chain: rules for chain, rules in table.rules.items() if rules},
        "elements": {name: set(each) for name, each in table.elements.items() if each},
    }


def fresh(snapshot: Snapshot) -> Mapping[str, object]:
    with closing(FakeKernel()) as kernel:
        kernel.commit(render_all(snapshot))
        return held(kernel)


def random_rows(rng: random.Random) -> Rows:
    rows: Rows = {}
    for interface in rng.sample(["eth0", "eth1", "*", "bond0.7"], rng.randrange(4)):
        ways = rng.sample(ALL_WAYS, rng.randrange(len(ALL_WAYS)))
        rows[interface] = {way: {rng.choice([0, 80, 443]): rng.choice(list(Action)[:2])} for way in ways}
    return rows


def random_table(rng: random.Random) -> Snapshot:
    """Return host endpoints beside tunnels, the hosts that these ask for, and addresses of services."""
    names = rng.sample([*itertools.product((Encapsulation.VXLAN, Encapsulation.WIREGUARD), Family)], rng.randrange(4))
    is_known = {Encapsulation.VXLAN: True, Encapsulation.WIREGUARD: False}
    tunnels = {name: Tunnel(17, rng.choice([4789, 8472]), is_known[name[0]]) for name in names}
    families = {family for (_, family), tunnel in tunnels.items() if tunnel.known_only}
    hosts = ["10.0.0.1/32", "10.0.0.2/32", "10.1.0.0/16", "fd00::1/128", "fd01::/64"]
    known = {net: rng.choice("ab") for net in map(parse_prefix, rng.sample(hosts, 3)) if net.family in families}
    services = rng.sample(["10.96.0.0/12", "10.112.0.0/16", "fd00:96::/112"], rng.choice([0, 0, 1, 2]))
    nets = {parse_prefix(text): "serviceClusterIPs" for text in services}
    return replace(host_table(random_rows(rng)), tunnels=tunnels, known_hosts=known, service_nets=nets)


@pytest.mark.parametrize("seed", range(40))
def test_any_difference_leads_where_a_fresh_table_would(seed: int) -> None:
    rng = random.Random(seed)
    with closing(FakeKernel()) as kernel:
        snapshot = random_table(rng)
        kernel.commit(render_all(snapshot))
        for _ in range(4):
            after = random_table(rng)
            update = difference(snapshot, after)
            if rng.random() < 0.5:
                kernel.commit(render(update, after))
            else:
                for step in render_steps(update, after):
                    kernel.commit(step)
            assert held(kernel) == fresh(after)
            snapshot = after


def test_what_goes_is_out_of_force_in_the_first_step() -> None:
    before = host_table({"eth0": {PRE_DNAT: {0: Action.DENY}}})
    after = host_table({})
    with closing(FakeKernel()) as kernel:
        kernel.commit(render_all(before))
        first, last = render_steps(difference(before, after), after)
        kernel.commit(first)
        table = kernel.ruleset()
        assert {chain: table.rules.get(chain, ()) for chain in ("pre-dnat", "output", "postrouting")} == {
            "pre-dnat": (),
            "output": (),
            "postrouting": (),
        }
        assert 'iifname "cali*" goto to-host' in texts(table, "input")
        assert len(texts(table, "input")) == 1
        kernel.commit(last)
        assert "pre-dnat" not in kernel.ruleset().chains


def test_a_difference_without_host_endpoints_leaves_the_hooks_alone() -> None:
    before = host_table({"eth0": {NORMAL_IN: {80: Action.ALLOW}}})
    after = host_table({"eth0": {NORMAL_IN: {80: Action.ALLOW, 81: Action.ALLOW}}})
    operations = [each.object for each in render(difference(before, after), after).operations()]

    assert {getattr(each, "chain", "") or getattr(each, "name", "") for each in operations}.isdisjoint(
        {"forward", "input", "output", "host-in", "pre-dnat"}
    )


def texts(table: Ruleset, chain: str) -> list[str]:
    return [rule_text(rule) for rule in table.rules.get(chain, ())]


def asking(snapshot: Snapshot, direction: Direction) -> tuple[Snapshot, Dispatch]:
    """Return the snapshot with a plan that asks for its own side, and two groups to choose from."""
    (group,) = (each for each in snapshot.groups.values() if each.direction is direction)
    rule = replace(group.plan.end, own=(SetTest("set-1", negated=False, field="destination.nets", text="10.0.0.0/8"),))
    plan = Plan("plan-own", direction, group.plan.stages, rule, group.plan.policy_class)
    groups = {name: Group(name, plan, group.own, group.defaults) for name in ("group-a", "group-b")}
    dispatch = Dispatch("dispatch-own", plan, "group-a")
    return replace(
        snapshot,
        groups={**snapshot.groups, **groups},
        dispatches={**snapshot.dispatches, dispatch.id: dispatch},
        owners={(dispatch.id, 7): "group-b"},
    ), dispatch


@pytest.mark.parametrize(("direction", "field"), [(Direction.INGRESS, "daddr"), (Direction.EGRESS, "saddr")])
def test_the_own_class_chooses_the_group(direction: Direction, field: str) -> None:
    before = host_table({"eth0": {}})
    snapshot, dispatch = asking(before, direction)
    with closing(FakeKernel()) as kernel:
        kernel.commit(render_all(before))
        for step in render_steps(difference(before, snapshot), snapshot):
            kernel.commit(step)
        table = kernel.ruleset()
        assert texts(table, dispatch.id) == [
            "meta priority set none",
            f"meta priority set ip {field} map @nets4",
            f"meta priority set ip {field} map @addresses4",
            f"meta priority set ip6 {field} map @nets6",
            f"meta priority set ip6 {field} map @addresses6",
            "meta priority vmap @dispatch-own-owners",
            "goto group-a",
        ]
        (row,) = table.elements["dispatch-own-owners"]
        assert (row.key, row.data) == (7, goto("group-b"))
        now = snapshot
        for owner, group in ((8, "group-b"), (8, "group-a"), (7, "group-a")):
            moved = replace(snapshot, owners={(dispatch.id, owner): group})
            for step in render_steps(difference(now, moved), moved):
                kernel.commit(step)
            found = kernel.ruleset().elements["dispatch-own-owners"]
            assert [(each.key, each.data) for each in found] == [(owner, goto(group))]
            now = moved
        for step in render_steps(difference(now, before), before):
            kernel.commit(step)
        assert held(kernel) == fresh(before)


def test_a_plan_that_asks_nothing_of_its_own_side_looks_nothing_up() -> None:
    snapshot = host_table({"eth0": {}})
    transaction = Transaction()
    render_dispatches(transaction, transaction, difference(Snapshot(), snapshot))
    rules = [each.object for each in transaction.operations() if getattr(each.object, "chain", "").startswith("disp")]

    assert len(rules) == len(NORMAL_WAYS)
    assert {rule_text(rule).split("-")[0] for rule in rules} == {"goto group"}  # type: ignore[arg-type]  # rules all
