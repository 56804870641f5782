"""Which host endpoint governs which interface of the host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tortie.model import ALL_INTERFACES, LOOPBACK_INTERFACE, HostEndpoint, Key, Settings

__all__ = ["governed_interfaces"]


def governed_interfaces(
    endpoints: Mapping[Key, HostEndpoint], interfaces: Mapping[str, frozenset[bytes]], settings: Settings
) -> dict[str, Key]:
    """Return the host endpoint of each interface that has one, and under `ALL_INTERFACES` that of all the others.

    A host endpoint with a name governs the interface of that name, whether or not it is there: nothing passes before
    somebody notices that it came. One without a name governs the interfaces that carry one of its expected addresses.
    Of several for one interface the lowest name counts. Workloads' interfaces, the loopback and those that the settings
    exclude have none of their own, not even by name; the last are among all the others.

    Args:
        endpoints: the host endpoints of this host, by stored key.
        interfaces: the addresses that the host's interfaces carry, packed.
        settings: how workloads' interfaces begin, and which interfaces are excluded.

    Source: enforcement.md 3.1, api.md 1.12.
    """
    found: dict[str, Key] = {}
    for key in sorted(endpoints, key=lambda each: (endpoints[each].key.name, each)):
        for name in _claimed(endpoints[key], interfaces):
            if name == ALL_INTERFACES or _may_have_one(name, settings):
                found.setdefault(name, key)
    return found


def _may_have_one(name: str, settings: Settings) -> bool:
    return not (name == LOOPBACK_INTERFACE or name.startswith(settings.interface_prefixes) or settings.excludes(name))


def _claimed(endpoint: HostEndpoint, interfaces: Mapping[str, frozenset[bytes]]) -> Iterable[str]:
    if endpoint.interface:
        return (endpoint.interface,)
    return [name for name, carried in interfaces.items() if not carried.isdisjoint(endpoint.expected_addresses)]
