"""Snapshots, what is different between two, and how they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.compiled import (
    CompiledRule,
    Delta,
    Group,
    Leaf,
    LocalEndpoint,
    Origin,
    OwnGroup,
    Plan,
    PolicyUpdate,
    Snapshot,
)
from tortie.model import Action, Direction, Family, Key, Kind, Settings, parse_address

W0 = Key(Kind.WORKLOAD_ENDPOINT, "shop", "w0")
ONE, TWO, OTHER = (parse_address(text) for text in ("10.0.0.1", "fd00::1", "10.0.0.9"))
ROWS = st.dictionaries(st.integers(0, 5), st.integers(0, 3))


def difference(old: dict[int, int], new: dict[int, int]) -> Delta[int, int]:
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    return Delta(
        {key: new[key] for key in changed if key in new},
        {key: old[key] for key in changed if key in old},
    )


@given(ROWS, ROWS)
def test_a_delta_leads_from_the_old_table_to_the_new(old: dict[int, int], new: dict[int, int]) -> None:
    delta = difference(old, new)
    assert delta.applied_to(old) == new
    assert bool(delta) is (old != new)
    assert dict(delta.removals) == {key: value for key, value in old.items() if key not in new}


def test_apply_changes_only_the_tables_of_the_update() -> None:
    before = Snapshot(Settings(vxlan_port=1), addresses={ONE: 1, TWO: 2}, ranges={(ONE, OTHER): 3})
    update = PolicyUpdate(addresses=Delta({OTHER: 4, ONE: 5}, {TWO: 2, ONE: 1}))
    after = before.apply(update)
    assert after == Snapshot(Settings(vxlan_port=1), addresses={ONE: 5, OTHER: 4}, ranges={(ONE, OTHER): 3})
    assert before.addresses == {ONE: 1, TWO: 2}
    assert after.ranges is before.ranges


def test_an_update_is_true_where_any_table_changed() -> None:
    assert not PolicyUpdate()
    assert PolicyUpdate(addresses=Delta({ONE: 1}))
    assert PolicyUpdate(addresses=Delta({}, {ONE: 1}))


def test_leaf_of_a_class_and_of_all_others() -> None:
    end = CompiledRule("end", Action.DENY, Origin(Direction.EGRESS))
    group = Group("g", Plan("p", Direction.EGRESS, (), end), {}, {Family.V4: "four", Family.V6: "six"})
    leaves = {each: Leaf(each, "end") for each in ("four", "six", "special")}
    snapshot = Snapshot(groups={"g": group}, leaves=leaves, peers={("g", 7): "special"})
    assert group.direction is Direction.EGRESS
    assert snapshot.leaf("g", 7, Family.V4).id == "special"
    assert snapshot.leaf("g", 0, Family.V4).id == "four"
    assert snapshot.leaf("g", 8, Family.V6).id == "six"


@pytest.mark.parametrize(("own", "group"), [(ONE, "in-one"), (TWO, "in-rest"), (OTHER, "in-rest")])
def test_group_of_an_own_address(own: bytes, group: str) -> None:
    endpoint = LocalEndpoint(
        "cali0", W0, W0, (ONE, TWO), ingress=(OwnGroup(ONE, "in-one"), OwnGroup(None, "in-rest")), egress=()
    )
    assert endpoint.group(Direction.INGRESS, own) == group
    assert endpoint.groups(Direction.EGRESS) == ()


def test_an_inactive_endpoint_has_no_group() -> None:
    endpoint = LocalEndpoint("cali0", W0, W0, (ONE,), active=False)
    with pytest.raises(LookupError, match="WorkloadEndpoint/shop/w0 is not active"):
        endpoint.group(Direction.INGRESS, ONE)
