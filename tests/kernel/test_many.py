"""Many policies, sets, rules and endpoints on the real kernel, coming and going; packets, and what is left behind."""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence

import pytest

from tests.kernel.test_changes import content
from tests.kernel.wire import OUTSIDE, Wire, wired
from tests.spec.cast import INGRESS, PORT, TCP, address, policy, source, workload, world
from tests.spec.semantics import HOST
from tortie.dataplane.nftables import Dataplane, repair
from tortie.dataplane.nftables.render import render_all
from tortie.engine import Endpoint, Engine, compile_all
from tortie.model import (
    Action,
    EntityMatch,
    Family,
    Flow,
    Key,
    Kind,
    Metadata,
    NetworkSet,
    Policy,
    PortRange,
    Prefix,
    Protocol,
    Resource,
    Rule,
    Settings,
    Update,
    parse_address,
    parse_prefix,
)
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

W0 = "name == 'w0'"
EVERYBODY = "name == 'w0' || name == 'w1' || name == 'w2'"


def is_local(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


class Host:
    """A host with the cast on a real kernel; `change` is what its agent would do."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.world: dict[Key, Resource] = {}
        self.engine = Engine(is_local)
        self.dataplane = Dataplane(wire.kernel, Settings())
        wire.kernel.delete_table()
        self.change(*world().values())
        self.dataplane.start(self.engine.snapshot)

    def change(self, *resources: Resource) -> None:
        self._apply([Update(each.key, each) for each in resources])

    def remove(self, *keys: Key) -> None:
        self._apply([Update(key, None) for key in keys])

    def _apply(self, updates: Sequence[Update]) -> None:
        is_first = not self.world
        for each in updates:
            if each.value is None:
                del self.world[each.key]
            else:
                self.world[each.key] = each.value
        difference = self.engine.apply(updates)
        if not is_first:
            self.dataplane.apply(difference, self.engine.snapshot)

    def is_anew(self) -> bool:
        """Tell whether the kernel has what a host that starts now would give it, and nothing else."""
        wanted, actual = content(render_all(compile_all(self.world, is_local))), self.wire.kernel.dump()
        return not repair(wanted, actual) and actual.counters.keys() == wanted.counters.keys()

    def reached(self, target: str, *sources: bytes, port: int = PORT) -> list[bool]:
        """Tell for each source outside this host whether it reaches a workload's TCP port."""
        family = Family.V4 if len(sources[0]) == 4 else Family.V6
        to = address(target, family)
        interface = workload(target).interface
        self.wire.route({to: interface})
        self.wire.neighbours([(to, interface)])
        for number, each in enumerate(sources, 1):
            flow = Flow(each, to, TCP, source_port=40000 + number, destination_port=port)
            self.wire.send(OUTSIDE, flow, number)
        arrived = self.wire.arrived()
        return [arrived.get(number) == interface for number in range(1, len(sources) + 1)]


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.fixture
def host(wire: Wire) -> Host:
    return Host(wire)


def network_set(name: str, nets: Iterable[Prefix]) -> NetworkSet:
    return NetworkSet(Key(Kind.GLOBAL_NETWORK_SET, "", name), Metadata(labels={name: "true"}), tuple(nets))


def from_set(number: int, selector: str = W0) -> Policy:
    allow = source(Action.ALLOW, selector=f"has(set-{number})")
    return policy(f"policy-{number}", selector, (INGRESS,), (allow,), order=float(number))


def one(number: int) -> Prefix:
    return Prefix((0xC6120000 + number).to_bytes(4), 32)  # 198.18.0.0/15 is for tests


@pytest.mark.scenario(62)
def test_sets_and_policies_that_never_rest(host: Host) -> None:
    rng = random.Random(62)
    host.change(*(from_set(number) for number in range(20)))
    for _ in range(150):
        number = rng.randrange(100)
        nets = [one(rng.randrange(512)) for _ in range(rng.randrange(6))]
        host.change(network_set(f"set-{number}", dict.fromkeys(nets)))
        if rng.random() < 0.2:
            host.change(from_set(rng.randrange(20), rng.choice((W0, EVERYBODY, "all()"))))
        if rng.random() < 0.1:
            host.remove(Key(Kind.GLOBAL_NETWORK_SET, "", f"set-{number}"))
    host.change(network_set("set-3", [one(700)]), from_set(3))
    assert host.is_anew()
    assert host.reached("w0", one(700).network, one(701).network) == [True, False]


@pytest.mark.scenario(63)
def test_two_thousand_policies_come_and_go(host: Host) -> None:
    mine = [each for number in range(2000) for each in (from_set(number), network_set(f"set-{number}", [one(number)]))]
    for _ in range(2):
        host.change(*mine)
        assert host.reached("w0", one(0).network, one(1999).network, one(2000).network) == [True, True, False]
        host.remove(*(each.key for each in mine))
        assert host.is_anew()
    assert host.reached("w0", one(2000).network) == [True]


@pytest.mark.scenario(64)
def test_a_rule_with_ten_thousand_and_two_members(host: Host) -> None:
    host.change(network_set("set-0", [one(number) for number in range(10_002)]), from_set(0))
    assert host.reached("w0", *(one(number).network for number in (0, 5_000, 10_001, 10_002))) == [
        *(True, True, True),
        False,
    ]


@pytest.mark.scenario(65)
@pytest.mark.parametrize("command", ["delete", "add"])
def test_a_set_changed_by_hand_is_repaired(host: Host, command: str) -> None:
    host.change(network_set("set-0", [one(1)]), from_set(0))
    by_class = host.engine.snapshot.addresses[one(1).network]
    member = "198.18.0.1" if command == "delete" else "198.18.0.2"
    with entered(host.wire.host):
        subprocess.run(
            ["nft", command, "element", "inet", "tortie", "addresses4", f"{{ {member} : {by_class} }}"], check=True
        )
    assert host.reached("w0", one(1).network, one(2).network) == [command == "add", command == "add"]
    host.dataplane.repair(host.engine.snapshot)
    assert host.reached("w0", one(1).network, one(2).network) == [True, False]
    assert host.is_anew()


@pytest.mark.scenario(166)
def test_twelve_thousand_five_hundred_rules_on_one_endpoint(host: Host) -> None:
    def rule(number: int) -> Rule:
        to = EntityMatch(ports=(PortRange(1 + number % 60_000, 1 + number % 60_000),))
        return Rule(Action.ALLOW, protocol=Protocol(TCP), source=EntityMatch(nets=(one(number),)), destination=to)

    host.change(
        *(
            policy(f"p{each:03}", W0, (INGRESS,), tuple(rule(each * 50 + at) for at in range(50)), order=float(each))
            for each in range(250)
        )
    )
    first, last = one(0).network, one(12_499).network
    assert host.reached("w0", first, last, port=1) == [True, False]
    assert host.reached("w0", first, last, port=12_500) == [False, True]


@pytest.mark.scenario(167)
@pytest.mark.parametrize("local", [1, 10, 100])
def test_endpoints_that_come_and_go_leave_nothing(host: Host, local: int) -> None:
    remote = [crowd(number, is_local=False) for number in range(10_000 - local)]
    host.change(from_set(0, "all()"), *remote)
    mine = [crowd(20_000 + number, is_local=True) for number in range(local)]
    sizes = []
    for _ in range(20):
        host.change(*mine)
        host.remove(*(each.key for each in mine))
        snapshot = host.engine.snapshot
        classes = (len(snapshot.classes), len(snapshot.addresses), len(snapshot.peers))
        sizes.append((*classes, len(snapshot.rules), len(snapshot.leaves), len(snapshot.groups)))
    assert set(sizes) == {sizes[0]}
    assert host.is_anew()


def crowd(number: int, *, is_local: bool) -> Resource:
    endpoint = workload("w0" if is_local else "r0")
    key = Key(Kind.WORKLOAD_ENDPOINT, "default", f"crowd-{number}")
    labels = Metadata(labels={"name": f"crowd-{number}", "set-0": "true"} if number % 7 == 0 else {"crowd": "yes"})
    return type(endpoint)(
        key,
        endpoint.node,
        f"cali{number}",
        labels,
        orchestrator="k8s",
        addresses=((0xC6130000 + number % 60_000).to_bytes(4),),
        profiles=("open",),
    )


@pytest.mark.scenario(139)
@pytest.mark.parametrize("seed", range(4))
def test_policies_of_one_selector_decide_as_each_by_itself(host: Host, seed: int) -> None:
    rng = random.Random(seed)
    nets = ["198.18.0.0/24", "198.18.0.0/25", "198.18.0.64/26", "198.18.1.0/24"]
    rules = [
        source(rng.choice((Action.ALLOW, Action.DENY, Action.PASS)), nets=(parse_prefix(rng.choice(nets)),))
        for _ in range(rng.randint(3, 10))
    ]
    together = [policy(f"p{at}", W0, (INGRESS,), (rule,), order=float(at)) for at, rule in enumerate(rules)]
    askers = [parse_address(f"198.18.{a}.{b}") for a in (0, 1, 2) for b in (1, 70, 130, 200)]
    host.change(*together)
    in_one_group = host.reached("w0", *askers)
    apart = [f"{W0} || name == 'nobody-{at}'" for at in range(len(rules))]
    for each, selector in zip(together, apart, strict=True):
        host.change(policy(each.key.name, selector, (INGRESS,), each.ingress, order=each.order))
    assert host.reached("w0", *askers) == in_one_group
    first = [next((rule.action for rule in rules if rule.source.nets[0].covers(each)), Action.DENY) for each in askers]
    assert in_one_group == [action in (Action.ALLOW, Action.PASS) for action in first]


@pytest.mark.scenario(140)
def test_a_policy_in_the_middle_changes_its_selector_under_traffic(host: Host) -> None:
    """What is allowed before and after each change is allowed on the way."""
    ours = source(Action.ALLOW, nets=(parse_prefix("198.18.0.0/24"),))
    host.change(*(policy(f"p{at}", W0, (INGRESS,), (ours,), order=float(at)) for at in range(3)))
    assert host.reached("w0", one(1).network, one(300).network) == [True, False]
    numbers, pause = range(1, 201), threading.Event()

    def send() -> None:
        for number in numbers:
            flow = Flow(one(1).network, address("w0"), TCP, source_port=50000 + number, destination_port=PORT)
            host.wire.send(OUTSIDE, flow, number)
            pause.wait(0.002)

    sender = threading.Thread(target=send)
    sender.start()
    for selector in ("name == 'w1'", EVERYBODY, W0, "name == 'nobody'") * 3:
        host.change(policy("p1", selector, (INGRESS,), (ours,), order=1.0))
    sender.join()
    assert host.wire.arrived() == dict.fromkeys(numbers, workload("w0").interface)
    assert host.is_anew()


@pytest.mark.scenario(143)
def test_a_policy_is_in_the_kernel_with_its_first_endpoint(host: Host) -> None:
    mine = policy("later", "name == 'w9'", (INGRESS,), (source(Action.ALLOW, selector="has(set-0)"),))
    host.change(mine, network_set("set-0", [one(1)]))
    before = host.wire.kernel.dump()
    assert not [name for name in before.chains if "later" in name]
    assert not host.engine.snapshot.addresses
    newcomer = crowd(7, is_local=True)
    host.change(policy("later", "has(set-0)", (INGRESS,), mine.ingress), newcomer)
    assert [name for name in host.wire.kernel.dump().chains if "later" in name]
    host.remove(newcomer.key)
    assert host.is_anew()
    assert not [name for name in host.wire.kernel.dump().chains if "later" in name]
