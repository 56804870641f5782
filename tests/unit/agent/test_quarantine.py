"""What may be closed, what closing means, and when it ends."""

from __future__ import annotations

from tests.spec.cast import ALLOW, BOTH, DENY, EGRESS, INGRESS, OPEN, endpoint_key, network_set, policy, workload
from tests.spec.semantics import HOST
from tortie.agent.quarantine import Quarantine, closed
from tortie.model import Key, Kind, Metadata, Profile, Resource, Update, WorkloadEndpoint

LET = policy("let", "all()", (EGRESS,), (ALLOW,))
STORED = Key(Kind.NAMESPACE, "", "shop")
OF_NAMESPACE = Profile(Key(Kind.PROFILE, "", "kns.shop"), Metadata(), ingress=(ALLOW,), labels_to_apply={"a": "b"})


def is_here(endpoint: WorkloadEndpoint) -> bool:
    return endpoint.node == HOST


def knowing(*resources: Resource) -> Quarantine:
    found = Quarantine(is_here)
    found.admit(Update(each.key, each) for each in resources)
    return found


def test_a_closed_policy_denies_what_it_governs() -> None:
    shut = closed(LET)
    assert shut == policy("let", "all()", (EGRESS,), {EGRESS: (DENY,), INGRESS: (DENY,)})
    both = closed(policy("both", "all()", BOTH, (ALLOW,)))
    assert both == policy("both", "all()", BOTH, (DENY,))


def test_a_closed_profile_denies_and_keeps_its_labels() -> None:
    shut = closed(OF_NAMESPACE)
    assert isinstance(shut, Profile)
    assert (shut.ingress, shut.egress, shut.labels_to_apply) == ((DENY,), (DENY,), {"a": "b"})


def test_a_closed_endpoint_is_absent() -> None:
    assert closed(workload("w0")) is None


def test_those_named_come_first_then_with_all_that_is_new() -> None:
    quarantine = knowing(LET, OPEN, workload("w0"), workload("r0"), network_set("n", {}))
    assert list(quarantine.candidates([LET.key])) == [(LET.key,), (LET.key, OPEN.key, endpoint_key("w0"))]
    quarantine.accepted()
    assert list(quarantine.candidates([LET.key])) == [(LET.key,)]
    assert list(quarantine.candidates([endpoint_key("w0"), endpoint_key("r0")])) == []


def test_a_profile_is_found_under_the_key_it_is_stored_by() -> None:
    quarantine = Quarantine(is_here)
    quarantine.admit([Update(STORED, OF_NAMESPACE)])
    quarantine.accepted()
    assert list(quarantine.candidates([OF_NAMESPACE.key])) == [(STORED,)]
    quarantine.admit([Update(STORED, None)])
    assert list(quarantine.candidates([OF_NAMESPACE.key])) == []


def test_updates_close_some_and_open_the_others() -> None:
    quarantine = knowing(LET, workload("w0"))
    keys = (LET.key, endpoint_key("w0"))
    assert quarantine.updates(keys, keys[1:]) == [Update(LET.key, LET), Update(endpoint_key("w0"), None)]


def test_what_is_held_is_a_candidate_again_only_once_it_changed() -> None:
    quarantine = knowing(LET)
    quarantine.hold([LET.key], "no")
    assert quarantine.held == {LET.key: "no"}
    quarantine.accepted()
    assert list(quarantine.candidates([LET.key])) == []
    quarantine.admit([Update(LET.key, LET)])
    assert quarantine.held == {}
    assert list(quarantine.candidates([])) == [(LET.key,)]
