"""Where kinds live in a Kubernetes API."""

from __future__ import annotations

import pytest

from tortie.datastore.kubernetes_kinds import (
    CUSTOM_KINDS,
    DERIVED_KINDS,
    NATIVE_KINDS,
    collection_path,
    document_kind,
    resource_path,
)
from tortie.errors import Invalid
from tortie.model import INTERNAL_KINDS, Key, Kind

OLD, NEW = "crd.projectcalico.org/v1", "projectcalico.org/v3"


def test_every_kind_is_stored_native_or_derived() -> None:
    assert CUSTOM_KINDS | NATIVE_KINDS | set(DERIVED_KINDS) == set(Kind) - INTERNAL_KINDS
    assert not CUSTOM_KINDS & NATIVE_KINDS
    assert {of for made in DERIVED_KINDS.values() for of in made} <= NATIVE_KINDS


@pytest.mark.parametrize(
    ("kind", "group", "namespace", "path"),
    [
        (Kind.TIER, OLD, "", "/apis/crd.projectcalico.org/v1/tiers"),
        (Kind.TIER, NEW, "", "/apis/projectcalico.org/v3/tiers"),
        (Kind.NETWORK_POLICY, OLD, "shop", "/apis/crd.projectcalico.org/v1/namespaces/shop/networkpolicies"),
        (Kind.IPAM_CONFIGURATION, OLD, "", "/apis/crd.projectcalico.org/v1/ipamconfigs"),
        (Kind.IPAM_CONFIGURATION, NEW, "", "/apis/projectcalico.org/v3/ipamconfigurations"),
        (Kind.NODE, OLD, "", "/api/v1/nodes"),
        (Kind.NAMESPACE, OLD, "", "/api/v1/namespaces"),
        (Kind.POD, OLD, "shop", "/api/v1/namespaces/shop/pods"),
        (Kind.KUBERNETES_NETWORK_POLICY, OLD, "", "/apis/networking.k8s.io/v1/networkpolicies"),
        (Kind.ENDPOINT_SLICE, OLD, "", "/apis/discovery.k8s.io/v1/endpointslices"),
        (Kind.CLUSTER_NETWORK_POLICY, OLD, "", "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies"),
    ],
)
def test_collections(kind: Kind, group: str, namespace: str, path: str) -> None:
    assert collection_path(kind, group, namespace) == path


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (Key(Kind.TIER, "", "default"), f"/apis/{OLD}/tiers/default"),
        (Key(Kind.NETWORK_SET, "shop", "a"), f"/apis/{OLD}/namespaces/shop/networksets/a"),
        (Key(Kind.TIER, "", "é b"), f"/apis/{OLD}/tiers/%C3%A9%20b"),
    ],
)
def test_resources(key: Key, path: str) -> None:
    assert resource_path(key, OLD) == path


@pytest.mark.parametrize("name", ["a/b", "..", ".", "a%2fb", "a?x"])
def test_a_name_that_would_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="cannot be a name"):
        resource_path(Key(Kind.TIER, "", name), OLD)


def test_the_older_group_has_another_word_for_the_configuration_of_addresses() -> None:
    assert document_kind(Kind.IPAM_CONFIGURATION, OLD) == "IPAMConfig"
    assert document_kind(Kind.IPAM_CONFIGURATION, NEW) == "IPAMConfiguration"
    assert document_kind(Kind.TIER, OLD) == "Tier"
