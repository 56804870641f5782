"""Objects → the text that `nft list table inet tortie` (nft 1.0.6) prints for them: for operators, and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch

from .fields import FIELD_TYPES, IMPLIED, TYPES
from .objects import (
    PRIORITIES,
    Chain,
    Count,
    Element,
    Field,
    Hook,
    Key,
    Limit,
    Log,
    Lookup,
    LookupPriority,
    MarkBit,
    Match,
    NoTrack,
    Reject,
    Rule,
    Set,
    SetPriority,
    Statement,
    Type,
    Value,
    Verdict,
    Vmap,
)
from .ruleset import Ruleset
from .symbols import value_text

__all__ = ["key_text", "rule_text", "table_text"]

_NEWLINE = ",\n\t\t\t     "
_PER_LINE = {
    Type.IPV4_ADDR: 2,
    Type.CT_STATE: 2,
    Type.CT_STATUS: 2,
    Type.INET_PROTO: 5,
    Type.INET_SERVICE: 5,
    Type.CLASSID: 5,
    Type.MARK: 5,
    Type.NF_PROTO: 5,
}
_PREFIXED = frozenset({Type.IPV4_ADDR, Type.IPV6_ADDR})
_REACH = 10  # how far from a standard priority nft still names it
_PORTED = {6: "tcp", 17: "udp", 33: "dccp", 132: "sctp", 136: "udplite"}
_UNITS = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}
_BURST = 5  # which a listing leaves out
_PORTS = frozenset({Field.TH_SPORT, Field.TH_DPORT})

Counts = Mapping[str, tuple[int, int]]


def table_text(ruleset: Ruleset, counts: Counts | None = None) -> str:
    """Return the listing of a table that holds the ruleset, with a final newline.

    `counts` are the packets and bytes of counters, where they are known; the others show zero.
    """
    counts = counts or {}
    blocks = [_counter(name, counter.comment, counts.get(name, (0, 0))) for name, counter in ruleset.counters.items()]
    blocks += [_set(a_set, ruleset.elements.get(a_set.name, ())) for a_set in ruleset.sets.values()]
    blocks += [_chain(chain, ruleset.rules.get(chain.name, ())) for chain in ruleset.chains.values()]
    return f"table inet {ruleset.table.name} {{\n" + "\n".join(blocks) + "}\n"


def rule_text(rule: Rule) -> str:
    """Return the line of a rule, without indentation."""
    words = [_statement(statement, _ports_word(rule, index)) for index, statement in enumerate(rule.statements)]
    kept = [word for index, word in enumerate(words) if not _is_implied(rule, index)]
    if rule.comment:
        kept.append(f'comment "{rule.comment}"')
    return " ".join(kept)


def _counter(name: str, comment: str, count: tuple[int, int]) -> str:
    return f"\tcounter {name} {{\n{_comment_line(comment)}\t\tpackets {count[0]} bytes {count[1]}\n\t}}\n"


def _comment_line(comment: str) -> str:
    return f'\t\tcomment "{comment}"\n' if comment else ""


def _set(a_set: Set, elements: Iterable[Element]) -> str:
    kind = "set" if a_set.data is None else "map"
    types = " . ".join(a_set.key) + (f" : {a_set.data}" if a_set.data else "")
    flags = "\t\tflags interval\n" if a_set.interval else ""
    listed = _elements(a_set, _in_listing_order(a_set, elements))
    return f"\t{kind} {a_set.name} {{\n\t\ttype {types}\n{flags}{_comment_line(a_set.comment)}{listed}\t}}\n"


def _elements(a_set: Set, elements: Sequence[Element]) -> str:
    if not elements:
        return ""
    per_line = _PER_LINE.get(a_set.key[0], 1) if len(a_set.key) == 1 else 1
    texts = [_element(a_set, element) for element in elements]
    lines = [", ".join(texts[start : start + per_line]) for start in range(0, len(texts), per_line)]
    return f"\t\telements = {{ {_NEWLINE.join(lines)} }}\n"


def _in_listing_order(a_set: Set, elements: Iterable[Element]) -> Sequence[Element]:
    """Return the elements as nft sorts them: intervals and numbers by value, other keys from their last byte on.

    Concatenations with ranges are not sorted: the kernel keeps them in the order of their arrival.
    """
    if a_set.interval:
        return tuple(elements) if len(a_set.key) > 1 else sorted(elements, key=lambda element: element.key)
    return sorted(elements, key=lambda element: _sort_key(a_set.key, element.key))


def _sort_key(types: tuple[Type, ...], key: Key) -> int:
    if len(types) == 1 and isinstance(key, int):
        return key
    values = key if isinstance(key, tuple) else (key,)
    packed = b"".join(_packed(kind, value) for kind, value in zip(types, values, strict=True))
    return int.from_bytes(packed, "little")


def _packed(kind: Type, value: Value) -> bytes:
    info = TYPES[kind]
    if isinstance(value, str):
        return value.encode().ljust(info.width, b"\0")
    return value.to_bytes(info.width, "big" if info.network else "little")


def _element(a_set: Set, element: Element) -> str:
    text = key_text(a_set.key, element.key, element.end)
    if a_set.data is None:
        return text
    if isinstance(element.data, int):
        return f"{text} : {value_text(a_set.data, element.data)}"
    return f"{text} : {_verdict(element.data)}"


def key_text(types: tuple[Type, ...], key: Key, end: Key | None = None) -> str:
    """Return how nft prints a key, or the range from `key` to `end`."""
    first = key if isinstance(key, tuple) else (key,)
    last = first if end is None else end if isinstance(end, tuple) else (end,)
    return " . ".join(_span(*part) for part in zip(types, first, last, strict=True))


def _span(kind: Type, first: Value, last: Value) -> str:
    if isinstance(first, str) or isinstance(last, str) or first == last:
        return value_text(kind, first)
    size = last - first + 1
    if kind in _PREFIXED and not size & size - 1 and not first & size - 1:
        return f"{value_text(kind, first)}/{TYPES[kind].width * 8 - size.bit_length() + 1}"
    return f"{value_text(kind, first, numeric=True)}-{value_text(kind, last, numeric=True)}"


def _chain(chain: Chain, rules: Iterable[Rule]) -> str:
    head = _comment_line(chain.comment) + (_hook(chain.hook) if chain.hook else "")
    body = "".join(f"\t\t{rule_text(rule)}\n" for rule in rules)
    return f"\tchain {chain.name} {{\n{head}{body}\t}}\n"


def _hook(hook: Hook) -> str:
    return f"\t\ttype {hook.type} hook {hook.hook} priority {_priority(hook)}; policy {hook.policy};\n"


def _priority(hook: Hook) -> str:
    for name, value in PRIORITIES.items():
        offset = hook.priority - value
        elsewhere = {"dstnat": "prerouting", "srcnat": "postrouting"}.get(name, hook.hook) != hook.hook
        if abs(offset) <= _REACH and not elsewhere:
            return name if not offset else f"{name} {'+' if offset > 0 else '-'} {abs(offset)}"
    return str(hook.priority)


def _reads(statement: Statement) -> tuple[Field, ...]:
    match statement:
        case Match(field=field):
            return (field,)
        case Lookup(fields=fields) | Vmap(fields=fields) | LookupPriority(fields=fields):
            return fields
        case _:
            return ()


def _ports_word(rule: Rule, index: int) -> str:
    """Return how the rule's ports are called at `index`: after a match of the protocol, by its name."""
    for earlier in reversed(rule.statements[:index]):
        if isinstance(earlier, Match) and earlier.field is Field.L4PROTO and not earlier.negate:
            return _PORTED.get(int(earlier.value), "th")
    return "th"


