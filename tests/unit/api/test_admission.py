"""What a write may change: the rules of the API specification that need the stored state."""

from __future__ import annotations

import pytest

from tests.unit.api.cases import a, calico, global_policy, policy, resource
from tortie.api import creation_problems, deletion_problems, update_problems
from tortie.model import Key, Kind, Policy

ALLOW_ALL = calico("Profile", "projectcalico-default-allow", "")
STORED = "uid: u, resourceVersion: '7', creationTimestamp: 2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(policy(""), "", id="21-default-tier"),
        pytest.param(policy("tier: sec"), "", id="21-known"),
        pytest.param(policy("tier: kube-admin"), "", id="21-built-in"),
        pytest.param(policy("tier: none"), "resource does not exist: Tier(none)", id="21"),
        pytest.param(global_policy("tier: none"), "resource does not exist: Tier(none)", id="21-global"),
        pytest.param(policy("", metadata="resourceVersion: '7'"), "field must not be set for a Create request", id="9"),
        pytest.param(policy("", "knp.default.a"), "must be managed through the kubernetes API", id="16"),
        pytest.param(policy("", "ossg.default.a"), "", id="16-ossg"),
        pytest.param(ALLOW_ALL, "resource already exists", id="19"),
        pytest.param(calico("Profile", "p", ""), "", id="19-other"),
    ],
)
def test_what_may_be_created(text: str, wanted: str) -> None:
    problems = creation_problems(resource(text), {"sec"})
    assert [wanted in problem.what for problem in problems] == ([True] if wanted else [])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(policy("", metadata=STORED), [], id="10"),
        pytest.param(policy("tier: none", metadata=STORED), [], id="21-not-on-update"),
        pytest.param(policy(""), ["resourceVersion", "creationTimestamp", "uid"], id="10-nothing"),
        pytest.param(policy("", metadata="uid: u, resourceVersion: '7'"), ["creationTimestamp"], id="10-created"),
        pytest.param(policy("", "knp.default.a", metadata=STORED), ["kubernetes API"], id="16"),
        pytest.param(calico("Profile", "projectcalico-default-allow", "", STORED), ["cannot be updated"], id="19"),
    ],
)
def test_what_may_be_updated(text: str, wanted: list[str]) -> None:
    problems = update_problems(resource(text))
    assert len(problems) == len(wanted)
    assert all(part in problem.what for part, problem in zip(wanted, problems, strict=True))


POLICIES = [a(Policy, policy("tier: busy")), a(Policy, global_policy(""))]


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        pytest.param(Key(Kind.TIER, "", "busy"), "Cannot delete a non-empty tier", id="77-used"),
        pytest.param(Key(Kind.TIER, "", "idle"), "", id="77-unused"),
        pytest.param(Key(Kind.TIER, "", "default"), "Cannot delete default tier", id="77-default"),
        pytest.param(Key(Kind.TIER, "", "kube-admin"), "Cannot delete kube-admin tier", id="77-built-in"),
        pytest.param(Key(Kind.PROFILE, "", "projectcalico-default-allow"), "cannot be deleted", id="19"),
        pytest.param(Key(Kind.NETWORK_POLICY, "a", "knp.default.b"), "kubernetes API", id="16"),
        pytest.param(Key(Kind.NETWORK_POLICY, "a", "b"), "", id="other"),
    ],
)
def test_what_may_be_deleted(key: Key, wanted: str) -> None:
    problems = deletion_problems(key, POLICIES)
    assert [wanted in problem.what for problem in problems] == ([True] if wanted else [])
    assert all(problem.path == str(key) for problem in problems)
