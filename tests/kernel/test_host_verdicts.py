"""The kernel equals the evaluator and the naive semantics for host endpoints: all four lists, any way through the host.

Random policies, random packets: from outside to the host and through it, from the host, translated or not. A failure
names its seed; `TORTIE_SEED=N pytest tests/kernel/test_host_verdicts.py` runs that world alone, `TORTIE_WORLDS=N` says
how many worlds are tried.
"""

from __future__ import annotations

import os
import random
import select
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pytest

from tests.differential.tables import lookup
from tests.kernel.test_verdicts import OPENING_TYPES, is_forwarded
from tests.kernel.wire import OUTSIDES, Wire, addresses_of, number_of, routed, wired
from tests.spec import semantics
from tests.spec.dice import SeededDice
from tests.spec.strategies import EXTERNAL_NODES, FAILSAFES, WIREGUARD, World, random_flows, random_world
from tests.spec.traffic import local_endpoints
from tests.spec.worlds import build_interfaces
from tortie.compiled import HOST_DISCOVERY, BuiltIn, Snapshot
from tortie.dataplane.nftables import rule_chain
from tortie.dataplane.nftables.render import render_all
from tortie.engine import compile_all
from tortie.evaluate import Evaluator
from tortie.evaluate.network import tunnel_in
from tortie.model import (
    Direction,
    EndpointToHostAction,
    Family,
    Flow,
    HostEndpoint,
    Key,
    Kind,
    Place,
    Policy,
    PolicyClass,
    Resource,
    Settings,
    Verdict,
    WorkloadEndpoint,
    format_address,
)
from tortie.netlink import PacketLog, entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

WORLDS = int(os.environ.get("TORTIE_WORLDS", "16"))
SEEDS = [int(os.environ["TORTIE_SEED"])] if "TORTIE_SEED" in os.environ else list(range(WORLDS))
FLOWS = 80
HOST_ITSELF = "the host"
NOBODYS = "eth9"
"""An interface that no host endpoint names."""

EARS = 77
LISTENING = f"""
table inet ears {{
  chain input {{
    type filter hook input priority 300;
    log group {EARS}
  }}
}}
"""
HEARING_SECONDS = 0.3
"""More than the kernel waits until it tells of a packet."""

PORTED = (6, 17, 132)


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.fixture(scope="module")
def ears(wire: Wire) -> Iterator[PacketLog]:
    """Hear what processes of the host would get."""
    with entered(wire.host):
        subprocess.run(["nft", "-f", "-"], input=LISTENING, text=True, check=True)
        log = PacketLog(EARS)
    with log:
        yield log


def governed(rng: random.Random, resources: World) -> World:
    """Return the world with host endpoints on the wires' interfaces, and more policies of their own lists."""
    changed: dict[Key, Resource] = {}
    for key, value in resources.items():
        if isinstance(value, HostEndpoint) and rng.random() < 0.7:
            changed[key] = replace(value, node=semantics.HOST, interface=rng.choice(["eth0", "eth1", "*"]))
        elif isinstance(value, Policy) and key.kind is Kind.GLOBAL_NETWORK_POLICY and rng.random() < 0.6:
            changed[key] = listed(value, rng.choice(list(PolicyClass)))
    return {**resources, **changed}


def listed(policy: Policy, policy_class: PolicyClass) -> Policy:
    """Return the policy, for everybody, in one list of a host endpoint."""
    wide = replace(policy, selector="", namespace_selector="", service_account_selector="")
    plain = replace(wide, do_not_track=False, pre_dnat=False, apply_on_forward=policy_class is not PolicyClass.NORMAL)
    if policy_class is PolicyClass.PRE_DNAT:
        return replace(plain, pre_dnat=True, types=(Direction.INGRESS,), egress=())
    return replace(plain, do_not_track=policy_class is PolicyClass.UNTRACKED)


def worlds_of(seed: int) -> tuple[random.Random, Snapshot, World, dict[str, frozenset[bytes]]]:
    """Return a world that has host endpoints, compiled."""
    rng = random.Random(seed)
    while True:
        resources = random_world(rng)
        if any(isinstance(value, HostEndpoint) and value.node == semantics.HOST for value in resources.values()):
            break
    resources = governed(rng, resources)
    resources = {k: v for k, v in resources.items() if not isinstance(v, WorkloadEndpoint) or not v.allowed_sources}
    carried = build_interfaces(SeededDice(rng))
    settings = Settings(
        endpoint_to_host_action=rng.choice(list(EndpointToHostAction)),
        failsafe_inbound=rng.choice(FAILSAFES),
        failsafe_outbound=rng.choice(FAILSAFES),
        vxlan_enabled=rng.choice([None, True]),
        ipip_enabled=rng.choice([None, True]),
        wireguard_ports=rng.choice(WIREGUARD),
        external_nodes=rng.choice(EXTERNAL_NODES),
    )
    return rng, compile_all(resources, lambda each: each.node == semantics.HOST, settings, carried), resources, carried


