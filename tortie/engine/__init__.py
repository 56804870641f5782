"""The incremental compiler: resources in, differences of the compiled policy out.

Only policies that govern a local endpoint are compiled; only the sets their rules ask for are active; only addresses
in some active set have a class. What comes out depends on the current resources alone.
"""

from __future__ import annotations

from tortie.engine.automatic import Automatic, with_automatic
from tortie.engine.engine import Engine, compile_all
from tortie.engine.local import Endpoint
from tortie.engine.objects import own_labels
from tortie.engine.order import policy_rank, tiers_in_order
from tortie.engine.rules import PortNameSet, SelectorSet, SetDefinition, asked_sets
from tortie.engine.scope import policy_selector

__all__ = [
    "Automatic",
    "Endpoint",
    "Engine",
    "PortNameSet",
    "SelectorSet",
    "SetDefinition",
    "asked_sets",
    "compile_all",
    "own_labels",
    "policy_rank",
    "policy_selector",
    "tiers_in_order",
    "with_automatic",
]
