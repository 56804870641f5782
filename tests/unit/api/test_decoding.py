"""Documents to the model: kinds, keys, all problems at once, and nothing but Invalid whatever is given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.api.cases import endpoint, faults, global_policy, kubernetes, policy, the_fault
from tortie.api import KINDS, Decoded, decode, decode_all, document_of, info_of, key_of, read_documents
from tortie.api.decoding import decode_data
from tortie.errors import Invalid
from tortie.model import Key, Kind

FIVE = """\
# a comment
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: five
  namespace: shop
spec:
  selector: color = 'red'
  types: [Inbound]
  ingress:
  - action: allow
    protocol: TCP
    source:
      nets: [1.2.3.4/24]
    destination:
      ports: [80-90]
"""


def test_five_mistakes_are_five_problems_with_line_column_and_mend() -> None:
    assert [(problem.line, problem.column, problem.mend) for problem in faults(FIVE)] == [
        (8, 19, "compare with `==`"),
        (9, 11, ""),
        (11, 13, "write `Allow`"),
        (14, 14, "write `1.2.3.0/24`"),
        (16, 15, "write `80:90`"),
    ]
    assert {problem.file for problem in faults(FIVE)} == {"f.yaml"}


def test_problems_of_all_documents_are_told_at_once() -> None:
    found = faults(policy("tier: A B") + "---\n" + policy("") + "---\n" + global_policy("order: x"))
    assert [problem.line for problem in found] == [4, 14]


@pytest.mark.parametrize(
    ("text", "what", "mend", "position"),
    [
        ("a: 1", "`kind` is missing", "of projectcalico.org/v3 there are NetworkPolicy, ", (1, 1)),
        ("kind: Tier\n", "`apiVersion` is missing", "write `apiVersion: projectcalico.org/v3`", (1, 1)),
        ("kind: Lab\n", "`apiVersion` is missing", "of v1 there are Namespace, ServiceAccount, ", (1, 1)),
        (
            "apiVersion: projectcalico.org/v3\nkind: networkpolicy\n",
            "unknown resource type (networkpolicy) and/or version (projectcalico.org/v3)",
            "did you mean `NetworkPolicy`?",
            (2, 7),
        ),
        (
            "apiVersion: projectcalico.org/v3\nkind: LiveMigration\n",
            "unknown resource type (LiveMigration)",
            "KINDS",
            (2, 7),
        ),
        (
            "apiVersion: v1\nkind: NetworkPolicy\n",
            "unknown resource type (NetworkPolicy) and/or version (v1)",
            "write `apiVersion: projectcalico.org/v3` or `apiVersion: networking.k8s.io/v1`",
            (1, 13),
        ),
    ],
)
def test_an_unknown_kind_lists_what_is_supported(text: str, what: str, mend: str, position: tuple[int, int]) -> None:
    found = the_fault(text)
    assert what in found.what
    wanted = [info.document_kind for info in KINDS if info.is_calico] if mend == "KINDS" else [mend]
    assert all(part in found.mend for part in wanted)
    assert (found.line, found.column) == position


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (policy(""), Key(Kind.NETWORK_POLICY, "shop", "p")),
        (global_policy("spec is: not looked at"), Key(Kind.GLOBAL_NETWORK_POLICY, "", "p")),
        (endpoint(), Key(Kind.WORKLOAD_ENDPOINT, "shop", "n1-k8s-web--0-eth0")),
        (endpoint("", "any-name"), Key(Kind.WORKLOAD_ENDPOINT, "shop", "any-name")),
        (kubernetes("Pod", "name: a, namespace: b"), Key(Kind.POD, "b", "a")),
        (kubernetes("Pod", "name: a"), Key(Kind.POD, "fallback", "a")),
        (kubernetes("Namespace", "name: a"), Key(Kind.NAMESPACE, "", "a")),
        (kubernetes("NetworkPolicy", "name: a, namespace: b"), Key(Kind.KUBERNETES_NETWORK_POLICY, "b", "a")),
    ],
)
def test_a_key_needs_only_the_identity(text: str, key: Key) -> None:
    (document,) = read_documents(text, "f")
    assert key_of(document, "fallback") == key


def test_a_key_without_a_name_is_refused() -> None:
    (document,) = read_documents(global_policy("").replace("name: p", ""), "f")
    with pytest.raises(Invalid, match="a name is needed"):
        key_of(document)


def test_what_is_stored_under_another_key_is_refused() -> None:
    (document,) = read_documents(policy("types: [Ingress]"), "f")
    key = Key(Kind.NETWORK_POLICY, "shop", "p")
    assert decode_data(key, document.data) == (decode(document).value, (), False)
    problems = decode_data(Key(Kind.NETWORK_POLICY, "shop", "q"), document.data).problems
    assert "is NetworkPolicy/shop/p" in problems[0].what


def test_every_kind_of_the_table_is_told_by_kind_and_version() -> None:
    for info in KINDS:
        assert info_of(document_of({"kind": info.document_kind, "apiVersion": info.api_version})) is info


KNOWN = """
    metadata spec status name namespace labels annotations action source destination nets notNets selector ports
    protocol icmp notICMP type code http methods paths exact services serviceAccounts names tier order types
    ingress egress from to podSelector matchLabels matchExpressions key operator values ipBlock cidr except
    ipNetworks ipNATs internalIP interfaceName node pod orchestrator endpoint containers hostPort podIPs ip
    policyTypes labelsToApply defaultAction doNotTrack preDNAT ipVersion Allow In Ingress 10.0.0.0/8 all() a
"""
WORDS = st.sampled_from(KNOWN.split())
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=4)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5),
    max_leaves=25,
)


@given(
    info=st.sampled_from(KINDS),
    metadata=ANYTHING | st.just({"name": "a", "namespace": "b"}),
    spec=ANYTHING,
    status=ANYTHING,
)
def test_whatever_a_document_holds_it_is_decoded_or_invalid(
    info: Any, metadata: object, spec: object, status: object
) -> None:
    data = {
        "kind": info.document_kind,
        "apiVersion": info.api_version,
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }
    try:
        found = decode_all([document_of(data)])
    except Invalid as error:
        assert all(problem.what for problem in error.problems)  # noqa: PT017 - either outcome is right
    else:
        assert all(isinstance(decoded, Decoded) for decoded in found)


@given(ANYTHING)
def test_a_rule_is_decoded_or_invalid_whatever_it_holds(rule: object) -> None:
    data = {
        "kind": "GlobalNetworkPolicy",
        "apiVersion": "projectcalico.org/v3",
        "metadata": {"name": "p"},
        "spec": {"ingress": [rule, {"action": "Allow", "source": rule, "destination": rule, "http": rule}]},
    }
    with pytest.raises(Invalid) as error:
        decode(document_of({**data, "unknown": 1}))
    assert error.value.problems
