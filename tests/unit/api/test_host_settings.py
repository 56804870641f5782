"""The settings of each host, as the resources say them."""

from __future__ import annotations

import pytest

from tortie.api import Source, stored_settings
from tortie.model import (
    ClusterInformation,
    FelixConfiguration,
    Key,
    Kind,
    Metadata,
    Node,
    Resource,
    Settings,
    format_address,
)


def felix(name: str, port: str, selector: str = "") -> dict[Key, Resource]:
    key = Key(Kind.FELIX_CONFIGURATION, "", name)
    return {key: FelixConfiguration(key, node_selector=selector, values={"VXLANPort": port})}


NODE = Key(Kind.NODE, "", "n")
LABELLED: dict[Key, Resource] = {NODE: Node(NODE, Metadata({"edge": "y"}))}
DEFAULT, EDGE, OWN = felix("default", "1"), felix("edge", "2", "edge == 'y'"), felix("node.n", "3")


@pytest.mark.parametrize(
    ("world", "node", "told", "port"),
    [
        ({}, "n", "", 4789),
        (DEFAULT, "n", "", 1),
        (DEFAULT, "", "", 1),
        (DEFAULT | EDGE, "n", "", 1),
        (DEFAULT | EDGE | LABELLED, "n", "", 2),
        (DEFAULT | EDGE | LABELLED, "", "", 1),
        (DEFAULT | EDGE | LABELLED | OWN, "n", "", 3),
        (DEFAULT | EDGE | LABELLED | OWN, "m", "", 1),
        (DEFAULT | OWN, "n", "4", 4),
        (felix("default", "nonsense"), "n", "", 4789),
    ],
)
def test_the_highest_place_counts(world: dict[Key, Resource], node: str, told: str, port: int) -> None:
    source = Source("command line", {"VXLANPort": told})
    assert stored_settings(source)(world, node).vxlan_port == port


@pytest.mark.parametrize(
    ("cluster_type", "values", "openstack", "metadata"),
    [
        ("", {}, False, "127.0.0.1:8775"),
        ("openstack", {}, True, "127.0.0.1:8775"),
        ("k8s,OpenStack", {}, True, "127.0.0.1:8775"),
        ("openstacks", {}, False, "127.0.0.1:8775"),
        ("", {"InterfacePrefix": "cali,tap"}, True, "127.0.0.1:8775"),
        ("", {"InterfacePrefix": "tapestry"}, False, "127.0.0.1:8775"),
        ("", {"MetadataAddr": "10.0.0.1"}, True, "10.0.0.1:8775"),
        ("", {"MetadataPort": "80"}, True, "127.0.0.1:80"),
        ("", {"MetadataAddr": "none"}, True, ""),
        ("", {"MetadataAddr": "nonsense"}, False, "127.0.0.1:8775"),
    ],
)
def test_hosts_of_openstack(cluster_type: str, values: dict[str, str], metadata: str, *, openstack: bool) -> None:
    key = Key(Kind.CLUSTER_INFORMATION, "", "default")
    world: dict[Key, Resource] = {key: ClusterInformation(key, cluster_type=cluster_type)}
    found = stored_settings(Source("here", values))(world, "n")
    shown = f"{format_address(found.metadata[0])}:{found.metadata[1]}" if found.metadata else ""
    assert (found.openstack, shown) == (openstack, metadata)


def test_nothing_said_is_the_defaults() -> None:
    assert stored_settings()({}, "n") == Settings()
