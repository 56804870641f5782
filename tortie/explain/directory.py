"""Who is who: endpoints by the names people call them, and the owners and labels of addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from tortie.engine import own_labels, with_automatic
from tortie.errors import Invalid, NotFound
from tortie.model import (
    DEFAULT_ALLOW_PROFILE,
    HostEndpoint,
    Key,
    Labels,
    NetworkSet,
    Profile,
    Resource,
    WorkloadEndpoint,
    effective_labels,
)

__all__ = ["Directory", "Labelled", "display_name"]

Labelled = WorkloadEndpoint | HostEndpoint | NetworkSet


def display_name(thing: Labelled) -> str:
    """Return how people call an endpoint or network set: `namespace/pod`, `namespace/workload` or its own name."""
    name = thing.key.name
    if isinstance(thing, WorkloadEndpoint):
        name = thing.pod or thing.workload or name
    return f"{thing.key.namespace}/{name}" if thing.key.namespace else name


class Directory:
    """Answers who is meant by a name, who owns an address, and which labels an owner has."""

    def __init__(self, resources: Mapping[Key, Resource]) -> None:
        """Index the endpoints by name and by address, once."""
        self.resources = resources = with_automatic(resources)
        self.endpoints: dict[Key, WorkloadEndpoint] = {}
        self.host_endpoints: dict[Key, HostEndpoint] = {}
        self._names: dict[str, list[Key]] = defaultdict(list)
        self._addresses: dict[bytes, list[Key]] = defaultdict(list)
        self._network_sets = [each for each in resources.values() if isinstance(each, NetworkSet)]
        self._profiles = {DEFAULT_ALLOW_PROFILE.key.name: DEFAULT_ALLOW_PROFILE}
        for key in sorted(resources):
            value = resources[key]
            if isinstance(value, Profile):
                self._profiles.setdefault(value.key.name, value)
            elif isinstance(value, HostEndpoint):
                self._list_host(key, value)
            elif isinstance(value, WorkloadEndpoint) and value.addresses:
                self._list(key, value)

    def _list(self, key: Key, endpoint: WorkloadEndpoint) -> None:
        self.endpoints[key] = endpoint
        names = {endpoint.pod, endpoint.workload, endpoint.key.name, key.name} - {""}
        for name in names:
            self._names[name].append(key)
            self._names[f"{endpoint.key.namespace}/{name}"].append(key)
        for address in set(endpoint.addresses):
            self._addresses[address].append(key)

    def _list_host(self, key: Key, endpoint: HostEndpoint) -> None:
        self.host_endpoints[key] = endpoint
        self._names[endpoint.key.name].append(key)
        for address in set(endpoint.expected_addresses):
            self._addresses[address].append(key)

    def endpoint(self, key: Key) -> WorkloadEndpoint | HostEndpoint:
        """Return the endpoint of a stored key."""
        return self.endpoints.get(key) or self.host_endpoints[key]

    def find(self, name: str, namespace: str = "") -> Key:
        """Return the stored key of the endpoint that a person calls `name` or `namespace/name`.

        Args:
            name: the name of a pod, a workload or the endpoint resource.
            namespace: where to look for a name without one; "" looks everywhere.

        Raises:
            NotFound: nobody is called so; names the nearest.
            Invalid: several are, and names them.
        """
        wanted = f"{namespace}/{name}" if namespace and "/" not in name else name
        found = self._names.get(wanted, [])
        if not found:
            raise NotFound(f"there is no endpoint `{wanted}`{self._suggestion(wanted)}")
        if len(found) > 1:
            several = sorted({_telling_name(self.endpoint(key), key, wanted) for key in found})
            raise Invalid.because(
                f"`{wanted}` could be any of {', '.join(f'`{each}`' for each in several)}",
                mend="write one of these, or an address",
            )
        return found[0]

    def _suggestion(self, wanted: str) -> str:
        """Return what else the name could have been, as the end of a sentence."""
        known = [self.endpoint(key) for key in (*self.endpoints, *self.host_endpoints)]
        names = sorted({display_name(each) for each in known})
        if not names:
            return ": no endpoints are known"
        near = [each for each in names if each.rpartition("/")[2] == wanted.rpartition("/")[2]]
        near += get_close_matches(wanted, names, n=3, cutoff=0.5)
        short = {each.rpartition("/")[2]: each for each in names}
        near += [short[each] for each in get_close_matches(wanted, short, n=3)]
        picked = list(dict.fromkeys(near))[:3] or names[:5]
        word = "did you mean" if near else "there are"
        mark = "?" if near else ""
        return f"; {word} {', '.join(f'`{each}`' for each in picked)}{mark}"

    def at(self, address: bytes) -> Sequence[Key]:
        """Return the stored keys of the endpoints that have an address, lowest first."""
        return self._addresses.get(address, ())

    def owners(self, address: bytes) -> Iterator[Labelled]:
        """Yield the endpoints that have an address, or are expected to, and the network sets that cover it."""
        for key in self.at(address):
            yield self.endpoint(key)
        for each in self._network_sets:
            if any(prefix.covers(address) for prefix in each.nets):
                yield each

    def labels(self, thing: Labelled) -> Labels:
        """Return the labels by which selectors see an endpoint or network set."""
        inherited = (f"kns.{thing.key.namespace}",) if isinstance(thing, NetworkSet) else thing.profiles
        known = [self._profiles[name].labels_to_apply for name in inherited if name in self._profiles]
        return effective_labels(own_labels(thing), known)


def _telling_name(endpoint: WorkloadEndpoint | HostEndpoint, key: Key, wanted: str) -> str:
    """Return a name that tells one candidate from the others."""
    shown = display_name(endpoint)
    return shown if shown != wanted else "/".join(filter(None, (key.namespace, key.name)))