def _is_implied(rule: Rule, index: int) -> bool:
    """Tell whether a listing leaves the statement out, because the next one says as much."""
    statement = rule.statements[index]
    if not isinstance(statement, Match) or statement.negate or index + 1 == len(rule.statements):
        return False
    reads = _reads(rule.statements[index + 1])
    if statement.field is Field.L4PROTO and statement.value in _PORTED and reads and _PORTS.issuperset(reads):
        return True
    return any((statement.field, statement.value) in IMPLIED.get(field, ()) for field in reads)


def _fields(fields: tuple[Field, ...], ports: str) -> str:
    return " . ".join(f"{ports} {field.split()[1]}" if field in _PORTS else str(field) for field in fields)


@singledispatch
def _statement(statement: Statement, _ports: str) -> str:
    raise TypeError(f"no such statement: {statement!r}")


@_statement.register
def _(statement: Match, ports: str) -> str:
    kind = FIELD_TYPES[statement.field]
    value = _span(kind, statement.value, statement.value if statement.last is None else statement.last)
    if statement.field is Field.MARK:
        return f"meta mark & {value} {'==' if statement.negate else '!='} {value_text(kind, 0)}"
    unlike = "! " if kind in (Type.CT_STATE, Type.CT_STATUS) else "!= "
    suffix = f"/{statement.bits}" if statement.bits is not None and statement.bits < TYPES[kind].width * 8 else ""
    return f"{_fields((statement.field,), ports)} {unlike if statement.negate else ''}{value}{suffix}"


