"""Tokens to a selector.

Open parentheses are kept on a list, so there is no limit to how deep a selector nests, nor to how long it is; the
fields of resources have theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from tortie.errors import Invalid
from tortie.selector.selector import Selector
from tortie.selector.suggest import after_label_mend, after_term_mend, call_mend, quote
from tortie.selector.syntax import All, And, Comparison, Expression, Global, Has, Leaf, Membership, Not, Operator, Or
from tortie.selector.tokens import Kind, Token, fault, tokens

__all__ = ["normalise", "parse"]

_COMPARISONS = {Kind[operator.name]: operator for operator in Operator}
_CACHED = 4096  # selectors kept, of each of the two kinds below


def parse(text: str) -> Selector:
    """Return the selector that the text says; blanks alone say `all()`.

    There is no limit to length or nesting. Equal selectors are often the same object.

    Raises:
        Invalid: when it says none; the problem has the column of the first fault and how to mend it.

    Source: Calico `libcalico-go/lib/selector/{tokenizer,parser}`; api specification, 5.
    """
    return _parsed(text)


def normalise(text: str) -> str:
    """Return the canonical text of a selector, or the text without surrounding white space if it is none."""
    trimmed = text.strip()
    try:
        return str(parse(trimmed))
    except Invalid:
        return trimmed


@lru_cache(maxsize=_CACHED)
def _parsed(text: str) -> Selector:
    return _interned(Selector(_Parser(text).selector()))


@lru_cache(maxsize=_CACHED)
def _interned(selector: Selector) -> Selector:
    return selector


@dataclass(slots=True)
class _Level:
    """What has been read since a parenthesis was opened at `column`, or since the beginning."""

    column: int = 0
    is_negated: bool = False
    alternatives: list[Expression] = field(default_factory=list)
    terms: list[Expression] = field(default_factory=list)

    def add(self, term: Expression, *, is_negated: bool) -> None:
        self.terms.append(Not(term) if is_negated else term)

    def next_alternative(self) -> None:
        self.alternatives.append(And(tuple(self.terms)) if len(self.terms) > 1 else self.terms[0])
        self.terms = []

    def expression(self) -> Expression:
        self.next_alternative()
        return Or(tuple(self.alternatives)) if len(self.alternatives) > 1 else self.alternatives[0]


class _Parser:
    """Reads the tokens once, from left to right."""

    __slots__ = ("_levels", "_text", "_tokens")

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._levels = [_Level()]

    def selector(self) -> Expression:
        if not self._text.strip(" \t"):
            return All()
        before = Token(Kind.OPEN, "", 0)
        while before.kind is not Kind.END:
            self._term(before)
            before = self._joint()
        return self._levels[0].expression()

    def _term(self, before: Token) -> None:
        """Read what `&&`, `||` or the beginning calls for, up to the end of the first comparison or call."""
        is_negated = False
        while (token := next(self._tokens)).kind in {Kind.NOT, Kind.OPEN}:
            if token.kind is Kind.OPEN:
                self._levels.append(_Level(token.column, is_negated))
                is_negated = False
            else:
                is_negated = not is_negated
            before = token
        self._levels[-1].add(self._leaf(token, before), is_negated=is_negated)

    def _joint(self) -> Token:
        """Read closing parentheses, then return the `&&`, `||` or end after them."""
        while (token := next(self._tokens)).kind is Kind.CLOSE:
            closed = self._levels.pop()
            if not self._levels:
                raise self._fault(token, "this `)` closes nothing", "remove it, or open a `(` before")
            self._levels[-1].add(closed.expression(), is_negated=closed.is_negated)
        if token.kind is Kind.OR:
            self._levels[-1].next_alternative()
        elif token.kind is Kind.END:
            if opened := self._levels[-1].column:
                raise self._fault(token, f"the `(` of column {opened} is never closed", "add a `)`")
        elif token.kind is not Kind.AND:
            raise self._unexpected(token, after_term_mend(token.text))
        return token

    def _leaf(self, token: Token, before: Token) -> Leaf:
        match token.kind:
            case Kind.LABEL:
                return self._comparison(token)
            case Kind.HAS:
                return self._has()
            case Kind.ALL:
                self._expect(Kind.CLOSE, "`all()` takes nothing between the parentheses")
                return All()
            case Kind.GLOBAL:
                self._expect(Kind.CLOSE, "`global()` takes nothing between the parentheses")
                return Global()
            case Kind.STRING:
                raise self._unexpected(
                    token, "put the label name first, without quotes, then the operator and the value"
                )
            case _:
                where = f"after `{before.kind}`" if before.column else "first"
                raise self._unexpected(token, f"write a comparison or `has(…)` {where}")

    def _has(self) -> Leaf:
        label = self._expect(Kind.LABEL, "write one label name, without quotes, between the parentheses")
        self._expect(Kind.CLOSE, f"close with `)`: `has({label.text})`")
        return Has(label.text)

    def _comparison(self, label: Token) -> Leaf:
        token = next(self._tokens)
        if token.kind in _COMPARISONS:
            value = self._value(f"one value in quotes follows `{token.kind}`")
            return Comparison(label.text, _COMPARISONS[token.kind], value)
        if token.kind in {Kind.IN, Kind.NOT_IN}:
            return Membership(label.text, self._values(token), token.kind is Kind.NOT_IN)
        rest = self._text[label.column - 1 + len(label.text) :].strip(" \t")
        meant = call_mend(label.text, rest)
        mend = meant or after_label_mend(label.text, token.text)
        if meant or token.kind in {Kind.END, Kind.CLOSE, Kind.AND, Kind.OR}:
            raise self._fault(label, f"the label name `{label.text}` is not compared with anything", mend)
        raise self._unexpected(token, mend)

    def _values(self, operator: Token) -> frozenset[str]:
        self._expect(Kind.OPEN_SET, f"list the values in braces: `{operator.kind} {{'a', 'b'}}`")
        values: set[str] = set()
        while (token := next(self._tokens)).kind is not Kind.CLOSE_SET:
            values.add(self._checked_value(token, "write a value in quotes, or close the set with `}`"))
            token = next(self._tokens)
            if token.kind is Kind.CLOSE_SET:
                break
            if token.kind is not Kind.COMMA:
                raise self._unexpected(token, "separate values with `,` and close the set with `}`")
        return frozenset(values)

    def _value(self, mend: str) -> str:
        return self._checked_value(next(self._tokens), mend)

    def _checked_value(self, token: Token, mend: str) -> str:
        if token.kind is not Kind.STRING:
            raise self._unexpected(token, quote(token.text) if token.kind is Kind.LABEL else mend)
        return token.text

    def _expect(self, kind: Kind, mend: str) -> Token:
        token = next(self._tokens)
        if token.kind is not kind:
            raise self._unexpected(token, mend)
        return token

    def _unexpected(self, token: Token, mend: str) -> Invalid:
        if token.kind is Kind.END:
            return self._fault(token, "it ends too early", mend)
        shown = repr(token.text) if token.kind is Kind.STRING else token.text
        return self._fault(token, f"unexpected `{shown}`", mend)

    def _fault(self, token: Token, what: str, mend: str) -> Invalid:
        return fault(self._text, token.column, what, mend)
