"""The fixed part of the table: base chains, dispatch, the checks before policy, and the sets that both fill.

From a workload: `prerouting` holds it to its own addresses, `forward` or `input` sends it to its egress group. To a
workload: `forward` sends it to the receiver's ingress group. Established connections meet one lookup. What depends on
host endpoints, tunnels between hosts and addresses of services is yielded by `hooks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tortie.compiled import LINK_LOCAL, WORKLOAD_DISCOVERY, BuiltIn, Snapshot
from tortie.dataplane.nftables.built_in import verdict_chain
from tortie.dataplane.nftables.families import ADDRESS_TYPES
from tortie.dataplane.nftables.host_layout import Ways, host_layout, ways_of
from tortie.dataplane.nftables.objects import (
    ACCEPT,
    DROP,
    PRIORITIES,
    Chain,
    Field,
    Hook,
    Lookup,
    Match,
    Object,
    Reject,
    Rule,
    Set,
    Table,
    Type,
    Verdict,
    Vmap,
    goto,
    jump,
)
from tortie.dataplane.nftables.openstack import asks_for_address, openstack_services
from tortie.dataplane.nftables.services import service_layout
from tortie.dataplane.nftables.tracking import INVALID, KNOWN
from tortie.dataplane.nftables.tunnels import Tunnels
from tortie.model import IPIP, UDP, DenyAction, EndpointToHostAction, Family, Settings

__all__ = [
    "ADDRESSES",
    "DOWN",
    "FROM_ENDPOINT",
    "INTERFACES",
    "NETS",
    "SOURCES",
    "SOURCE_NETS",
    "TO_ENDPOINT",
    "hooks",
    "layout",
]


ADDRESSES = {f: Set(f"addresses{f}", (ADDRESS_TYPES[f],), Type.CLASSID, comment="address to class") for f in Family}
NETS = {f: Set(f"nets{f}", (ADDRESS_TYPES[f],), Type.CLASSID, interval=True, comment="range to class") for f in Family}
SOURCES = {f: Set(f"sources{f}", (Type.IFNAME, ADDRESS_TYPES[f]), comment="who may send as what") for f in Family}
SOURCE_NETS = {
    f: Set(f"source-nets{f}", (Type.IFNAME, ADDRESS_TYPES[f]), interval=True, comment="prefixes one may send from")
    for f in Family
}
INTERFACES = Set("interfaces", (Type.IFNAME,), comment="active workload endpoints")
DOWN = Set("interfaces-down", (Type.IFNAME,), comment="endpoints that are switched off")
FROM_ENDPOINT = Set("from-endpoint", (Type.IFNAME,), Type.VERDICT, comment="sender to egress group")
TO_ENDPOINT = Set("to-endpoint", (Type.IFNAME,), Type.VERDICT, comment="receiver to ingress group")

_COUNTED = (
    BuiltIn.INVALID,
    BuiltIn.UNKNOWN_INTERFACE,
    BuiltIn.ENDPOINT_DOWN,
    BuiltIn.SPOOFED_SOURCE,
    BuiltIn.ENCAPSULATION,
    BuiltIn.NEIGHBOUR_DISCOVERY,
    BuiltIn.OPENSTACK_SERVICE,
    BuiltIn.ENDPOINT_TO_HOST_DROP,
    BuiltIn.ENDPOINT_TO_HOST_ACCEPT,
)


def layout(snapshot: Snapshot) -> Iterator[Object]:
    """Yield everything in the table that no policy and no workload changes."""
    settings = snapshot.settings
    yield Table()
    for by_family in (ADDRESSES, NETS, SOURCES, SOURCE_NETS):
        yield from by_family.values()
    yield from (INTERFACES, DOWN, FROM_ENDPOINT, TO_ENDPOINT)
    for each in _COUNTED:
        tells = each is BuiltIn.ENDPOINT_TO_HOST_DROP and settings.deny_action is DenyAction.REJECT
        yield from verdict_chain(each, Reject() if tells else DROP)
    yield from _prerouting(settings)
    yield from _forward(settings)
    yield Chain("input", Hook("filter", "input", PRIORITIES["filter"]))
    yield Chain("to-host", comment="workloads to their own host")
    yield from hooks(snapshot)


def hooks(snapshot: Snapshot) -> Iterator[Object]:
    """Yield what depends on host endpoints, tunnels and services: all that they add, and the rules where ways meet."""
    settings, rows = snapshot.settings, tuple(snapshot.host_endpoints.values())
    ways, tunnels = ways_of(rows), Tunnels(snapshot.tunnels)
    yield from tunnels.layout()
    yield from _from_workloads("prerouting", settings, goto("from-workload"))
    yield from tunnels.before_tracking()
    yield from _forward_rules(settings, ways, comes_back=bool(snapshot.service_nets))
    yield from service_layout(settings, snapshot.service_nets)
    yield from _from_workloads("input", settings, goto("to-host"))
    yield from tunnels.to_host()
    yield from ways.to_host()
    yield from tunnels.from_workloads()
    yield from _to_host(settings)
    yield from host_layout(settings, rows, tunnels)


def _forward_rules(settings: Settings, ways: Ways, *, comes_back: bool) -> Iterator[Object]:
    """Yield the way through the host; with `comes_back` the chain goes on after the receiver's policy."""
    yield from _states("forward", settings, goto("tracked"), jump("invalid-workload"))
    yield from ways.forward_in()
    yield from _from_workloads("forward", settings, jump("egress-checks"))
    yield Rule("forward", (Vmap((Field.IIFNAME,), FROM_ENDPOINT.name),))
    receivers = "forward"
    if comes_back or ways.come_back_to_forward:
        receivers = "to-workload"
        yield Chain(receivers, comment="a receiver that is a workload")
        yield Rule("forward", (jump(receivers),))
    yield Rule(receivers, (Vmap((Field.OIFNAME,), TO_ENDPOINT.name),))
    yield from _to_workloads(receivers, settings, goto("no-endpoint"))
    yield from ways.forward_out()


