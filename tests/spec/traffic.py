"""Random flows through one host, biased to where policies change their mind.

A flow to a workload here goes to one of its own addresses, now and then to another that is routed to it.
"""

from __future__ import annotations

from tests.spec.dice import Dice, chance, pick
from tests.spec.rules import ICMP_CODES, ICMP_TYPES, NUMBERS, OUTSIDE, POOLS, PORTS
from tests.spec.semantics import HOST
from tests.spec.worlds import ENDPOINTS, World
from tortie.model import Flow, HostEndpoint, Key, Node, Place, WorkloadEndpoint, parse_address

EDGES = tuple(
    sorted({22, 53, *(min(max(edge, 0), 65535) for r in PORTS for edge in (r.first - 1, r.first, r.last, r.last + 1))})
)
TYPES = tuple(sorted({*ICMP_TYPES, *(value + 1 for value in ICMP_TYPES), 130, 136, 143, 255}))
TYPES = tuple(sorted({*TYPES, 2, 133}))
CODES = tuple(sorted({*ICMP_CODES, 2, 4}))
INTERFACES = ("eth0", "eth1", "", "eth0", "eth1", "eth9", "lo")
PORTED = (6, 17, 132)
ICMPS = (1, 58)
SERVICES = ((17, 68, 67), (17, 67, 68), (17, 546, 547), (17, 1, 53), (6, 1, 53), (6, 1, 8775), (6, 1, 8776))
METADATA = parse_address("127.0.0.1")
TUNNELS = ((17, 4789), (4, 0), (17, 4789), (17, 51820))
LINK_LOCAL = parse_address("fe80::1")
UNSPECIFIED = bytes(16)


def local_endpoints(world: World) -> dict[Key, WorkloadEndpoint]:
    """The endpoints of the host by stored key, without those that cannot be told by their interface."""
    found: dict[Key, WorkloadEndpoint] = {}
    seen: set[str] = set()
    for key in sorted(world):
        value = world[key]
        if isinstance(value, WorkloadEndpoint) and value.node == HOST and value.addresses:
            if value.interface not in seen:
                found[key] = value
            seen.add(value.interface)
    return found


def hosts_addresses(world: World) -> list[bytes]:
    """The addresses that hosts themselves have."""
    return [each for key in sorted(world) if isinstance(node := world[key], Node) for each in node.outer]


def build_flow(dice: Dice, world: World) -> Flow:
    """A first packet: mostly from or to an endpoint, mostly under its own address."""
    local = local_endpoints(world)
    abroad = 75 if any(isinstance(each, HostEndpoint | Node) for each in world.values()) and chance(dice, 50) else 30
    sender, receiver = place(dice, local, abroad), place(dice, local, abroad)
    if isinstance(sender, Place) and isinstance(receiver, Place) and local and abroad < 50:
        receiver = place(dice, local, 5)
    own = {len(each) for each in local[receiver].addresses} if receiver in local else {4, 16}
    family = 0 if own == {4} else 1 if own == {16} or chance(dice, 40) else 0
    protocol = pick(dice, (6, 17, ICMPS[family], 6, ICMPS[family], 132, pick(dice, (*ICMPS, *NUMBERS))))
    tunnelled = Place.HOST in (sender, receiver) and chance(dice, 40)
    protocol, tunnel_port = pick(dice, TUNNELS) if tunnelled else (protocol, 0)
    source = address(dice, local, sender, family, stray=8)
    destination = address(dice, local, receiver, family, stray=12)
    known = [each for each in hosts_addresses(world) if len(each) == len(source)] if tunnelled else []
    if known and chance(dice, 70):
        source = pick(dice, known) if sender is Place.ELSEWHERE else source
        destination = pick(dice, known) if receiver is Place.ELSEWHERE else destination
    borrowed = (
        [net for net in local[sender].allowed_sources if len(net.network) == len(source)] if sender in local else []
    )
    if borrowed and chance(dice, 40):
        source = pick(dice, [borrowed[0].network, *filter(borrowed[0].covers, POOLS[family])])
    if family and sender in local and chance(dice, 5):
        source = pick(dice, (LINK_LOCAL, UNSPECIFIED))
    has_ports, is_icmp = protocol in PORTED, protocol == ICMPS[family]
    port = tunnel_port or (pick(dice, EDGES) if has_ports else 0)
    translated = (address(dice, local, Place.ELSEWHERE, family, stray=0), pick(dice, EDGES) if has_ports else 0)
    source_port = pick(dice, EDGES) if has_ports else 0
    if sender in local and chance(dice, 5):
        receiver = Place.HOST if chance(dice, 80) else receiver
        protocol, source_port, port = pick(dice, SERVICES)
        has_ports, is_icmp = True, False
        source = bytes(len(source)) if chance(dice, 30) else source
        destination = METADATA if not family and chance(dice, 30) else destination
    return Flow(
        source,
        destination,
        protocol,
        source_port=source_port,
        destination_port=port,
        icmp_type=pick(dice, TYPES) if is_icmp else 0,
        icmp_code=pick(dice, CODES) if is_icmp else 0,
        sender=sender,
        receiver=receiver,
        in_interface=pick(dice, INTERFACES) if sender is Place.ELSEWHERE else "",
        out_interface=pick(dice, INTERFACES) if receiver is Place.ELSEWHERE else "",
        untranslated=translated if chance(dice, 15) else None,
    )


def place(dice: Dice, local: dict[Key, WorkloadEndpoint], abroad: int) -> Key | Place:
    """Where a packet comes from or goes to; in `abroad` percent it is no endpoint of this host."""
    if chance(dice, 2):
        strangers: tuple[Key | Place, ...] = (Place.UNKNOWN_WORKLOAD, *(key for key in ENDPOINTS if key.name == "w1"))
        return pick(dice, strangers)
    if not local or chance(dice, abroad):
        return Place.HOST if chance(dice, 35) else Place.ELSEWHERE
    return pick(dice, sorted(local))


def address(dice: Dice, local: dict[Key, WorkloadEndpoint], where: Key | Place, family: int, *, stray: int) -> bytes:
    """An endpoint's own address, but in `stray` percent; else one of any endpoint, or of nobody."""
    own = local[where].addresses if isinstance(where, Key) and where in local else ()
    fitting = [each for each in own if len(each) == (16 if family else 4)]
    if fitting and not chance(dice, stray):
        return pick(dice, fitting)
    return pick(dice, OUTSIDE[family]) if chance(dice, 40) else pick(dice, POOLS[family])
