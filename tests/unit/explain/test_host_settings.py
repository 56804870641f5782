"""How hosts find their settings, where they are told."""

from __future__ import annotations

from tests.unit.explain.world import WORLD
from tortie.explain import same_settings
from tortie.model import FelixConfiguration, Key, Kind, Settings


def test_the_same_for_all_whatever_is_stored() -> None:
    key = Key(Kind.FELIX_CONFIGURATION, "", "node.node-1")
    world = {**WORLD, key: FelixConfiguration(key, values={"VXLANPort": "1"})}
    found = same_settings(Settings(vxlan_port=2))
    assert {found(world, node).vxlan_port for node in ("", "node-1", "node-2")} == {2}
