"""Model rules into compiled rules, with the sets that they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tortie.compiled import CompiledRule, NamedPorts, Origin, SetId, SetTest
from tortie.engine.ids import digest
from tortie.engine.ports import EVERY_PORT, subtract, union
from tortie.engine.scope import entity_selector
from tortie.model import (
    SHORT_KINDS,
    Action,
    Direction,
    EntityMatch,
    HTTPMatch,
    Key,
    Policy,
    PolicyClass,
    Port,
    PortRange,
    Prefix,
    Profile,
    Rule,
    ServiceMatch,
    Settings,
)
from tortie.selector import Selector, conjunction, negation, parse

__all__ = [
    "CidrSet",
    "CompiledRules",
    "PortNameSet",
    "SelectorSet",
    "ServiceSet",
    "SetDefinition",
    "asked_sets",
    "compile_rules",
    "owner_name",
]


@dataclass(frozen=True, slots=True)
class SelectorSet:
    """The addresses of all endpoints and network sets that a selector matches."""

    selector: Selector


@dataclass(frozen=True, slots=True)
class CidrSet:
    """The addresses in any of some prefixes."""

    prefixes: tuple[Prefix, ...]


@dataclass(frozen=True, slots=True)
class PortNameSet:
    """The ports of a name (of one protocol, where given) that endpoints (that a selector matches) declare."""

    name: str
    protocol: int | None
    selector: Selector | None


@dataclass(frozen=True, slots=True)
class ServiceSet:
    """The addresses behind a service, or, `is_port`, the ports that they listen on for it."""

    namespace: str
    name: str
    is_port: bool


SetDefinition = SelectorSet | CidrSet | PortNameSet | ServiceSet


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRules:
    """The rules of one policy or profile in one direction, compiled once; `digest` stands for their content."""

    owner: Key
    rules: tuple[CompiledRule, ...]
    sets: Mapping[SetId, SetDefinition]
    digest: str


@dataclass(slots=True)
class _Side:
    """What one side of a rule comes to."""

    tests: list[SetTest] = field(default_factory=list[SetTest])
    ports: tuple[PortRange, ...] | None = None
    names: NamedPorts = field(default_factory=NamedPorts)


def owner_name(owner: Key) -> str:
    """Return the name of a policy or profile as rule ids have it: `np/production/allow-redis`."""
    return "/".join(part for part in (SHORT_KINDS[owner.kind], owner.namespace, owner.name) if part)


def compile_rules(owner: Policy | Profile, direction: Direction, settings: Settings) -> CompiledRules:
    """Return the compiled rules of a policy or profile in one direction."""
    sets: dict[SetId, SetDefinition] = {}
    tier, policy_class = "", PolicyClass.NORMAL
    if isinstance(owner, Policy):
        tier = owner.tier
        policy_class = next(iter(owner.classes - {PolicyClass.FORWARD}))
    prefix = _log_prefix(settings.log_prefix, owner.key, tier)
    origin = Origin(direction, tier, owner.key, policy_class=policy_class)
    compiled = tuple(
        _compile(rule, replace(origin, index=index, annotations=tuple(sorted(rule.annotations.items()))), prefix, sets)
        for index, rule in enumerate(owner.rules(direction))
    )
    return CompiledRules(owner.key, compiled, sets, digest("r", (str(owner.key), *map(repr, compiled))))


def asked_sets(owner: Policy | Profile) -> frozenset[SetDefinition]:
    """Return all sets that the rules of a policy or profile ask for, negated or not."""
    compiled = (compile_rules(owner, direction, Settings()) for direction in Direction)
    return frozenset(each for rules in compiled for each in rules.sets.values())


def _compile(rule: Rule, origin: Origin, log_prefix: str, sets: dict[SetId, SetDefinition]) -> CompiledRule:
    assert origin.owner is not None  # noqa: S101 - narrows the type: only defaults have no owner
    action, http = _without_requests(rule)
    protocol = rule.protocol.number if rule.protocol else None
    source = _side(rule.source, "source", origin.owner.namespace, protocol, sets)
    destination = _side(rule.destination, "destination", origin.owner.namespace, protocol, sets)
    ingress = origin.direction is Direction.INGRESS
    return CompiledRule(
        id=f"{owner_name(origin.owner)}/{origin.direction.lower()}/{origin.index}",
        action=action,
        origin=origin,
        family=rule.ip_version or (rule.protocol.implied_family if rule.protocol else None),
        protocol=protocol,
        not_protocol=rule.not_protocol.number if rule.not_protocol else None,
        icmp=rule.icmp,
        not_icmp=rule.not_icmp,
        source_ports=source.ports,
        destination_ports=destination.ports,
        source_names=source.names,
        destination_names=destination.names,
        peer=tuple(source.tests if ingress else destination.tests),
        own=tuple(destination.tests if ingress else source.tests),
        log_prefix=log_prefix if action is Action.LOG else "",
        http=http,
    )


def _without_requests(rule: Rule) -> tuple[Action, HTTPMatch | None]:
    """Return what a rule does where nobody looks into requests, and what of them keeps it from ever matching.

    Who denies some denies all; who passes some on may pass them to somebody who denies.
    """
    if rule.http is None or rule.action in (Action.ALLOW, Action.LOG):
        return rule.action, rule.http
    return Action.DENY, None


def _side(
    entity: EntityMatch, side: str, namespace: str, protocol: int | None, sets: dict[SetId, SetDefinition]
) -> _Side:
    result = _Side()
    for name, nets, negated in (("nets", entity.nets, False), ("notNets", entity.not_nets, True)):
        if nets:
            cidrs = CidrSet(tuple(sorted(set(nets))))
            id_ = digest("c", map(str, cidrs.prefixes))
            sets[id_] = cidrs
            result.tests.append(SetTest(id_, negated, f"{side}.{name}", ", ".join(map(str, nets))))
    positive = entity_selector(entity, namespace)
    result.tests.extend(_selector_tests(entity, side, positive, sets))
    if positive is not None and entity.not_selector:
        positive = conjunction(positive, negation(parse(entity.not_selector)))
    if entity.ports:
        result.ports = union(_numbers(entity.ports))
    if entity.not_ports:
        result.ports = subtract(EVERY_PORT if result.ports is None else result.ports, _numbers(entity.not_ports))
    if entity.ports and not any(isinstance(port, PortRange) for port in entity.ports):
        result.ports = ()
    result.names = NamedPorts(
        _names(entity.ports, protocol, positive, sets),
        _names(entity.not_ports, protocol, positive, sets),
        union(_numbers(entity.not_ports)),
    )
    if entity.not_ports and not entity.ports and not any(isinstance(port, PortRange) for port in entity.not_ports):
        result.ports = None  # only names are refused: any number will do, and protocols without ports too
    if entity.services is not None:
        _ask_service(result, entity.services, side, namespace, sets)
    return result


def _ask_service(
    result: _Side, asked: ServiceMatch, side: str, namespace: str, sets: dict[SetId, SetDefinition]
) -> None:
    """Ask a source to be behind a service; a destination also to be a port of it. Source: enforcement.md 4.7."""
    service = ServiceSet(asked.namespace or namespace, asked.name, is_port=side == "destination")
    id_ = digest("sp" if service.is_port else "s", (service.namespace, service.name))
    sets[id_] = service
    name = f"{service.namespace}/{service.name}"
    if service.is_port:
        result.ports = ()
        result.names = NamedPorts(((id_, name),), field="services")
    else:
        result.tests.append(SetTest(id_, negated=False, field=f"{side}.services", text=name))


def _selector_tests(
    entity: EntityMatch, side: str, positive: Selector | None, sets: dict[SetId, SetDefinition]
) -> Iterable[SetTest]:
    refused = parse(entity.not_selector) if entity.not_selector else None
    written = _written(entity)
    if positive is not None:
        selector = conjunction(positive, negation(refused)) if refused else positive
        field_name, text = written[0] if len(written) == 1 else ("", ", ".join(f"{f} {t}" for f, t in written))
        sets[selector.id] = SelectorSet(selector)
        yield SetTest(selector.id, False, f"{side}.{field_name}" if field_name else side, text)  # noqa: FBT003 - plain
    elif refused is not None:
        sets[refused.id] = SelectorSet(refused)
        yield SetTest(refused.id, True, f"{side}.notSelector", entity.not_selector)  # noqa: FBT003 - as above


def _written(entity: EntityMatch) -> list[tuple[str, str]]:
    """Return field and text of everything on a side that speaks of labels, as the author wrote it."""
    rows = [
        ("selector", entity.selector),
        ("namespaceSelector", entity.namespace_selector),
        ("notSelector", entity.not_selector),
    ]
    if entity.service_accounts is not None:
        rows.append(("serviceAccounts.selector", entity.service_accounts.selector))
        rows.append(("serviceAccounts.names", ", ".join(entity.service_accounts.names)))
    return [(name, text) for name, text in rows if text]


def _numbers(ports: Iterable[Port]) -> tuple[PortRange, ...]:
    return tuple(port for port in ports if isinstance(port, PortRange))


def _names(
    ports: Iterable[Port], protocol: int | None, selector: Selector | None, sets: dict[SetId, SetDefinition]
) -> tuple[tuple[SetId, str], ...]:
    rows = []
    for name in (port for port in ports if isinstance(port, str)):
        id_ = digest("p", (name, str(protocol), selector.id if selector else ""))
        sets[id_] = PortNameSet(name, protocol, selector)
        rows.append((id_, name))
    return tuple(rows)


def _log_prefix(template: str, owner: Key, tier: str) -> str:
    """Return the prefix with its specifiers filled in. Source: enforcement.md 5."""
    full = f"{owner.namespace}/{owner.name}" if owner.namespace else owner.name
    words = {"%t": tier, "%k": SHORT_KINDS[owner.kind], "%n": owner.name, "%p": full}
    out, rest = "", template
    while rest:
        word = words.get(rest[:2])
        out += rest[0] if word is None else word
        rest = rest[1:] if word is None else rest[2:]
    return out
