"""What one list of an endpoint's policies says: part of the specification in `semantics.py`, and as plain as that."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tests.spec.matching import matches
from tests.spec.view import World, holds, stripped
from tortie.model import (
    NAMESPACE_LABEL,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    Action,
    Direction,
    Flow,
    HostEndpoint,
    Key,
    Policy,
    PolicyClass,
    Profile,
    Rule,
    Verdict,
    WorkloadEndpoint,
)

Endpoint = WorkloadEndpoint | HostEndpoint


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a flow, which Log rules it met on its way, and who decided.

    `verdict` None is for a list that lets the packet go on its way. `logs` are (policy or profile, direction, rule
    index). `by` is the key of a policy or profile, with the index of its rule, or words for a default, with -1.
    """

    verdict: Verdict | None
    by: Key | str
    index: int = -1
    logs: tuple[tuple[Key, Direction, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """A packet on its way through the policies of one endpoint in one direction; `logs` grows as it goes."""

    world: World
    endpoint: Endpoint
    flow: Flow
    direction: Direction
    logs: list[tuple[Key, Direction, int]]

    def hit(self, owner: Policy | Profile) -> tuple[Action, Key, int] | None:
        """The first rule that matches and decides; Log only writes, and the next rule is asked."""
        for index, rule in enumerate(owner.rules(self.direction)):
            action = blind(rule)
            if action is not None and matches(self.world, rule, owner.key.namespace, self.flow):
                if action is not Action.LOG:
                    return action, owner.key, index
                self.logs.append((owner.key, self.direction, index))
        return None


def blind(rule: Rule) -> Action | None:
    """What a rule does where nobody looks into requests [E4.8]: what would allow or log some of them is not asked.

    What denies some denies all, and what passes some on does too, as those who deny may be there.
    """
    if rule.http is None:
        return rule.action
    return None if rule.action in (Action.ALLOW, Action.LOG) else Action.DENY


def evaluate(
    world: World,
    endpoint: Endpoint,
    flow: Flow,
    direction: Direction,
    policy_class: PolicyClass = PolicyClass.NORMAL,
) -> Decision:
    """Tiers in order, then, in the normal list, the profiles, then deny [E1.5]. Pass goes to the next tier.

    The other lists end undecided; only there tiers may have a default that denies where traffic is forwarded.
    """
    walk = Walk(world, endpoint, flow, direction, [])
    every = policies_in_order(world)
    governing = [each for each in every if governs(world, each, endpoint, direction, policy_class)]
    for tier in sorted({policy.tier for policy in governing}, key=world.tier_rank):
        action, by, index = tier_says(walk, tier, [policy for policy in governing if policy.tier == tier])
        is_early = policy_class in (PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT)
        if action is not Action.PASS and not (is_early and index < 0):
            return Decision(Verdict.ALLOW if action is Action.ALLOW else Verdict.DENY, by, index, tuple(walk.logs))
    if policy_class is not PolicyClass.NORMAL:
        return Decision(None, "no-verdict", -1, tuple(walk.logs))
    action, by, index = profiles_say(walk)
    return Decision(Verdict.ALLOW if action is Action.ALLOW else Verdict.DENY, by, index, tuple(walk.logs))


def tier_says(walk: Walk, tier: str, policies: list[Policy]) -> tuple[Action, Key | str, int]:
    """A tier decides by the first rule of its policies, else by its default action: all but Pass is deny [A1.5]."""
    for policy in policies:
        if hit := walk.hit(policy):
            return hit
    known = walk.world.tier(tier)
    is_passing = known is not None and known[1] is Action.PASS
    return Action.PASS if is_passing else Action.DENY, f"tier {tier}", -1


def profiles_say(walk: Walk) -> tuple[Action, Key | str, int]:
    """Profiles as listed; Pass leaves one for the next. A missing one denies in its place [E1.8], as does the end."""
    for name in walk.endpoint.profiles:
        profile = walk.world.profile(name)
        if profile is None:
            return Action.DENY, f"missing profile {name}", -1
        hit = walk.hit(profile)
        if hit is not None and hit[0] is not Action.PASS:
            return hit
    return Action.DENY, "no-profile", -1


def policies_in_order(world: World) -> list[Policy]:
    """By order, those without one last, then by the text name/namespace/kind, bytewise [A7.2]."""

    def rank(policy: Policy) -> tuple[float, bytes]:
        text = f"{policy.key.name}/{policy.key.namespace}/{policy.key.kind}"
        return math.inf if policy.order is None else policy.order, text.encode()

    return sorted((value for value in world.resources.values() if isinstance(value, Policy)), key=rank)


def classes(policy: Policy) -> set[PolicyClass]:
    """The lists that a policy is in [E1.4]."""
    if policy.do_not_track:
        return {PolicyClass.UNTRACKED}
    if policy.pre_dnat:
        return {PolicyClass.PRE_DNAT}
    return {PolicyClass.NORMAL, PolicyClass.FORWARD} if policy.apply_on_forward else {PolicyClass.NORMAL}


def governs(world: World, policy: Policy, endpoint: Endpoint, direction: Direction, policy_class: PolicyClass) -> bool:
    """Does a policy concern an endpoint in a direction, in one of its lists [E1.1, E1.2, A6.4]?

    Staged ones never do. In a global policy, all() means "has a namespace" beside a namespaceSelector, and "has a
    service account" beside only a serviceAccountSelector.
    """
    if policy.staged or direction not in policy.types or policy_class not in classes(policy):
        return False
    labels = world.labels(endpoint)
    is_namespaced = NAMESPACE_LABEL in labels
    everything = True
    if policy.key.namespace:
        if labels.get(NAMESPACE_LABEL) != policy.key.namespace:
            return False
    elif policy.namespace_selector:
        everything = is_namespaced
    elif policy.service_account_selector:
        everything = SERVICE_ACCOUNT_LABEL in labels
    if policy.selector and not holds(policy.selector, labels, everything=everything):
        return False
    spaces = stripped(labels, NAMESPACE_PREFIX)
    if policy.namespace_selector and not holds(policy.namespace_selector, spaces, everything=is_namespaced):
        return False
    accounts = stripped(labels, SERVICE_ACCOUNT_PREFIX)
    everything = bool(policy.key.namespace) or SERVICE_ACCOUNT_LABEL in labels
    return not policy.service_account_selector or holds(
        policy.service_account_selector, accounts, everything=everything
    )