@pytest.mark.parametrize("seed", SEEDS)
def test_kernel_says_what_the_semantics_say(wire: Wire, ears: PacketLog, seed: int) -> None:
    rng, snapshot, resources, carried = worlds_of(seed)
    local = local_endpoints(resources)
    evaluator = Evaluator(snapshot)
    roles: dict[bytes, str] = dict(routed(local))
    offered = random_flows(rng, resources, FLOWS * 4)
    placed = [each for flow in offered if (each := in_place(flow, roles, local)) is not None]
    distinct = apart(placed, roles)
    flows = [each for each in distinct if not is_untracked_and_translated(snapshot, evaluator, each)][:FLOWS]
    prepare(wire, roles, flows)
    wire.kernel.commit(render_all(snapshot))
    ears.read()
    for number, flow in enumerate(flows, 1):
        if flow.sender is Place.HOST:
            wire.send_from_host(as_sent(flow), number)
        else:
            wire.send(
                local[flow.sender].interface if isinstance(flow.sender, Key) else flow.in_interface,
                as_sent(flow),
                number,
            )
    came_out = arrivals(wire, ears, flows)
    wrong, expected = [], Counter[str]()
    for number, flow in enumerate(flows, 1):
        verdict, by, logs = lookup(snapshot, flow)
        expected.update(rule_chain(each) if each in snapshot.rules else each for each in (by, *logs))
        assert verdict is semantics.verdict(resources, flow, snapshot.settings, interfaces=carried)
        decision = evaluator.decide(flow)
        assert (decision.verdict, decision.rule, decision.logs) == (verdict, by, logs)
        wanted = roles[flow.destination] if verdict is Verdict.ALLOW else None
        if came_out.get(number) != wanted:
            wrong.append(f"{number} {flow}: {verdict} by {by}, but came out at {came_out.get(number)}, not {wanted}")
    assert wrong == []
    counted = {name: packets for name, (packets, _) in wire.kernel.counters().items()}
    uncounted = {BuiltIn.NOT_GOVERNED, BuiltIn.LOOPBACK, BuiltIn.HOST_TO_WORKLOAD}  # where no hook needs to know
    if snapshot.settings.endpoint_to_host_action is EndpointToHostAction.RETURN:
        uncounted.add(BuiltIn.ENDPOINT_TO_HOST_ACCEPT)  # others' rules are asked
    if not snapshot.host_endpoints:
        uncounted.add(BuiltIn.TUNNEL)  # nobody judges what the host sends
    missed = {
        name: (count, counted.get(name))
        for name, count in expected.items()
        if name not in uncounted and counted.get(name, 0) < count
    }
    assert missed == {}, "counters of the rules that should have decided, as (expected, counted)"


def in_place(flow: Flow, roles: dict[bytes, str], local: Mapping[Key, WorkloadEndpoint]) -> Flow | None:
    """Return the flow as the wires can carry it, None where they cannot; an address has one role in a world."""
    ends = (flow.source, flow.destination, *([flow.untranslated[0]] if flow.untranslated else []))
    if not all(map(is_forwarded, ends)) or flow.source == flow.destination:
        return None
    if flow.sender is Place.UNKNOWN_WORKLOAD or (isinstance(flow.sender, Key) and flow.sender not in local):
        return None
    outside = flow.out_interface if flow.out_interface in OUTSIDES else NOBODYS
    role = roles.setdefault(flow.destination, HOST_ITSELF if flow.receiver is Place.HOST else outside)
    by_interface = {endpoint.interface: key for key, endpoint in local.items()}
    receiver = Place.HOST if role == HOST_ITSELF else by_interface.get(role, Place.ELSEWHERE)
    coming = flow.in_interface if flow.in_interface in OUTSIDES else NOBODYS
    aimed = replace(
        flow,
        receiver=receiver,
        in_interface=coming if flow.sender is Place.ELSEWHERE else "",
        out_interface=role if receiver is Place.ELSEWHERE else "",
    )
    if aimed.untranslated is not None and aimed.sender is Place.HOST:
        aimed = replace(aimed, untranslated=None)
    return opening(aimed)


