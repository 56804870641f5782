"""Rules with `http`: told when they are written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.console import API, Console, policy
from tortie.cli.requests import request_problems

WHAT = "layer 7 is not enforced yet: a rule with `http` matches nothing"
ASKING = policy(spec="ingress: [{action: Allow}, {action: Allow, protocol: TCP, http: {methods: [GET]}}]")


@pytest.mark.parametrize(
    ("spec", "paths"),
    [
        ({}, []),
        ({"ingress": [{"action": "Allow"}], "egress": None}, []),
        ({"ingress": [{"action": "Allow", "http": {}}, {"action": "Deny"}]}, ["spec.ingress[0].http"]),
        ({"egress": [{"action": "Allow"}, {"http": {"methods": ["GET"]}}]}, ["spec.egress[1].http"]),
    ],
)
def test_each_rule_that_asks_for_requests_is_told(spec: dict[str, Any], paths: list[str]) -> None:
    found = list(request_problems({"spec": spec}))
    assert [each.path for each in found] == paths
    assert all(each.what == WHAT for each in found)


@pytest.mark.parametrize("verb", ["apply", "create", "validate"])
def test_who_writes_one_is_warned_at_its_place(calicoctl: Console, verb: str) -> None:
    file = calicoctl.file(ASKING)
    said = calicoctl(verb, "-f", file)
    assert said.code == 0
    what, line, caret, mend = said.err.splitlines()
    assert what == f"warning: {file}:4:72: NetworkPolicy/shop/db spec.ingress[1].http: {WHAT}"
    assert caret.index("^") == line.index("{methods")
    assert mend == "  without `http` it allows all that its other fields match"


def test_who_replaces_with_one_is_warned_too(calicoctl: Console) -> None:
    calicoctl.has(policy())
    assert WHAT in calicoctl("replace", "-f", calicoctl.file(ASKING)).err


def test_profiles_have_rules_too(calicoctl: Console) -> None:
    text = f"{API}\nkind: Profile\nmetadata: {{name: p}}\nspec: {{egress: [{{action: Allow, http: {{}}}}]}}\n"
    assert WHAT in calicoctl("validate", "-f", calicoctl.file(text)).err
