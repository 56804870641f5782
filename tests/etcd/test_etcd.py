"""What is in the etcd, seen and written by another client: exact bytes, older names, kinds that are not ours."""

from __future__ import annotations

import json

import pytest

from tests.etcds import Etcd, paths, put
from tortie.api import decode_value
from tortie.datastore import Client, EtcdSettings
from tortie.datastore.etcd import EtcdDatastore
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable
from tortie.model import Key, Kind, Policy

ROOT = "/calico/resources/v3/projectcalico.org/"
WEB = Key(Kind.NETWORK_POLICY, "prod", "web")
OLDER = Key(Kind.NETWORK_POLICY, "prod", "default.web")
ANNOTATION = "projectcalico.org/metadata"
SOON = 20.0


def policy(name: str, *, selector: str = "all()", annotated: str = "") -> str:
    metadata: dict[str, object] = {"name": name, "namespace": "prod"}
    if annotated:
        metadata["annotations"] = {ANNOTATION: json.dumps({"name": annotated})}
    document = {"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": metadata}
    return json.dumps({**document, "spec": {"tier": "default", "selector": selector, "types": ["Ingress"]}})


def document(name: str, selector: str = "all()") -> dict[str, object]:
    found: dict[str, object] = json.loads(policy(name, selector=selector))
    return found


def test_a_policy_lies_where_the_reference_system_looks_for_it(etcd: Etcd, store: EtcdDatastore) -> None:
    client = Client(store, clock=lambda: "2026-01-02T03:04:05Z", new_uid=lambda: "0a7dd8b5-7b7f-4bb1-8f7e-2d4f9f1a5c11")
    client.create(WEB, document("web", "a == '<b>'"))
    assert paths(etcd) == {
        f"{ROOT}networkpolicies/prod/web": (
            b'{"kind":"NetworkPolicy","apiVersion":"projectcalico.org/v3","metadata":{"name":"web","namespace":"prod",'
            b'"uid":"0a7dd8b5-7b7f-4bb1-8f7e-2d4f9f1a5c11","creationTimestamp":"2026-01-02T03:04:05Z",'
            b'"annotations":{"projectcalico.org/metadata":"{\\"name\\":\\"web\\"}"}},'
            b'"spec":{"tier":"default","selector":"a == \'\\u003cb\\u003e\'","types":["Ingress"]}}'
        )
    }
    shown = client.get(WEB)["metadata"]
    assert "annotations" not in shown
    assert shown["resourceVersion"] == store.get(WEB).revision


def test_a_second_apply_writes_nothing(etcd: Etcd, store: EtcdDatastore) -> None:
    client = Client(store)
    assert client.apply(WEB, document("web")).changed
    before = paths(etcd), store.list(Kind.TIER).revision
    assert not client.apply(WEB, document("web")).changed
    assert (paths(etcd), store.list(Kind.TIER).revision) == before


def test_a_revision_is_that_of_the_key(etcd: Etcd, store: EtcdDatastore) -> None:
    made = store.create(WEB, policy("web").encode())
    written = put(etcd, "/elsewhere", "x")
    assert int(made.revision) == written - 1
    assert store.list(Kind.NETWORK_POLICY).revision == str(written)
    assert store.get(WEB).revision == made.revision