@_statement.register
def _(statement: Lookup, ports: str) -> str:
    among = statement.among
    if isinstance(among, tuple):
        among = f"{{ {_anonymous(statement.fields, [(key, '') for key in among])} }}"
    else:
        among = f"@{among}"
    return f"{_fields(statement.fields, ports)} {'!= ' if statement.negate else ''}{among}"


@_statement.register
def _(statement: Vmap, ports: str) -> str:
    among = statement.among
    if isinstance(among, tuple):
        pairs = [(key, f" : {_verdict(verdict)}") for key, verdict in among]
        among = f"{{ {_anonymous(statement.fields, pairs)} }}"
    else:
        among = f"@{among}"
    return f"{_fields(statement.fields, ports)} vmap {among}"


@_statement.register
def _(statement: SetPriority, _ports: str) -> str:
    return f"meta priority set {value_text(Type.CLASSID, statement.value)}"


@_statement.register
def _(statement: LookupPriority, ports: str) -> str:
    return f"meta priority set {_fields(statement.fields, ports)} map @{statement.among}"


@_statement.register
def _(statement: MarkBit, _ports: str) -> str:
    operation = f"| {statement.bit:#010x}" if statement.on else f"& {~statement.bit & 0xFFFFFFFF:#010x}"
    return f"meta mark set meta mark {operation}"


@_statement.register
def _(_statement: NoTrack, _ports: str) -> str:
    return "notrack"


@_statement.register
def _(statement: Limit, _ports: str) -> str:
    burst = f" burst {statement.burst} packets" if statement.burst != _BURST else ""
    return f"limit rate {statement.count}/{_UNITS[statement.seconds]}{burst}"


@_statement.register
def _(_statement: Reject, _ports: str) -> str:
    return "reject"


@_statement.register
def _(statement: Count, _ports: str) -> str:
    return f'counter name "{statement.counter}"'


@_statement.register
def _(statement: Log, _ports: str) -> str:
    prefix = f' prefix "{statement.prefix}"' if statement.prefix else ""
    group = f" group {statement.group}" if statement.group is not None else ""
    level = f" level {statement.level}" if statement.level and statement.level != "warn" else ""
    return f"log{prefix}{group}{level}"


@_statement.register
def _(statement: Verdict, _ports: str) -> str:
    return _verdict(statement)


def _verdict(verdict: Verdict | None) -> str:
    return "" if verdict is None else f"{verdict.kind} {verdict.chain}".rstrip()


def _anonymous(fields: tuple[Field, ...], pairs: Iterable[tuple[Key, str]]) -> str:
    types = tuple(FIELD_TYPES[field] for field in fields)
    ordered = sorted(pairs, key=lambda pair: _sort_key(types, pair[0]))
    return ", ".join(key_text(types, key) + text for key, text in ordered)
