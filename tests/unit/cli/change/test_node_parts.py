"""What goes with a node that is deleted, and what stays."""

from __future__ import annotations

import json

from tests.unit.cli.console import API, Console
from tortie.model import Key, Kind


def endpoint(node: str, pod: str) -> str:
    spec = (
        f"node: {node}, orchestrator: k8s, pod: {pod}, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.0.0.1/32]"
    )
    return f"{API}\nkind: WorkloadEndpoint\nmetadata: {{namespace: shop}}\nspec: {{{spec}}}\n"


def host(node: str, name: str) -> str:
    return f"{API}\nkind: HostEndpoint\nmetadata: {{name: {name}}}\nspec: {{node: {node}, interfaceName: eth0}}\n"


def settings(name: str) -> str:
    return f"{API}\nkind: FelixConfiguration\nmetadata: {{name: {name}}}\n"


def node(name: str) -> str:
    return f"{API}\nkind: Node\nmetadata: {{name: {name}}}\n"


def names(calicoctl: Console, kind: str) -> list[str]:
    listed = json.loads(calicoctl("get", kind, "-o", "json", *(["-A"] if kind == "wep" else [])).out)
    return [item["metadata"]["name"] for item in listed["items"]]


def test_endpoints_and_settings_go_with_their_node(calicoctl: Console) -> None:
    calicoctl.has(node("n1"), node("n2"), endpoint("n1", "a"), endpoint("n2", "b"), host("n1", "h1"), host("n2", "h2"))
    calicoctl.has(settings("node.n1"), settings("default"))
    said = calicoctl("delete", "node", "n1")
    assert (said.code, said.out) == (0, "Successfully deleted 1 'Node' resource(s)\n")
    assert said.err == (
        "note: WorkloadEndpoint/shop/n1-k8s-a-eth0 is deleted with node `n1`\n"
        "note: HostEndpoint/h1 is deleted with node `n1`\n"
        "note: FelixConfiguration/node.n1 is deleted with node `n1`\n"
    )
    left = {kind: names(calicoctl, kind) for kind in ("node", "wep", "hep", "felixconfig")}
    assert left == {"node": ["n2"], "wep": ["n2-k8s-b-eth0"], "hep": ["h2"], "felixconfig": ["default"]}


def test_nothing_goes_with_a_node_that_is_not_there_or_has_changed(calicoctl: Console) -> None:
    calicoctl.has(host("n1", "h1"))
    assert calicoctl("delete", "node", "n1").code == 1
    assert calicoctl("delete", "node", "n1", "-s").code == 0
    calicoctl.has(node("n1"))
    stale = calicoctl.file(f"{API}\nkind: Node\nmetadata: {{name: n1, resourceVersion: '1'}}\n")
    assert "update conflict" in calicoctl("delete", "-f", stale).err
    assert names(calicoctl, "hep") == ["h1"]


def test_what_others_manage_is_named(calicoctl: Console) -> None:
    calicoctl.has(node("n1"))
    store = calicoctl.store
    pool = {"kind": "IPPool", "apiVersion": "projectcalico.org/v3", "metadata": {"name": "p"}, "spec": {}}
    store.create(Key(Kind.IP_POOL, "", "p"), json.dumps(pool).encode())
    store.close()
    assert "its addresses and BGP settings are not Tortie's to delete" in calicoctl("delete", "node", "n1").err
