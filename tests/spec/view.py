"""What one host sees of all resources: endpoints in force, labels, owners of addresses, tiers in order.

Part of the specification in `semantics.py`, and as plain as that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tortie.model import (
    BUILT_IN_TIERS,
    DEFAULT_ALLOW_PROFILE,
    NAMESPACE_LABEL,
    NAMESPACE_PREFIX,
    ORCHESTRATOR_LABEL,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    Action,
    HostEndpoint,
    Key,
    Kind,
    KubeControllersConfiguration,
    Labels,
    NetworkSet,
    Node,
    Place,
    Profile,
    Resource,
    Settings,
    Tier,
    WorkloadEndpoint,
    automatic_host_endpoints,
    effective_labels,
)
from tortie.selector import Selector, parse

Whole = WorkloadEndpoint | HostEndpoint | NetworkSet
CONTROLLERS = Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default")
CALL = re.compile(r"""'[^']*'|"[^"]*"|(?<![\w./-])(all|global)\([ \t]*\)""")  # strings are stepped over


@dataclass(frozen=True, slots=True)
class World:
    """All resources by the key they are stored under, as one host sees them."""

    resources: Mapping[Key, Resource]
    settings: Settings
    host: str
    interfaces: Mapping[str, frozenset[bytes]] = field(default_factory=dict)

    def everything(self) -> Mapping[Key, Resource]:
        """What is stored, and the host endpoints that nodes make where none is stored under that name [E3.5]."""
        wanted = self.resources.get(CONTROLLERS)
        made: dict[Key, Resource] = {}
        for key in sorted(self.resources):
            node = self.resources[key]
            if isinstance(node, Node) and isinstance(wanted, KubeControllersConfiguration):
                made = {each.key: each for each in automatic_host_endpoints(node, wanted)} | made
        return {**made, **self.resources}

    def host_endpoints(self) -> Iterator[HostEndpoint]:
        """Host endpoints of this host."""
        for value in self.everything().values():
            if isinstance(value, HostEndpoint) and value.node == self.host:
                yield value

    def endpoints(self) -> Iterator[tuple[Key, WorkloadEndpoint]]:
        """Endpoints of all hosts, lowest stored key first. One without addresses is absent [A1.7], and so is one that
        asks to spoof where the host does not let it [E1.8]."""
        for key in sorted(self.resources):
            value = self.resources[key]
            if isinstance(value, WorkloadEndpoint) and value.addresses and not self.is_refused(value):
                yield key, value

    def is_refused(self, endpoint: WorkloadEndpoint) -> bool:
        """Does an endpoint ask for addresses of others on a host that lets nobody?"""
        return bool(endpoint.allowed_sources) and not self.settings.workload_source_spoofing

    def local(self, wanted: Key | Place) -> WorkloadEndpoint | None:
        """The endpoint in force under a key: of two with one interface the lowest key wins [E1.8]."""
        claimed = set()
        for key, endpoint in self.endpoints():
            if endpoint.node == self.host and endpoint.interface not in claimed:
                claimed.add(endpoint.interface)
                if key == wanted:
                    return endpoint
        return None

    def profile(self, name: str) -> Profile | None:
        """A profile by name; the built-in one always exists [A1.6]. The lowest stored key wins."""
        if name == DEFAULT_ALLOW_PROFILE.key.name:
            return DEFAULT_ALLOW_PROFILE
        for key in sorted(self.resources):
            value = self.resources[key]
            if isinstance(value, Profile) and value.key.name == name:
                return value
        return None

    def labels(self, thing: Whole) -> Labels:
        """Labels as selectors see them: own, then those of the profiles, the earlier first [A6.1-6.3]."""
        own = dict(thing.metadata.labels)
        profiles: tuple[str, ...] = ()
        if isinstance(thing, WorkloadEndpoint):
            prefixes = (NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX)  # nobody labels itself into a namespace
            own = {name: value for name, value in own.items() if not name.startswith(prefixes)}
            own[NAMESPACE_LABEL] = thing.key.namespace
            if thing.orchestrator:
                own[ORCHESTRATOR_LABEL] = thing.orchestrator
            if thing.service_account:
                own[SERVICE_ACCOUNT_LABEL] = thing.service_account
            profiles = thing.profiles
        elif isinstance(thing, HostEndpoint):
            own.pop(NAMESPACE_LABEL, "")  # a host has no namespace, whatever its labels say [A6.1]
            profiles = thing.profiles
        elif thing.key.namespace:
            own[NAMESPACE_LABEL] = thing.key.namespace
            profiles = (f"kns.{thing.key.namespace}",)
        known = [self.profile(name) for name in profiles]
        return effective_labels(own, [profile.labels_to_apply for profile in known if profile])

    def owners(self, address: bytes) -> Iterator[Whole]:
        """Everything an address belongs to: endpoints of any host, and network sets [A2.5, E4.2]."""
        for _, endpoint in self.endpoints():
            if address in endpoint.addresses:
                yield endpoint
        for value in self.everything().values():
            if isinstance(value, NetworkSet) and any(net.covers(address) for net in value.nets):
                yield value
            if isinstance(value, HostEndpoint) and address in value.expected_addresses:  # and no other [E3.1]
                yield value

    def tier_rank(self, name: str) -> tuple[bool, float, bytes]:
        """Known tiers first, then by order, those without one last, then by name [A7.1]."""
        if tier := self.tier(name):
            return False, math.inf if tier[0] is None else tier[0], name.encode()
        return True, math.inf, name.encode()

    def tier(self, name: str) -> tuple[float | None, Action] | None:
        """Order and default action of a tier; the built-in ones are always there [A1.5]."""
        for value in self.resources.values():
            if isinstance(value, Tier) and value.key.name == name:
                return value.order, value.default_action
        return BUILT_IN_TIERS.get(name)


@lru_cache(maxsize=4096)
def parsed(text: str) -> Selector:
    """The selector of a text."""
    return parse(text)


def holds(text: str, labels: Labels, *, everything: bool = True, unscoped: bool = True) -> bool:
    """Does a selector hold? `everything` is what all() means there, `unscoped` what global() means."""
    facts = {name: "" for name, is_true in (("-all", everything), ("-global", unscoped)) if is_true}

    def fact(found: re.Match[str]) -> str:
        return found[0] if found[1] is None else f"has(-{found[1]})"

    return parsed(re.sub(CALL, fact, text)).matches({**labels, **facts})


def stripped(labels: Labels, prefix: str) -> Labels:
    """The labels of an object's namespace or service account, by their own names."""
    return {name.removeprefix(prefix): value for name, value in labels.items() if name.startswith(prefix)}
