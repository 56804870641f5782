"""Command lines on a cluster, from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.etcds import one_etcd
from tests.kube_api import KubeApi, kube_api
from tortie.cli.calicoctl import main as calicoctl
from tortie.cli.tortie import main as tortie
from tortie.datastore import KubernetesDatastore

POLICY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop, labels: {team: a}}
spec:
  selector: app == 'web'
  ingress:
  - {action: Allow, protocol: TCP, source: {selector: app == 'shop'}, destination: {ports: [80]}}
"""


@dataclass(frozen=True, slots=True)
class Console:
    api: KubeApi
    environ: dict[str, str]
    directory: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, code: int = 0) -> str:
        got = calicoctl(arguments, self.environ)
        out, err = self.capture.readouterr()
        assert got == code, out + err
        return str(out + err)

    def file(self, text: str) -> str:
        path = self.directory / "given.yaml"
        path.write_text(text)
        return str(path)


@pytest.fixture
def console(server: tuple[KubeApi, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(server[0], environment(server[1], tmp_path), tmp_path, capsys)


def environment(url: str, directory: Path) -> dict[str, str]:
    clusters = [
        {"name": name, "cluster": {"server": at}} for name, at in (("here", url), ("gone", "http://127.0.0.1:9"))
    ]
    contexts = [{"name": name, "context": {"cluster": name, "user": "me"}} for name in ("here", "gone")]
    users = [{"name": "me", "user": {"token": "hunter2"}}]
    path = directory / "kubeconfig"
    whole = {"current-context": "here", "clusters": clusters, "contexts": contexts, "users": users}
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **whole}))
    return {"DATASTORE_TYPE": "kubernetes", "KUBECONFIG": str(path)}


def pod(name: str, address: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
        "spec": {"nodeName": "n1", "serviceAccountName": "default", "containers": [{"name": "c"}]},
        "status": {"podIPs": [{"ip": address}]},
    }


def test_a_policy_s_life(console: Console) -> None:
    path = console.file(POLICY)
    assert console("create", "-f", path) == "Successfully created 1 'NetworkPolicy' resource(s)\n"
    assert "resource already exists: NetworkPolicy(shop/web)" in console("create", "-f", path, code=1)
    assert "web" in console("get", "networkpolicies", "-n", "shop")
    shown = yaml.safe_load(console("get", "np", "web", "-n", "shop", "-o", "yaml"))
    assert shown["metadata"]["labels"] == {"team": "a", "projectcalico.org/tier": "default"}
    assert "projectcalico.org/metadata" not in str(shown)
    patch = json.dumps({"spec": {"order": 7}})
    assert "Successfully patched" in console("patch", "np", "web", "-n", "shop", "-p", patch)
    assert "Successfully set label" in console("label", "np", "web", "zone=b", "-n", "shop")
    changed = yaml.safe_load(console("get", "np", "web", "-n", "shop", "-o", "yaml"))
    assert (changed["spec"]["order"], changed["metadata"]["labels"]["zone"]) == (7, "b")
    assert changed["metadata"]["uid"] == shown["metadata"]["uid"]
    stale = console.file(yaml.safe_dump(shown))
    assert "update conflict: NetworkPolicy(shop/web)" in console("replace", "-f", stale, code=1)
    assert "Successfully applied" in console("apply", "-f", console.file(POLICY))
    assert "Successfully deleted" in console("delete", "np", "web", "-n", "shop")
    assert "resource does not exist: NetworkPolicy(shop/web)" in console("get", "np", "web", "-n", "shop", code=1)


def test_the_store_is_initialised_once(console: Console) -> None:
    console("apply", "-f", console.file(POLICY))
    kinds: dict[str, set[str]] = {key[0].plural: set() for key in console.api.objects}
    for kind, _, name in console.api.objects:
        kinds[kind.plural].add(name)
    assert kinds["tiers"] == {"default", "kube-admin", "kube-baseline"}
    assert kinds["clusterinformations"] == {"default"}
    assert "Cluster Type" in console("version")


def test_the_context_is_chosen(console: Console) -> None:
    said = console("get", "tiers", "--context", "gone", code=1)
    assert "the Kubernetes API at http://127.0.0.1:9 does not answer" in said
    wrong = console("get", "tiers", "--context", "none", code=1)
    assert 'context "none" does not exist\n  its contexts: `here`, `gone`' in wrong
    assert "hunter2" not in said


def test_what_is_made_of_kubernetes_objects(console: Console) -> None:
    console.api.put("pods", pod("web", "10.0.0.1"))
    policy = {"metadata": {"name": "k", "namespace": "shop"}, "spec": {"podSelector": {}}}
    console.api.put("networkpolicies", policy, "networking.k8s.io/v1")
    assert console("get", "profiles").split() == ["NAME", "projectcalico-default-allow", "kns.shop"]
    assert "n1-k8s-web-eth0" in console("get", "wep", "-n", "shop", "-o", "yaml")
    assert "order: 1000" in console("get", "np", "knp.default.k", "-n", "shop", "-o", "yaml")
    assert "k" in console("get", "knp", "-n", "shop")
    assert "knp.default.k" in console("get", "np", "-n", "shop")


