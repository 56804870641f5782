"""Keys name what a datastore can hold, and sort and hash by that name."""

from __future__ import annotations

import pickle

import pytest

from tortie.model import NAMESPACED_KINDS, Key, Kind


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (Key(Kind.NETWORK_POLICY, "shop", "db"), "NetworkPolicy/shop/db"),
        (Key(Kind.GLOBAL_NETWORK_POLICY, "", "db"), "GlobalNetworkPolicy/db"),
        (Key(Kind.KUBERNETES_NETWORK_POLICY, "shop", "db"), "KubernetesNetworkPolicy/shop/db"),
    ],
)
def test_text(key: Key, text: str) -> None:
    assert str(key) == text


@pytest.mark.parametrize("kind", Kind)
def test_a_namespace_is_there_exactly_where_the_kind_has_one(kind: Kind) -> None:
    right, wrong = ("shop", "") if kind in NAMESPACED_KINDS else ("", "shop")
    assert Key(kind, right, "x").kind is kind
    with pytest.raises(ValueError, match="namespace"):
        Key(kind, wrong, "x")


def test_a_name_is_needed() -> None:
    with pytest.raises(ValueError, match="a name is needed"):
        Key(Kind.TIER, "", "")


def test_equal_keys_are_one_key() -> None:
    key, same = Key(Kind.POD, "shop", "db"), Key(Kind.POD, "shop", "db")
    assert key == same
    assert hash(key) == hash(same)
    assert {key: 1}[same] == 1
    assert pickle.loads(pickle.dumps(key)) == key  # noqa: S301 - our own bytes


def test_keys_sort_by_kind_namespace_and_name() -> None:
    keys = [Key(Kind.POD, "b", "a"), Key(Kind.POD, "a", "b"), Key(Kind.POD, "a", "a"), Key(Kind.NAMESPACE, "", "z")]
    assert [str(key) for key in sorted(keys)] == ["Namespace/z", "Pod/a/a", "Pod/a/b", "Pod/b/a"]
