"""A kernel in memory: the same protocol, refusing what the kernel refuses. For tests, and for trying things out."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from .elements import encode_elements
from .expressions import rule_fingerprint
from .objects import (
    Chain,
    Count,
    Counter,
    Element,
    Log,
    Lookup,
    LookupPriority,
    Object,
    Rule,
    Set,
    Statement,
    Table,
    Type,
    Verdict,
    Vmap,
)
from .protocol import Failure, Refused, Stale
from .ruleset import Actual, ActualRule, Ruleset, Span, span
from .transaction import Elements, Operation, Transaction, Verb
from .wire import UNWRITABLE

__all__ = ["FakeKernel"]

_MAX_NAME = 255
_MAX_PREFIX = 127
_MAX_DEPTH = 16

Data = int | Verdict | None


class _No(Exception):  # noqa: N818 - inside this file only: an operation is refused
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(slots=True)
class _Content:
    """What one table holds."""

    counters: dict[str, Counter] = field(default_factory=dict)
    sets: dict[str, Set] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)
    rules: dict[str, list[Rule]] = field(default_factory=dict)
    elements: dict[str, dict[Span, Data]] = field(default_factory=dict)

    def copy(self) -> _Content:
        return _Content(
            dict(self.counters),
            dict(self.sets),
            dict(self.chains),
            {chain: list(rules) for chain, rules in self.rules.items()},
            {name: dict(elements) for name, elements in self.elements.items()},
        )

    def statements(self) -> Iterator[Statement]:
        for rules in self.rules.values():
            for rule in rules:
                yield from rule.statements

    def verdicts(self) -> Iterator[Verdict]:
        for elements in self.elements.values():
            yield from (data for data in elements.values() if isinstance(data, Verdict))
        for statement in self.statements():
            yield from _verdicts(statement)


class FakeKernel:
    """See `protocol.Kernel`; beyond it, tests may play somebody else, and set counters."""

    def __init__(self) -> None:
        """Begin without a table."""
        self._content: _Content | None = None
        self._counts: dict[str, tuple[int, int]] = {}
        self._generation = 1
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)  # noqa: FBT003 - the standard library's signature

    def close(self) -> None:
        """Let go of the descriptors; the table stays."""
        self._bell.close()
        self._ring.close()

    def commit(self, transaction: Transaction, generation: int | None = None) -> int:
        """Make all changes at once; see `protocol.Kernel.commit`.

        Raises:
            Stale, Refused: as there.
        """
        if generation is not None and generation != self._generation:
            raise Stale(f"generation {generation} has passed")
        content = self._content.copy() if self._content else None
        failures: list[Failure] = []
        done = False
        for operation in transaction.operations():
            done = True
            content = _apply(content, operation, failures)
        if failures:
            raise Refused(tuple(failures), failures[0].errno)
        if content and any(_too_deep(content, chain.name, 0) for chain in content.chains.values() if chain.hook):
            raise Refused((), errno.EMLINK)
        self._content = content
        kept = content.counters if content else {}
        self._counts = {name: self._counts.get(name, (0, 0)) for name in kept}
        self._generation += done
        return self._generation

    def generation(self) -> int:
        """Return the number of the last commit of anybody."""
        return self._generation

    def dump(self) -> Actual:
        """Return all that the table holds."""
        content = self._content
        if content is None:
            return Actual(self._generation)
        rules = {name: tuple(map(_as_read, content.rules.get(name, ()))) for name in content.chains}
        elements = {name: dict(content.elements.get(name, {})) for name in content.sets}
        return Actual(
            self._generation,
            present=True,
            counters=dict(content.counters),
            sets=dict(content.sets),
            chains=dict(content.chains),
            rules=rules,
            elements=elements,
        )

    def ruleset(self) -> Ruleset:
        """Return all that the table holds as it was given; of no table, an empty one."""
        content = self._content or _Content()
        elements = {
            name: tuple(
                Element(content.sets[name], first, data, None if first == last else last)
                for (first, last), data in items.items()
            )
            for name, items in content.elements.items()
        }
        rules = {name: tuple(items) for name, items in content.rules.items()}
        return Ruleset(Table(), dict(content.counters), dict(content.sets), dict(content.chains), rules, elements)

    def counters(self) -> Mapping[str, tuple[int, int]]:
        """Return packets and bytes of each named counter; empty where there is no table."""
        return dict(self._counts)

    def count(self, counter: str, packets: int, size: int) -> None:
        """Let a counter see packets of that many bytes in all."""
        before = self._counts[counter]
        self._counts[counter] = before[0] + packets, before[1] + size

    def interfere(self, transaction: Transaction) -> None:
        """Commit as somebody else; an empty transaction stands for a change to somebody else's table."""
        if transaction:
            self.commit(transaction)
            self._ring.send(b"!")
        else:
            self._generation += 1

    def foreign_changes(self) -> bool:
        """Tell whether somebody else committed a change to our table since the last call; never waits."""
        try:
            return bool(self._bell.recv(4096))
        except BlockingIOError:
            return False

    def fileno(self) -> int:
        """Return a descriptor that is readable when `foreign_changes` has something to say."""
        return self._bell.fileno()

    def delete_table(self) -> None:
        """Remove the table with all it holds; where there is none, nothing happens."""
        transaction = Transaction()
        transaction.add(Table())
        transaction.delete(Table())
        self.commit(transaction)


