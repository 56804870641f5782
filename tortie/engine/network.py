"""What the cluster's network asks of a host: which tunnels are in use and between whom, and the services' addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from tortie.compiled import Tunnel, TunnelId
from tortie.engine.tables import Table
from tortie.model import (
    IPIP,
    UDP,
    BGPConfiguration,
    Encapsulation,
    Family,
    IPPool,
    Key,
    Node,
    Prefix,
    Resource,
    ServiceLoopPrevention,
    Settings,
    family_of,
    outermost,
)

__all__ = ["Network"]

K = TypeVar("K")
V = TypeVar("V")

_EXTERNAL = "ExternalNodesCIDRList"
_FOR_ALL = "default"


class Network:
    """Keeps three tables of the compiled policy; each is empty while nothing needs it."""

    def __init__(self, settings: Settings) -> None:
        self.tunnels: Table[TunnelId, Tunnel] = Table()
        self.known_hosts: Table[Prefix, str] = Table()
        self.service_nets: Table[Prefix, str] = Table()
        self._nodes: dict[Key, Node] = {}
        self._pools: dict[Key, IPPool] = {}
        self._owners: dict[Prefix, set[Key]] = defaultdict(set)
        self._services: Mapping[Prefix, str] = {}
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Take other settings."""
        self._settings = settings
        self._external = frozenset(outermost(settings.external_nodes))
        self._settle_tunnels()
        self._settle_services()

    def put_node(self, key: Key, node: Node | None) -> None:
        """Store a host, or None where it is gone."""
        before, after = (set(_prefixes(each)) for each in (self._nodes.pop(key, None), node))
        if node is not None:
            self._nodes[key] = node
        for prefix in before - after:
            self._owners[prefix].discard(key)
            if not self._owners[prefix]:
                del self._owners[prefix]
        for prefix in after - before:
            self._owners[prefix].add(key)
        self._settle_hosts(before ^ after)

    def put_pool(self, key: Key, pool: Resource | None) -> None:
        """Store a pool, or None where it is gone."""
        self._pools.pop(key, None)
        if isinstance(pool, IPPool):
            self._pools[key] = pool
        self._settle_tunnels()

    def put_services(self, key: Key, value: Resource | None) -> None:
        """Take the addresses of services; only what is said for all hosts counts."""
        if key.name == _FOR_ALL:
            self._services = dict(value.service_nets) if isinstance(value, BGPConfiguration) else {}
            self._settle_services()

    def _settle_tunnels(self) -> None:
        _replace(self.tunnels, self._in_use())
        self._settle_hosts({*self.known_hosts.rows, *self._owners, *self._external})

    def _in_use(self) -> dict[TunnelId, Tunnel]:
        """Return the tunnels that hosts use; the setting switches VXLAN off for IPv4 only.

        A port of VXLAN is not WireGuard's too, or what VXLAN refuses would pass as that. Source: enforcement.md 2.2.
        """
        settings = self._settings
        wrapping = {
            (each, pool.net.family)
            for pool in self._pools.values()
            if pool.net is not None
            for each in pool.encapsulations
        }

        vxlan, vxlan6 = (Encapsulation.VXLAN, Family.V4), (Encapsulation.VXLAN, Family.V6)
        ipip = (Encapsulation.IPIP, Family.V4)
        said = {vxlan: settings.vxlan_enabled, vxlan6: settings.vxlan_enabled or None, ipip: settings.ipip_enabled}
        found: dict[TunnelId, Tunnel] = {}
        for name, is_on in said.items():
            if name in wrapping if is_on is None else is_on:
                found[name] = Tunnel(IPIP) if name == ipip else Tunnel(UDP, settings.vxlan_port)
        for family, port in settings.wireguard_ports:
            if (Encapsulation.VXLAN, family) not in found or port != settings.vxlan_port:
                found[Encapsulation.WIREGUARD, family] = Tunnel(UDP, port, known_only=False)
        return found

    def _settle_hosts(self, prefixes: Iterable[Prefix]) -> None:
        families = {family for (_, family), tunnel in self.tunnels.rows.items() if tunnel.known_only}
        for prefix in prefixes:
            word = self._known_by(prefix) if prefix.family in families else ""
            if word:
                self.known_hosts.put(prefix, word)
            else:
                self.known_hosts.drop(prefix)

    def _known_by(self, prefix: Prefix) -> str:
        """Return what makes an address or a network known, "" where nothing does."""
        owners = self._owners.get(prefix)
        return str(min(owners)) if owners else _EXTERNAL if prefix in self._external else ""

    def _settle_services(self) -> None:
        is_off = self._settings.service_loop_prevention is ServiceLoopPrevention.DISABLED
        wanted = () if is_off else outermost(self._services)
        _replace(self.service_nets, {net: self._services[net] for net in wanted})


def _prefixes(node: Node | None) -> Iterable[Prefix]:
    return (Prefix(each, family_of(each).bits) for each in (node.outer if node is not None else ()))


def _replace(table: Table[K, V], wanted: Mapping[K, V]) -> None:
    for key in table.rows.keys() - wanted.keys():
        table.drop(key)
    for key, value in wanted.items():
        table.put(key, value)
