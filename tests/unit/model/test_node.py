"""Automatic host endpoints (enforcement specification, 3.5)."""

from __future__ import annotations

import pytest

from tortie.model import ALL_INTERFACES, Key, Kind, Metadata, Node, automatic_host_endpoint, parse_address


def test_a_host_endpoint_follows_its_node() -> None:
    address = parse_address("10.0.0.1")
    node = Node(Key(Kind.NODE, "", "n1"), Metadata({"rack": "a"}, {"x": "y"}, "uid", "5"), (address,))
    found = automatic_host_endpoint(node)
    assert found.key == Key(Kind.HOST_ENDPOINT, "", "n1-auto-hep")
    assert (found.node, found.interface, found.expected_addresses) == ("n1", ALL_INTERFACES, (address,))
    assert found.profiles == ("projectcalico-default-allow",)
    assert found.metadata == Metadata({"rack": "a", "projectcalico.org/created-by": "calico-kube-controllers"})


@pytest.mark.parametrize(("length", "is_kept"), [(244, True), (245, False)])
def test_a_name_that_would_be_too_long_is_hashed(length: int, *, is_kept: bool) -> None:
    name = automatic_host_endpoint(Node(Key(Kind.NODE, "", "n" * length))).key.name
    assert name.startswith("n" * length) is is_kept
    assert name.endswith("-auto-hep")
    assert len(name) <= 253
