"""The settings of a host: from its start and from the datastore, merged; what is wrong changes nothing in force."""

from __future__ import annotations

import pytest

from tortie.agent.settings import HostSettings
from tortie.api import Source
from tortie.model import ClusterInformation, FelixConfiguration, Key, Kind, Metadata, Node, Settings, Update

HOST = "node-1"


def said(name: str, selector: str = "", **values: str) -> Update:
    key = Key(Kind.FELIX_CONFIGURATION, "", name)
    return Update(key, FelixConfiguration(key, node_selector=selector, values=values))


def node(name: str, **labels: str) -> Update:
    key = Key(Kind.NODE, "", name)
    return Update(key, Node(key, Metadata(labels=labels)))


def test_prefixes_that_would_silence_the_host_are_refused_and_the_rest_counts() -> None:
    settings = HostSettings((), HOST, lambda prefixes: "that is the host" if "eth" in prefixes else "")
    settings.note([said("default", InterfacePrefix="tap", LogPrefix="one")])
    settings.note([said("default", InterfacePrefix="tap,eth", LogPrefix="two")])
    found = settings.resolved.settings
    assert (found.interface_prefixes, found.log_prefix) == (("tap",), "two")
    assert settings.problems == {
        "FelixConfiguration/default InterfacePrefix": "`tap,eth`: that is the host; `tap` stays in force"
    }
    settings.note([said("default", InterfacePrefix="cali")])
    assert (settings.resolved.settings.interface_prefixes, settings.problems) == (("cali",), {})


def gone(name: str) -> Update:
    return Update(Key(Kind.FELIX_CONFIGURATION, "", name), None)


@pytest.mark.parametrize(
    ("updates", "prefix"),
    [
        ([], "calico-packet"),
        ([said("default", LogPrefix="all")], "all"),
        ([said("default", LogPrefix="all"), said("node.node-1", LogPrefix="mine")], "mine"),
        ([said("default", LogPrefix="all"), said("node.node-2", LogPrefix="theirs")], "all"),
        ([said("some", "rack == 'a'", LogPrefix="rack"), node(HOST, rack="a")], "rack"),
        ([said("some", "rack == 'a'", LogPrefix="rack"), node(HOST, rack="b")], "calico-packet"),
        ([said("some", "rack == 'a'", LogPrefix="rack"), node("node-2", rack="a")], "calico-packet"),
        (
            [said("some", "rack == 'a'", LogPrefix="rack"), node(HOST, rack="a"), Update(node(HOST).key, None)],
            "calico-packet",
        ),
        ([said("default", LogPrefix="all"), gone("default")], "calico-packet"),
        ([said("default", LogPrefix="all"), said("default", LogPrefix="new")], "new"),
    ],
)
def test_what_the_datastore_says(updates: list[Update], prefix: str) -> None:
    settings = HostSettings((), HOST)
    for update in updates:
        settings.note([update])
    assert settings.resolved.settings == Settings(log_prefix=prefix)
    together = HostSettings((), HOST)
    together.note(updates)
    assert together.resolved.settings == settings.resolved.settings


def test_what_is_said_of_the_cluster_counts_below_all_else() -> None:
    key = Key(Kind.CLUSTER_INFORMATION, "", "default")
    told = Update(key, ClusterInformation(key, cluster_type="k8s,openstack"))
    settings = HostSettings((), HOST)
    settings.note([told])
    assert settings.resolved.settings == Settings(openstack=True)
    settings.note([Update(key, None)])
    assert settings.resolved.settings == Settings()
    settings.note([told, Update(Key(Kind.CLUSTER_INFORMATION, "", "other"), None)])
    assert settings.resolved.settings == Settings(openstack=True)
    here = HostSettings([Source("environment", {"CLUSTERTYPE": "bgp"})], HOST)
    here.note([told])
    assert here.resolved.settings == Settings()


def test_what_was_said_at_the_start_beats_the_datastore() -> None:
    settings = HostSettings([Source("environment", {"LOGPREFIX": "here"})], HOST)
    assert settings.resolved.settings.log_prefix == "here"
    settings.note([said("node.node-1", LogPrefix="mine", DisableConntrackInvalidCheck="true")])
    assert settings.resolved.settings == Settings(log_prefix="here", drop_invalid=False)


def test_a_bad_value_counts_as_its_default_and_is_told() -> None:
    settings = HostSettings((), HOST)
    settings.note([said("default", DisableConntrackInvalidCheck="perhaps", LogPrefix="all", LogPerfix="x")])
    assert settings.resolved.settings == Settings(log_prefix="all")
    assert list(settings.problems) == [
        "FelixConfiguration/default LogPerfix",
        "FelixConfiguration/default DisableConntrackInvalidCheck",
    ]
    settings.note([gone("default")])
    assert settings.problems == {}


def test_a_value_that_no_agent_may_start_with_changes_nothing() -> None:
    settings = HostSettings((), HOST)
    settings.note([said("default", FailsafeInboundHostPorts="tcp:1234", LogPrefix="one")])
    before = settings.resolved
    settings.note([said("default", FailsafeInboundHostPorts="sctp:1", LogPrefix="two")])
    assert settings.resolved is before
    [(path, problem)] = settings.problems.items()
    assert path == "FelixConfiguration/default FailsafeInboundHostPorts"
    assert problem.endswith("; the settings in force stay as they were")


def test_at_the_start_a_bad_value_counts_as_its_default_and_the_others_as_they_are() -> None:
    settings = HostSettings((), HOST)
    settings.note([said("default", FailsafeInboundHostPorts="sctp:1", InterfacePrefix="tap")])
    assert settings.resolved.settings == Settings(interface_prefixes=("tap",), openstack=True)
    [problem] = settings.problems.values()
    assert not problem.endswith("stay as they were")
    settings.note([said("default", FailsafeInboundHostPorts="sctp:1", InterfacePrefix="cali")])
    assert settings.resolved.settings.interface_prefixes == ("tap",)


def test_only_what_needs_a_new_start_and_differs_from_the_beginning_asks_for_one() -> None:
    settings = HostSettings((), HOST)
    settings.note([said("default", EndpointStatusPathPrefix="/a")])
    assert settings.needs_restart() == ()
    assert settings.begin()
    assert not settings.begin()
    settings.note([said("default", EndpointStatusPathPrefix="/a", LogPrefix="new")])
    assert settings.needs_restart() == ()
    settings.note([said("default", EndpointStatusPathPrefix="/b")])
    assert settings.needs_restart() == ("EndpointStatusPathPrefix",)
    settings.note([said("default", EndpointStatusPathPrefix="/a")])
    assert settings.needs_restart() == ()
