"""Documents written and read under the rules for metadata, tiers and conflicts."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any

import pytest

from tortie.datastore import MemoryDatastore, Record
from tortie.datastore.client import Client
from tortie.errors import Conflict, Invalid, NotFound
from tortie.model import Key, Kind

POLICY = Key(Kind.NETWORK_POLICY, "shop", "db")
SET = Key(Kind.GLOBAL_NETWORK_SET, "", "out")
TIER = Key(Kind.TIER, "", "security")
BUILT_IN = ["kube-admin", "default", "kube-baseline"]


def document(key: Key, spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    place = {"namespace": key.namespace} if key.namespace else {}
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": str(key.kind),
        "metadata": {"name": key.name, **place, **metadata},
        "spec": spec or {},
    }


@pytest.fixture
def store() -> MemoryDatastore:
    return MemoryDatastore()


@pytest.fixture
def client(store: MemoryDatastore) -> Client:
    times, uids = count(1), count(1)
    return Client(store, clock=lambda: f"time-{next(times)}", new_uid=lambda: f"uid-{next(uids)}")


def test_create_adds_what_the_datastore_gives(client: Client) -> None:
    created = client.create(SET, document(SET, {"nets": ["10.0.0.0/8"]}, labels={"a": "b"}, uid="mine", generation=7))
    assert created == client.get(SET)
    assert created["metadata"] == {
        "name": "out",
        "labels": {"a": "b"},
        "uid": "uid-1",
        "creationTimestamp": "time-1",
        "resourceVersion": "1",
    }


def test_create_of_what_exists(client: Client) -> None:
    client.create(SET, document(SET))
    with pytest.raises(Conflict, match=r"^resource already exists: GlobalNetworkSet\(out\) with error: <nil>$"):
        client.create(SET, document(SET))


def test_create_refuses_a_resource_version(client: Client) -> None:
    with pytest.raises(Invalid, match=r"Metadata.ResourceVersion = '7' \(field must not be set for a Create request\)"):
        client.create(SET, document(SET, resourceVersion="7"))


def test_update_keeps_metadata_but_labels_and_annotations(client: Client) -> None:
    client.create(SET, document(SET, labels={"a": "1"}, annotations={"note": "x"}))
    written = client.update(SET, document(SET, {"nets": ["::/0"]}, labels={"b": "2"}, uid="other"))
    assert written.changed
    assert written.document["spec"] == {"nets": ["::/0"]}
    assert written.document["metadata"] == {
        "name": "out",
        "labels": {"b": "2"},
        "uid": "uid-1",
        "creationTimestamp": "time-1",
        "resourceVersion": "2",
    }


def test_second_apply_writes_nothing(client: Client) -> None:
    first = client.apply(SET, document(SET, {"nets": ["::/0"]}))
    second = client.apply(SET, document(SET, {"nets": ["::/0"]}))
    assert (first.changed, second.changed) == (True, False)
    assert second.document == first.document


@pytest.mark.parametrize("given", ["1", "2", ""])
def test_a_stale_resource_version_is_a_conflict(client: Client, given: str) -> None:
    client.create(SET, document(SET))
    client.update(SET, document(SET, {"nets": ["::/0"]}))
    proposed = document(SET, {"nets": ["::/1"]}, resourceVersion=given)
    if given == "1":
        with pytest.raises(Conflict, match=r"^update conflict: GlobalNetworkSet\(out\)$"):
            client.apply(SET, proposed)
    else:
        assert client.apply(SET, proposed).document["metadata"]["resourceVersion"] == "3"


@pytest.mark.parametrize(("races", "wins"), [(4, True), (5, False)])
def test_an_update_reads_again_when_others_were_faster(races: int, wins: bool) -> None:
    left = count(races, -1)

    class Contended(MemoryDatastore):
        def update(self, key: Key, value: bytes, revision: str) -> Record:
            if next(left) > 0:
                raise Conflict("somebody was faster")
            return super().update(key, value, revision)

    client = Client(Contended())
    client.create(SET, document(SET))
    if wins:
        assert client.update(SET, document(SET, {"nets": ["::/0"]})).changed
    else:
        with pytest.raises(Conflict, match="update conflict"):
            client.update(SET, document(SET, {"nets": ["::/0"]}))


def test_what_is_missing(client: Client) -> None:
    what = r"^resource does not exist: NetworkPolicy\(shop/db\) with error: <nil>$"
    for call in (client.get, client.delete, lambda key: client.update(key, document(key))):
        with pytest.raises(NotFound, match=what):
            call(POLICY)


def test_delete_with_a_revision(client: Client) -> None:
    client.create(SET, document(SET))
    with pytest.raises(Conflict, match="update conflict"):
        client.delete(SET, "99")
    assert client.delete(SET, "1")["metadata"]["name"] == "out"


def test_a_policy_needs_its_tier(client: Client) -> None:
    with pytest.raises(NotFound, match=r"resource does not exist: Tier\(security\)"):
        client.create(POLICY, document(POLICY, {"tier": "security"}))
    client.create(TIER, document(TIER))
    client.create(POLICY, document(POLICY, {"tier": "security"}))


def test_a_move_to_a_tier_that_is_not_there_is_told(client: Client) -> None:
    client.create(POLICY, document(POLICY))
    moved = document(POLICY, {"tier": "security"})
    told = f"{POLICY} spec.tier: there is no tier `security`: it counts as the last one, and ends in deny"
    assert [str(each) for each in client.update(POLICY, moved).warnings] == [told]
    assert [str(each) for each in client.update(POLICY, moved).warnings] == [told]
    client.create(TIER, document(TIER))
    assert client.update(POLICY, moved).warnings == ()


def test_built_in_tiers_are_always_there(client: Client) -> None:
    client.create(POLICY, document(POLICY))
    for name in (*BUILT_IN, ""):
        assert client.update(POLICY, document(POLICY, {"tier": name})).warnings == ()


def test_tiers_in_use_or_built_in_stay(client: Client) -> None:
    client.create(TIER, document(TIER))
    client.create(POLICY, document(POLICY, {"tier": "security"}))
    with pytest.raises(Invalid, match="operation delete is not supported on security: Cannot delete a non-empty tier"):
        client.delete(TIER)
    client.delete(POLICY)
    client.delete(TIER)
    for name in BUILT_IN:
        with pytest.raises(Invalid, match=f"operation Delete is not supported on {name}: Cannot delete {name} tier"):
            client.delete(Key(Kind.TIER, "", name))


def test_built_in_tiers_are_listed_before_and_after_initialising(client: Client, store: MemoryDatastore) -> None:
    client.create(TIER, document(TIER, {"order": 500}))
    for _ in range(3):
        assert [item["metadata"]["name"] for item in client.list(Kind.TIER).items] == ["security", *BUILT_IN]
        client.initialise()
    assert len(store.list(Kind.TIER).records) == 4


def test_a_built_in_tier_can_be_read_and_replaced_before_initialising(client: Client) -> None:
    key = Key(Kind.TIER, "", "default")
    spec = client.get(key)["spec"]
    assert spec == {"order": 1_000_000, "defaultAction": "Deny"}
    assert not client.update(key, document(key, spec)).changed


def test_the_default_profile(client: Client) -> None:
    key = Key(Kind.PROFILE, "", "projectcalico-default-allow")
    client.create(Key(Kind.PROFILE, "", "zz"), document(Key(Kind.PROFILE, "", "zz")))
    assert [item["metadata"]["name"] for item in client.list(Kind.PROFILE).items] == ["zz", key.name]
    assert client.get(key)["metadata"]["resourceVersion"] == "1"
    with pytest.raises(Conflict, match="already exists"):
        client.create(key, document(key))
    with pytest.raises(Invalid, match=r"operation Update is not supported on .* cannot be updated"):
        client.apply(key, document(key))
    with pytest.raises(Invalid, match=r"operation Delete is not supported on .* cannot be deleted"):
        client.delete(key)


def test_kubernetes_policies_are_not_ours(client: Client) -> None:
    key = Key(Kind.NETWORK_POLICY, "shop", "knp.default.web")
    reason = "kubernetes network policies must be managed through the kubernetes API"
    with pytest.raises(Invalid, match=f"operation create or apply is not supported on .*: {reason}"):
        client.create(key, document(key))
    with pytest.raises(Invalid, match=f"operation delete is not supported on .*: {reason}"):
        client.delete(key)
    with pytest.raises(NotFound):
        client.update(key, document(key))


def test_lists_are_of_one_namespace_or_all(client: Client) -> None:
    for namespace in ("a", "b"):
        key = Key(Kind.NETWORK_SET, namespace, "x")
        client.create(key, document(key))
    assert len(client.list(Kind.NETWORK_SET).items) == 2
    assert [item["metadata"]["namespace"] for item in client.list(Kind.NETWORK_SET, "b").items] == ["b"]
    assert client.list(Kind.NETWORK_SET).revision == "2"


class WithoutKubernetes(MemoryDatastore):
    def holds(self, kind: Kind) -> bool:
        return kind in {Kind.PROFILE, Kind.NETWORK_POLICY, Kind.WORKLOAD_ENDPOINT, Kind.TIER}


NAMESPACE = Key(Kind.NAMESPACE, "", "shop")
SHOP = Key(Kind.PROFILE, "", "kns.shop")


def namespace(**labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}


def test_where_kubernetes_has_no_place_its_controllers_work_is_done() -> None:
    client = Client(WithoutKubernetes())
    assert client.apply(NAMESPACE, namespace(tier="front")).changed
    made = client.get(SHOP)
    assert made["spec"]["labelsToApply"] == {
        "pcns.tier": "front",
        "pcns.projectcalico.org/name": "shop",
        "pcns.kubernetes.io/metadata.name": "shop",
    }
    assert not client.apply(NAMESPACE, namespace(tier="front")).changed
    assert client.apply(NAMESPACE, namespace(tier="back")).changed
    assert client.get(SHOP)["metadata"]["uid"] == made["metadata"]["uid"]
    with pytest.raises(NotFound):
        client.get(NAMESPACE)
    client.delete(NAMESPACE)
    with pytest.raises(NotFound):
        client.get(SHOP)


def test_a_kubernetes_policy_is_made_although_people_may_not_write_what_it_becomes() -> None:
    client = Client(WithoutKubernetes())
    client.initialise()
    key = Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "db")
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"podSelector": {}},
    }
    assert client.apply(key, policy).document["metadata"]["name"] == "knp.default.db"
    assert not client.apply(key, policy).changed
    with pytest.raises(Invalid, match="must be managed through the kubernetes API"):
        client.delete(Key(Kind.NETWORK_POLICY, "shop", "knp.default.db"))
    client.delete(key)


CLUSTER = Key(Kind.CLUSTER_INFORMATION, "", "default")


def test_initialising_tells_of_the_cluster_once(client: Client, store: MemoryDatastore) -> None:
    client.initialise()
    spec = client.get(CLUSTER)["spec"]
    assert spec["datastoreReady"] is True
    assert re.fullmatch(r"[0-9a-f]{32}", spec["clusterGUID"])
    before = store.get(CLUSTER)
    client.initialise()
    assert store.get(CLUSTER) == before


@pytest.mark.parametrize(
    ("spec", "ready"),
    [({"clusterGUID": "g", "datastoreReady": False, "clusterType": "k8s"}, False), ({"clusterGUID": ""}, True)],
)
def test_initialising_fills_in_what_lacks(
    client: Client, store: MemoryDatastore, spec: dict[str, Any], ready: bool
) -> None:
    store.create(CLUSTER, json.dumps({"metadata": {"name": "default", "uid": "u"}, "spec": spec}).encode())
    client.initialise()
    found = client.get(CLUSTER)
    assert found["metadata"]["uid"] == "u"
    assert found["spec"].pop("clusterGUID")
    assert found["spec"] == {**{k: v for k, v in spec.items() if k != "clusterGUID"}, "datastoreReady": ready}


def test_locked_and_unlocked(client: Client) -> None:
    for ready in (False, False, True):
        client.set_ready(ready=ready)
        assert client.get(CLUSTER)["spec"]["datastoreReady"] is ready


def test_kinds_that_are_no_policy_are_not_written(client: Client, store: MemoryDatastore) -> None:
    key = Key(Kind.IP_POOL, "", "p")
    for write in (client.create, client.update, client.apply):
        with pytest.raises(Invalid, match=r"not supported on IPPool\(p\): Tortie manages no addresses"):
            write(key, document(key))
    store.create(key, b"{}")
    with pytest.raises(Invalid, match="operation delete is not supported"):
        client.delete(key)


def test_a_tier_with_staged_policies_stays(client: Client) -> None:
    key = Key(Kind.TIER, "", "sec")
    client.create(key, document(key))
    policy = Key(Kind.STAGED_GLOBAL_NETWORK_POLICY, "", "p")
    client.create(policy, document(policy, {"tier": "sec"}))
    with pytest.raises(Invalid, match="Cannot delete a non-empty tier"):
        client.delete(key)


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"7", b"{}", b'{"metadata":null}', b"[" * 100_000])
def test_what_is_stored_and_is_no_document_is_absent_from_lists_and_told_where_it_is_asked_for(
    client: Client, store: MemoryDatastore, value: bytes
) -> None:
    client.create(TIER, document(TIER))
    for key in (POLICY, SET):
        store.create(key, value)
    assert client.list(Kind.NETWORK_POLICY).items == ()
    for act in (client.get, lambda key: client.update(key, document(key))):
        with pytest.raises(Invalid, match=r"failed to parse datastore entry key=GlobalNetworkSet/out; value=.*: "):
            act(SET)
    client.delete(TIER)
    client.delete(SET)
    with pytest.raises(NotFound):
        client.get(SET)