def test_what_the_reference_system_wrote_is_read(etcd: Etcd, store: EtcdDatastore) -> None:
    values = {
        "profiles/kns.prod": {
            "kind": "Profile",
            "metadata": {"name": "kns.prod", "creationTimestamp": None},
            "spec": {
                "ingress": [{"action": "Allow", "source": {}, "destination": {}}],
                "egress": [{"action": "Allow", "source": {}, "destination": {}}],
                "labelsToApply": {"pcns.projectcalico.org/name": "prod"},
            },
        },
        "workloadendpoints/prod/n--1-k8s-a--b-eth0": {
            "kind": "WorkloadEndpoint",
            "metadata": {
                "name": "n--1-k8s-a--b-eth0",
                "namespace": "prod",
                "uid": "2f5b9a3e-9a39-4e34-b9c5-0d9e3a1f3a10",
                "creationTimestamp": "2026-01-02T03:04:05Z",
                "labels": {"projectcalico.org/namespace": "prod", "projectcalico.org/orchestrator": "k8s"},
            },
            "spec": {
                "orchestrator": "k8s",
                "workload": "",
                "node": "n-1",
                "containerID": "f00",
                "pod": "a-b",
                "endpoint": "eth0",
                "serviceAccountName": "default",
                "ipNetworks": ["10.0.0.1/32"],
                "ipNATs": [],
                "ipv4Gateway": "",
                "ipv6Gateway": "",
                "profiles": ["kns.prod", "ksa.prod.default"],
                "interfaceName": "cali0123456789a",
                "mac": "",
                "ports": [{"name": "http", "protocol": "TCP", "port": 80, "hostPort": 0, "hostIP": ""}],
            },
        },
        "tiers/default": {"kind": "Tier", "metadata": {"name": "default"}, "spec": {"order": 1e6}},
    }
    for path, value in values.items():
        put(etcd, ROOT + path, json.dumps({"apiVersion": "projectcalico.org/v3", **value}))
    records = [record for kind in Kind for record in store.list(kind).records]
    assert len(records) == len(values)
    assert all(decode_value(record.key, record.value) is not None for record in records)


# --- names of older versions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("annotated", ["", "web"])
def test_an_older_policy_is_found_and_changed_by_its_name_where_it_is(
    etcd: Etcd, store: EtcdDatastore, annotated: str
) -> None:
    put(etcd, f"{ROOT}networkpolicies/prod/default.web", policy("default.web", annotated=annotated))
    client = Client(store)
    for key in (WEB, OLDER):
        assert client.get(key)["metadata"]["name"] == "web"
        assert store.get(key).key == OLDER
    assert [item["metadata"]["name"] for item in client.list(Kind.NETWORK_POLICY, "prod").items] == ["web"]
    assert client.apply(WEB, document("web", "changed == 'yes'")).changed
    (path, value), *others = paths(etcd).items()
    assert (path, others) == (f"{ROOT}networkpolicies/prod/default.web", [])
    assert b"changed" in value
    with pytest.raises(Conflict, match="resource already exists"):
        client.create(WEB, document("web"))
    client.delete(WEB)
    assert paths(etcd) == {}


def test_an_agent_tells_both_generations_apart(etcd: Etcd, store: EtcdDatastore) -> None:
    store.create(WEB, policy("web").encode())
    put(etcd, f"{ROOT}networkpolicies/prod/default.web", policy("default.web"))
    found = {record.key: decode_value(record.key, record.value) for record in store.list(Kind.NETWORK_POLICY).records}
    assert found.keys() == {WEB, OLDER}
    assert all(isinstance(value, Policy) and value.key == key for key, value in found.items())
    assert store.get(WEB).key == WEB


def test_a_policy_may_be_called_like_an_older_key(etcd: Etcd, store: EtcdDatastore) -> None:
    store.create(OLDER, policy("default.web").encode())
    with pytest.raises(NotFound):
        store.get(WEB)
    with pytest.raises(NotFound):
        store.delete(WEB)
    store.create(WEB, policy("web").encode())
    assert len(paths(etcd)) == 2


def test_an_older_policy_of_another_tier_keeps_its_name(etcd: Etcd, store: EtcdDatastore) -> None:
    put(etcd, f"{ROOT}globalnetworkpolicies/platform.g", policy("platform.g").replace('"default"', '"platform"'))
    (record,) = store.list(Kind.GLOBAL_NETWORK_POLICY).records
    assert json.loads(record.value)["metadata"]["name"] == record.key.name == "platform.g"


# --- what is not ours ---------------------------------------------------------------------------------------------

