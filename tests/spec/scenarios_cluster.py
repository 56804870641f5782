"""Acceptance scenarios of Kubernetes' policy kinds, and of many policies together.

`a` is w0, `b` is w1. Kinds of Kubernetes are here in the shape that the API gives them.
"""

from __future__ import annotations

from dataclasses import replace

from tests.spec.cast import (
    ALLOW,
    BOTH,
    DENY,
    EGRESS,
    INGRESS,
    PASS,
    Scenario,
    destination,
    expect,
    policy,
    sent,
    source,
    staged,
    workload,
    world,
)
from tortie.model import (
    Action,
    Direction,
    EndpointPort,
    Key,
    Kind,
    Policy,
    Protocol,
    Rule,
)

__all__ = ["CLUSTER"]

A, B = "name == 'w0'", "name == 'w1'"
FROM_A = {action: source(action, selector=A) for action in Action}
TCP = Protocol(6)
OK, NO = "w0>w1 ok", "w0>w1 no"


def cluster(
    name: str, priority: float, rules: tuple[Rule, ...], direction: Direction = INGRESS, *, is_baseline: bool = False
) -> Policy:
    """A ClusterNetworkPolicy: its tier is Kubernetes', its priority is the order."""
    mine = policy(name, B if direction is INGRESS else A, (direction,), rules, order=priority)
    key = Key(Kind.CLUSTER_NETWORK_POLICY, "", name)
    return replace(mine, key=key, tier="kube-baseline" if is_baseline else "kube-admin")


def kubernetes(name: str, selector: str, *rules: Rule) -> Policy:
    """A NetworkPolicy of Kubernetes in the namespace of the cast."""
    mine = policy(f"default/{name}", selector, (INGRESS,), rules, order=1000)
    return replace(mine, key=Key(Kind.KUBERNETES_NETWORK_POLICY, "default", name))


DENY_A = cluster("deny", 100, (FROM_A[Action.DENY],))
ALLOW_A = cluster("allow", 50, (FROM_A[Action.ALLOW],))
PASS_A = cluster("pass", 100, (FROM_A[Action.PASS],))
DEFAULT_DENY = policy("deny", B, (INGRESS,), (FROM_A[Action.DENY],))
BASELINE_OUT = cluster("out", 100, (DENY,), EGRESS, is_baseline=True)
BASELINE_ALLOW = cluster("base", 100, (ALLOW,), is_baseline=True)
BASELINE_DENY = cluster("base", 100, (DENY,), is_baseline=True)

ADMINS = (
    Scenario(28, "an administrator denies", world(DENY_A), expect(f"{NO}, w2>w1 ok")),
    Scenario(29, "a lower priority allows", world(DENY_A, ALLOW_A), expect(OK)),
    Scenario(30, "and is taken away", world(DENY_A), expect(NO)),
    Scenario(31, "the baseline denies egress", world(BASELINE_OUT), expect(f"{NO}, w1>w0 ok")),
    Scenario(32, "an administrator passes, the default tier denies", world(PASS_A, DEFAULT_DENY), expect(NO)),
    Scenario(32, "and that is taken away", world(PASS_A), expect(OK)),
    Scenario(33, "an administrator comes first", world(ALLOW_A, DEFAULT_DENY), expect(OK)),
    Scenario(
        34,
        "orders in between",
        world(cluster("allow", 100, (FROM_A[Action.ALLOW],)), replace(DEFAULT_DENY, tier="kube-admin", order=0.5)),
        expect(NO),
    ),
    Scenario(
        35,
        "passed to a policy that says nothing of it; the baseline is not asked",
        world(PASS_A, kubernetes("k", B, source(Action.ALLOW, selector="name == 'w2'")), BASELINE_ALLOW),
        expect(f"{NO}, w2>w1 ok"),
    ),
    Scenario(
        36,
        "passed, and passed, and the baseline allows",
        world(PASS_A, policy("pass", B, (INGRESS,), (PASS,)), BASELINE_ALLOW),
        expect(OK),
    ),
    Scenario(
        36,
        "passed, and passed, and the baseline denies",
        world(PASS_A, policy("pass", B, (INGRESS,), (PASS,)), BASELINE_DENY),
        expect(NO),
    ),
    Scenario(
        51,
        "all denied, then a named port",
        world(
            replace(workload("w0"), ports=(EndpointPort("http-port", TCP, 80),)),
            kubernetes("deny", "all()"),
            kubernetes("open", A, replace(destination(Action.ALLOW, ports=("http-port",)), protocol=TCP)),
        ),
        sent("w1>w0:80 ok, w1>w0:81 no, w0>w1:80 no"),
    ),
)


def grouped(middle: str) -> tuple[Policy, ...]:
    """Ten policies, all but the middle one of one selector, with all that a rule can say among them."""
    rules = (FROM_A[Action.LOG], source(Action.ALLOW, selector="name == 'w2'"), FROM_A[Action.PASS])
    found = [policy(f"p{number}", B, (INGRESS,), rules[:number], order=number) for number in range(3)]
    found.append(staged(policy("p3", B, (INGRESS,), (DENY,), order=3)))
    found.append(policy("p4", middle, (INGRESS,), (FROM_A[Action.DENY],), order=4))
    found += [policy(f"p{number}", B, (INGRESS,), (FROM_A[Action.ALLOW],), order=number) for number in range(5, 9)]
    return (*found, policy("p9", B, BOTH, (DENY,), order=9))


TOGETHER = (
    Scenario(139, "policies of one selector", world(*grouped(B)), expect("w0>w1 no, w2>w1 ok, r0>w1 no")),
    Scenario(140, "one of them has another selector now", world(*grouped(A)), expect("w0>w1 ok, w2>w1 ok, r0>w1 no")),
)

CLUSTER: tuple[Scenario, ...] = (*ADMINS, *TOGETHER)
