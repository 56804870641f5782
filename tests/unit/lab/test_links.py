"""A lab as `ip` commands."""

from __future__ import annotations

from tortie.lab import Host, Lab, Workload, WorkloadType, allocated
from tortie.lab.links import leaf, namespace_name, no_fabric_routes, router_up, wiring

POD = Workload("red", "production", "node-1")
LAB = allocated(
    Lab(
        "guide",
        (Host("node-1"), Host("node-2")),
        workloads=(POD, Workload("legacy", "production", "node-2", type=WorkloadType.VM)),
    )
)


def test_routers_are_wired_before_what_hangs_on_them() -> None:
    fabric, hosts, leaves = wiring(LAB)
    assert [batch.namespace for batch in fabric] == ["tortie-guide-fabric"]
    assert [batch.namespace for batch in hosts] == ["tortie-guide-host.node-1", "tortie-guide-host.node-2"]
    assert [batch.namespace for batch in leaves] == [
        "tortie-guide-workload.production.red",
        "tortie-guide-workload.production.legacy",
    ]


def test_a_pod_is_a_veth_pair_with_one_exact_route_for_each_address() -> None:
    (batch, _) = wiring(LAB)[1]
    pod = LAB.workload("red").interface
    assert any(line.startswith(f"link add name {pod} ") and "type veth" in line for line in batch.lines)
    assert f"route replace 10.1.0.1/32 dev {pod}" in batch.lines
    assert f"route replace fd00:10:1::1/128 dev {pod}" in batch.lines


def test_a_vm_has_a_tap_that_is_there_already() -> None:
    (_, batch) = wiring(LAB)[1]
    tap = LAB.workload("legacy").interface
    assert not any(line.startswith(f"link add name {tap} ") for line in batch.lines)
    assert f"route replace 10.2.0.1/32 dev {tap}" in batch.lines


def test_the_fabric_leads_to_workloads_by_way_of_their_host() -> None:
    ((batch,), _, _) = wiring(LAB)
    host = LAB.host("node-1")
    assert f"route replace 10.1.0.1/32 via 172.30.0.1 dev {host.interface} onlink" in batch.lines
    assert f"route replace fd00:10:1::1/128 via fd00:30::1 dev {host.interface} onlink" in batch.lines


def test_a_member_goes_out_by_the_link_local_gateways() -> None:
    lines = leaf("guide", LAB.workload("red")).lines
    assert "route replace default via 169.254.1.1 dev eth0" in lines
    assert "route replace default via fe80::ecee:eeff:feee:eeee dev eth0" in lines
    assert "address add 10.1.0.1/32 dev eth0" in lines
    assert "address add fd00:10:1::1/128 dev eth0 nodad" in lines


def test_a_link_that_comes_up_again_gets_its_routes_back() -> None:
    pod = LAB.workload("red")
    lines = list(router_up(pod))
    assert lines[0] == f"link set dev {pod.interface} up"
    assert f"route replace 10.1.0.1/32 dev {pod.interface}" in lines


def test_the_way_to_a_workload_is_forgotten_address_by_address() -> None:
    assert list(no_fabric_routes(LAB.workload("red"))) == ["route delete 10.1.0.1/32", "route delete fd00:10:1::1/128"]


def test_no_name_belongs_to_two_labs() -> None:
    assert namespace_name("a", "host.b-fabric") != namespace_name("a-host", "fabric")
