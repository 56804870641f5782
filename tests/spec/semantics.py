"""What policy means: the rules of the specification, as slowly and plainly as they can be written.

Everything else is held to this file. It asks every question of every object again for every packet, and shares
nothing with the engine but the vocabulary and the selector language. Numbers in brackets are sections of the
specification: E for enforcement, A for the API.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tests.spec.matching import ICMP, matches
from tests.spec.view import World, holds, stripped
from tortie.model import (
    NAMESPACE_LABEL,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    Action,
    Direction,
    EndpointToHostAction,
    Family,
    Flow,
    Key,
    Place,
    Policy,
    Profile,
    Resource,
    Settings,
    Verdict,
    WorkloadEndpoint,
    parse_prefix,
)

HOST = "node-1"
"""The host that packets pass; endpoints of this node are local."""

UDP = 17
IPIP = 4
DISCOVERY = (130, 131, 132, 133, 135, 136)
LINK_LOCAL = parse_prefix("fe80::/10")


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a flow, which Log rules it met on its way, and who decided.

    `logs` are (policy or profile, direction, rule index). `by` is the key of a policy or profile, with the index of
    its rule, or words for a default, with -1.
    """

    verdict: Verdict
    by: Key | str
    index: int = -1
    logs: tuple[tuple[Key, Direction, int], ...] = ()


def verdict(resources: Mapping[Key, Resource], flow: Flow, settings: Settings, host: str = HOST) -> Verdict:
    """What becomes of the first packet of a connection that passes one host."""
    return decide(resources, flow, settings, host).verdict


def decide(resources: Mapping[Key, Resource], flow: Flow, settings: Settings, host: str = HOST) -> Decision:
    """The journey: the sender's egress, then whoever receives [E1.7]. Both must allow; a deny is final."""
    world = World(resources, settings, host)
    if flow.sender is Place.HOST:
        return Decision(
            Verdict.ALLOW, "not-governed" if flow.receiver in (Place.ELSEWHERE, Place.HOST) else "host-to-workload"
        )
    left = leave(world, flow)
    if left.verdict is Verdict.DENY or left.by == "neighbour-discovery":
        return left
    arrived = arrive(world, flow)
    if arrived is None:
        return left
    return Decision(arrived.verdict, arrived.by, arrived.index, left.logs + arrived.logs)


def leave(world: World, flow: Flow) -> Decision:  # noqa: PLR0911 - one line a reason
    """What the sender's side says: unknown, down, spoofed, encapsulated [E2.3-2.5], discovery [E2.6], then policy."""
    if flow.sender is Place.ELSEWHERE:
        return Decision(Verdict.ALLOW, "not-governed")
    sender = world.local(flow.sender)
    if sender is None:
        return Decision(Verdict.DENY, "unknown-interface")
    if not sender.active:
        return Decision(Verdict.DENY, "endpoint-down")
    if not is_own_source(sender, flow):
        return Decision(Verdict.DENY, "spoofed-source")
    if is_encapsulated(flow, world.settings):
        return Decision(Verdict.DENY, "encapsulation")
    if is_discovery(flow):
        return Decision(Verdict.ALLOW, "neighbour-discovery")
    return evaluate(world, sender, flow, Direction.EGRESS)


def is_encapsulated(flow: Flow, settings: Settings) -> bool:
    """Is it a tunnel packet that workloads may not send, whatever policy says [E2.4]?"""
    is_vxlan = flow.protocol == UDP and flow.destination_port == settings.vxlan_port
    is_ipip = flow.protocol == IPIP
    return (is_vxlan and not settings.allow_vxlan_from_workloads) or (
        is_ipip and not settings.allow_ipip_from_workloads
    )


def is_discovery(flow: Flow) -> bool:
    """Is it what IPv6 needs between a workload and its host, allowed whatever policy says [E2.6]?"""
    is_icmp6 = flow.family is Family.V6 and flow.protocol == ICMP[Family.V6]
    return flow.receiver is Place.HOST and is_icmp6 and flow.icmp_type in DISCOVERY


def is_own_source(sender: WorkloadEndpoint, flow: Flow) -> bool:
    """Workloads send from their own addresses and allowed prefixes [E2.5].

    Link-local addresses go no further than the host, and without an address yet they only discover.
    """
    if not any(flow.source) and is_discovery(flow):
        return True
    if LINK_LOCAL.covers(flow.source):
        return flow.receiver is Place.HOST
    return flow.source in sender.addresses or any(net.covers(flow.source) for net in sender.allowed_sources)


def arrive(world: World, flow: Flow) -> Decision | None:
    """What the receiver's side says; None where it is nobody's business here."""
    if flow.receiver is Place.ELSEWHERE or (flow.receiver is Place.HOST and flow.sender is Place.ELSEWHERE):
        return None
    if flow.receiver is Place.HOST:
        is_dropped = world.settings.endpoint_to_host_action is EndpointToHostAction.DROP
        word = "endpoint-to-host-drop" if is_dropped else "endpoint-to-host-accept"
        return Decision(Verdict.DENY if is_dropped else Verdict.ALLOW, word)
    receiver = world.local(flow.receiver)
    if receiver is None:
        return Decision(Verdict.DENY, "unknown-interface")
    if not receiver.active:
        return Decision(Verdict.DENY, "endpoint-down")
    return evaluate(world, receiver, flow, Direction.INGRESS)


@dataclass(frozen=True, slots=True)
class Walk:
    """A packet on its way through the policies of one endpoint in one direction; `logs` grows as it goes."""

    world: World
    endpoint: WorkloadEndpoint
    flow: Flow
    direction: Direction
    logs: list[tuple[Key, Direction, int]]

    def hit(self, owner: Policy | Profile) -> tuple[Action, Key, int] | None:
        """The first rule that matches and decides; Log only writes, and the next rule is asked."""
        for index, rule in enumerate(owner.rules(self.direction)):
            if matches(self.world, rule, owner.key.namespace, self.flow):
                if rule.action is not Action.LOG:
                    return rule.action, owner.key, index
                self.logs.append((owner.key, self.direction, index))
        return None


def evaluate(world: World, endpoint: WorkloadEndpoint, flow: Flow, direction: Direction) -> Decision:
    """Tiers in order, then the profiles, then deny [E1.5]. Pass goes to the next tier, or the profiles."""
    walk = Walk(world, endpoint, flow, direction, [])
    governing = [policy for policy in policies_in_order(world) if governs(world, policy, endpoint, direction)]
    for tier in sorted({policy.tier for policy in governing}, key=world.tier_rank):
        action, by, index = tier_says(walk, tier, [policy for policy in governing if policy.tier == tier])
        if action is not Action.PASS:
            return Decision(Verdict.ALLOW if action is Action.ALLOW else Verdict.DENY, by, index, tuple(walk.logs))
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


def governs(world: World, policy: Policy, endpoint: WorkloadEndpoint, direction: Direction) -> bool:
    """Does a policy concern an endpoint in a direction [E1.1, E1.2, A6.4]?

    Untracked and pre-DNAT policies do not concern workloads [E1.4]. In a global policy, all() means "has a namespace"
    beside a namespaceSelector, and "has a service account" beside only a serviceAccountSelector.
    """
    if policy.do_not_track or policy.pre_dnat or direction not in policy.types:
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