def opening(flow: Flow) -> Flow | None:
    """Return the flow as one that connection tracking takes for the start of something, or that a host needs."""
    if flow.protocol not in OPENING_TYPES:
        return flow
    if (flow.protocol == 58) != (flow.family is Family.V6):
        return None
    is_needed = flow.icmp_type in HOST_DISCOVERY if flow.protocol == 58 else (flow.icmp_type, flow.icmp_code) == (3, 4)
    if is_needed and {flow.sender, flow.receiver} == {Place.HOST, Place.ELSEWHERE}:
        return replace(flow, untranslated=None)
    kinds = OPENING_TYPES[flow.protocol]
    return replace(flow, icmp_type=kinds[flow.icmp_type % len(kinds)])


def apart(flows: Iterable[Flow], roles: Mapping[bytes, str]) -> Iterator[Flow]:
    """Yield flows that are each the first of its connection, before and after translation."""
    seen: set[object] = set()
    for number, flow in enumerate(flows):
        if flow.sender is not Place.HOST and roles.get(flow.source) == HOST_ITSELF:
            continue  # a martian to the kernel
        echo = number if flow.protocol in OPENING_TYPES else 0
        sides = [
            (flow.destination, flow.destination_port),
            flow.untranslated or (flow.destination, flow.destination_port),
        ]
        keys = {(frozenset({(flow.source, flow.source_port), side}), flow.protocol, echo) for side in sides}
        if seen.isdisjoint(keys):
            seen |= keys
            yield flow


def is_untracked_and_translated(snapshot: Snapshot, evaluator: Evaluator, flow: Flow) -> bool:
    """Tell whether policy keeps the packet out of tracking: then nobody translates it, and it goes elsewhere."""
    if flow.untranslated is not None and tunnel_in(snapshot, as_sent(flow)) is BuiltIn.TUNNEL and flow.protocol == 17:
        return True  # VXLAN between hosts is kept out of tracking too
    sections = evaluator.decide(flow).sections
    untracked = (each for each in sections if each.plan.policy_class is PolicyClass.UNTRACKED)
    return flow.untranslated is not None and any(each.exempts for each in untracked)


def as_sent(flow: Flow) -> Flow:
    """Return the flow as it is before somebody translates it."""
    if flow.untranslated is None:
        return flow
    return replace(flow, destination=flow.untranslated[0], destination_port=flow.untranslated[1])


def prepare(wire: Wire, roles: Mapping[bytes, str], flows: list[Flow]) -> None:
    """Give the host its addresses, routes and neighbours, and the translations of these flows."""
    wire.kernel.delete_table()
    wire.own(address for address, role in roles.items() if role == HOST_ITSELF)
    ways = {address: role for address, role in roles.items() if role != HOST_ITSELF}
    wire.route(ways)
    wire.neighbours(ways.items())
    lines = ["table inet translated", "delete table inet translated", "table inet translated {"]
    for hook in ("prerouting", "output"):
        lines += [f"chain {hook} {{", f"type nat hook {hook} priority -100;"]
        lines += [translation(number, flow) for number, flow in enumerate(flows, 1) if flow.untranslated]
        lines.append("}")
    with entered(wire.host):
        subprocess.run(["nft", "-f", "-"], input="\n".join([*lines, "}\n"]), text=True, check=True)


def translation(number: int, flow: Flow) -> str:
    """Return the rule that translates one packet, which it knows by its number."""
    far = format_address(flow.destination)
    four = flow.family is Family.V4
    mine, word = (f"ip id {number}", "ip") if four else (f"ip6 flowlabel {number}", "ip6")
    if flow.protocol in PORTED:
        far = f"{far}:{flow.destination_port}" if four else f"[{far}]:{flow.destination_port}"
    return f"{mine} meta l4proto {flow.protocol} dnat {word} to {far}"


def arrivals(wire: Wire, ears: PacketLog, flows: list[Flow]) -> dict[int, str]:
    """Return where each packet came out: at an interface, or with the host's processes."""
    found: dict[int, str] = {}
    heard = [(interface, raw) for interface, raw in wire.frames()]
    while select.select([ears], [], [], HEARING_SECONDS)[0]:
        packets, lost = ears.read()
        assert lost == 0
        heard += [(HOST_ITSELF, each.payload) for each in packets]
    for interface, raw in heard:
        number = number_of(raw)
        if 1 <= number <= len(flows):
            flow = flows[number - 1]
            if addresses_of(raw) == (flow.source, flow.destination):
                found[number] = interface
    return found
