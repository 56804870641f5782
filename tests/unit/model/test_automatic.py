"""Automatic host endpoints (enforcement specification, 3.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tortie.model import (
    ALL_INTERFACES,
    HostEndpoint,
    HostEndpointTemplate,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    Node,
    automatic_host_endpoints,
    parse_address,
    parse_prefix,
)

ONE, TWO = parse_address("10.0.0.1"), parse_address("192.0.2.1")
NODE = Node(
    Key(Kind.NODE, "", "n1"),
    Metadata({"rack": "a"}, {"x": "y"}, "uid", "5"),
    (ONE, TWO),
    (ONE,),
    (("eth0", (ONE,)), ("bond_0", (TWO,))),
)
WANTED = KubeControllersConfiguration(Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default"), auto_create=True)
NETS = (parse_prefix("192.0.2.0/24"),)


def made(*templates: HostEndpointTemplate, node: Node = NODE, default: bool = False) -> list[HostEndpoint]:
    return list(automatic_host_endpoints(node, replace(WANTED, default=default, templates=templates)))


def test_a_host_endpoint_follows_its_node() -> None:
    (found,) = made(default=True)
    assert found.key == Key(Kind.HOST_ENDPOINT, "", "n1-auto-hep")
    assert (found.node, found.interface, found.expected_addresses) == ("n1", ALL_INTERFACES, (ONE, TWO))
    assert found.profiles == ("projectcalico-default-allow",)
    assert found.metadata == Metadata({"rack": "a", "projectcalico.org/created-by": "calico-kube-controllers"})


def test_nobody_gets_one_who_did_not_ask() -> None:
    template = HostEndpointTemplate("t", nets=NETS)
    assert list(automatic_host_endpoints(NODE, replace(WANTED, auto_create=False, templates=(template,)))) == []


@pytest.mark.parametrize(("length", "is_kept"), [(244, True), (245, False)])
def test_a_name_that_would_be_too_long_is_hashed(length: int, *, is_kept: bool) -> None:
    (found,) = made(node=Node(Key(Kind.NODE, "", "n" * length)), default=True)
    assert found.key.name.startswith("n" * length) is is_kept
    assert found.key.name.endswith("-auto-hep")
    assert len(found.key.name) <= 253


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (HostEndpointTemplate("t", nets=NETS), [("n1-t-auto-hep", "", (TWO,))]),
        (HostEndpointTemplate("t", nets=(parse_prefix("172.16.0.0/12"),)), []),
        (HostEndpointTemplate("t"), []),
        (HostEndpointTemplate("t", pattern="^eth"), [("n1-t-eth0-auto-hep", "eth0", (ONE,))]),
        (HostEndpointTemplate("t", pattern="bond"), [("n1-t-bond-0-auto-hep", "bond_0", (TWO,))]),
        (HostEndpointTemplate("t", pattern="^eth", nets=NETS), [("n1-t-eth0-auto-hep", "eth0", ())]),
        (HostEndpointTemplate("t", nets=NETS, node_selector="rack == 'a'"), [("n1-t-auto-hep", "", (TWO,))]),
        (HostEndpointTemplate("t", nets=NETS, node_selector="rack == 'b'"), []),
    ],
)
def test_templates_make_more_of_them(
    template: HostEndpointTemplate, expected: list[tuple[str, str, tuple[bytes, ...]]]
) -> None:
    assert [(each.key.name, each.interface, each.expected_addresses) for each in made(template)] == expected


def test_labels_of_a_template_win_over_those_of_the_node_and_not_over_who_made_it() -> None:
    labels = {"rack": "b", "projectcalico.org/created-by": "me", "zone": "1"}
    (found,) = made(HostEndpointTemplate("t", nets=NETS, labels=labels))
    expected = {"rack": "b", "zone": "1", "projectcalico.org/created-by": "calico-kube-controllers"}
    assert found.metadata.labels == expected
