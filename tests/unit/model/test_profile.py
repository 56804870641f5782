"""Profiles by direction, and the one that always exists."""

from __future__ import annotations

from tortie.model import DEFAULT_ALLOW_PROFILE, Action, Direction, Key, Kind, Profile, Rule


def test_rules() -> None:
    profile = Profile(Key(Kind.PROFILE, "", "p"), ingress=(Rule(Action.ALLOW),), egress=(Rule(Action.DENY),))
    assert profile.rules(Direction.INGRESS) == (Rule(Action.ALLOW),)
    assert profile.rules(Direction.EGRESS) == (Rule(Action.DENY),)


def test_the_built_in_profile_allows_everything_and_labels_nobody() -> None:
    assert DEFAULT_ALLOW_PROFILE.key.name == "projectcalico-default-allow"
    assert all(DEFAULT_ALLOW_PROFILE.rules(each) == (Rule(Action.ALLOW),) for each in Direction)
    assert not DEFAULT_ALLOW_PROFILE.labels_to_apply
