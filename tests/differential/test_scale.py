"""Many rules on one endpoint: the first counts, and the last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.differential.tables import lookup
from tests.differential.test_engine import is_local
from tests.spec.cast import EGRESS, destination, flow, policy, world
from tortie.engine import compile_all
from tortie.model import Action, PortRange, Protocol, Verdict

POLICIES, RULES, FIRST = 250, 50, 1000


@pytest.mark.scenario(166)
def test_the_first_and_the_last_of_many_rules_count() -> None:
    many = [
        policy(
            f"p{number:03}",
            "name == 'w0'",
            (EGRESS,),
            tuple(
                replace(destination(Action.ALLOW, ports=(PortRange(port, port),)), protocol=Protocol(6))
                for port in range(FIRST + RULES * number, FIRST + RULES * (number + 1))
            ),
        )
        for number in range(POLICIES)
    ]
    snapshot = compile_all(world(*many), is_local)
    last = FIRST + POLICIES * RULES - 1
    found = {
        port: lookup(snapshot, replace(flow("w0", "r0"), destination_port=port))[:2]
        for port in (FIRST - 1, FIRST, last, last + 1)
    }
    assert found == {
        FIRST - 1: (Verdict.DENY, "tier/default/egress"),
        FIRST: (Verdict.ALLOW, "gnp/p000/egress/0"),
        last: (Verdict.ALLOW, f"gnp/p{POLICIES - 1}/egress/{RULES - 1}"),
        last + 1: (Verdict.DENY, "tier/default/egress"),
    }