def _prerouting(settings: Settings) -> Iterator[Object]:
    """Hold workloads to their own addresses, before connection tracking."""
    yield Chain("prerouting", Hook("filter", "prerouting", PRIORITIES["raw"]))
    yield Chain("from-workload", comment="workloads send from their own addresses only")
    for family, field in ((Family.V4, Field.IP_SADDR), (Family.V6, Field.IP6_SADDR)):
        yield Rule("from-workload", (Lookup((Field.IIFNAME, field), SOURCES[family].name), ACCEPT))
    for family, field in ((Family.V4, Field.IP_SADDR), (Family.V6, Field.IP6_SADDR)):
        yield Rule("from-workload", (Lookup((Field.IIFNAME, field), SOURCE_NETS[family].name), ACCEPT))
    yield Rule("from-workload", (Lookup((Field.IIFNAME,), INTERFACES.name, negate=True), goto("no-endpoint")))
    if settings.openstack:
        yield asks_for_address("from-workload")
    claims = (Match(Field.IP6_SADDR, 0), Lookup((Field.ICMPV6_TYPE,), WORKLOAD_DISCOVERY))
    yield Rule("from-workload", (*claims, ACCEPT), "is my address free?")
    link_local = Match(Field.IP6_SADDR, int.from_bytes(LINK_LOCAL.network), bits=LINK_LOCAL.length)
    yield Rule("from-workload", (link_local, ACCEPT), "never forwarded")
    yield Rule("from-workload", (goto(BuiltIn.SPOOFED_SOURCE),))
    yield Chain("no-endpoint", comment="an interface like a workload's without an active endpoint")
    for field in (Field.IIFNAME, Field.OIFNAME):
        yield Rule("no-endpoint", (Lookup((field,), DOWN.name), goto(BuiltIn.ENDPOINT_DOWN)))
    yield Rule("no-endpoint", (goto(BuiltIn.UNKNOWN_INTERFACE),))


def _forward(settings: Settings) -> Iterator[Object]:
    """Traffic through the host: the sender's egress, then the receiver's ingress."""
    yield Chain("forward", Hook("filter", "forward", PRIORITIES["filter"]))
    yield Chain("tracked", comment="connections that were allowed when they opened")
    for prefix in settings.interface_prefixes:
        inactive = Lookup((Field.OIFNAME,), INTERFACES.name, negate=True)
        yield Rule("tracked", (Match(Field.OIFNAME, f"{prefix}*"), inactive, goto("no-endpoint")))
    yield Rule("tracked", (ACCEPT,))
    yield Chain("invalid-workload")
    yield from _from_workloads("invalid-workload", settings, goto(BuiltIn.INVALID))
    yield from _to_workloads("invalid-workload", settings, goto(BuiltIn.INVALID))
    yield Chain("egress-checks", comment="what no policy may allow a workload to send")
    if not settings.allow_vxlan_from_workloads:
        vxlan = (Match(Field.L4PROTO, UDP), Match(Field.TH_DPORT, settings.vxlan_port))
        yield Rule("egress-checks", (*vxlan, goto(BuiltIn.ENCAPSULATION)))
    if not settings.allow_ipip_from_workloads:
        yield Rule("egress-checks", (Match(Field.L4PROTO, IPIP), goto(BuiltIn.ENCAPSULATION)))


def _to_host(settings: Settings) -> Iterator[Object]:
    """Traffic of workloads to the host itself."""
    yield from _states("to-host", settings, ACCEPT, goto(BuiltIn.INVALID))
    yield Rule("to-host", (Lookup((Field.ICMPV6_TYPE,), WORKLOAD_DISCOVERY), goto(BuiltIn.NEIGHBOUR_DISCOVERY)))
    if settings.openstack:
        yield from openstack_services("to-host", settings.metadata)
    yield Rule("to-host", (jump("egress-checks"),))
    yield Rule("to-host", (Vmap((Field.IIFNAME,), FROM_ENDPOINT.name),))
    action = settings.endpoint_to_host_action
    if action is EndpointToHostAction.DROP:
        yield Rule("to-host", (goto(BuiltIn.ENDPOINT_TO_HOST_DROP),))
    elif action is EndpointToHostAction.ACCEPT:
        yield Rule("to-host", (goto(BuiltIn.ENDPOINT_TO_HOST_ACCEPT),))


def _states(chain: str, settings: Settings, known: Verdict, invalid: Verdict) -> Iterator[Object]:
    """Yield the rules that part what belongs to a connection from what does not: compares cost less than a look-up."""
    yield Rule(chain, (KNOWN, known))
    if settings.drop_invalid:
        yield Rule(chain, (INVALID, invalid))


def _from_workloads(chain: str, settings: Settings, verdict: Verdict) -> Iterator[Object]:
    for prefix in settings.interface_prefixes:
        yield Rule(chain, (Match(Field.IIFNAME, f"{prefix}*"), verdict))


def _to_workloads(chain: str, settings: Settings, verdict: Verdict) -> Iterator[Object]:
    for prefix in settings.interface_prefixes:
        yield Rule(chain, (Match(Field.OIFNAME, f"{prefix}*"), verdict))
