"""Policies and profiles, rule by rule of the API specification (3.2, 3.3, 3.6) and its default types (4.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.api.cases import a, calico, faults, global_policy, policy, the_fault
from tortie.model import Action, Direction, Policy, Profile, StagedAction

LONG = "'has(a)" + " " * 1019 + "'"
SERVICE = "services: {name: s}"


def staged(spec: str, kind: str = "StagedNetworkPolicy", name: str = "p") -> str:
    return calico(kind, name, spec)


BAD = [
    pytest.param(policy("", "a.b.c"), "metadata.name", "at most one dot", id="12"),
    pytest.param(policy("", "knp.other.x"), "metadata.name", "at most one dot", id="12-prefix"),
    pytest.param(global_policy("", "knp.default.x"), "metadata.name", "at most one dot", id="13"),
    pytest.param(policy("tier: Not_A_Tier"), "spec.tier", "not a tier's name", id="20"),
    pytest.param(policy("selector: 'a ='"), "spec.selector", "is not a selector", id="22-selector"),
    pytest.param(policy("serviceAccountSelector: '!'"), "spec.serviceAccountSelector", "not a selector", id="22-sa"),
    pytest.param(global_policy("namespaceSelector: 'x y'"), "spec.namespaceSelector", "not a selector", id="22-ns"),
    pytest.param(policy(f"selector: {LONG}"), "spec.selector", "1025 characters", id="23"),
    pytest.param(policy("selector: global()"), "spec.selector", "`global()` is only allowed", id="24"),
    pytest.param(policy("selector: a == 'global('"), "spec.selector", "`global()` is only allowed", id="24-literal"),
    pytest.param(policy("types: [Inbound]"), "spec.types[0]", "`Inbound` is not known", id="25"),
    pytest.param(policy("types: [Ingress, Ingress]"), "spec.types[1]", "stands twice", id="26"),
    pytest.param(policy("types: [Ingress, Egress, Egress]"), "spec.types[2]", "stands twice", id="27"),
    pytest.param(policy(f"ingress: [{', '.join(['{action: Deny}'] * 1025)}]"), "spec.ingress", "1025 rules", id="28"),
    pytest.param(policy("performanceHints: [Fast]"), "spec.performanceHints[0]", "not known", id="29"),
    pytest.param(
        policy("performanceHints: [AssumeNeededOnEveryNode, AssumeNeededOnEveryNode]"),
        "spec.performanceHints[1]",
        "stands twice",
        id="29-twice",
    ),
    pytest.param(
        global_policy("doNotTrack: true, preDNAT: true, applyOnForward: true"),
        "spec.preDNAT",
        "cannot both be true",
        id="30",
    ),
    pytest.param(
        global_policy("preDNAT: true, applyOnForward: true, types: [Ingress], egress: [{action: Deny}]"),
        "spec.egress",
        "cannot have egress rules",
        id="31",
    ),
    pytest.param(
        global_policy("preDNAT: true, applyOnForward: true, types: [Egress]"),
        "spec.types",
        "cannot have the type `Egress`",
        id="32",
    ),
    pytest.param(global_policy("doNotTrack: true"), "spec.doNotTrack", "needs `applyOnForward`", id="33-doNotTrack"),
    pytest.param(global_policy("preDNAT: true"), "spec.preDNAT", "needs `applyOnForward`", id="33-preDNAT"),
    pytest.param(
        policy(f"egress: [{{action: Allow, source: {{{SERVICE}}}}}]"),
        "spec.egress[0].source.services",
        "egress rule cannot have `services`",
        id="34-egress",
    ),
    pytest.param(
        policy(f"ingress: [{{action: Allow, destination: {{{SERVICE}}}}}]"),
        "spec.ingress[0].destination.services",
        "ingress rule cannot have `services`",
        id="34-ingress",
    ),
    pytest.param(
        global_policy(f"egress: [{{action: Allow, destination: {{{SERVICE}}}}}]"),
        "spec.egress[0].destination.services",
        "needs the namespace",
        id="35",
    ),
    pytest.param(policy("egress: [{action: Allow, http: {}}]"), "spec.egress[0].http", "cannot have `http`", id="36"),
    pytest.param(
        calico("Profile", "p", "labelsToApply: {'a b': x}"), "spec.labelsToApply.a b", "not a label key", id="73-key"
    ),
    pytest.param(
        calico("Profile", "p", "labelsToApply: {a: '-'}"), "spec.labelsToApply.a", "not a label value", id="73-value"
    ),
    pytest.param(calico("Profile", "p", "ingress: [{action: Drop}]"), "spec.ingress[0].action", "not known", id="74"),
    pytest.param(policy("doNotTrack: true"), "spec.doNotTrack", "not recognized", id="field-of-global-policies"),
    pytest.param(policy("namespaceSelector: all()"), "spec.namespaceSelector", "not recognized", id="field-ns"),
    pytest.param(policy("order: '10'"), "spec.order", "cannot unmarshal string", id="order-text"),
    pytest.param(policy("order: .inf"), "spec.order", "finite", id="order-infinite"),
    pytest.param(policy("order: true"), "spec.order", "cannot unmarshal bool", id="order-bool"),
]


SERVED = "{action: Allow, destination: {services: {name: s}}}"
BAD += [
    pytest.param(staged("stagedAction: Remove"), "spec.stagedAction", "`Remove` is not known", id="37"),
    pytest.param(staged("stagedAction: set"), "spec.stagedAction", "`set` is not known", id="37-case"),
    pytest.param(staged("stagedAction: Delete, order: 1"), "spec.order", "left out", id="38-order"),
    pytest.param(staged("stagedAction: Delete, order: 0.0"), "spec.order", "left out", id="38-order-zero"),
    pytest.param(staged("stagedAction: Delete, selector: all()"), "spec.selector", "left out", id="38-selector"),
    pytest.param(staged("stagedAction: Delete, egress: [{action: Deny}]"), "spec.egress", "left out", id="38-rules"),
    pytest.param(staged("stagedAction: Delete, odrer: 1"), "spec.odrer", "not recognized", id="38-unknown"),
    pytest.param(
        staged("stagedAction: Delete, preDNAT: true", "StagedGlobalNetworkPolicy"),
        "spec.preDNAT",
        "left out",
        id="38-g",
    ),
    pytest.param(staged("stagedAction: Delete, preDNAT: true"), "spec.preDNAT", "not recognized", id="38-n"),
    pytest.param(staged("", name="a.b.c"), "metadata.name", "at most one dot", id="12-staged"),
    pytest.param(
        staged("", "StagedGlobalNetworkPolicy", "knp.default.x"), "metadata.name", "at most one dot", id="13-staged"
    ),
    pytest.param(staged("types: [Egress, Egress]"), "spec.types[1]", "stands twice", id="26-staged"),
    pytest.param(
        staged(f"ingress: [{SERVED}]"), "spec.ingress[0].destination.services", "ingress rule cannot", id="34-staged"
    ),
    pytest.param(
        staged(f"egress: [{SERVED}]", "StagedGlobalNetworkPolicy"),
        "spec.egress[0].destination.services",
        "needs the namespace",
        id="35-staged",
    ),
    pytest.param(
        staged("egress: [{action: Allow, http: {}}]"), "spec.egress[0].http", "cannot have `http`", id="36-staged"
    ),
    pytest.param(policy("stagedAction: Set"), "spec.stagedAction", "not recognized", id="field-of-staged-policies"),
]


@pytest.mark.parametrize(("text", "path", "what"), BAD)
def test_a_policy_that_breaks_a_rule_says_which_and_where(text: str, path: str, what: str) -> None:
    found = the_fault(text)
    assert found.path.endswith(f"/p {path}") or found.path.endswith(f" {path}")
    assert what in found.what
    assert (found.line, found.column) != (0, 0)


GOOD = [
    pytest.param(policy("", "a"), id="12-label"),
    pytest.param(policy("", "a.b"), id="12-one-dot"),
    pytest.param(policy("", "knp.default.a.b"), id="12-knp"),
    pytest.param(policy("", "ossg.default.a"), id="12-ossg"),
    pytest.param(global_policy("", "a.b"), id="13"),
    pytest.param(policy("tier: net-sec"), id="20"),
    pytest.param(policy("selector: '  '"), id="22-blank"),
    pytest.param(policy("types: []"), id="27-empty-means-default"),
    pytest.param(policy("performanceHints: [AssumeNeededOnEveryNode]"), id="29"),
    pytest.param(global_policy("doNotTrack: true, applyOnForward: true"), id="33"),
    pytest.param(global_policy("preDNAT: true, applyOnForward: true, types: [Ingress]"), id="32"),
    pytest.param(global_policy("preDNAT: true, applyOnForward: true"), id="32-derived"),
    pytest.param(policy(f"ingress: [{{action: Allow, source: {{{SERVICE}}}}}]"), id="35-own-namespace"),
    pytest.param(calico("Profile", "p", f"egress: [{{action: Allow, source: {{{SERVICE}}}}}]"), id="74-free-of-34"),
    pytest.param(calico("Profile", "p", "egress: [{action: Allow, http: {}}]"), id="74-free-of-36"),
    pytest.param(policy("order: -1.5"), id="40-negative-fraction"),
    pytest.param(policy("order: 0"), id="40-zero"),
    pytest.param("apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\n", id="no-spec"),
    pytest.param(policy("Egress: [{Action: Allow}]"), id="names-in-any-case"),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_policy_within_the_rules_is_read(text: str) -> None:
    assert faults(text) == []


RULE = "[{action: Allow}]"


@pytest.mark.parametrize(
    ("spec", "types"),
    [
        ("", "Ingress"),
        (f"ingress: {RULE}", "Ingress"),
        (f"egress: {RULE}", "Egress"),
        (f"ingress: {RULE}, egress: {RULE}", "Ingress Egress"),
        (f"types: [Ingress], egress: {RULE}", "Ingress"),
        ("types: [Egress, Ingress]", "Egress Ingress"),
        (f"types: [], egress: {RULE}", "Egress"),
        (f"ingress: [], egress: {RULE}", "Egress"),
    ],
)
def test_types_are_what_is_written_or_follow_from_the_rules(spec: str, types: str) -> None:
    assert a(Policy, policy(spec)).types == tuple(Direction(word) for word in types.split())


@pytest.mark.parametrize("kind", ["StagedNetworkPolicy", "StagedGlobalNetworkPolicy"])
@pytest.mark.parametrize(
    ("spec", "action"),
    [
        ("", StagedAction.SET),
        ("stagedAction: ''", StagedAction.SET),
        ("stagedAction: Set", StagedAction.SET),
        ("stagedAction: Learn", StagedAction.LEARN),
        ("stagedAction: Ignore", StagedAction.IGNORE),
    ],
)
def test_a_staged_policy_is_the_enforced_one_marked(kind: str, spec: str, action: StagedAction) -> None:
    rest = "tier: sec, order: 2, selector: has(a), ingress: [{action: Deny}], egress: [{action: Pass}]"
    found = a(Policy, staged(f"{rest}, {spec}" if spec else rest, kind))
    enforced = a(Policy, calico(kind.removeprefix("Staged"), "p", rest))
    assert found == replace(enforced, key=found.key, staged=action)
    assert found.key.kind == kind


@pytest.mark.parametrize("spec", ["", "tier: sec", "types: [Egress]", "order: null, selector: '', ingress: []"])
def test_a_staged_deletion_says_only_its_tier(spec: str) -> None:
    found = a(Policy, staged(f"stagedAction: Delete, {spec}"))
    tier = "sec" if "sec" in spec else "default"
    assert found == Policy(found.key, found.metadata, tier=tier, staged=StagedAction.DELETE)


def test_everything_a_global_policy_says_is_kept() -> None:
    found = a(
        Policy,
        global_policy(
            "tier: sec, order: 2.5, selector: a == 'b', namespaceSelector: has(n), serviceAccountSelector: has(s),"
            " types: [Ingress], doNotTrack: true, applyOnForward: true, performanceHints: [AssumeNeededOnEveryNode],"
            " ingress: [{action: Pass}]"
        ),
    )
    assert (found.tier, found.order, found.selector) == ("sec", 2.5, "a == 'b'")
    assert (found.namespace_selector, found.service_account_selector) == ("has(n)", "has(s)")
    assert (found.do_not_track, found.pre_dnat, found.apply_on_forward) == (True, False, True)
    assert found.performance_hints == ("AssumeNeededOnEveryNode",)
    assert [rule.action for rule in found.ingress] == [Action.PASS]


def test_a_policy_without_tier_and_order_is_last_of_the_default_tier() -> None:
    found = a(Policy, policy("tier: ''"))
    assert (found.tier, found.order) == ("default", None)


def test_a_profile_keeps_its_rules_and_labels() -> None:
    found = a(Profile, calico("Profile", "a.b", "ingress: [{action: Log}], labelsToApply: {pcns.x: z}"))
    assert [rule.action for rule in found.ingress] == [Action.LOG]
    assert found.labels_to_apply == {"pcns.x": "z"}


def test_the_column_of_a_selectors_fault_is_its_place_in_the_file() -> None:
    text = policy("selector: \"a == 'b' && c = 'd'\"")
    found = the_fault(text)
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith("= 'd'")
    assert found.mend == "compare with `==`"


def test_all_problems_of_a_policy_are_told_in_the_order_of_the_file() -> None:
    found = faults(policy("selector: 'a =',\n types: [Inbound],\n ingress: [{action: allow}],\n odrer: 5"))
    assert [problem.line for problem in found] == [4, 5, 6, 7]
    assert [problem.mend for problem in found][2:] == ["write `Allow`", "write `order`"]
