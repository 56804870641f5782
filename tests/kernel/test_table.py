"""What an operator reads in the table, and what policy makes of packets that a service translated."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.wire import Wire, wired
from tests.spec.cast import ALLOW, DENY, EGRESS, INGRESS, PORT, address, policy, source, tier, workload, world
from tests.spec.semantics import HOST
from tortie.dataplane.nftables import Dataplane, LinuxKernel
from tortie.dataplane.nftables.render import render, render_all
from tortie.engine import Engine, compile_all
from tortie.model import Action, Family, Flow, Key, Policy, Settings, Update, parse_address
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

SERVICE = {Family.V4: "10.96.0.10", Family.V6: "fd96::10"}
TRANSLATION = """
table {family} services {{
    chain prerouting {{
        type nat hook prerouting priority dstnat;
        {word} daddr {service} tcp dport 80 dnat to {target}
    }}
}}
"""


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def listing(wire: Wire) -> str:
    with entered(wire.host):
        found = subprocess.run(["nft", "list", "table", "inet", "tortie"], check=True, capture_output=True, text=True)
    return found.stdout


@pytest.mark.scenario(10)
def test_the_table_names_the_policies_in_force(wire: Wire) -> None:
    kernel: LinuxKernel = wire.kernel
    engine = Engine(lambda endpoint: endpoint.node == HOST)
    engine.apply([Update(key, value) for key, value in world().items()])
    kernel.delete_table()
    kernel.commit(render_all(engine.snapshot))
    assert "NetworkPolicy" not in listing(wire)
    for step in ((INGRESS,), (EGRESS,), (INGRESS, EGRESS)):
        first: Policy = policy("default/first", "name == 'w0'", step, (source(Action.ALLOW, selector="all()"),))
        empty: Policy = policy("second", "name == 'w1'", step)
        difference = engine.apply([Update(first.key, first), Update(empty.key, empty)])
        kernel.commit(render(difference, engine.snapshot))
        text = listing(wire)
        for each in (first.key, empty.key):
            assert {f"{direction}: {each}" in text for direction in step} == {True}
    gone: list[Key] = [first.key, empty.key]
    kernel.commit(render(engine.apply([Update(key, None) for key in gone]), engine.snapshot))
    assert not [key for key in gone if str(key) in listing(wire)]


@pytest.mark.scenario(141)
def test_the_table_shows_what_authors_note_at_rules(wire: Wire) -> None:
    notes = {"ticket": "NET-7", "why": 'odd "quotes"; and\nlines', "owner": "payments"}
    rule = replace(source(Action.ALLOW, selector="name == 'w1'"), annotations=notes)
    resources = world(policy("noted", "name == 'w0'", (INGRESS,), (rule, replace(DENY, annotations={"last": "one"}))))
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(compile_all(dict(resources), lambda each: each.node == HOST)))
    lines = [line for line in listing(wire).splitlines() if "comment" in line and "noted" in line]
    allowed = [line for line in lines if "owner=payments; ticket=NET-7; why=odd _quotes_; and_l" in line]
    assert len(allowed) == 1
    assert "Allow, rule 0 of GlobalNetworkPolicy/noted; " in allowed[0]
    assert [line for line in lines if line.endswith('comment "Deny, rule 1 of GlobalNetworkPolicy/noted; last=one"')]


@pytest.mark.scenario(142)
def test_a_hint_changes_nothing(wire: Wire) -> None:
    """A policy that governs nobody here is not in the table, hint or not; with its first endpoint it is."""
    hinted = policy("hinted", "name == 'w0'", (INGRESS,), (source(Action.ALLOW, selector="name == 'w1'"),))
    hinted = replace(hinted, performance_hints=("AssumeNeededOnEveryNode",))
    engine = Engine(lambda endpoint: endpoint.node == HOST)
    engine.apply([Update(key, value) for key, value in world(hinted).items() if key.name != "w0"])
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(engine.snapshot))
    assert "hinted" not in listing(wire)
    w0 = workload("w0")
    wire.kernel.commit(render(engine.apply([Update(w0.key, w0)]), engine.snapshot))
    assert "Ingress: GlobalNetworkPolicy/hinted" in listing(wire)


@pytest.mark.scenario(16)
@pytest.mark.parametrize("family", list(Family), ids=["v4", "v6"])
@pytest.mark.parametrize(("word", "arrives"), [(ALLOW, True), (DENY, False)], ids=["allow", "deny"])
def test_policy_sees_the_pod_behind_a_service(wire: Wire, family: Family, word: object, *, arrives: bool) -> None:
    """The higher tier decides by the pod's own address and port; the denies of the lower one are not reached."""
    high = policy("high", "name == 'w0'", (INGRESS,), (source(Action.ALLOW, selector="name == 'w1'"),), tier="tier1")
    if word is DENY:
        high = policy("high", "name == 'w0'", (INGRESS,), (DENY,), tier="tier1")
    low = policy("low", "name == 'w0'", (INGRESS,), (DENY,), tier="tier2")
    resources = dict(world(tier("tier1", 1.0), tier("tier2", 2.0), high, low))
    snapshot = compile_all(resources, lambda each: each.node == HOST)
    client, server, service = address("w1", family), address("w0", family), parse_address(SERVICE[family])
    interfaces = {server: workload("w0").interface, client: workload("w1").interface}
    wire.route(interfaces)
    wire.neighbours(interfaces.items())
    wire.kernel.delete_table()
    wire.kernel.commit(render_all(snapshot))
    with entered(wire.host), translated(family):
        wire.send(interfaces[client], Flow(client, service, 6, source_port=40000, destination_port=80), 7)
        assert wire.arrived() == ({7: interfaces[server]} if arrives else {})


class translated:  # noqa: N801 - reads as what it does in a `with`
    """A service in a table of somebody else, for the length of a `with` block."""

    def __init__(self, family: Family) -> None:
        self._family = "ip" if family is Family.V4 else "ip6"
        target = "10.65.0.10" if family is Family.V4 else "[fd65::a]"
        self._text = TRANSLATION.format(
            family=self._family, word=self._family, service=SERVICE[family], target=f"{target}:{PORT}"
        )

    def __enter__(self) -> None:
        subprocess.run(["nft", "-f", "-"], input=self._text, text=True, check=True)

    def __exit__(self, *_: object) -> None:
        subprocess.run(["nft", "delete", "table", self._family, "services"], check=True)


LEFTOVER = """
table ip filter {
    chain cali-INPUT {
        ip saddr 192.0.2.0/24 drop
    }
    chain INPUT {
        type filter hook input priority filter
        jump cali-INPUT
    }
}
"""


@pytest.mark.scenario(151)
def test_what_another_agent_left_in_iptables_stays(wire: Wire) -> None:
    def shown() -> str:
        with entered(wire.host):
            words = ["nft", "list", "table", "ip", "filter"]
            return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    with entered(wire.host):
        subprocess.run(["nft", "-f", "-"], input=LEFTOVER, text=True, check=True)
    before = shown()
    dataplane = Dataplane(wire.kernel, Settings())
    snapshot = compile_all(world(), lambda endpoint: endpoint.node == HOST)
    try:
        wire.kernel.delete_table()
        dataplane.start(snapshot)
        dataplane.repair(snapshot, thorough=True)
        wire.kernel.delete_table()
        assert "cali-INPUT" in before
        assert shown() == before
    finally:
        with entered(wire.host):
            subprocess.run(["nft", "delete", "table", "ip", "filter"], check=True)
