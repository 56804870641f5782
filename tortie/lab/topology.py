"""What a lab is made of: hosts, workloads and outside addresses, as plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Self

from tortie.errors import NotFound

__all__ = [
    "Address",
    "External",
    "Host",
    "Lab",
    "Listener",
    "Member",
    "Namespace",
    "Service",
    "Transport",
    "Workload",
    "WorkloadPort",
    "WorkloadType",
]

Address = IPv4Address | IPv6Address
MAX_PORT = 65535
_DIGEST = 11  # hexadecimal digits; with the longest prefix, 15 characters, what the kernel allows


class WorkloadType(StrEnum):
    """How a workload hangs on its host: a pod by a veth pair, a VM by a tap device."""

    POD = "pod"
    VM = "vm"


class Transport(StrEnum):
    """What a listener speaks."""

    TCP = "tcp"
    UDP = "udp"
    SCTP = "sctp"


@dataclass(frozen=True, slots=True, order=True)
class Listener:
    """A port on which a member echoes what it is sent; written `tcp/6379`."""

    protocol: Transport
    port: int

    def __post_init__(self) -> None:
        """Refuse a port no packet can name."""
        if not 0 < self.port <= MAX_PORT:
            raise ValueError(f"port {self.port}: want 1 to {MAX_PORT}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the listener that `tcp/6379` names.

        Raises:
            ValueError: It is not a protocol, a slash and a port.
        """
        protocol, _, port = text.partition("/")
        try:
            return cls(Transport(protocol.lower()), int(port))
        except ValueError:
            wanted = ", ".join(f"{known}/PORT" for known in Transport)
            raise ValueError(f"`{text}` is no listener: want one of {wanted} with a port of 1 to {MAX_PORT}") from None

    def __str__(self) -> str:
        """Return `tcp/6379`."""
        return f"{self.protocol}/{self.port}"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace of workloads, with the labels that namespace selectors see."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that runs workloads; it has an address of each family towards the other hosts."""

    name: str
    addresses: tuple[Address, ...] = ()
    listen: tuple[Listener, ...] = ()

    @property
    def reference(self) -> str:
        """The name by which commands speak of it."""
        return self.name

    @property
    def place(self) -> str:
        """The part of its network namespace's name that tells it from other members."""
        return f"host.{self.name}"

    @property
    def interface(self) -> str:
        """The device on the fabric's side of its link."""
        return f"host{_digest(self.name)}"


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the cluster, reached from every host."""

    name: str
    addresses: tuple[Address, ...] = ()
    listen: tuple[Listener, ...] = ()

    @property
    def reference(self) -> str:
        """The name by which commands speak of it."""
        return self.name

    @property
    def place(self) -> str:
        """The part of its network namespace's name that tells it from other members."""
        return f"external.{self.name}"

    @property
    def interface(self) -> str:
        """The device on the fabric's side of its link."""
        return f"ext{_digest(self.name)}"


@dataclass(frozen=True, slots=True)
class WorkloadPort:
    """A port with a name that policy can use instead of its number."""

    name: str
    protocol: Transport
    port: int


@dataclass(frozen=True, slots=True)
class Workload:
    """A pod or a VM on a host; no `addresses` means that the lab gives it one of each family."""

    name: str
    namespace: str
    host: str
    type: WorkloadType = WorkloadType.POD
    labels: Mapping[str, str] = field(default_factory=dict)
    listen: tuple[Listener, ...] = ()
    addresses: tuple[Address, ...] = ()
    service_account: str = ""
    ports: tuple[WorkloadPort, ...] = ()

    @property
    def reference(self) -> str:
        """The name by which commands speak of it: `namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def place(self) -> str:
        """The part of its network namespace's name that tells it from other members."""
        return f"workload.{self.namespace}.{self.name}"

    @property
    def interface(self) -> str:
        """The device on the host's side of its link, `cali…` for a pod and `tap…` for a VM.

        Source: Calico names a pod's interface by its prefix and 11 digits of the SHA-1 of `namespace.name`.
        """
        prefix = "cali" if self.type is WorkloadType.POD else "tap"
        return f"{prefix}{_digest(f'{self.namespace}.{self.name}')}"


