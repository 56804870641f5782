"""All acceptance scenarios that need no kernel."""

from __future__ import annotations

from tests.spec.cast import Scenario
from tests.spec.scenarios import SCENARIOS
from tests.spec.scenarios_cluster import CLUSTER
from tests.spec.scenarios_early import EARLY
from tests.spec.scenarios_hosts import HOSTS
from tests.spec.scenarios_rules import RULES
from tests.spec.scenarios_tunnels import TUNNELS

__all__ = ["EVERY_SCENARIO", "Scenario"]

EVERY_SCENARIO: tuple[Scenario, ...] = (*SCENARIOS, *CLUSTER, *RULES, *HOSTS, *EARLY, *TUNNELS)
