"""Addresses that a lab gives out."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.errors import NotFound
from tortie.lab import External, Host, Lab, Workload, allocated


def lab(*workloads: Workload) -> Lab:
    return Lab("x", (Host("node-1"), Host("node-2")), workloads=workloads, externals=(External("internet"),))


def written(lab: Lab, reference: str) -> list[str]:
    return [str(address) for address in lab.find(reference).addresses]


def test_every_member_gets_one_address_of_each_family() -> None:
    done = allocated(lab(Workload("a", "n", "node-1"), Workload("b", "n", "node-2"), Workload("c", "n", "node-2")))
    assert written(done, "node-1") == ["172.30.0.1", "fd00:30::1"]
    assert written(done, "node-2") == ["172.30.0.2", "fd00:30::2"]
    assert written(done, "internet") == ["172.31.0.1", "fd00:31::1"]
    assert written(done, "a") == ["10.1.0.1", "fd00:10:1::1"]
    assert written(done, "b") == ["10.2.0.1", "fd00:10:2::1"]
    assert written(done, "c") == ["10.2.0.2", "fd00:10:2::2"]


def test_given_addresses_stay_and_are_not_given_again() -> None:
    given_one = Workload("b", "n", "node-1", addresses=(ip_address("10.1.0.1"),))
    done = allocated(lab(Workload("a", "n", "node-1"), given_one))
    assert written(done, "a") == ["10.1.0.2", "fd00:10:1::1"]
    assert written(done, "b") == ["10.1.0.1", "fd00:10:1::2"]


@given(st.lists(st.sampled_from(["node-1", "node-2"]), max_size=30))
def test_addresses_are_unique_and_allocating_again_changes_nothing(hosts: list[str]) -> None:
    done = allocated(lab(*(Workload(f"w{number}", "n", host) for number, host in enumerate(hosts))))
    addresses = [address for member in done.members for address in member.addresses]
    assert len(set(addresses)) == len(addresses) == 2 * len(done.members)
    assert allocated(done) == done


def test_a_workload_needs_a_host_of_the_lab() -> None:
    with pytest.raises(NotFound, match="node-3"):
        allocated(lab(Workload("a", "n", "node-3")))