def _as_read(rule: Rule) -> ActualRule:
    return ActualRule(rule_fingerprint(rule), rule.comment, 0)


def _apply(content: _Content | None, operation: Operation, failures: list[Failure]) -> _Content | None:
    """Return the content after an operation; what is refused goes to `failures`, and the next is tried."""
    verb, thing = operation.verb, operation.object
    if isinstance(thing, Table):
        return (content or _Content()) if verb is Verb.ADD else None
    targets: tuple[Object, ...] = thing.items if isinstance(thing, Elements) else (thing,)
    if content is None:
        failures += [Failure(verb, target, errno.ENOENT) for target in targets]
        return None
    for target in targets:
        try:
            _one(content, verb, target)
        except _No as no:
            failures.append(Failure(verb, target, no.number))
    return content


def _one(content: _Content, verb: Verb, thing: Object) -> None:
    match thing:
        case Rule():
            _add_rule(content, thing)
        case Element():
            (_add_element if verb is Verb.ADD else _delete_element)(content, thing)
        case Chain() | Set() | Counter():
            {Verb.ADD: _add, Verb.DELETE: _delete, Verb.FLUSH: _flush}[verb](content, thing)


def _place(content: _Content, thing: Chain | Set | Counter) -> dict[str, Chain | Set | Counter]:
    places = {Chain: content.chains, Set: content.sets, Counter: content.counters}
    return places[type(thing)]  # type: ignore[return-value]  # a dict of exactly the thing's type


def _add(content: _Content, thing: Chain | Set | Counter) -> None:
    if len(thing.name) > _MAX_NAME:
        raise _No(errno.ERANGE)
    place = _place(content, thing)
    there = place.get(thing.name)
    if there is None:
        place[thing.name] = thing
    elif replace(there, comment="") != replace(thing, comment=""):
        raise _No(errno.EEXIST)


def _delete(content: _Content, thing: Chain | Set | Counter) -> None:
    place = _place(content, thing)
    if thing.name not in place:
        raise _No(errno.ENOENT)
    if _is_used(content, thing):
        raise _No(errno.EBUSY)
    del place[thing.name]
    if isinstance(thing, Chain):
        content.rules.pop(thing.name, None)
    elif isinstance(thing, Set):
        content.elements.pop(thing.name, None)


def _is_used(content: _Content, thing: Chain | Set | Counter) -> bool:
    if isinstance(thing, Chain):
        return any(verdict.chain == thing.name for verdict in content.verdicts())
    if isinstance(thing, Set):
        return any(_set_of(statement) == thing.name for statement in content.statements())
    return any(isinstance(step, Count) and step.counter == thing.name for step in content.statements())


