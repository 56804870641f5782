"""Summary lines: every row of the specification's tables."""

from __future__ import annotations

import pytest

from tortie.cli.output.summary import Outcome, Report, delete_report, replace_report, write_report

KIND = "Tier"


@pytest.mark.parametrize(
    ("verb", "outcome", "report"),
    [
        ("create", Outcome(2, 2, KIND), Report("Successfully created 2 'Tier' resource(s)\n")),
        ("apply", Outcome(1, 1, KIND), Report("Successfully applied 1 'Tier' resource(s)\n")),
        ("validate", Outcome(3, 3, ""), Report("Successfully validated 3 resource(s)\n")),
        ("create", Outcome(1, 0, KIND, ["no"]), Report("", "failed to create 'Tier' resource: [no]\n", 1)),
        ("apply", Outcome(2, 0, KIND, ["a", "b"]), Report("", "failed to apply any 'Tier' resources: [a b]\n", 1)),
        ("apply", Outcome(2, 0, "", ["a", "b"]), Report("", "failed to apply any resources: [a b]\n", 1)),
        (
            "create",
            Outcome(3, 2, KIND, ["no"]),
            Report("Partial success: created the first 2 out of 3 'Tier' resources:\n", "hit error: [no]\n", 1),
        ),
        (
            "create",
            Outcome(3, 2, "", ["no"]),
            Report("Partial success: created the first 2 out of 3 resources:\n", "hit error: [no]\n", 1),
        ),
        ("create", Outcome(2, 1, KIND, ["no"]), Report("", "hit error: [no]\n", 1)),
    ],
)
def test_create_apply_validate(verb: str, outcome: Outcome, report: Report) -> None:
    assert write_report(verb, outcome) == report


@pytest.mark.parametrize(
    ("outcome", "unscoped", "report"),
    [
        (Outcome(2, 2, KIND), [], Report("Successfully replaced 2 'Tier' resource(s)\n")),
        (Outcome(2, 2, ""), [], Report("Successfully replaced 2 resource(s)\n")),
        (
            Outcome(1, 1, KIND, ["no"]),
            [],
            Report("Partial success: replaced the first 1 out of 1 'Tier' resources:\n", "hit error: no\n", 1),
        ),
        (
            Outcome(3, 3, "", ["a", "b"]),
            [],
            Report("Partial success: replaced the first 3 out of 3 resources:\n", "hit error: b\n", 1),
        ),
        (Outcome(1, 0, KIND), ["ns"], Report("", "failed to replace 'Tier' resource: ns\n", 1)),
        (Outcome(2, 0, KIND), ["a", "b"], Report("", "failed to replace any 'Tier' resources: b\n", 1)),
        (Outcome(2, 0, ""), ["a", "b"], Report("", "failed to replace any resources: b\n", 1)),
    ],
)
def test_replace(outcome: Outcome, unscoped: list[str], report: Report) -> None:
    assert replace_report(outcome, unscoped) == report


@pytest.mark.parametrize(
    ("outcome", "report"),
    [
        (Outcome(2, 2, KIND), Report("Successfully deleted 2 'Tier' resource(s)\n")),
        (Outcome(2, 2, ""), Report("Successfully deleted 2 resource(s)\n")),
        (
            Outcome(3, 1, KIND, ["a", "b"]),
            Report(
                "Successfully deleted 1 'Tier' resource(s)\n",
                "Failed to delete 'Tier' resource: a\nFailed to delete 'Tier' resource: b\n\n",
                1,
            ),
        ),
        (Outcome(1, 0, "", ["a"]), Report("", "Failed to delete resource: a\n\n", 1)),
    ],
)
def test_delete(outcome: Outcome, report: Report) -> None:
    assert delete_report(outcome) == report
