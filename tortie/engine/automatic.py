"""Automatic host endpoints, made of nodes as the controllers' configuration asks for, where nobody stored one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tortie.model import (
    HostEndpoint,
    Key,
    Kind,
    KubeControllersConfiguration,
    Node,
    Resource,
    automatic_host_endpoints,
)

__all__ = ["Automatic", "with_automatic"]

_CONFIGURATION = Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default")


class Automatic:
    """Keeps nodes and what is asked for; what is stored under a key wins over what would be made under it.

    So nothing is there twice where controllers write the same host endpoints, and nothing is written.
    """

    def __init__(self) -> None:
        self._wanted: KubeControllersConfiguration | None = None
        self._nodes: dict[Key, Node] = {}
        self._stored: set[Key] = set()
        self._of_node: dict[Key, dict[Key, HostEndpoint]] = {}
        self._makers: dict[Key, set[Key]] = defaultdict(set)

    def completed(self, updates: Mapping[Key, Resource | None]) -> dict[Key, Resource | None]:
        """Return the newest values of some resources, with those of the host endpoints that they make or unmake."""
        found = dict(updates)
        stale: set[Key] = set()
        touched: set[Key] = set()
        for key, value in updates.items():
            if key.kind is Kind.NODE:
                stale.add(key)
                self._nodes.pop(key, None)
                if isinstance(value, Node):
                    self._nodes[key] = value
            elif key == _CONFIGURATION:
                self._wanted = value if isinstance(value, KubeControllersConfiguration) else None
                stale |= self._nodes.keys()
            elif key.kind is Kind.HOST_ENDPOINT:
                touched.add(key)
                (self._stored.discard if value is None else self._stored.add)(key)
        for key in stale:
            touched |= self._remake(key)
        found |= {key: self._made(key) for key in touched - self._stored}
        return found

    def _remake(self, node: Key) -> set[Key]:
        """Make the host endpoints of a node anew; return the keys of those before and now."""
        before = self._of_node.pop(node, {})
        now: dict[Key, HostEndpoint] = {}
        if self._wanted is not None and node in self._nodes:
            now = {each.key: each for each in automatic_host_endpoints(self._nodes[node], self._wanted)}
        if now:
            self._of_node[node] = now
        for key in before.keys() - now.keys():
            self._makers[key].discard(node)
            if not self._makers[key]:
                del self._makers[key]
        for key in now:
            self._makers[key].add(node)
        return before.keys() | now.keys()

    def _made(self, key: Key) -> HostEndpoint | None:
        """Return what is made under a key; of two nodes that make one, by odd names, the lower."""
        makers = self._makers.get(key)
        return self._of_node[min(makers)][key] if makers else None


def with_automatic(resources: Mapping[Key, Resource]) -> Mapping[Key, Resource]:
    """Return the resources with the host endpoints that nodes make."""
    if _CONFIGURATION not in resources:
        return resources
    found = Automatic().completed(resources)
    return {key: value for key, value in found.items() if value is not None}
