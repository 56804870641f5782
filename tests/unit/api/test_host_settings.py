"""The settings of each host, as the resources say them."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, calico
from tortie.api import Source, environment_source, file_source, resolve_host, says_settings, stored_settings
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


def stored(name: str, spec: str, created: str = "") -> dict[Key, Resource]:
    metadata = f"creationTimestamp: '{created}'" if created else ""
    found = a(FelixConfiguration, calico("FelixConfiguration", name, spec, metadata))
    return {found.key: found}


TOLD = (
    Source("override", {"LogPrefix": "1"}),
    environment_source({"FELIX_LOGPREFIX": "2", "PATH": "x"}),
    file_source("[global]\nLogPrefix = 3\n", "felix.cfg")[0],
)
RESOURCES = (
    stored("node.n", "logPrefix: '4'"),
    stored("racks", "logPrefix: '5', nodeSelector: has(edge)"),
    stored("default", "logPrefix: '6'"),
)


@pytest.mark.parametrize("missing", range(7))
def test_the_highest_place_that_says_a_setting_counts(missing: int) -> None:
    world: dict[Key, Resource] = {**LABELLED, **stored("node.m", "logPrefix: x")}
    for each in RESOURCES[max(0, missing - len(TOLD)) :]:
        world |= each
    found = resolve_host(TOLD[missing:], world, "n")
    assert found.settings.log_prefix == (str(missing + 1) if missing < 6 else "calico-packet")


def test_of_several_that_select_a_host_the_oldest_counts_then_the_lowest_name() -> None:
    spec = "nodeSelector: has(edge), logPrefix:"
    found = [
        stored("a", f"{spec} young", "2026-02-01T00:00:00Z"),
        stored("c", f"{spec} late", "2026-01-01T00:00:00Z"),
        stored("b", f"{spec} early", "2026-01-01T00:00:00Z"),
        stored("d", "logPrefix: nobody"),
    ]
    for order in (found, found[::-1]):
        world = {key: each for one in order for key, each in one.items()}
        assert resolve_host((), world | LABELLED, "n").given == {
            "LogPrefix": ("early", "FelixConfiguration/b LogPrefix")
        }
        assert resolve_host((), world, "n").given == {}


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (Key(Kind.FELIX_CONFIGURATION, "", "default"), True),
        (Key(Kind.FELIX_CONFIGURATION, "", "node.m"), True),
        (Key(Kind.CLUSTER_INFORMATION, "", "default"), True),
        (Key(Kind.CLUSTER_INFORMATION, "", "other"), False),
        (Key(Kind.NODE, "", "n"), True),
        (Key(Kind.NODE, "", "m"), False),
        (Key(Kind.TIER, "", "n"), False),
    ],
)
def test_what_settings_may_depend_on(key: Key, *, says: bool) -> None:
    assert says_settings(key, "n") is says
