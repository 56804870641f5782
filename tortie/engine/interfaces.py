"""Which host endpoint governs which interface of the host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tortie.model import ALL_INTERFACES, LOOPBACK_INTERFACE, HostEndpoint, Key

__all__ = ["governed_interfaces"]


def governed_interfaces(
    endpoints: Mapping[Key, HostEndpoint], interfaces: Mapping[str, frozenset[bytes]], prefixes: Iterable[str]
) -> dict[str, Key]:
    """Return the host endpoint of each interface that has one, and under `ALL_INTERFACES` that of all the others.

    A host endpoint with a name governs the interface of that name, whether or not it is there: nothing passes before
    somebody notices that it came. One without a name governs the interfaces that carry one of its expected addresses.
    Of several for one interface the lowest name counts. Workloads' interfaces and the loopback have none.

    Args:
        endpoints: the host endpoints of this host, by stored key.
        interfaces: the addresses that the host's interfaces carry, packed.
        prefixes: how workloads' interfaces begin.

    Source: enforcement.md 3.1.
    """
    workloads = tuple(prefixes)
    found: dict[str, Key] = {}
    for key in sorted(endpoints, key=lambda each: (endpoints[each].key.name, each)):
        for name in _claimed(endpoints[key], interfaces):
            if name == ALL_INTERFACES or not (name == LOOPBACK_INTERFACE or name.startswith(workloads)):
                found.setdefault(name, key)
    return found


def _claimed(endpoint: HostEndpoint, interfaces: Mapping[str, frozenset[bytes]]) -> Iterable[str]:
    if endpoint.interface:
        return (endpoint.interface,)
    return [name for name, carried in interfaces.items() if not carried.isdisjoint(endpoint.expected_addresses)]
