"""What a lab is made of, and how its members are named."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tortie.errors import NotFound
from tortie.lab import External, Host, Lab, Listener, Transport, Workload, WorkloadType

LAB = Lab(
    "guide",
    hosts=(Host("node-1"), Host("node-2")),
    workloads=(
        Workload("red", "production", "node-1", addresses=(ip_address("10.1.0.1"), ip_address("fd00::1"))),
        Workload("red", "staging", "node-1"),
        Workload("legacy", "production", "node-2", type=WorkloadType.VM),
    ),
    externals=(External("internet", (ip_address("1.2.3.4"),)),),
)


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("production/red", "production/red"),
        ("staging/red", "staging/red"),
        ("legacy", "production/legacy"),
        ("10.1.0.1", "production/red"),
        ("fd00::1", "production/red"),
        ("1.2.3.4", "internet"),
        ("internet", "internet"),
        ("node-2", "node-2"),
    ],
)
def test_a_member_is_found_by_what_people_call_it(reference: str, found: str) -> None:
    assert LAB.find(reference).reference == found


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("red", "`production/red`, `staging/red`; say which"),
        ("nobody", "lab `guide` has `node-1`, `node-2`, `internet`"),
        ("10.1.0.9", "lab `guide` has"),
    ],
)
def test_what_is_not_found_is_told_with_what_there_is(reference: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        LAB.find(reference)


def test_hosts_and_workloads_are_asked_for_by_kind() -> None:
    assert LAB.host("node-1").reference == "node-1"
    with pytest.raises(NotFound, match="`node-1`, `node-2`"):
        LAB.host("node-3")
    with pytest.raises(NotFound, match="not a workload"):
        LAB.workload("internet")


def test_interfaces_are_named_as_the_kernel_and_calico_want() -> None:
    pod, _, machine = LAB.workloads
    assert pod.interface == "cali53e8ca6d08d"  # printf production.red | sha1sum
    assert machine.interface.startswith("tap")
    assert all(len(member.interface) <= 15 for member in LAB.members)
    assert len({member.interface for member in LAB.members}) == len(LAB.members)


def test_workloads_come_and_go() -> None:
    late = Workload("late", "production", "node-1")
    longer = LAB.with_workload(late)
    assert longer.workload("late") == late
    assert longer.without_workload(late) == LAB


def test_every_namespace_of_a_workload_is_declared() -> None:
    declared = LAB.declared()
    assert [namespace.name for namespace in declared.namespaces] == ["production", "staging"]
    assert declared.declared() == declared


def test_a_listener_is_written_as_it_is_read() -> None:
    assert Listener.parse("tcp/6379") == Listener(Transport.TCP, 6379)
    assert str(Listener.parse("UDP/53")) == "udp/53"


@pytest.mark.parametrize("text", ["tcp", "tcp/", "tcp/0", "tcp/65536", "icmp/1", "80", "tcp/http", ""])
def test_what_is_no_listener_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="tcp/PORT"):
        Listener.parse(text)
