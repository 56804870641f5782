"""Which label wins where an object inherits."""

from __future__ import annotations

import pytest

from tortie.model import Labels, effective_labels


@pytest.mark.parametrize(
    ("own", "inherited", "seen"),
    [
        ({"a": "1"}, [], {"a": "1"}),
        ({}, [{"a": "1"}], {"a": "1"}),
        ({"a": "own"}, [{"a": "1"}], {"a": "own"}),
        ({"a": ""}, [{"a": "1"}], {"a": ""}),  # an empty value is a value
        ({}, [{"a": "first"}, {"a": "second", "b": "2"}], {"a": "first", "b": "2"}),
        ({}, [{"a": ""}, {"a": "second"}], {"a": ""}),
    ],
)
def test_effective_labels(own: Labels, inherited: list[Labels], seen: Labels) -> None:
    assert effective_labels(own, inherited) == seen


def test_nothing_given_is_changed() -> None:
    own, inherited = {"a": "1"}, {"b": "2"}
    effective_labels(own, [inherited])
    assert (own, inherited) == ({"a": "1"}, {"b": "2"})
