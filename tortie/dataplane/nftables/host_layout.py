"""What host endpoints add to the table: hooks, dispatch by interface, and the checks before policy. Pure.

Nothing of it is there on a host that has none, and of each hook only what some list of policies needs. A list in one
direction is a way: a chain, `host-in` say, that finds the host endpoint of the packet's interface. What an untracked
or pre-DNAT policy allows bears one bit of the packet's mark until it leaves the host, so that `host-in` and
`forward-in` know it; packets come in with that bit cleared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tortie.compiled import HOST_DISCOVERY, TOO_BIG, BuiltIn, LocalHostEndpoint
from tortie.dataplane.nftables.built_in import verdict_chain
from tortie.dataplane.nftables.failsafe import failsafe_layout, failsafe_rules
from tortie.dataplane.nftables.names import comment, name
from tortie.dataplane.nftables.objects import (
    ACCEPT,
    PRIORITIES,
    RETURN,
    Chain,
    Element,
    Field,
    Hook,
    Lookup,
    MarkBit,
    Match,
    Object,
    Rule,
    Set,
    Type,
    Verdict,
    Vmap,
    goto,
    jump,
)
from tortie.dataplane.nftables.tracking import ACCEPT_KNOWN, INVALID, NEW, TRANSLATED
from tortie.dataplane.nftables.tunnels import NO_TUNNELS, Tunnels
from tortie.model import ALL_INTERFACES, LOOPBACK_INTERFACE, Direction, PolicyClass, Settings

__all__ = ["Ways", "host_layout", "ways_of"]

Way = tuple[PolicyClass, Direction]

_UNTRACKED_IN = PolicyClass.UNTRACKED, Direction.INGRESS
_UNTRACKED_OUT = PolicyClass.UNTRACKED, Direction.EGRESS
_PRE_DNAT = PolicyClass.PRE_DNAT, Direction.INGRESS
_FORWARD_IN = PolicyClass.FORWARD, Direction.INGRESS
_FORWARD_OUT = PolicyClass.FORWARD, Direction.EGRESS
_IN = PolicyClass.NORMAL, Direction.INGRESS
_OUT = PolicyClass.NORMAL, Direction.EGRESS
_WORDS: Mapping[Way, str] = {
    _UNTRACKED_IN: "untracked-in",
    _UNTRACKED_OUT: "untracked-out",
    _PRE_DNAT: "pre-dnat",
    _FORWARD_IN: "forward-in",
    _FORWARD_OUT: "forward-out",
    _IN: "host-in",
    _OUT: "host-out",
}
_HOOKS: Mapping[Way, Hook] = {
    _UNTRACKED_IN: Hook("filter", "prerouting", PRIORITIES["raw"] + 1),  # after spoofed packets are gone
    _UNTRACKED_OUT: Hook("filter", "output", PRIORITIES["raw"]),
    _PRE_DNAT: Hook("filter", "prerouting", PRIORITIES["mangle"]),
}
_VERDICTS = (
    BuiltIn.FAILSAFE_INBOUND,
    BuiltIn.FAILSAFE_OUTBOUND,
    BuiltIn.HOST_DISCOVERY,
    BuiltIn.LOOPBACK,
    BuiltIn.HOST_TO_WORKLOAD,
)
_FAILSAFE = (PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT, PolicyClass.NORMAL)
_CHECKS = "checks"


@dataclass(frozen=True, slots=True)
class Ways:
    """Which ways packets have to take because of host endpoints, and those that one of all interfaces is on."""

    all: frozenset[Way] = frozenset()
    every_interface: frozenset[Way] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether there is any host endpoint."""
        return bool(self.all)

    @property
    def exempts(self) -> bool:
        """Tell whether something may be allowed past policy that comes later, and is marked for it."""
        return bool(self.all & {_UNTRACKED_IN, _PRE_DNAT})

    @property
    def come_back_to_forward(self) -> bool:
        """Tell whether the forward chain goes on after the receiver's policy."""
        return _FORWARD_OUT in self.all

    def forward_in(self) -> Iterator[Rule]:
        """Yield what the forward chain does before it comes to senders."""
        if _FORWARD_IN in self.all:
            yield Rule("forward", (jump(_WORDS[_FORWARD_IN]),))

    def forward_out(self) -> Iterator[Rule]:
        """Yield what the forward chain does after receivers."""
        if self.come_back_to_forward:
            yield Rule("forward", (jump(_WORDS[_FORWARD_OUT]),))

    def to_host(self) -> Iterator[Rule]:
        """Yield what the input chain does with packets that come from no workload."""
        if self:
            yield Rule("input", (goto(_WORDS[_IN]),))


def ways_of(rows: Iterable[LocalHostEndpoint]) -> Ways:
    """Return the ways of the host endpoints of a host. Untracked policy on all interfaces is unsupported, and none."""
    found: set[Way] = set()
    every: set[Way] = set()
    for row in rows:
        (every if row.interface == ALL_INTERFACES else found).update(row.dispatches)
    every -= {_UNTRACKED_IN, _UNTRACKED_OUT}
    return Ways(frozenset(found | every), frozenset(every))


def host_layout(
    settings: Settings, rows: Iterable[LocalHostEndpoint], tunnels: Tunnels = NO_TUNNELS
) -> Iterator[Object]:
    """Yield everything that host endpoints add, but for what they add to the chains of others."""
    known = sorted(rows, key=lambda row: row.interface)
    ways = ways_of(known)
    if not ways:
        return
    for each in _VERDICTS:
        yield from verdict_chain(each)
    yield from failsafe_layout(settings)
    yield from _checks(settings, ways)
    for way in _WORDS:
        if way in ways.all:
            yield from _way(way, settings, ways)
            yield from _endpoints(way, known, ways)
    yield from _local_output(settings, ways, tunnels)


