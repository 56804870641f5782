"""What a host does by itself with the packets of tunnels between hosts, and with those to services that nobody has.

Source: enforcement.md 2.2, 2.9, 3.4.
"""

from __future__ import annotations

from tortie.compiled import BuiltIn, Snapshot, Tunnel
from tortie.model import LOOPBACK_INTERFACE, Flow, Place, Prefix, family_of

__all__ = ["service_loop", "tunnel_in", "tunnel_out"]


def tunnel_in(snapshot: Snapshot, flow: Flow) -> BuiltIn | None:
    """Return what becomes of a packet to the host that is a tunnel's; None: it is none, or policy decides.

    A workload of the host is no host: its packets are never let in, and those that prove who sent them go on.
    """
    tunnel = _tunnel(snapshot, flow)
    if tunnel is None or flow.in_interface == LOOPBACK_INTERFACE:
        return None
    is_from_workload = flow.sender is not Place.ELSEWHERE
    if not tunnel.known_only:
        return None if is_from_workload else BuiltIn.TUNNEL
    is_let_in = not is_from_workload and _is_known(snapshot, flow.source)
    return BuiltIn.TUNNEL if is_let_in else BuiltIn.FOREIGN_TUNNEL


def tunnel_out(snapshot: Snapshot, flow: Flow) -> BuiltIn | None:
    """Return that a packet which the host sends is a tunnel's to a host; None: policy decides."""
    tunnel = _tunnel(snapshot, flow)
    if tunnel is None or (tunnel.known_only and not _is_known(snapshot, flow.destination)):
        return None
    return BuiltIn.TUNNEL


def service_loop(snapshot: Snapshot, flow: Flow) -> BuiltIn | None:
    """Return that a forwarded packet goes to a service's address that nothing has translated; None where not."""
    if flow.untranslated is not None or not any(net.covers(flow.destination) for net in snapshot.service_nets):
        return None
    return BuiltIn.SERVICE_LOOP


def _tunnel(snapshot: Snapshot, flow: Flow) -> Tunnel | None:
    """Return the tunnel whose packet it is: the first, where two have the same port."""
    for (_, family), tunnel in sorted(snapshot.tunnels.items()):
        if family is flow.family and tunnel.carries(flow):
            return tunnel
    return None


def _is_known(snapshot: Snapshot, address: bytes) -> bool:
    known = snapshot.known_hosts
    exact = Prefix(address, family_of(address).bits)
    return exact in known or any(not net.is_address and net.covers(address) for net in known)