Member = Workload | Host | External


@dataclass(frozen=True, slots=True)
class Service:
    """A port that every host translates to a port of a workload, as kube-proxy does.

    With `addresses` it is that port of these addresses, which nobody has; without, it is that port of each host.
    """

    name: str
    listener: Listener
    workload: str
    target_port: int
    addresses: tuple[Address, ...] = ()


class Store(StrEnum):
    """Where a lab keeps its resources."""

    SQLITE = "sqlite"
    ETCD = "etcd"


@dataclass(frozen=True, slots=True)
class Lab:
    """A whole lab; `resources` are the files applied once it is up."""

    name: str
    hosts: tuple[Host, ...]
    namespaces: tuple[Namespace, ...] = ()
    workloads: tuple[Workload, ...] = ()
    externals: tuple[External, ...] = ()
    resources: tuple[Path, ...] = ()
    datastore: Store = Store.SQLITE
    services: tuple[Service, ...] = ()

    @property
    def members(self) -> tuple[Member, ...]:
        """Everything that has a network namespace of its own, hosts first."""
        return (*self.hosts, *self.externals, *self.workloads)

    def host(self, name: str) -> Host:
        """Return the host of that name.

        Raises:
            NotFound: The lab has no such host.
        """
        for host in self.hosts:
            if host.name == name:
                return host
        raise NotFound(f"host `{name}`: lab `{self.name}` has {_listing(host.name for host in self.hosts)}")

    def find(self, reference: str) -> Member:
        """Return the member that `namespace/name`, a name that only one member has, or an address stands for.

        Raises:
            NotFound: No member is called so, or more than one is.
        """
        exact = [m for m in self.members if reference == m.reference or reference in map(str, m.addresses)]
        found = exact or [w for w in self.workloads if w.name == reference]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFound(f"`{reference}` could be {_listing(m.reference for m in found)}; say which")
        raise NotFound(f"`{reference}`: lab `{self.name}` has {_listing(m.reference for m in self.members)}")

    def service(self, destination: str, protocol: str, port: int) -> Service | None:
        """Return the service that a connection is translated by, None where it goes where it is sent.

        `destination` is the service's name, one of its addresses, or for a service without any the name of a host or
        an address of one.
        """
        on_host = any(destination == host.name or destination in map(str, host.addresses) for host in self.hosts)
        for service in self.services:
            named = destination == service.name or destination in map(str, service.addresses)
            if (service.listener.protocol, service.listener.port) == (protocol, port) and (
                named or (on_host and not service.addresses)
            ):
                return service
        return None

    def workload(self, reference: str) -> Workload:
        """Return the workload that `namespace/name`, its name or its address stands for.

        Raises:
            NotFound: No workload is called so, or more than one is.
        """
        found = self.find(reference)
        if isinstance(found, Workload):
            return found
        raise NotFound(f"`{reference}` is not a workload of lab `{self.name}`")

    def declared(self) -> Lab:
        """Return the lab with every namespace that a workload is in declared, if only without labels."""
        known = {namespace.name for namespace in self.namespaces}
        missing = dict.fromkeys(w.namespace for w in self.workloads if w.namespace not in known)
        return replace(self, namespaces=(*self.namespaces, *map(Namespace, missing)))

    def with_workload(self, workload: Workload) -> Lab:
        """Return the lab with one more workload."""
        return replace(self, workloads=(*self.workloads, workload))

    def without_workload(self, workload: Workload) -> Lab:
        """Return the lab with one workload less."""
        return replace(self, workloads=tuple(w for w in self.workloads if w.reference != workload.reference))


def _digest(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:_DIGEST]


def _listing(names: Iterator[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
