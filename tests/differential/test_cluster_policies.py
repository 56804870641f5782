"""Policies of administrators from documents to verdicts: the semantics and the compiled tables give the same."""

from __future__ import annotations

import pytest

from tests.differential.tables import lookup
from tests.spec import semantics
from tortie.api import decode_all, read_documents
from tortie.engine import compile_all
from tortie.model import Flow, Key, Kind, Resource, Settings, Verdict, parse_address

ADDRESSES = {"a": "10.65.0.1", "b": "10.65.0.2"}
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: red}}\n"
POD = (
    "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {0}, namespace: shop, labels: {{app: {0}}}}}\n"
    "spec: {{nodeName: {1}}}\nstatus: {{podIP: {2}}}\n"
)
CAST = NAMESPACE + "".join(POD.format(name, semantics.HOST, address) for name, address in ADDRESSES.items())
SUBJECT = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: b}}}}"
PEER = "{pods: {namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: a}}}}"
EGRESS_PEER = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: b}}}}"


def admin(name: str, action: str, priority: int, tier: str = "Admin") -> str:
    return (
        "---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n"
        f"metadata: {{name: {name}}}\n"
        f"spec: {{tier: {tier}, priority: {priority}, subject: {SUBJECT},"
        f" ingress: [{{action: {action}, from: [{PEER}]}}]}}\n"
    )


def older(action: str) -> str:
    return (
        "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: old}\n"
        f"spec: {{priority: 60, subject: {SUBJECT}, ingress: [{{action: {action}, from: [{PEER}]}}]}}\n"
    )


BASELINE_EGRESS = (
    "---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: base}\n"
    "spec: {tier: Baseline, priority: 1, subject: {namespaces: {}},"
    f" egress: [{{action: Deny, to: [{EGRESS_PEER}]}}]}}\n"
)


def calico(action: str, tier: str = "default", order: float = 1) -> str:
    return (
        "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n"
        f"spec: {{tier: {tier}, order: {order}, selector: app == 'b', ingress: [{{action: {action}}}]}}\n"
    )


KUBERNETES = (
    "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: k, namespace: shop}\n"
    "spec: {podSelector: {matchLabels: {app: b}}, ingress: [{from: [{podSelector: {matchLabels: {app: nobody}}}]}]}\n"
)
TIERS = "".join(
    f"---\napiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {{name: {name}}}\n"
    for name in ("kube-admin", "default", "kube-baseline")
)
NO, OK = Verdict.DENY, Verdict.ALLOW


def resources(text: str) -> dict[Key, Resource]:
    found = decode_all(read_documents(text, "f.yaml"))
    return {each.key: each.value for each in found if each.value is not None}


CASES = (
    pytest.param(admin("d", "Deny", 100), NO, marks=pytest.mark.scenario(28)),
    pytest.param(admin("d", "Deny", 100) + admin("a", "Accept", 50), OK, marks=pytest.mark.scenario(29)),
    pytest.param(admin("d", "Deny", 100), NO, marks=pytest.mark.scenario(30)),
    pytest.param(BASELINE_EGRESS, NO, marks=pytest.mark.scenario(31)),
    pytest.param(admin("p", "Pass", 100) + calico("Deny"), NO, marks=pytest.mark.scenario(32), id="32-with"),
    pytest.param(admin("p", "Pass", 100), OK, marks=pytest.mark.scenario(32), id="32-without"),
    pytest.param(admin("a", "Accept", 100) + calico("Deny"), OK, marks=pytest.mark.scenario(33)),
    pytest.param(admin("a", "Accept", 100) + calico("Deny", "kube-admin", 0.5), NO, marks=pytest.mark.scenario(34)),
    pytest.param(
        admin("p", "Pass", 100) + KUBERNETES + admin("a", "Accept", 1, "Baseline"),
        NO,
        marks=pytest.mark.scenario(35),
    ),
    pytest.param(
        admin("p", "Pass", 100) + calico("Pass") + admin("a", "Accept", 1, "Baseline"),
        OK,
        marks=pytest.mark.scenario(36),
    ),
    pytest.param(older("Allow") + admin("d", "Deny", 100), OK, id="older kind first"),
    pytest.param(older("Allow") + admin("d", "Deny", 50), NO, id="older kind second"),
    pytest.param("", OK, id="nothing"),
)


@pytest.mark.parametrize(("policies", "expected"), CASES)
def test_who_decides(policies: str, expected: Verdict) -> None:
    stored = resources(CAST + TIERS + policies)
    ends = {name: Key(Kind.POD, "shop", name) for name in ADDRESSES}
    source, destination = (parse_address(ADDRESSES[name]) for name in ("a", "b"))
    flow = Flow(source, destination, 6, 40000, 80, sender=ends["a"], receiver=ends["b"])
    settings = Settings()
    snapshot = compile_all(stored, lambda endpoint: endpoint.node == semantics.HOST, settings)
    assert semantics.verdict(stored, flow, settings) is expected
    assert lookup(snapshot, flow)[0] is expected
    assert {ends["a"], ends["b"]} <= stored.keys()