@pytest.mark.parametrize(
    ("command", "text", "words"),
    [
        (
            "apply",
            "kind: Profile\nmetadata: {name: kns.shop}",
            "operation Update is not supported on Profile(kns.shop)",
        ),
        ("apply", "kind: Profile\nmetadata: {name: mine}", "resource does not exist: Profile(mine)"),
        ("create", "kind: Profile\nmetadata: {name: mine}", "operation Create is not supported on Profile(mine)"),
        ("create", "kind: Node\nmetadata: {name: n9}", "operation Create is not supported on Node(n9)"),
        ("delete", "kind: Node\nmetadata: {name: n1}", "operation Delete is not supported on Node(n1)"),
    ],
)
def test_what_nobody_writes_here(console: Console, command: str, text: str, words: str) -> None:
    console.api.put("nodes", {"metadata": {"name": "n1"}})
    path = console.file(f"apiVersion: projectcalico.org/v3\n{text}\n")
    assert words in console(command, "-f", path, code=1)


def test_a_node_is_labelled_in_its_annotation(console: Console) -> None:
    console.api.put("nodes", {"metadata": {"name": "n1", "labels": {"os": "linux"}}})
    assert "Successfully set label" in console("label", "node", "n1", "zone=a")
    stored = console.api.objects[console.api.type_of("nodes"), "", "n1"]["metadata"]
    assert stored["annotations"] == {"projectcalico.org/labels": '{"zone":"a"}'}
    assert stored["labels"] == {"os": "linux"}
    assert "use kubectl" not in console("get", "node", "n1", "-o", "yaml")
    applied = "kind: Node\nmetadata: {name: n1, labels: {os: linux, zone: b}}"
    assert "Successfully applied" in console(
        "apply", "-f", console.file(f"apiVersion: projectcalico.org/v3\n{applied}\n")
    )


def test_explain_reads_the_cluster(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console.api.put("pods", pod("web", "10.0.0.1"))
    console.api.put("pods", pod("shop", "10.0.0.2"))
    console.api.put("serviceaccounts", {"metadata": {"name": "default", "namespace": "shop"}})
    console("apply", "-f", console.file(POLICY))
    for name, text in console.environ.items():
        monkeypatch.setenv(name, text)
    codes = [tortie(["explain", "shop/shop", "shop/web", "--port", port, "--exit-code"]) for port in ("80", "81")]
    said = console.capture.readouterr().out.lower()
    assert (codes, "allowed" in said, "denied" in said) == ([0, 1], True, True)


def test_a_change_on_probation_is_refused(console: Console) -> None:
    said = console("apply", "--confirm", "60s", "-f", console.file(POLICY), code=1)
    assert "this datastore cannot keep a change that waits for confirmation" in said
    assert not any(kind.plural == "networkpolicies" for kind, _, _ in console.api.objects)
    assert "no change waits" in console("confirm", code=1)


# --- from store to store --------------------------------------------------------------------------------------------


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[KubeApi, dict[str, str]]]:
    directory = tmp_path / "other"
    directory.mkdir()
    with kube_api() as (api, url):
        api.namespace("shop")
        yield api, environment(url, directory)


def exported(console: Console, environ: dict[str, str]) -> str:
    there = Console(console.api, environ, console.directory, console.capture)
    there("datastore", "migrate", "lock")
    return there("datastore", "migrate", "export")


def imported(console: Console, environ: dict[str, str], text: str) -> str:
    there = Console(console.api, environ, console.directory, console.capture)
    return there("datastore", "migrate", "import", "-f", there.file(text))


@pytest.mark.parametrize("between", ["sqlite", "etcd"])
def test_what_one_store_holds_is_the_same_on_the_others(
    console: Console, other: tuple[KubeApi, dict[str, str]], tmp_path: Path, between: str
) -> None:
    console("apply", "-f", str(Path(__file__).with_name("everything.yaml")))
    first = exported(console, console.environ)
    with ExitStack() as stack:
        environ = {"TORTIE_SQLITE_PATH": str(tmp_path / "s.db")}
        if between == "etcd":
            environ = {"ETCD_ENDPOINTS": stack.enter_context(one_etcd(tmp_path)).url}
        assert "successfully imported" in imported(console, environ, first)
        second = exported(console, environ)
    assert "successfully imported" in imported(console, other[1], second)
    third = exported(console, other[1])
    assert plain(first) == plain(second) == plain(third)


def plain(text: str) -> list[Any]:
    """Return what an export says, without what each store makes anew."""
    lists = [each for each in yaml.safe_load_all(text.split("\n===\n", maxsplit=1)[0]) if each]
    cluster = json.loads(text.split("\n===\n")[1])["spec"]
    return [*lists, cluster]


def test_a_cluster_that_is_in_use_is_no_place_for_an_import(
    console: Console, other: tuple[KubeApi, dict[str, str]]
) -> None:
    console("apply", "-f", console.file(POLICY))
    text = exported(console, console.environ)
    there = Console(other[0], other[1], console.directory, console.capture)
    there("apply", "-f", there.file(POLICY))
    assert "the datastore is not empty: it has NetworkPolicy/shop/web" in there(
        "datastore", "migrate", "import", "-f", there.file(text), code=1
    )


def test_starting_costs_no_kubernetes_where_it_is_not_meant() -> None:
    code = "import sys, tortie.cli.calicoctl; print('http.client' in sys.modules, 'ssl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False False\n"
    assert KubernetesDatastore.__module__ == "tortie.datastore.kubernetes"