def _checks(settings: Settings, ways: Ways) -> Iterator[Object]:
    """Yield the chains of what no policy of a host endpoint can forbid, and of what none can allow."""
    for way in sorted(ways.all):
        policy_class, direction = way
        chain = _checks_chain(way)
        yield Chain(chain, comment="before the policy of a host endpoint")
        if policy_class in _FAILSAFE:
            yield Rule(chain, (Lookup((Field.ICMPV6_TYPE,), HOST_DISCOVERY), goto(BuiltIn.HOST_DISCOVERY)))
            too_big = (Match(Field.ICMP_TYPE, TOO_BIG[0]), Match(Field.ICMP_CODE, TOO_BIG[1]))
            yield Rule(chain, (*too_big, goto(BuiltIn.HOST_DISCOVERY)))
        if settings.drop_invalid and policy_class is not PolicyClass.UNTRACKED:
            yield Rule(chain, (INVALID, goto(BuiltIn.INVALID)))
        if policy_class in _FAILSAFE:
            yield from failsafe_rules(chain, direction, settings, responses=policy_class is PolicyClass.UNTRACKED)


def _way(way: Way, settings: Settings, ways: Ways) -> Iterator[Object]:
    """Yield the chain that sends a packet to the host endpoint of its interface."""
    policy_class, direction = way
    chain = _WORDS[way]
    field = Field.IIFNAME if direction is Direction.INGRESS else Field.OIFNAME
    yield Chain(chain, _HOOKS.get(way), comment(f"host endpoints: {policy_class} policy, {direction}"))
    yield _interfaces(way)
    for step in _first(way, settings, ways):
        yield Rule(chain, step)
    yield Rule(chain, (Vmap((field,), _interfaces(way).name),))
    if way in ways.every_interface:
        if way == _OUT:
            for prefix in settings.interface_prefixes:
                yield Rule(chain, (Match(field, f"{prefix}*"), goto(BuiltIn.HOST_TO_WORKLOAD)))
        yield Rule(chain, (goto(_endpoint_chain(way, ALL_INTERFACES)),))


def _first(way: Way, settings: Settings, ways: Ways) -> Iterator[tuple[Match | Vmap | MarkBit | Verdict, ...]]:
    """Yield what a way does before it looks at the interface."""
    if way in (_PRE_DNAT, _IN):
        yield (ACCEPT_KNOWN,)
    is_marked = Match(Field.MARK, settings.mark_bit)
    match way:
        case (PolicyClass.UNTRACKED, _):
            yield (MarkBit(settings.mark_bit, on=False),)
        case (PolicyClass.PRE_DNAT, _):
            yield (is_marked, ACCEPT) if _UNTRACKED_IN in ways.all else (MarkBit(settings.mark_bit, on=False),)
        case (PolicyClass.FORWARD | PolicyClass.NORMAL, Direction.INGRESS) if ways.exempts:
            yield (is_marked, RETURN)


def _local_output(settings: Settings, ways: Ways, tunnels: Tunnels) -> Iterator[Object]:
    """Yield the hooks that lead to `host-out`.

    To whom a translated packet goes, the output hook does not know yet: it was translated on its way through that hook.
    """
    yield Chain("output", Hook("filter", "output", PRIORITIES["filter"]))
    yield Rule("output", (ACCEPT_KNOWN,))
    if _UNTRACKED_OUT in ways.all:
        yield Rule("output", (Match(Field.MARK, settings.mark_bit), ACCEPT))
    yield from tunnels.from_host()
    yield Rule("output", (TRANSLATED, ACCEPT), "judged in postrouting")
    yield Rule("output", (goto(_WORDS[_OUT]),))
    yield Chain("postrouting", Hook("filter", "postrouting", PRIORITIES["mangle"]))
    here = Match(Field.IIF, 0)
    yield Rule("postrouting", (NEW, TRANSLATED, here, goto(_WORDS[_OUT])), "sent by the host, and translated")


def _endpoints(way: Way, rows: Iterable[LocalHostEndpoint], ways: Ways) -> Iterator[Object]:
    """Yield the chain of each host endpoint on a way, and what leads there."""
    on_every = way in ways.every_interface
    if on_every and way not in (_FORWARD_IN, _FORWARD_OUT):
        yield Element(_interfaces(way), LOOPBACK_INTERFACE, goto(BuiltIn.LOOPBACK))
    for row in rows:
        is_every = row.interface == ALL_INTERFACES
        if way not in row.dispatches or (is_every and not on_every):
            if on_every:
                yield Element(_interfaces(way), row.interface, RETURN)
            continue
        chain = _endpoint_chain(way, row.interface)
        yield Chain(chain, comment="the host endpoint of an interface")
        yield Rule(chain, (jump(_checks_chain(way)),))
        yield Rule(chain, (goto(row.dispatches[way]),), comment(str(row.key)))  # a chain's comment stays as it is made
        if not is_every:
            yield Element(_interfaces(way), row.interface, goto(chain))


def _checks_chain(way: Way) -> str:
    return f"{_WORDS[way]}-{_CHECKS}"


def _endpoint_chain(way: Way, interface: str) -> str:
    """Return the name of a chain of a host endpoint, which is no other's: interfaces' names have no `/`."""
    special = {ALL_INTERFACES: "every/interface", _CHECKS: f"{_CHECKS}/interface"}
    return name(_WORDS[way], special.get(interface, interface))


def _interfaces(way: Way) -> Set:
    return Set(f"{_WORDS[way]}-interfaces", (Type.IFNAME,), Type.VERDICT, comment="interface to host endpoint")