FOREIGN = {
    f"{ROOT}odd/p": '{"kind":"Odd",  "spec":{"b":1,"a":2}}',
    f"{ROOT}blockaffinities/n-1-10-0-0-0-26": '{"kind":"BlockAffinity","spec":{"deleted":"false"}}',
    f"{ROOT}tiers/a/b": "not where a tier may be",
    f"{ROOT}networkpolicies/only-a-name": "nor a policy",
    "/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-26": "{}",
    "/calico/felix/v2/no-region/host/n/status": "{}",
    "/another/system": "x",
}


def test_what_is_not_ours_is_neither_seen_nor_touched(etcd: Etcd, store: EtcdDatastore) -> None:
    watch = store.watch(tuple(Kind), store.list(Kind.TIER).revision)
    for path, value in FOREIGN.items():
        put(etcd, path, value)
    made = store.create(Key(Kind.TIER, "", "a"), b"1")
    assert [change.record for change in watch.poll(SOON)] == [made]
    watch.close()
    assert [record for kind in Kind for record in store.list(kind).records] == [made]
    store.delete(made.key)
    assert paths(etcd) == {path: value.encode() for path, value in FOREIGN.items()}


def test_kubernetes_objects_have_no_place(store: EtcdDatastore) -> None:
    key = Key(Kind.NAMESPACE, "", "a")
    assert not store.holds(Kind.NAMESPACE)
    assert store.list(Kind.NAMESPACE) == store.list(Kind.SERVICE)
    for act in (store.get, store.delete):
        with pytest.raises(NotFound):
            act(key)
    with pytest.raises(Invalid, match="etcd keeps no Namespace"):
        store.create(key, b"{}")


# --- listings, limits, and etcds that are not there ---------------------------------------------------------------


def test_pages_pass_by_what_is_not_ours(etcd: Etcd, store: EtcdDatastore) -> None:
    for name in ("a", "c", "e"):
        store.create(Key(Kind.TIER, "", name), name.encode())
    for path in ("b/x", "d/x/y"):
        put(etcd, f"{ROOT}tiers/{path}", "?")
    names, token = [], ""
    while True:
        page = store.list(Kind.TIER, limit=1, token=token)
        names += [record.key.name for record in page.records]
        if not (token := page.more):
            break
    assert names == ["a", "c", "e"]


def test_a_listing_is_read_in_pages_of_one_revision(
    etcd: Etcd, store: EtcdDatastore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tortie.datastore.etcd.PAGE", 2)
    made = [store.create(Key(Kind.TIER, "", name), b"") for name in "abcde"]
    asked = []
    ask = store._calls.range

    def counted(request: object, **seconds: float) -> object:
        asked.append(request)
        put(etcd, f"{ROOT}tiers/z{len(asked)}", "later")
        return ask(request, **seconds)

    monkeypatch.setattr(store._calls, "range", counted)
    found = store.list(Kind.TIER).records
    assert found[: len(made)] == tuple(made)
    assert [record.key.name for record in found[len(made) :]] == ["z1"]
    assert len(asked) == 3


def test_a_value_that_is_too_large_is_refused(store: EtcdDatastore) -> None:
    with pytest.raises(Invalid, match="etcd takes no value of that size"):
        store.create(Key(Kind.TIER, "", "a"), b"x" * 2_000_000)


def test_an_answer_larger_than_grpc_likes_is_read(store: EtcdDatastore) -> None:
    for name in "abcdef":
        store.create(Key(Kind.TIER, "", name), b"x" * 1_000_000)
    assert len(store.list(Kind.TIER).records) == 6


def test_an_etcd_that_is_not_there_is_told_with_its_address() -> None:
    absent = EtcdDatastore(EtcdSettings("http://127.0.0.1:1"))
    with pytest.raises(Unavailable, match=r"etcd does not answer at http://127.0.0.1:1: .*"):
        absent.get(WEB)
    absent.close()


def test_another_etcd_in_its_place_is_no_continuation(store: EtcdDatastore) -> None:
    watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
    watch._cluster += 1  # type: ignore[attr-defined]
    with pytest.raises(Expired, match="another etcd cluster"):
        watch.poll(0)
    watch.close()
