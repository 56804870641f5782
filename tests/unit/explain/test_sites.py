"""Sites: which hosts are compiled together, and what has a say on a packet there."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.explain.world import BLUE, PEOPLE, RED, WORLD, address, pod
from tortie.api import stored_settings
from tortie.explain.sites import Site, site_names, site_of
from tortie.model import FelixConfiguration, Flow, HostEndpoint, Key, Kind, Place, Settings, Verdict

HOST = Key(Kind.HOST_ENDPOINT, "", "h")
HOSTED = {**WORLD, HOST: HostEndpoint(HOST, "node-2", "eth0")}


def flow(sender: Key | Place, receiver: Key | Place) -> Flow:
    return Flow(address("10.65.1.11"), address("10.65.1.10"), 6, 1, 6379, sender=sender, receiver=receiver)


def test_hosts_with_host_endpoints_stand_alone() -> None:
    assert site_names([WORLD, HOSTED], stored_settings()) == ["", "node-2"]
    assert [site_of(node, ["", "node-2"]) for node in ("node-1", "node-2")] == ["", "node-2"]


def test_hosts_with_settings_of_their_own_stand_alone() -> None:
    key = Key(Kind.FELIX_CONFIGURATION, "", "node.node-1")
    told = {**WORLD, key: FelixConfiguration(key, values={"DefaultEndpointToHostAction": "Accept"})}
    assert site_names([WORLD, told], stored_settings()) == ["", "node-1"]
    same = {**WORLD, key: FelixConfiguration(key, values={"DefaultEndpointToHostAction": "Drop"})}
    assert site_names([WORLD, same], stored_settings()) == [""]


def test_interfaces_of_one_name_on_several_hosts_are_told_apart() -> None:
    other = Key(Kind.POD, "production", "red-2")
    world = {**PEOPLE, other: replace(pod(other, "node-3", "3.10", "red"), interface="cali-red")}
    site = Site.compiled("", [""], world, Settings())
    assert {RED, other} <= site.rows.keys()
    assert site.crossed == ""


def test_what_has_a_say() -> None:
    site = Site.compiled("", [""], WORLD, Settings())
    assert set(site.leaves(flow(BLUE, RED))) == {"workload Egress", "workload Ingress"}
    assert set(site.leaves(flow(Place.ELSEWHERE, RED))) == {"workload Ingress"}
    assert set(site.leaves(replace(flow(RED, BLUE)))) == {
        "workload Egress, not its own address",
        "workload Ingress, not its own address",
    }
    assert site.decide(flow(BLUE, RED)).verdict is Verdict.ALLOW


def test_host_endpoints_have_a_say_on_their_interface() -> None:
    site = Site.compiled("node-2", ["", "node-2"], HOSTED, Settings())
    assert site.crossed == "eth0"
    assert RED not in site.rows
    asked = replace(flow(Place.ELSEWHERE, Place.HOST), in_interface="eth0")
    assert set(site.leaves(asked)) == {"host normal Ingress"}
    assert site.leaves(replace(asked, in_interface="eth1")) == {}
