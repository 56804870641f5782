"""Who is meant by a name, and what is said where nobody or several are."""

from __future__ import annotations

import re

import pytest

from tests.unit.explain.world import BLUE, LEGACY, PARTNER, RED, WORLD, address
from tortie.errors import Invalid, NotFound
from tortie.explain import Directory, display_name
from tortie.model import Key

DIRECTORY = Directory(WORLD)


@pytest.mark.parametrize(
    ("name", "namespace", "found"),
    [
        ("red", "", RED),
        ("production/red", "", RED),
        ("blue", "production", BLUE),
        ("blue", "partners", PARTNER),
        ("partners/blue", "production", PARTNER),
        ("legacy", "", LEGACY),
        ("node--2-openstack-legacy-tap0", "", LEGACY),
        ("production/node--2-openstack-legacy-tap0", "", LEGACY),
    ],
)
def test_find(name: str, namespace: str, found: Key) -> None:
    assert DIRECTORY.find(name, namespace) == found


@pytest.mark.parametrize(
    ("name", "namespace", "message"),
    [
        ("rde", "", "there is no endpoint `rde`; did you mean `production/red`?"),
        ("staging/red", "", "there is no endpoint `staging/red`; did you mean `production/red`?"),
        ("red", "partners", "there is no endpoint `partners/red`; did you mean `production/red`?"),
    ],
)
def test_unknown_names_get_suggestions(name: str, namespace: str, message: str) -> None:
    with pytest.raises(NotFound) as caught:
        DIRECTORY.find(name, namespace)
    assert str(caught.value.args[0]).startswith(message.removesuffix("?"))


def test_a_name_like_nothing_lists_who_is_there() -> None:
    with pytest.raises(NotFound, match=re.escape("there are `partners/blue`, `production/blue`")):
        DIRECTORY.find("zzzzzz")


def test_nobody_is_known() -> None:
    with pytest.raises(NotFound, match="no endpoints are known"):
        Directory({}).find("red")


def test_several_endpoints_of_one_name() -> None:
    with pytest.raises(Invalid, match="`blue` could be any of `partners/blue`, `production/blue`"):
        DIRECTORY.find("blue")


@pytest.mark.parametrize(
    ("text", "owners"),
    [("10.65.1.10", ["production/red"]), ("192.0.2.7", ["office"]), ("192.0.3.7", [])],
)
def test_owners(text: str, owners: list[str]) -> None:
    assert [display_name(each) for each in DIRECTORY.owners(address(text))] == owners


def test_labels_are_those_that_selectors_see() -> None:
    labels = DIRECTORY.labels(DIRECTORY.endpoints[BLUE])
    assert labels["color"] == "blue"
    assert labels["projectcalico.org/namespace"] == "production"
    assert labels["pcns.shape"] == "square"
