"""What names may look like: vectors of the API specification (notation, 3.2) and of endpoint names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tortie.api import names

LONG = "a" * 64


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (names.is_dns_label, ["a", "9", "a-b", LONG], ["", "-a", "a-", "a.b", "A", "a_b", "a\n", "é"]),
        (names.is_namespace, ["a", "a" * 63], ["", "a.b", LONG]),
        (names.is_dns_subdomain, ["a", "a.b-c.9", LONG], ["", ".a", "a.", "a..b", "A.b", "a/b", "a" * 254]),
        (
            names.is_qualified_name,
            ["a", "A_b.C-9", "example.org/a", "a" * 63],
            ["", "/", "a/", "/a", "A.b/c", "a/b/c", LONG, "-a", "a.", "a b", f"{'a' * 254}/b"],
        ),
        (names.is_label_value, ["", "a", "A_b.C-9", "a" * 63], [LONG, "-a", "a_", "a/b", "a b", "a\n"]),
        (names.is_port_name, ["a", "http", "a-1", "9p", "a" * 15], ["", "80", "A", "a--b", "-a", "a-", "a_b", LONG]),
        (names.is_interface, ["*", "eth0", "cali12345678901", "A_b.c-d"], ["", "a/b", "a b", "a" * 16, "**"]),
    ],
)
def test_what_names_may_look_like(check: Callable[[str], bool], good: list[str], bad: list[str]) -> None:
    assert [name for name in good if not check(name)] == []
    assert [name for name in bad if check(name)] == []


@pytest.mark.parametrize(
    ("name", "namespaced", "is_good"),
    [
        ("a", True, True),
        ("a.b", True, True),
        ("a.b.c", True, False),
        ("knp.default.a.b", True, True),
        ("ossg.default.a", True, True),
        ("knp.other.a", True, False),
        ("a", False, True),
        ("a.b", False, True),
        ("knp.default.a", False, False),
    ],
)
def test_policies_names_have_at_most_one_dot(name: str, *, namespaced: bool, is_good: bool) -> None:
    assert (names.policy_name_fault(name, namespaced=namespaced) == "") is is_good


@pytest.mark.parametrize(
    ("node", "orchestrator", "segments", "name"),
    [
        ("node-1", "k8s", {"pod": "web-0", "endpoint": "eth0"}, "node--1-k8s-web--0-eth0"),
        ("n-1", "k8s", {"pod": "a-b", "endpoint": "eth0"}, "n--1-k8s-a--b-eth0"),
        ("n", "cni", {"containerID": "c0", "pod": "p", "endpoint": "e"}, "n-cni-c0-e"),
        ("n", "libnetwork", {"endpoint": "e"}, "n-libnetwork-libnetwork-e"),
        ("n", "openstack", {"workload": "vm-1", "endpoint": "tap-0"}, "n-openstack-vm--1-tap--0"),
        ("n", "my-cloud", {"workload": "w", "endpoint": "e"}, "n-my--cloud-w-e"),
    ],
)
def test_an_endpoints_name_is_made_of_its_spec(
    node: str, orchestrator: str, segments: dict[str, str], name: str
) -> None:
    assert names.endpoint_name(node, orchestrator, segments) == (name, {})


@pytest.mark.parametrize(
    ("node", "orchestrator", "segments", "field"),
    [
        ("", "k8s", {"pod": "p", "endpoint": "e"}, "node"),
        ("n", "k8s", {"endpoint": "e"}, "pod"),
        ("n", "cni", {"endpoint": "e"}, "containerID"),
        ("n", "", {"workload": "w", "endpoint": "e"}, "orchestrator"),
        ("n", "k8s", {"pod": "p"}, "endpoint"),
        ("-n", "k8s", {"pod": "p", "endpoint": "e"}, "node"),
        ("n", "k8s", {"pod": "p-", "endpoint": "e"}, "pod"),
    ],
)
def test_an_endpoint_that_lacks_a_segment_has_no_name(
    node: str, orchestrator: str, segments: dict[str, str], field: str
) -> None:
    name, faults = names.endpoint_name(node, orchestrator, segments)
    assert (name, list(faults)) == ("", [field])
