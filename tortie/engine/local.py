"""The endpoints of this host, and which policies and profiles govern each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tortie.engine.interfaces import governed_interfaces
from tortie.engine.labels import LabelIndex
from tortie.engine.objects import own_labels
from tortie.engine.scope import policy_selector
from tortie.model import (
    DEFAULT_ALLOW_PROFILE,
    HostEndpoint,
    Key,
    Labels,
    Policy,
    Profile,
    Rule,
    Settings,
    Tier,
    WorkloadEndpoint,
    effective_labels,
)

__all__ = ["Endpoint", "Local", "Profiles"]

Endpoint = WorkloadEndpoint | HostEndpoint


class Profiles:
    """Profiles by name. Of several stored under different keys for one name, the lowest key counts."""

    def __init__(self) -> None:
        self._stored: dict[str, dict[Key, Profile]] = defaultdict(dict)
        self._names: dict[Key, str] = {}
        self._stored[DEFAULT_ALLOW_PROFILE.key.name][DEFAULT_ALLOW_PROFILE.key] = DEFAULT_ALLOW_PROFILE

    def get(self, name: str) -> Profile | None:
        """Return the profile of a name, or None."""
        stored = self._stored.get(name)
        return stored[min(stored)] if stored else None

    def put(self, key: Key, profile: Profile | None) -> set[str]:
        """Store a profile, or None where it is gone; return the names that may mean something else now."""
        touched = set()
        old = self._names.pop(key, None)
        if old is not None:
            del self._stored[old][key]
            touched.add(old)
            if key == DEFAULT_ALLOW_PROFILE.key:
                self._stored[old][key] = DEFAULT_ALLOW_PROFILE
        if profile is not None:
            self._names[key] = profile.key.name
            self._stored[profile.key.name][key] = profile
            touched.add(profile.key.name)
        return touched


class Local:
    """Local endpoints against policies. `dirty` collects the endpoints whose story may have changed.

    `governed` is the host endpoint of each interface, as it was settled; see `governed_interfaces`.
    """

    def __init__(self, profiles: Profiles, settings: Settings | None = None) -> None:
        self.tiers: dict[str, Tier] = {}
        self.policies: dict[Key, Policy] = {}
        self.endpoints: dict[Key, Endpoint] = {}
        self.dirty: set[Key] = set()
        self.governed: Mapping[str, Key] = {}
        self._profiles = profiles
        self._settings = settings or Settings()
        self._interfaces: Mapping[str, frozenset[bytes]] = {}
        self._may_govern_others = False
        self._said: dict[str, tuple[Key, tuple[Rule, ...], tuple[Rule, ...]] | None] = {}
        self._claims: dict[str, set[Key]] = defaultdict(set)
        self._by_profile: dict[str, set[Key]] = defaultdict(set)
        self._index: LabelIndex[Key, Key] = LabelIndex()

    def put_endpoint(self, key: Key, endpoint: Endpoint | None) -> None:
        """Store a local endpoint, or None where it is gone or not of this host."""
        old = self.endpoints.get(key)
        if old == endpoint:
            return
        if old is not None:
            self._disclaim(key, old)
        if endpoint is not None:
            self.endpoints[key] = endpoint
            self._claim(key, endpoint)
            for name in endpoint.profiles:
                self._by_profile[name].add(key)
            self._index.put_item(key, self._labels(endpoint))

    def put_interfaces(self, interfaces: Mapping[str, frozenset[bytes]]) -> None:
        """Tell the addresses that the host's interfaces carry."""
        if self._interfaces != interfaces:
            self._interfaces = dict(interfaces)
            self._may_govern_others = True

    def configure(self, settings: Settings) -> None:
        """Take other settings: of workloads' interfaces, and of those that no host endpoint matches."""
        self._settings = settings
        self._may_govern_others = True

    def put_policy(self, key: Key, policy: Policy | None) -> None:
        """Store a policy, or None where it is gone."""
        if self.policies.get(key) == policy:
            return
        if key in self.policies:
            self.dirty |= self._index.matching(key)
        if policy is None:
            del self.policies[key]
            self._index.drop_selector(key)
        else:
            self.policies[key] = policy
            self._index.put_selector(key, policy_selector(policy))
            self.dirty |= self._index.matching(key)

    def put_tier(self, name: str, tier: Tier | None) -> None:
        """Store a tier, or None where it is gone: every endpoint may see it."""
        if self.tiers.get(name) == tier:
            return
        if tier is None:
            del self.tiers[name]
        else:
            self.tiers[name] = tier
        self.dirty |= self.endpoints.keys()

    def touch_profile(self, name: str) -> None:
        """Look again at the endpoints that refer to a profile: at what it says to them, and at who selects them."""
        profile = self._profiles.get(name)
        says = None if profile is None else (profile.key, profile.ingress, profile.egress)
        said, self._said[name] = self._said.get(name), says
        for key in self._by_profile.get(name, ()):
            self._index.put_item(key, self._labels(self.endpoints[key]))
            if says != said:
                self.dirty.add(key)

    def settle(self) -> set[Key]:
        """Return, and forget, the keys whose story may have changed; keys of endpoints that are gone among them."""
        self.dirty |= self._index.stale
        self._index.stale.clear()
        if self._may_govern_others:
            self._settle_interfaces()
        found, self.dirty = self.dirty, set()
        return found

    def governs_interface(self, key: Key) -> bool:
        """Tell whether an endpoint counts on an interface; of workloads that claim one, that with the lowest key."""
        endpoint = self.endpoints.get(key)
        if isinstance(endpoint, HostEndpoint):
            return key in self.governed.values()
        return endpoint is not None and min(self._claims[endpoint.interface]) == key

    def policy_keys(self, key: Key) -> frozenset[Key]:
        """Return the keys of the policies that govern an endpoint."""
        return self._index.matches(key)

    def policies_of(self, key: Key) -> Iterator[Policy]:
        """Yield the policies that govern an endpoint, in no order."""
        for policy in self._index.matches(key):
            yield self.policies[policy]

    def inherited(self, names: Iterable[str]) -> Iterator[Labels]:
        """Yield the labels of the profiles that exist."""
        for name in names:
            if (profile := self._profiles.get(name)) is not None:
                yield profile.labels_to_apply

    def _labels(self, endpoint: Endpoint) -> Mapping[str, str]:
        return effective_labels(own_labels(endpoint), self.inherited(endpoint.profiles))

    def _settle_interfaces(self) -> None:
        hosts = {key: each for key, each in self.endpoints.items() if isinstance(each, HostEndpoint)}
        before, self.governed = self.governed, governed_interfaces(hosts, self._interfaces, self._settings)
        self._may_govern_others = False
        self.dirty.update(key for _, key in before.items() ^ self.governed.items())

    def _claim(self, key: Key, endpoint: Endpoint) -> None:
        if isinstance(endpoint, HostEndpoint):
            self._may_govern_others = True
            self.dirty.add(key)
        else:
            self._claims[endpoint.interface].add(key)
            self.dirty |= self._claims[endpoint.interface]

    def _disclaim(self, key: Key, old: Endpoint) -> None:
        if isinstance(old, HostEndpoint):
            self._may_govern_others = True
            self.dirty.add(key)
        else:
            claims = self._claims[old.interface]
            self.dirty |= claims
            claims.discard(key)
            if not claims:
                del self._claims[old.interface]
        for name in frozenset(old.profiles):
            self._by_profile[name].discard(key)
            if not self._by_profile[name]:
                del self._by_profile[name]
        del self.endpoints[key]
        self._index.drop_item(key)
