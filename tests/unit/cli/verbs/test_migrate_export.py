"""Everything in a datastore as one text."""

from __future__ import annotations

import json

import yaml

from tests.unit.cli.console import Console, network_set, policy, tier
from tortie.api import KIND_INFO
from tortie.cli.verbs.migrate_export import EXPORTED_KINDS, FURTHER_KINDS
from tortie.model import FOREIGN_KINDS, INTERNAL_KINDS, Key, Kind

EXPORT = ("datastore", "migrate", "export")
LOCK = ("datastore", "migrate", "lock")
# Source: calicoctl specification 22.
ORDER = """
ippools bgppeers tiers globalnetworkpolicies stagedglobalnetworkpolicies globalnetworksets hostendpoints
kubecontrollersconfigurations networkpolicies stagednetworkpolicies stagedkubernetesnetworkpolicies networksets nodes
bgpconfigurations felixconfigurations ipreservations bgpfilters
"""


def test_the_order_of_the_specification_and_no_kind_forgotten() -> None:
    assert [KIND_INFO[kind].plural for kind in EXPORTED_KINDS] == ORDER.split()
    left_out = set(Kind) - {*EXPORTED_KINDS, *FURTHER_KINDS, *INTERNAL_KINDS}
    assert left_out == {Kind.CLUSTER_INFORMATION, Kind.CALICO_NODE_STATUS, Kind.IPAM_CONFIGURATION}
    assert FOREIGN_KINDS - {*EXPORTED_KINDS} == left_out - {Kind.CLUSTER_INFORMATION}


def test_the_datastore_has_to_be_locked(calicoctl: Console) -> None:
    what = "datastore is not locked. Run the `calicoctl datastore migrate lock` command in order to begin migration\n"
    for _ in range(2):
        said = calicoctl(*EXPORT)
        assert (said.code, said.out, said.err) == (1, "", what)
        calicoctl.has(network_set())


def test_three_sections(calicoctl: Console) -> None:
    calicoctl.has(tier("security"), policy(spec="tier: security"), network_set("out"))
    calicoctl(*LOCK)
    said = calicoctl(*EXPORT)
    assert (said.code, said.err) == (0, "")
    resources, cluster, addresses = said.out.split("\n===\n")
    lists = [each for each in yaml.safe_load_all(resources) if each]
    assert [each["kind"] for each in lists] == [f"{KIND_INFO[kind].document_kind}List" for kind in EXPORTED_KINDS]
    by_kind = {each["kind"]: each["items"] for each in lists}
    assert next(item["metadata"]["name"] for item in by_kind["TierList"]) == "security"
    (exported,) = by_kind["NetworkPolicyList"]
    assert set(exported["metadata"]) == {"name", "namespace", "labels"}
    assert exported["spec"]["tier"] == "security"
    assert json.loads(cluster)["spec"]["datastoreReady"] is False
    assert set(json.loads(addresses)) == {"block_affinities", "blocks", "handles", "config"}


def test_profiles_and_endpoints_only_where_asked_for(calicoctl: Console) -> None:
    calicoctl.has("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    calicoctl(*LOCK)
    assert "shop" not in calicoctl(*EXPORT).out
    assert "name: shop" in calicoctl(*EXPORT, "--all").out
    assert "projectcalico-default-allow" not in calicoctl(*EXPORT, "--all").out


def test_assigned_addresses_are_not_lost_in_silence(calicoctl: Console) -> None:
    store = calicoctl.store
    store.create(Key(Kind.IP_POOL, "", "p"), b'{"kind":"IPPool","metadata":{"name":"p"},"spec":{"cidr":"10.0.0.0/16"}}')
    store.close()
    calicoctl(*LOCK)
    said = calicoctl(*EXPORT)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("there are address pools, and Tortie does not manage addresses")
    assert "cidr: 10.0.0.0/16" in calicoctl(*EXPORT, "--without-ipam").out