def _flush(content: _Content, thing: Chain | Set | Counter) -> None:
    if thing.name not in _place(content, thing):
        raise _No(errno.ENOENT)
    (content.rules if isinstance(thing, Chain) else content.elements).pop(thing.name, None)


def _add_rule(content: _Content, rule: Rule) -> None:
    if rule.chain not in content.chains:
        raise _No(errno.ENOENT)
    try:
        rule_fingerprint(rule)
    except UNWRITABLE as error:
        raise _No(errno.EINVAL) from error
    for statement in rule.statements:
        _check(content, statement)
    content.rules.setdefault(rule.chain, []).append(rule)


def _check(content: _Content, statement: Statement) -> None:
    for verdict in _verdicts(statement):
        _check_verdict(content, verdict)
    name = _set_of(statement)
    if name is not None:
        if name not in content.sets:
            raise _No(errno.ENOENT)
        data = content.sets[name].data
        if (isinstance(statement, Vmap) and data is not Type.VERDICT) or (
            isinstance(statement, LookupPriority) and data in {None, Type.VERDICT}
        ):
            raise _No(errno.EINVAL)
    if isinstance(statement, Count) and statement.counter not in content.counters:
        raise _No(errno.ENOENT)
    if isinstance(statement, Log) and len(statement.prefix.encode()) > _MAX_PREFIX:
        raise _No(errno.ERANGE)


def _check_verdict(content: _Content, verdict: Verdict) -> None:
    if not verdict.chain:
        return
    if verdict.chain not in content.chains:
        raise _No(errno.ENOENT)
    if content.chains[verdict.chain].hook:
        raise _No(errno.EOPNOTSUPP)


def _add_element(content: _Content, element: Element) -> None:
    a_set = content.sets.get(element.set.name)
    if a_set is None:
        raise _No(errno.ENOENT)
    try:
        encode_elements(a_set, (element,))
    except UNWRITABLE as error:
        raise _No(errno.EINVAL) from error
    if isinstance(element.data, Verdict):
        _check_verdict(content, element.data)
    there = content.elements.setdefault(a_set.name, {})
    where = span(element)
    if where in there:
        if there[where] != element.data:
            raise _No(errno.EEXIST)
        return
    if a_set.interval and any(_overlap(where, other) for other in there):
        raise _No(errno.EEXIST)
    there[where] = element.data


def _delete_element(content: _Content, element: Element) -> None:
    if content.elements.get(element.set.name, {}).pop(span(element), span) is span:
        raise _No(errno.ENOENT)


def _overlap(one: Span, other: Span) -> bool:
    """Tell whether the ranges share a key: in each part of it they do."""
    first, second = (tuple(zip(*map(_as_tuple, each), strict=True)) for each in (one, other))
    return all(a <= d and c <= b for (a, b), (c, d) in zip(first, second, strict=True))


def _as_tuple(key: object) -> tuple[object, ...]:
    return key if isinstance(key, tuple) else (key,)


def _verdicts(statement: Statement) -> Iterator[Verdict]:
    if isinstance(statement, Verdict):
        yield statement
    elif isinstance(statement, Vmap) and isinstance(statement.among, tuple):
        yield from (verdict for _, verdict in statement.among)


def _set_of(statement: Statement) -> str | None:
    named = isinstance(statement, Lookup | Vmap | LookupPriority) and isinstance(statement.among, str)
    return str(statement.among) if named else None  # type: ignore[union-attr]  # `named` says which types


def _too_deep(content: _Content, chain: str, depth: int) -> bool:
    """Tell whether some way from `chain` passes more chains than the kernel's stack has room for, as loops do."""
    if depth > _MAX_DEPTH:
        return True
    targets: set[str] = set()
    for rule in content.rules.get(chain, ()):
        for statement in rule.statements:
            targets |= {verdict.chain for verdict in _verdicts(statement) if verdict.chain}
            if isinstance(statement, Vmap):
                data = content.elements.get(str(statement.among), {}).values()
                targets |= {verdict.chain for verdict in data if isinstance(verdict, Verdict) and verdict.chain}
    return any(_too_deep(content, target, depth + 1) for target in targets)
