"""Namespaces: every row of the specification's table."""

from __future__ import annotations

import pytest

from tortie.api import kind_named
from tortie.cli.scope import namespace_for
from tortie.errors import Invalid


@pytest.mark.parametrize(
    ("written", "asked", "everywhere", "namespace"),
    [
        ("", "cli", False, "cli"),
        ("", "", False, "default"),
        ("", "", True, ""),
        ("res", "", True, ""),
        ("res", "", False, "res"),
        ("same", "same", False, "same"),
    ],
)
def test_namespaced(written: str, asked: str, everywhere: bool, namespace: str) -> None:
    assert namespace_for(kind_named("np"), written, asked, everywhere=everywhere) == namespace


@pytest.mark.parametrize(
    ("kind", "written", "asked", "everywhere", "what"),
    [
        ("np", "", "cli", True, "cannot use both --namespace and --all-namespaces flags at the same time"),
        ("np", "res", "cli", True, "cannot use both --namespace and --all-namespaces flags at the same time"),
        ("np", "res", "cli", False, "resource namespace does not match client namespace. res != cli"),
        (
            "gnp",
            "res",
            "",
            False,
            (
                "namespace should not be specified for a non-namespaced resource. "
                "GlobalNetworkPolicy is not a namespaced resource"
            ),
        ),
        ("tier", "", "cli", False, "Tier is not namespaced"),
        ("tier", "", "", True, "Tier is not namespaced"),
    ],
)
def test_contradictions(kind: str, written: str, asked: str, everywhere: bool, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        namespace_for(kind_named(kind), written, asked, everywhere=everywhere)
    assert str(caught.value) == what


def test_kinds_without_namespace() -> None:
    assert not namespace_for(kind_named("gnp"), "", "")
