"""The datastore of a Kubernetes cluster: what the contract does not say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kube_api import CORE_TYPES, KubeApi, calico_types, kube_api
from tortie.datastore import Change, KubernetesDatastore, KubernetesSettings
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable
from tortie.model import Key, Kind

SOON = 20.0
OLD, NEW = "crd.projectcalico.org/v1", "projectcalico.org/v3"
META = "projectcalico.org/metadata"
POLICY = Key(Kind.NETWORK_POLICY, "shop", "web")
TIER = Key(Kind.TIER, "", "ops")


def document(key: Key, **spec: Any) -> bytes:
    metadata = {"name": key.name, **({"namespace": key.namespace} if key.namespace else {})}
    return json.dumps({"kind": str(key.kind), "apiVersion": NEW, "metadata": metadata, "spec": spec}).encode()


def custom(name: str, namespace: str = "", annotation: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    notes = {"annotations": {META: json.dumps(annotation)}} if annotation is not None else {}
    return {"metadata": {"name": name, **({"namespace": namespace} if namespace else {}), **notes}, "spec": spec}


def pod(name: str, address: str = "10.0.0.1") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
        "spec": {"nodeName": "n1", "serviceAccountName": "default", "containers": [{"name": "c"}]},
        "status": {"podIPs": [{"ip": address}]},
    }


def names(store: KubernetesDatastore, kind: Kind) -> list[str]:
    return [record.key.name for record in store.list(kind).records]


# --- custom resources ---------------------------------------------------------------------------------------------


def test_what_is_written_is_what_calico_writes(api: KubeApi, store: KubernetesDatastore) -> None:
    record = store.create(POLICY, document(POLICY, order=5))
    stored = api.objects[api.type_of("networkpolicies", OLD), "shop", "web"]
    assert (stored["apiVersion"], stored["kind"], stored["spec"]) == (OLD, "NetworkPolicy", {"order": 5})
    assert json.loads(stored["metadata"]["annotations"][META]) == {"name": "web"}
    assert record.revision == stored["metadata"]["resourceVersion"]
    assert store.get(POLICY) == record


def test_the_newer_group_where_the_server_has_only_that() -> None:
    with kube_api((*CORE_TYPES, *calico_types(NEW))) as (api, url):
        store = KubernetesDatastore(KubernetesSettings(endpoint=url))
        store.create(TIER, document(TIER, order=5))
        assert ("GET", "/apis") in api.requests
        assert api.objects[api.type_of("tiers"), "", "ops"]["apiVersion"] == NEW
        store.close()


@pytest.mark.parametrize(("said", "group"), [("", OLD), (OLD, OLD), (NEW, NEW)])
def test_where_there_are_both_groups_the_older_one_unless_told(said: str, group: str) -> None:
    with kube_api((*CORE_TYPES, *calico_types(NEW), *calico_types(OLD))) as (api, url):
        store = KubernetesDatastore(KubernetesSettings(endpoint=url, api_group=said))
        store.create(TIER, document(TIER))
        assert [kind.version for kind, _, _ in api.objects] == [group]
        store.close()


def test_without_calico_s_definitions_nothing_is_believed() -> None:
    with kube_api(CORE_TYPES) as (_, url):
        store = KubernetesDatastore(KubernetesSettings(endpoint=url))
        with pytest.raises(Unavailable, match="knows no resources of Calico's; install Calico's"):
            store.list(Kind.TIER)
        assert store.list(Kind.NAMESPACE).records == ()
        store.close()


def test_a_kind_that_is_not_installed_is_empty_until_it_is(api: KubeApi, store: KubernetesDatastore) -> None:
    tiers = api.type_of("tiers")
    api.types.remove(tiers)
    page = store.list(Kind.TIER)
    assert (page.records, page.revision) == ((), "0")
    watch = store.watch([Kind.TIER], page.revision)
    assert watch.poll(0) == ()
    watch.close()
    api.types.append(tiers)
    with pytest.raises(Expired, match="has been installed"):
        store.watch([Kind.TIER], page.revision)


def test_a_kind_that_was_there_and_is_gone_is_an_outage(api: KubeApi, store: KubernetesDatastore) -> None:
    store.list(Kind.TIER)
    api.types.remove(api.type_of("tiers"))
    with pytest.raises(Unavailable, match="has lost all of Tier"):
        store.list(Kind.TIER)


@pytest.mark.parametrize("annotation", [{"name": "web"}, {}])
def test_a_policy_of_an_older_version_is_found_and_changed_where_it_is(
    api: KubeApi, store: KubernetesDatastore, annotation: dict[str, Any]
) -> None:
    api.put("networkpolicies", custom("default.web", "shop", annotation, order=1), OLD)
    found = store.get(POLICY)
    assert (found.key.name, json.loads(found.value)["metadata"]["name"]) == ("default.web", "web")
    with pytest.raises(Conflict, match="exists already"):
        store.create(POLICY, document(POLICY))
    changed = store.update(POLICY, document(POLICY, order=2), found.revision)
    assert changed.key.name == "default.web"
    assert store.delete(POLICY, changed.revision) == changed
    assert names(store, Kind.NETWORK_POLICY) == []


def test_a_policy_of_kubectl_that_is_called_so_is_another_one(api: KubeApi, store: KubernetesDatastore) -> None:
    api.put("networkpolicies", custom("default.web", "shop"), OLD)
    with pytest.raises(NotFound):
        store.get(POLICY)
    assert not store.rename_former(POLICY)
    store.create(POLICY, document(POLICY))
    assert names(store, Kind.NETWORK_POLICY) == ["default.web", "web"]


def test_a_policy_of_an_older_version_is_moved(api: KubeApi, store: KubernetesDatastore) -> None:
    api.put("networkpolicies", custom("default.web", "shop", {"name": "web"}, order=1), OLD)
    assert store.rename_former(POLICY)
    assert names(store, Kind.NETWORK_POLICY) == ["web"]
    assert json.loads(store.get(POLICY).value)["spec"] == {"order": 1}
    assert not store.rename_former(POLICY)


def test_a_move_that_was_cut_short_is_finished_and_two_policies_are_not_one(
    api: KubeApi, store: KubernetesDatastore
) -> None:
    told = {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"}
    api.put("networkpolicies", custom("default.web", "shop", told, order=1), OLD)
    assert store.rename_former(POLICY)
    api.put("networkpolicies", custom("default.web", "shop", told, order=1), OLD)
    assert store.rename_former(POLICY)
    assert names(store, Kind.NETWORK_POLICY) == ["web"]
    api.put("networkpolicies", custom("default.web", "shop", told, order=9), OLD)
    with pytest.raises(Conflict, match="exists already"):
        store.rename_former(POLICY)


def test_what_others_keep_on_a_resource_stays(api: KubeApi, store: KubernetesDatastore) -> None:
    made = custom("ops", "", None, order=1)
    made["metadata"] |= {"finalizers": ["someone/else"]}
    api.put("tiers", made)
    record = store.get(TIER)
    store.update(TIER, document(TIER, order=2), record.revision)
    stored = api.objects[api.type_of("tiers"), "", "ops"]
    assert (stored["metadata"]["finalizers"], stored["spec"]) == (["someone/else"], {"order": 2})


def test_a_namespace_that_is_not_there_is_told(store: KubernetesDatastore) -> None:
    key = Key(Kind.NETWORK_POLICY, "nowhere", "a")
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        store.create(key, document(key))


def test_an_answer_that_got_lost_was_a_yes(api: KubeApi, store: KubernetesDatastore) -> None:
    store.list(Kind.TIER)
    api.faults.lose_answers = 1
    created = store.create(TIER, document(TIER, order=1))
    api.faults.lose_answers = 1
    changed = store.update(TIER, document(TIER, order=2), created.revision)
    assert changed == store.get(TIER)
    assert json.loads(changed.value)["spec"] == {"order": 2}
    api.faults.lose_answers = 1
    assert store.delete(TIER) == changed
    assert names(store, Kind.TIER) == []


def test_another_s_write_is_not_taken_for_ours(api: KubeApi, store: KubernetesDatastore) -> None:
    api.put("tiers", custom("ops", "", None, order=7))
    with pytest.raises(Conflict, match="exists already"):
        store.create(TIER, document(TIER, order=1))


# --- what is made of Kubernetes' objects ----------------------------------------------------------------------------


def test_profiles(api: KubeApi, store: KubernetesDatastore) -> None:
    account = api.put("serviceaccounts", {"metadata": {"name": "web.v1", "namespace": "shop"}})
    page = store.list(Kind.PROFILE)
    space = api.objects[api.type_of("namespaces"), "", "shop"]["metadata"]["resourceVersion"]
    version = account["metadata"]["resourceVersion"]
    assert [(record.key.name, record.revision) for record in page.records] == [
        ("kns.shop", f"{space}/"),
        ("ksa.shop.web.v1", f"/{version}"),
    ]
    assert page.revision == f"{version}/{version}"
    for record in page.records:
        assert store.get(record.key) == record


def test_a_watch_of_profiles_follows_both_halves(api: KubeApi, store: KubernetesDatastore) -> None:
    page = store.list(Kind.PROFILE)
    watch = store.watch([Kind.PROFILE], page.revision)
    assert watch.poll(0) == ()
    api.namespace("other")
    first = one(watch.poll(SOON))
    account = api.put("serviceaccounts", {"metadata": {"name": "web", "namespace": "shop"}})
    second = one(watch.poll(SOON))
    api.remove("namespaces", "other")
    third = one(watch.poll(SOON))
    assert [change.key.name for change in (first, second, third)] == ["kns.other", "ksa.shop.web", "kns.other"]
    assert third.record is None
    assert second.revision == f"{first.revision.partition('/')[0]}/{account['metadata']['resourceVersion']}"
    watch.close()
    with pytest.raises(Expired, match="is not a revision of profiles"):
        store.watch([Kind.PROFILE], "7")


def one(changes: Any) -> Change:
    (change,) = changes
    assert isinstance(change, Change)
    return change


def test_endpoints(api: KubeApi, store: KubernetesDatastore) -> None:
    api.put("pods", pod("web-0"))
    api.put("pods", {**pod("waiting"), "spec": {"containers": []}})
    api.put("pods", {**pod("host"), "spec": {"nodeName": "n1", "hostNetwork": True}})
    (record,) = store.list(Kind.WORKLOAD_ENDPOINT, "shop").records
    assert record.key == Key(Kind.WORKLOAD_ENDPOINT, "shop", "n1-k8s-web--0-eth0")
    assert store.get(record.key) == record
    assert names(store, Kind.POD) == ["host", "waiting", "web-0"]
    with pytest.raises(NotFound):
        store.get(Key(Kind.WORKLOAD_ENDPOINT, "shop", "n2-k8s-web--0-eth0"))
    with pytest.raises(NotFound):
        store.get(Key(Kind.WORKLOAD_ENDPOINT, "shop", "n1-k8s-host-eth0"))


def test_a_watch_of_endpoints(api: KubeApi, store: KubernetesDatastore) -> None:
    watch = store.watch([Kind.WORKLOAD_ENDPOINT], store.list(Kind.WORKLOAD_ENDPOINT).revision)
    assert watch.poll(0) == ()
    api.put("pods", {**pod("web"), "spec": {"containers": []}})
    api.put("pods", pod("web"))
    change = one(watch.poll(SOON))
    assert change.key.name == "n1-k8s-web-eth0"
    api.remove("pods", "web", "shop")
    assert one(watch.poll(SOON)).record is None
    watch.close()


def test_a_policy_of_kubernetes_is_found_by_the_name_that_controllers_give_it(
    api: KubeApi, store: KubernetesDatastore
) -> None:
    api.put("networkpolicies", custom("a", "shop", None, podSelector={}), "networking.k8s.io/v1")
    found = store.get(Key(Kind.NETWORK_POLICY, "shop", "knp.default.a"))
    assert json.loads(found.value)["spec"]["tier"] == "default"
    assert names(store, Kind.NETWORK_POLICY) == []
    assert names(store, Kind.KUBERNETES_NETWORK_POLICY) == ["a"]


READ_ONLY = [
    Key(Kind.PROFILE, "", "kns.shop"),
    Key(Kind.WORKLOAD_ENDPOINT, "shop", "n1-k8s-web-eth0"),
    Key(Kind.NETWORK_POLICY, "shop", "knp.default.a"),
    Key(Kind.NAMESPACE, "", "shop"),
    Key(Kind.POD, "shop", "web"),
    Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "a"),
]


@pytest.mark.parametrize("key", READ_ONLY, ids=str)
def test_what_is_kubernetes_own_is_not_written(api: KubeApi, store: KubernetesDatastore, key: Key) -> None:
    api.put("pods", pod("web"))
    before = dict(api.objects)
    with pytest.raises(Invalid, match="operation Create is not supported on"):
        store.create(key, document(key))
    with pytest.raises(Invalid, match="operation Update is not supported on"):
        store.update(key, document(key), "1")
    with pytest.raises(Invalid, match=r"operation Delete is not supported on .*use kubectl"):
        store.delete(key)
    assert api.objects == before


def test_a_node_s_addresses_and_labels_are_written_to_its_annotations(api: KubeApi, store: KubernetesDatastore) -> None:
    key = Key(Kind.NODE, "", "n1")
    api.put("nodes", {"metadata": {"name": "n1", "labels": {"os": "linux"}}, "spec": {"podCIDR": "10.0.0.0/24"}})
    record = store.get(key)
    wanted = json.loads(record.value)
    wanted["metadata"]["labels"]["zone"] = "a"
    wanted["spec"]["bgp"] = {"ipv4Address": "192.0.2.1/24"}
    changed = store.update(key, json.dumps(wanted).encode(), record.revision)
    stored = api.objects[api.type_of("nodes"), "", "n1"]
    assert stored["metadata"]["annotations"] == {
        "projectcalico.org/IPv4Address": "192.0.2.1/24",
        "projectcalico.org/labels": '{"zone":"a"}',
    }
    assert (stored["spec"], stored["metadata"]["labels"]) == ({"podCIDR": "10.0.0.0/24"}, {"os": "linux"})
    assert json.loads(changed.value)["metadata"]["labels"] == {"os": "linux", "zone": "a"}
    with pytest.raises(Conflict):
        store.update(key, json.dumps(wanted).encode(), record.revision)
    with pytest.raises(Invalid, match="operation Create"):
        store.create(Key(Kind.NODE, "", "n2"), document(Key(Kind.NODE, "", "n2")))
