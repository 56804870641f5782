"""Automatic host endpoints: those of hosts that nobody described, as the controllers' configuration asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from tortie.model.endpoint import ALL_INTERFACES, HostEndpoint
from tortie.model.key import Key, Kind
from tortie.model.metadata import Metadata
from tortie.model.net import Prefix
from tortie.model.node import Node
from tortie.model.profile import DEFAULT_ALLOW_PROFILE
from tortie.selector import parse

__all__ = ["CREATED_BY_LABEL", "HostEndpointTemplate", "KubeControllersConfiguration", "automatic_host_endpoints"]

CREATED_BY_LABEL = "projectcalico.org/created-by"
"""The label of what nobody wrote by hand."""

_CONTROLLERS = "calico-kube-controllers"
_SUFFIX = "-auto-hep"
_MAX_NAME = 253


@dataclass(frozen=True, slots=True)
class HostEndpointTemplate:
    """More host endpoints for the hosts whose labels `node_selector` matches; "" matches all.

    One for each of a host's interfaces whose name `pattern` (a regular expression) matches; without a pattern one for
    the interfaces that carry the host's addresses within `nets`. `labels` win over the host's own.
    """

    name: str
    nets: tuple[Prefix, ...] = ()
    pattern: str = ""
    node_selector: str = ""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class KubeControllersConfiguration:
    """Which host endpoints come to be by themselves, where `auto_create` is on.

    By `default` that is one for each host, with those of the templates. The name is `default`; another means nothing.
    """

    key: Key
    metadata: Metadata = field(default_factory=Metadata)
    auto_create: bool = False
    default: bool = True
    templates: tuple[HostEndpointTemplate, ...] = ()


def automatic_host_endpoints(node: Node, wanted: KubeControllersConfiguration) -> Iterator[HostEndpoint]:
    """Yield the host endpoints of a host. Their profile allows all: nothing is denied until a policy governs them.

    Source: enforcement.md 3.5; datastore.md 12.3.
    """
    if not wanted.auto_create:
        return
    if wanted.default:
        yield _endpoint(node, (), ALL_INTERFACES, node.addresses, {})
    for template in wanted.templates:
        if template.node_selector and not parse(template.node_selector).matches(node.metadata.labels):
            continue
        if template.pattern:
            for name, carried in node.interfaces:
                if re.search(template.pattern, name):
                    within = _within(carried, template.nets) if template.nets else carried
                    yield _endpoint(node, (template.name, name), name, within, template.labels)
        elif within := _within(node.addresses, template.nets):
            yield _endpoint(node, (template.name,), "", within, template.labels)


def _within(addresses: Iterable[bytes], nets: Iterable[Prefix]) -> tuple[bytes, ...]:
    known = tuple(nets)
    return tuple(each for each in addresses if any(net.covers(each) for net in known))


def _endpoint(
    node: Node, parts: tuple[str, ...], interface: str, addresses: tuple[bytes, ...], labels: Mapping[str, str]
) -> HostEndpoint:
    """Return a host endpoint; a name that would be too long is hashed."""
    stem = "-".join((node.key.name, *parts)).lower().replace("_", "-")
    if len(stem) + len(_SUFFIX) > _MAX_NAME:
        stem = sha256(stem.encode()).hexdigest()
    return HostEndpoint(
        Key(Kind.HOST_ENDPOINT, "", f"{stem}{_SUFFIX}"),
        node.key.name,
        interface,
        Metadata({**node.metadata.labels, **labels, CREATED_BY_LABEL: _CONTROLLERS}),
        addresses,
        (DEFAULT_ALLOW_PROFILE.key.name,),
    )
