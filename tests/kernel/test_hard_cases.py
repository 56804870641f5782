"""Worlds at the edges of what names, rules and networks may be: the kernel takes each, and each change between them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from tests.kernel.test_changes import content, is_local
from tests.spec.cast import ALLOW, BOTH, DENY, PASS, World, network_set, policy, source, tier, workload, world
from tests.spec.strategies import after
from tortie.dataplane.nftables.kernel import LinuxKernel
from tortie.dataplane.nftables.logs import rule_chain
from tortie.dataplane.nftables.render import render_all, render_steps
from tortie.dataplane.nftables.repair import repair
from tortie.engine import Engine, compile_all
from tortie.model import (
    Action,
    EntityMatch,
    Key,
    PortRange,
    Prefix,
    Protocol,
    Resource,
    Rule,
    Settings,
    Update,
    parse_prefix,
)
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

SETTINGS = Settings(log_prefix="%k %t %n %p", workload_source_spoofing=True)
LOG = Rule(Action.LOG)
W0, W1 = workload("w0"), workload("w1")
LONG = ("a-b." * 64)[:252]
MEETING = ("a-b", "a.b", "a-b.ingress", "default/a-b", "a-b/default", "default/a.b")
EVERYWHERE = (parse_prefix("0.0.0.0/0"), parse_prefix("::/0"))
HALVES = (parse_prefix("128.0.0.0/1"), parse_prefix("8000::/1"))
ONLY_W1 = policy("d", "name == 'w0'", BOTH, (source(Action.ALLOW, selector="name == 'w1'"),))


def prefixes(*texts: str) -> tuple[Prefix, ...]:
    return tuple(map(parse_prefix, texts))


def many_ports(rules: int, moved: int) -> tuple[Rule, ...]:
    """Rules of 50 ranges of ports each."""
    return tuple(
        Rule(
            (Action.ALLOW, Action.DENY)[number % 2],
            protocol=Protocol(6),
            destination=EntityMatch(
                ports=tuple(
                    PortRange(1000 * at + number % 300 + moved, 1000 * at + number % 300 + 500) for at in range(50)
                )
            ),
        )
        for number in range(rules)
    )


def borrowing(*texts: str) -> World:
    return world(replace(W0, allowed_sources=prefixes(*texts)))


CASES: dict[str, list[World]] = {
    "names of 253 characters": [
        world(*(policy(f"{LONG}{end}", "all()", BOTH, (LOG, DENY), tier=f"{end}{LONG}") for end in "xyz"))
    ],
    "names that could meet": [world(*(policy(name, "all()", BOTH, (LOG, PASS)) for name in MEETING))],
    "200 logs": [world(policy("l", "all()", BOTH, (LOG,) * count)) for count in (200, 199, 1)],
    "1,024 rules of 50 ranges": [
        world(policy("p", "all()", BOTH, many_ports(1024, 0))),
        world(policy("p", "all()", BOTH, many_ports(64, 1))),
    ],
    "everywhere": [
        world(policy("z", "all()", BOTH, (source(Action.ALLOW, nets=EVERYWHERE, not_nets=refused),)))
        for refused in ((), HALVES, EVERYWHERE, EVERYWHERE[:1])
    ],
    "every action becomes every other": [
        world(policy("t", "all()", BOTH, (LOG, Rule(action), ALLOW), tier="first"), tier("first", 1))
        for pair in permutations((Action.ALLOW, Action.DENY, Action.LOG, Action.PASS), 2)
        for action in pair
    ],
    "tiers change places": [
        world(
            policy("t", "all()", BOTH, (LOG, PASS), tier="first"),
            policy("t", "all()", BOTH, (LOG, DENY), tier="second"),
            tier("first", first),
            tier("second", 2, default),
        )
        for first in (1, 3, None, 2)
        for default in (Action.DENY, Action.PASS)
    ],
    "interfaces and addresses change places": [
        world(ONLY_W1),
        world(ONLY_W1, replace(W0, interface=W1.interface), replace(W1, interface=W0.interface)),
        world(ONLY_W1, replace(W0, addresses=W1.addresses), replace(W1, addresses=W0.addresses)),
        world(ONLY_W1, replace(W0, interface=W1.interface, active=False), replace(W1, interface=W0.interface)),
        world(ONLY_W1, replace(W0, interface=W1.interface)),
        world(ONLY_W1),
    ],
    "interfaces that begin alike": [
        world(ONLY_W1, replace(W0, interface=one), replace(W1, interface=two))
        for one, two in permutations(("cali", "calico0", "cali0123456789a", "cali0123456789b"), 2)
    ],
    "prefixes in each other": [
        borrowing("10.0.0.0/8", "10.1.0.0/16", "fd00::/8"),
        borrowing("10.1.0.0/16", "10.2.0.0/16", "fd00::/16"),
        borrowing("10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8"),
        borrowing("0.0.0.0/0", "::/0"),
        borrowing("10.65.0.10/32", "10.65.0.0/16"),
    ],
    "a network set of nested and equal networks": [
        world(
            policy("s", "all()", BOTH, (source(Action.ALLOW, selector="set == 'a'"),)),
            network_set("a", {"set": "a"}, *(f"10.{i % 200}.{i % 7}.0/{24 + i % 9}" for i in range(count)), *more),
        )
        for count, more in ((2000, ()), (1999, ("10.0.0.0/8",)), (0, ("10.0.0.0/8",)))
    ],
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[LinuxKernel]:
    name = f"tortie-hard-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        with entered(f"/run/netns/{name}"):
            made = LinuxKernel()
        with made:
            yield made
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


@pytest.mark.parametrize("worlds", CASES.values(), ids=CASES)
def test_the_kernel_takes_hard_cases_and_what_leads_to_them(kernel: LinuxKernel, worlds: list[World]) -> None:
    engine = Engine(is_local, SETTINGS)
    now: dict[Key, Resource] = {}
    kernel.delete_table()
    kernel.commit(render_all(engine.snapshot))
    for wanted in (*worlds, world()):
        gone = [Update(key, None) for key in now if key not in wanted]
        changes = (*gone, *(Update(key, value) for key, value in wanted.items()))
        for step in render_steps(engine.apply(changes), engine.snapshot):
            kernel.commit(step)
        now = after(now, changes)
        anew = content(render_all(compile_all(now, is_local, SETTINGS)))
        assert [str(each) for each in repair(anew, kernel.dump()).operations()] == []
        assert len({rule_chain(each) for each in engine.snapshot.rules}) == len(engine.snapshot.rules)
