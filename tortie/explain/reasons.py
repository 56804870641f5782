"""Why a rule matched or did not, in the words of its author and the labels of whom it speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tortie.compiled import CompiledRule, SetTest
from tortie.evaluate import Mismatch, Step, http_text, icmp_text, ports_text, protocol_text
from tortie.explain.directory import Directory, Labelled, display_name
from tortie.model import (
    ICMP_OF,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT_LABEL,
    SERVICE_ACCOUNT_PREFIX,
    EntityMatch,
    Flow,
    Key,
    Policy,
    Profile,
    ServiceAccountMatch,
    format_address,
)
from tortie.selector import keys, parse

__all__ = ["Reason", "Reasons", "owner_title", "rule_fields", "rule_place"]

_MOST_OWNERS = 3
_HEADER_FIELDS = frozenset({"ipVersion", "protocol", "notProtocol", "icmp", "notICMP"})


@dataclass(frozen=True, slots=True)
class Reason:
    """A field of a rule, what it asks for, and what the flow has there, in words."""

    field: str
    wanted: str
    got: str


@dataclass(frozen=True, slots=True)
class _Part:
    """One field that a side asks of labels, what somebody has there, and whether it holds."""

    field: str
    text: str
    said: str
    holds: bool


def owner_title(owner: Key) -> str:
    """Return a policy or profile as people say it: `NetworkPolicy production/allow-redis`."""
    return f"{owner.kind} {owner.namespace}/{owner.name}" if owner.namespace else f"{owner.kind} {owner.name}"


def rule_place(rule: CompiledRule) -> str:
    """Return where in its owner a rule stands, `ingress[0]`; "" for a default."""
    return f"{rule.origin.direction.lower()}[{rule.origin.index}]" if rule.origin.owner is not None else ""


def rule_fields(rule: CompiledRule) -> tuple[tuple[str, str], ...]:
    """Return the name and text of everything a rule asks for; none where it matches every packet."""
    rows = []
    if rule.family is not None and rule.protocol not in ICMP_OF.values():
        rows.append(("ipVersion", f"{rule.family:d}"))
    if rule.protocol is not None:
        rows.append(("protocol", protocol_text(rule.protocol)))
    if rule.not_protocol is not None:
        rows.append(("notProtocol", protocol_text(rule.not_protocol)))
    rows += [("icmp", icmp_text(rule.icmp))] if rule.icmp is not None else []
    rows += [("notICMP", icmp_text(rule.not_icmp))] if rule.not_icmp is not None else []
    tests = (*rule.peer, *rule.own)
    for end, ports, names in (
        ("source", rule.source_ports, rule.source_names),
        ("destination", rule.destination_ports, rule.destination_names),
    ):
        rows += [(test.field, test.text) for test in tests if test.field.partition(".")[0] == end]
        if ports is not None or names:
            rows.append((f"{end}.{names.field}", ports_text(ports, names)))
    rows += [("http", http_text(rule.http))] if rule.http is not None else []
    return tuple(rows)


class Reasons:
    """Gives the reasons of steps; looks labels up in a directory."""

    def __init__(self, directory: Directory) -> None:
        """Index policies and profiles by their own keys."""
        self._directory = directory
        self._owners: dict[Key, Policy | Profile] = {
            value.key: value for value in directory.resources.values() if isinstance(value, Policy | Profile)
        }

    def of(self, step: Step, flow: Flow) -> tuple[Reason, ...]:
        """Return why a step did not match: every field that failed. Or, of a match, whom its selectors found."""
        rule = step.rule
        if not step.matched:
            return tuple(self._missed(rule, each, flow) for each in step.mismatches)
        tests = (test for test in (*rule.peer, *rule.own) if not _is_net(test.field) and not _is_service(test.field))
        return tuple(self._tested(rule, test, flow) for test in tests)

    def _missed(self, rule: CompiledRule, mismatch: Mismatch, flow: Flow) -> Reason:
        for test in (*rule.peer, *rule.own):
            if (test.field, test.text) == (mismatch.field, mismatch.wanted):
                return self._tested(rule, test, flow)
        is_header = mismatch.field in _HEADER_FIELDS or mismatch.got.isdigit()
        return Reason(mismatch.field, mismatch.wanted, f"the packet has {mismatch.got}" if is_header else mismatch.got)

    def _tested(self, rule: CompiledRule, test: SetTest, flow: Flow) -> Reason:
        end = test.field.partition(".")[0]
        address = flow.source if end == "source" else flow.destination
        if _is_net(test.field):
            where = "within" if test.negated else "outside"  # nets are only asked about where they failed
            return Reason(test.field, test.text, f"{format_address(address)} is {where}")
        if _is_service(test.field):
            return Reason(test.field, test.text, f"{format_address(address)} is not behind it")
        owners = list(self._directory.owners(address))
        if not owners:
            return Reason(test.field, test.text, f"{format_address(address)} belongs to no endpoint or network set")
        entity = self._entity(rule, end)
        parts = [list(self._parts(each, entity, rule)) for each in owners]
        failing = [part for part in parts[0] if not part.holds]
        if len(owners) == 1 and len(failing) == 1:
            part = failing[0]
            return Reason(f"{end}.{part.field}" if part.field else test.field, part.text or test.text, part.said)
        said = ["; ".join(part.said for part in each) for each in parts[:_MOST_OWNERS]]
        said += [f"{len(owners) - _MOST_OWNERS} more own the address"] if len(owners) > _MOST_OWNERS else []
        return Reason(test.field, test.text, "; ".join(said))

    def _entity(self, rule: CompiledRule, end: str) -> EntityMatch:
        """Return a side of the rule as its author wrote it."""
        origin = rule.origin
        owner = self._owners.get(origin.owner) if origin.owner is not None else None
        if owner is None:
            return EntityMatch()
        written = owner.rules(origin.direction)[origin.index]
        return written.source if end == "source" else written.destination

    def _parts(self, owner: Labelled, entity: EntityMatch, rule: CompiledRule) -> Iterator[_Part]:
        """Yield what a side asks of labels, one field at a time, and what an owner has there."""
        labels = self._directory.labels(owner)
        shown = display_name(owner)
        accounts = entity.service_accounts or ServiceAccountMatch()
        for name, text, prefix, who in (
            ("selector", entity.selector, "", shown),
            ("notSelector", entity.not_selector, "", shown),
            ("namespaceSelector", entity.namespace_selector, NAMESPACE_PREFIX, f"namespace {owner.key.namespace}"),
            ("serviceAccounts.selector", accounts.selector, SERVICE_ACCOUNT_PREFIX, f"the account of {shown}"),
        ):
            if text:
                selector = parse(text)
                seen = {key.removeprefix(prefix): value for key, value in labels.items() if key.startswith(prefix)}
                holds = selector.matches(seen) is not (name == "notSelector")
                asked = sorted(keys(selector))
                said = _has(who, {key: seen.get(key) for key in asked}) if asked else f"{shown} is asked about"
                yield _Part(name, text, said, holds)
        if accounts.names:
            account = labels.get(SERVICE_ACCOUNT_LABEL)
            said = f"{shown} runs as `{account}`" if account else f"{shown} has no service account"
            yield _Part("serviceAccounts.names", ", ".join(accounts.names), said, account in accounts.names)
        home = rule.origin.owner.namespace if rule.origin.owner else ""
        if home and not entity.namespace_selector and owner.key.namespace != home:
            where = f"namespace {owner.key.namespace}" if owner.key.namespace else "no namespace"
            said = f"{shown} is in {where}, and without a namespaceSelector the rule speaks of {home} only"
            yield _Part("", "", said, holds=False)


def _is_net(field: str) -> bool:
    return field.endswith((".nets", ".notNets"))


def _is_service(field: str) -> bool:
    return field.endswith(".services")


def _has(who: str, labels: dict[str, str | None]) -> str:
    """Return `who has a=1, b=2 and no label c`."""
    present = ", ".join(f"{name}={value}" for name, value in labels.items() if value is not None)
    absent = ", ".join(f"`{name}`" for name, value in labels.items() if value is None)
    parts = [present] if present else []
    parts += [f"no label {absent}"] if absent else []
    return f"{who} has {' and '.join(parts)}"
