"""Tiers and network sets, one row for each rule of the API specification (3.2, 3.6), and their defaults (4.2)."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, calico, faults, the_fault
from tortie.model import Action, NetworkSet, Tier

SETS = ("NetworkSet", "GlobalNetworkSet")


@pytest.mark.parametrize(
    ("name", "spec", "path", "what", "mend"),
    [
        pytest.param("a.b", "", "metadata.name", "not a tier's name", "", id="15-dot"),
        pytest.param("a" * 64, "", "metadata.name", "not a tier's name", "", id="15-long"),
        pytest.param("t", "defaultAction: Allow", "spec.defaultAction", "not known", "", id="75"),
        pytest.param("t", "defaultAction: deny", "spec.defaultAction", "not known", "write `Deny`", id="75-case"),
        pytest.param("default", "order: 5", "spec.order", "is fixed", "order: 1000000", id="76-order"),
        pytest.param("kube-admin", "defaultAction: Deny", "spec.defaultAction", "is fixed", "Pass", id="76-action"),
        pytest.param("t", "order: high", "spec.order", "cannot unmarshal string", "", id="order"),
    ],
)
def test_a_tier_that_breaks_a_rule_says_which(name: str, spec: str, path: str, what: str, mend: str) -> None:
    found = the_fault(calico("Tier", name, spec))
    assert found.path == f"Tier/{name} {path}"
    assert what in found.what
    assert mend in found.mend


@pytest.mark.parametrize(
    ("name", "spec", "order", "action"),
    [
        ("t", "", 1_000_000.0, Action.DENY),
        ("t", "order: -2.5, defaultAction: Pass", -2.5, Action.PASS),
        ("t", "order: 0, defaultAction: ''", 0.0, Action.DENY),
        ("default", "", 1_000_000.0, Action.DENY),
        ("kube-admin", "", 1000.0, Action.PASS),
        ("kube-baseline", "order: 10000000, defaultAction: Pass", 10_000_000.0, Action.PASS),
    ],
)
def test_a_tiers_defaults(name: str, spec: str, order: float, action: Action) -> None:
    found = a(Tier, calico("Tier", name, spec))
    assert (found.order, found.default_action) == (order, action)


@pytest.mark.parametrize("kind", SETS)
@pytest.mark.parametrize(
    ("spec", "labels", "path", "what"),
    [
        pytest.param("nets: [somewhere]", "", "spec.nets[0]", "neither an address nor a CIDR", id="90"),
        pytest.param("nets: ['']", "", "spec.nets[0]", "empty text", id="3.7-empty"),
        pytest.param(
            "", "projectcalico.org/namespace: a", "metadata.labels.projectcalico.org/namespace", "cannot", id="91"
        ),
        pytest.param("net: []", "", "spec.net", "wrong location: net", id="unknown"),
    ],
)
def test_a_network_set_that_breaks_a_rule_says_which(kind: str, spec: str, labels: str, path: str, what: str) -> None:
    found = the_fault(calico(kind, "s", spec, f"labels: {{{labels}}}"))
    assert found.path.endswith(f"/s {path}")
    assert what in found.what


@pytest.mark.parametrize("kind", SETS)
def test_a_network_set_takes_addresses_and_clears_host_bits(kind: str) -> None:
    text = calico(kind, "a.b", "nets: [10.0.0.1, 10.0.0.9/8, '::/0', 10.0.0.1/32]", "labels: {a: b}")
    found = a(NetworkSet, text)
    assert [str(net) for net in found.nets] == ["10.0.0.1/32", "10.0.0.0/8", "::/0"]
    assert found.metadata.labels == {"a": "b"}


@pytest.mark.parametrize("kind", SETS)
def test_a_network_set_may_be_empty(kind: str) -> None:
    assert faults(calico(kind, "s", "")) == []
