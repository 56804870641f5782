"""How long property tests look for a counterexample: `check` is quick, `full` is thorough and the default."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Time says something of the machine, not of the code; in CI a verdict depends on the commit alone, so no dice.
COMMON = settings(
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("check", COMMON, max_examples=20)
settings.register_profile("full", COMMON, max_examples=100)
settings.load_profile("full")
