"""What no client may do, and the words for that."""

from __future__ import annotations

import pytest

from tortie.datastore.refusals import already_there, check_editable, check_revision, identifier, read_only
from tortie.errors import Invalid
from tortie.model import DEFAULT_ALLOW_PROFILE, Key, Kind

SHOP = Key(Kind.NETWORK_POLICY, "shop", "web")


@pytest.mark.parametrize(
    ("key", "text"), [(SHOP, "NetworkPolicy(shop/web)"), (Key(Kind.TIER, "", "default"), "Tier(default)")]
)
def test_identifiers(key: Key, text: str) -> None:
    assert identifier(key) == text
    assert str(already_there(key)) == f"resource already exists: {text} with error: <nil>"


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (
            Key(Kind.CLUSTER_INFORMATION, "", "default"),
            "operation apply is not supported on ClusterInformation: resource is readonly",
        ),
        (Key(Kind.IP_POOL, "", "p"), "operation apply is not supported on IPPool(p): Tortie manages no addresses"),
        (Key(Kind.NETWORK_POLICY, "shop", "knp.default.web"), "must be managed through the kubernetes API"),
    ],
)
def test_what_is_only_shown(key: Key, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_editable(key, "apply")
    assert what in str(caught.value)


def test_everything_else_can_be_edited() -> None:
    check_editable(SHOP, "apply")
    assert "cannot be deleted" in str(read_only(DEFAULT_ALLOW_PROFILE.key, "Delete", "deleted"))


@pytest.mark.parametrize("revision", ["", "1", "0123456789"])
def test_revisions(revision: str) -> None:
    check_revision(revision)


@pytest.mark.parametrize("revision", ["newest", "-1", "1.5", "٣", "1/2"])
def test_what_is_no_revision(revision: str) -> None:
    with pytest.raises(Invalid, match=f"error with field ResourceVersion = '{revision}'"):
        check_revision(revision)
