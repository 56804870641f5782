"""From updates to the kernel: what it refuses is closed and named, and everything else is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    INGRESS,
    OPEN,
    destination,
    endpoint_key,
    flow,
    network_set,
    policy,
    source,
    workload,
    world,
)
from tests.spec.semantics import HOST
from tests.unit.agent.picky import Kernel
from tortie.agent import Enactor, HostSettings, Quarantine
from tortie.dataplane.nftables import (
    Dataplane,
    Element,
    Object,
    Rule,
)
from tortie.engine import Endpoint, Engine
from tortie.evaluate import decide
from tortie.model import Action, IcmpMatch, PortRange, Protocol, Settings, Update, Verdict
from tortie.model import Rule as ModelRule

BAD = policy("bad", "name == 'w1'", (INGRESS,), (replace(ALLOW, protocol=Protocol(1), icmp=IcmpMatch(300)),), order=2)
"""Nobody can write its type of ICMP."""
ALSO_BAD = policy("also-bad", "name == 'w2'", (INGRESS,), (replace(ALLOW, protocol=Protocol(1), icmp=IcmpMatch(301)),))
FINE = policy("fine", "name == 'w0'", (INGRESS,), (DENY,))
MENDED = replace(BAD, ingress=(ALLOW,))
STRAY = "198.51.100.1/32"
LAB = network_set("lab", {"role": "lab"}, STRAY)
BY_RULE = (
    source(Action.ALLOW, selector="role == 'lab'"),
    source(Action.ALLOW, not_selector="role == 'lab'"),
    source(Action.DENY, selector="role == 'lab'"),
    source(Action.PASS, selector="role == 'lab'"),
)


def is_here(endpoint: Endpoint) -> bool:
    return endpoint.node == HOST


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    fake = Kernel()
    yield fake
    fake.close()


@pytest.fixture
def enactor(kernel: Kernel) -> Enactor:
    return Enactor(
        Engine(is_here, Settings()), Dataplane(kernel, Settings()), Quarantine(is_here), HostSettings((), HOST)
    )


def begin(enactor: Enactor, *extra: object) -> None:
    enactor.enact(Update(key, value) for key, value in world(*extra).items())  # type: ignore[arg-type] # resources


def verdicts(enactor: Enactor, *receivers: str) -> list[Verdict]:
    return [decide(enactor.snapshot, flow("w0" if name != "w0" else "w1", name)).verdict for name in receivers]


def in_force(kernel: Kernel, enactor: Enactor) -> bool:
    """Tell whether the kernel has what the evaluator answers for."""
    return not Dataplane(kernel, Settings()).start(enactor.snapshot)


def test_the_culprit_is_closed_and_the_rest_is_in_force(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor)
    enactor.enact([Update(BAD.key, BAD), Update(FINE.key, FINE)])
    assert list(enactor.held) == [BAD.key]
    assert "it is closed until it changes: add rule of chain leaf-" in enactor.held[BAD.key]
    assert enactor.error == ""
    assert in_force(kernel, enactor)
    assert verdicts(enactor, "w0", "w1", "w2") == [Verdict.DENY, Verdict.DENY, Verdict.ALLOW]


def test_several_culprits_at_the_very_start(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor, BAD, ALSO_BAD, FINE)
    assert enactor.held.keys() == {BAD.key, ALSO_BAD.key}
    assert enactor.started
    assert in_force(kernel, enactor)
    assert verdicts(enactor, "w0", "w1", "w2") == [Verdict.DENY] * 3


@pytest.mark.parametrize("mended", [MENDED, None])
def test_what_changes_leaves_the_quarantine(kernel: Kernel, enactor: Enactor, mended: object) -> None:
    begin(enactor, BAD)
    enactor.enact([Update(FINE.key, FINE)])
    assert list(enactor.held) == [BAD.key]
    enactor.enact([Update(BAD.key, mended)])  # type: ignore[arg-type] # a policy, or None
    assert not enactor.held
    assert in_force(kernel, enactor)
    assert verdicts(enactor, "w1") == [Verdict.ALLOW]


def test_a_policy_that_turns_bad_because_an_endpoint_came_is_the_one_that_is_closed(
    kernel: Kernel, enactor: Enactor
) -> None:
    elsewhere = replace(BAD, selector="name == 'w9'")
    begin(enactor, elsewhere)
    assert not enactor.held
    enactor.enact([Update(endpoint_key("w9"), workload("w9"))])
    assert list(enactor.held) == [BAD.key]
    assert in_force(kernel, enactor)


def test_an_endpoint_the_kernel_refuses_is_silent(kernel: Kernel, enactor: Enactor) -> None:
    kernel.dislikes = lambda thing: "caliw9" in str(thing)
    begin(enactor, workload("w9"), FINE)
    assert list(enactor.held) == [endpoint_key("w9")]
    assert "caliw9" not in enactor.snapshot.endpoints
    assert in_force(kernel, enactor)


def dislikes_stray(thing: Object) -> bool:
    return isinstance(thing, Element) and thing.set.name == "addresses4" and thing.key == 0xC6336401


@pytest.mark.parametrize("rule", BY_RULE, ids=lambda rule: f"{rule.action} {rule.source.not_selector and 'not'}")
@pytest.mark.parametrize("sets_come_first", [True, False])
def test_with_a_network_set_that_the_kernel_refuses_whose_rules_mean_it_are_closed(
    kernel: Kernel, enactor: Enactor, rule: ModelRule, sets_come_first: bool
) -> None:
    kernel.dislikes = dislikes_stray
    asks = policy("asks", "name == 'w1'", (INGRESS,), (rule, ALLOW), order=1)
    begin(enactor, LAB if sets_come_first else asks)
    assert verdicts(enactor, "w1") == [Verdict.ALLOW]
    late = asks if sets_come_first else LAB
    enactor.enact([Update(late.key, late), Update(FINE.key, FINE)])
    assert list(enactor.held) == [LAB.key]
    assert (enactor.error, in_force(kernel, enactor)) == ("", True)
    assert verdicts(enactor, "w0", "w1", "w2") == [Verdict.DENY, Verdict.DENY, Verdict.ALLOW]
    other = replace(asks, key=replace(asks.key, name="other"), selector="name == 'w2'")
    enactor.enact([Update(other.key, other), Update(FINE.key, None)])
    assert list(enactor.held) == [LAB.key]
    assert verdicts(enactor, "w0", "w1", "w2") == [Verdict.ALLOW, Verdict.DENY, Verdict.DENY]
    mended = replace(LAB, nets=())
    enactor.enact([Update(LAB.key, mended)])
    assert (enactor.held, in_force(kernel, enactor)) == ({}, True)
    assert verdicts(enactor, "w0", "w1", "w2") == [Verdict.ALLOW] * 3


def test_a_network_set_that_is_still_refused_after_a_change_is_held_again(kernel: Kernel, enactor: Enactor) -> None:
    kernel.dislikes = dislikes_stray
    begin(enactor, LAB, policy("asks", "name == 'w1'", (INGRESS,), (*BY_RULE[2:3], ALLOW)))
    again = network_set("lab", {"role": "lab"}, STRAY, "198.51.100.2/32")
    enactor.enact([Update(LAB.key, again)])
    assert list(enactor.held) == [LAB.key]
    assert (verdicts(enactor, "w1"), in_force(kernel, enactor)) == ([Verdict.DENY], True)


def test_what_came_while_a_network_set_closed_it_is_new_once_the_set_is_mended(
    kernel: Kernel, enactor: Enactor
) -> None:
    kernel.dislikes = dislikes_stray
    begin(enactor, LAB, policy("asks", "name == 'w1'", (INGRESS,), (*BY_RULE[2:3], ALLOW)))
    late = policy("late", "name == 'w2'", (INGRESS,), (*BY_RULE[2:3], ALLOW))
    enactor.enact([Update(late.key, late)])
    assert list(enactor.held) == [LAB.key]
    kernel.blind = True
    kernel.dislikes = lambda thing: isinstance(thing, Rule) and "rule 1 of GlobalNetworkPolicy/late" in thing.comment
    mended = replace(LAB, nets=())
    enactor.enact([Update(LAB.key, mended)])
    assert list(enactor.held) == [late.key]
    assert (verdicts(enactor, "w1", "w2"), in_force(kernel, enactor)) == ([Verdict.ALLOW, Verdict.DENY], True)


def test_a_profile_that_the_kernel_refuses_denies(kernel: Kernel, enactor: Enactor) -> None:
    kernel.dislikes = lambda thing: isinstance(thing, Rule) and "Allow, rule 0 of Profile/open" in thing.comment
    begin(enactor)
    assert list(enactor.held) == [OPEN.key]
    assert verdicts(enactor, "w0") == [Verdict.DENY]
    assert in_force(kernel, enactor)


def test_a_refusal_that_names_nothing_is_searched_for_among_what_is_new(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor)
    kernel.blind = True
    kernel.dislikes = lambda thing: isinstance(thing, Element) and thing.key == (6, 1005)
    many = [
        policy(
            f"p{number}",
            "name == 'w1'",
            BOTH,
            (destination(Action.ALLOW, ports=(PortRange(1000 + number, 1000 + number),)),),
        )
        for number in range(10)
    ]
    many = [replace(each, ingress=(replace(each.ingress[0], protocol=Protocol(6)),)) for each in many]
    enactor.enact(Update(each.key, each) for each in many)
    assert list(enactor.held) == [many[5].key]
    assert in_force(kernel, enactor)


def test_a_refusal_of_everything_puts_nobody_into_quarantine(kernel: Kernel, enactor: Enactor) -> None:
    begin(enactor)
    before = kernel.ruleset()
    kernel.dislikes = lambda _: True
    enactor.enact([Update(FINE.key, FINE)])
    tried = enactor.failures
    assert not enactor.held
    assert "the kernel refused the policy (ENOSPC) and keeps what it had" in enactor.error
    assert kernel.ruleset() == before
    enactor.settle()
    assert enactor.failures == tried + 1
    kernel.dislikes = lambda _: False
    assert enactor.settle()
    assert (enactor.error, in_force(kernel, enactor)) == ("", True)
    assert verdicts(enactor, "w0") == [Verdict.DENY]


def test_a_kernel_that_goes_away_in_the_search_gets_everything_once_it_is_back(
    kernel: Kernel, enactor: Enactor
) -> None:
    begin(enactor)

    def leaves(thing: Object) -> bool:
        kernel.away = kernel.away or "fine" in str(thing)
        return "fine" in str(thing)

    kernel.dislikes = leaves
    enactor.enact([Update(FINE.key, FINE)])
    assert enactor.error == "the kernel is away"
    kernel.away, kernel.dislikes = False, lambda _: False
    enactor.settle()
    assert (enactor.error, enactor.held, in_force(kernel, enactor)) == ("", {}, True)


def test_trials_give_no_address_away(enactor: Enactor) -> None:
    begin(enactor, BAD)
    enactor.take_before()
    enactor.enact([Update(ALSO_BAD.key, ALSO_BAD)])
    changed = enactor.take_before()
    assert {row.addresses for row in changed.values() if row is not None} <= {
        row.addresses for row in enactor.snapshot.endpoints.values()
    }
    enactor.enact([Update(endpoint_key("w0"), None)])
    assert list(enactor.take_before()) == ["caliw0"]
    assert not enactor.take_before()


@pytest.mark.scenario(155)
def test_endpoints_that_are_closed_are_not_ready(enactor: Enactor) -> None:
    enactor.enact(Update(key, value) for key, value in world().items())
    assert {each.interface for each in enactor.ready()} == {"caliw0", "caliw1", "caliw2"}
    enactor.enact([Update(endpoint_key("w0"), replace(workload("w0"), active=False)), Update(endpoint_key("w1"), None)])
    assert {each.interface for each in enactor.ready()} == {"caliw2"}
