"""Template text to a template that can be rendered. Source: Go's `text/template` documentation."""

from __future__ import annotations

from collections.abc import Container, Mapping

from tortie.cli.output.gotemplate.syntax import (
    Assign,
    Call,
    Chain,
    Command,
    Define,
    Dot,
    If,
    Jump,
    Literal,
    Node,
    Operand,
    Pipeline,
    Print,
    Range,
    Template,
    Text,
    Variable,
    With,
)
from tortie.cli.output.gotemplate.tokens import Token, Type, refused, tokens

__all__ = ["MAX_DEPTH", "parse_template"]

MAX_DEPTH = 60
"""How deep actions and parentheses may stand in one another."""

_CONSTANTS = {"true": True, "false": False, "nil": None}
_KEYWORDS = frozenset({"if", "with", "range", "end", "else", "define", "block", "template", "break", "continue"})
_BRANCHES: Mapping[str, type[If | With | Range]] = {"if": If, "with": With, "range": Range}
_MOST_NAMES = 2  # of a range: the index and the item


def parse_template(text: str, functions: Container[str]) -> Template:
    """Return the template that the text is.

    Args:
        text: of the template.
        functions: the names of those it may call.

    Raises:
        Invalid: with the line, at the first thing that is wrong.
    """
    return _Parser(list(tokens(text)), functions).template()


class _Parser:
    """Reads tokens from the front; `template` is the one way in."""

    def __init__(self, found: list[Token], functions: Container[str]) -> None:
        self._tokens = found
        self._next = 0
        self._functions = functions
        self._named: dict[str, tuple[Node, ...]] = {}
        self._known = ["$"]
        self._depth = 0
        self._ranges = 0

    def template(self) -> Template:
        body, ended = self._body()
        if ended:
            raise refused(f"unexpected `{{{{{ended}}}}}`", self._line)
        return Template(body, self._named)

    @property
    def _line(self) -> int:
        return self._tokens[min(self._next, len(self._tokens)) - 1].line if self._tokens else 1

    def _body(self) -> tuple[tuple[Node, ...], str]:
        """Return the nodes up to `end`, `else` or the end of all, and which of the words it was."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused(f"actions stand more than {MAX_DEPTH} deep in one another", self._line)
        nodes: list[Node] = []
        ended = ""
        while self._next < len(self._tokens):
            token = self._take()
            if token.type is Type.TEXT:
                nodes.append(Text(token.text))
                continue
            self._space()
            word = self._peek()
            if word.type is Type.WORD and word.text in {"end", "else"}:
                self._take()
                ended = word.text
                break
            if (node := self._action()) is not None:
                nodes.append(node)
        self._depth -= 1
        return tuple(nodes), ended

    def _action(self) -> Node | None:
        token = self._peek()
        if token.type is not Type.WORD or token.text not in _KEYWORDS:
            pipeline = self._pipeline()
            self._close()
            return Assign(pipeline) if pipeline.names else Print(pipeline)
        self._take()
        match token.text:
            case "if" | "with" | "range" as word:
                return self._branch(word)
            case "define":
                self._define(self._name())
                return None
            case "block":
                name = self._name()
                pipeline = self._pipeline()
                self._define(name)
                return Define(name, pipeline, token.line)
            case "template":
                name = self._name()
                self._space()
                given = None if self._peek().type is Type.CLOSE else self._pipeline()
                self._close()
                return Define(name, given, token.line)
            case word:
                if not self._ranges:
                    raise refused(f"`{word}` outside of `range`", token.line)
                self._close()
                return Jump(word)

    def _branch(self, word: str) -> If | With | Range:
        """Return one `if`, `with` or `range`, after that word and up to its `end`."""
        known = len(self._known)
        pipeline = self._pipeline(may_have_two=word == "range")
        self._close()
        self._ranges += word == "range"
        then, ended = self._body()
        self._ranges -= word == "range"
        del self._known[known + len(pipeline.names) if pipeline.declares else known :]
        otherwise: tuple[Node, ...] = ()
        if ended == "else":
            otherwise = self._otherwise(word)
        elif not ended:
            raise refused(f"`{word}` has no `end`", self._line)
        else:
            self._close()
        del self._known[known:]
        return _BRANCHES[word](pipeline, then, otherwise)

    def _otherwise(self, word: str) -> tuple[Node, ...]:
        self._space()
        token = self._peek()
        if token.type is Type.WORD and token.text == word and word != "range":
            self._take()
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise refused(f"actions stand more than {MAX_DEPTH} deep in one another", token.line)
            branch = self._branch(word)
            self._depth -= 1
            return (branch,)
        self._close()
        body, ended = self._body()
        if ended != "end":
            raise refused(f"`else` of `{word}` has no `end`", self._line)
        self._close()
        return body

    def _define(self, name: str) -> None:
        known, ranges, self._known, self._ranges = self._known, self._ranges, ["$"], 0
        self._close()
        body, ended = self._body()
        if ended != "end":
            raise refused(f"the template `{name}` has no `end`", self._line)
        self._close()
        self._known, self._ranges = known, ranges
        self._named[name] = body

    def _name(self) -> str:
        self._space()
        token = self._take()
        if token.type is not Type.STRING:
            raise refused(f"the name of a template is a string, not {token.type}", token.line)
        return token.text

    def _pipeline(self, *, may_have_two: bool = False) -> Pipeline:
        names, declares = self._names(may_have_two=may_have_two)
        commands = [self._command()]
        while self._is_sign("|"):
            self._take()
            commands.append(self._command())
        if declares:
            self._known += names
        return Pipeline(tuple(commands), names, declares)

    def _names(self, *, may_have_two: bool) -> tuple[tuple[str, ...], bool]:
        """Return the variables that stand before `:=` or `=`; go back to where it was if there are none."""
        start = self._next
        names: list[str] = []
        while True:
            self._space()
            if self._peek().type is not Type.VARIABLE:
                break
            names.append(self._take().text)
            self._space()
            if self._is_sign(",") and may_have_two and len(names) < _MOST_NAMES:
                self._take()
                continue
            if self._is_sign(":=") or self._is_sign("="):
                declares = self._take().text == ":="
                if not declares:
                    self._check_known(names[0])
                return tuple(names), declares
            break
        self._next = start
        return (), False

    def _command(self) -> Command:
        operands: list[Operand] = []
        line = self._peek().line
        while True:
            self._space()
            token = self._peek()
            if token.type is Type.CLOSE or (token.type is Type.SIGN and token.text in {"|", ")"}):
                break
            operands.append(self._chained(self._operand()))
        if not operands:
            raise refused("a value is missing", line)
        return Command(tuple(operands), line)

    def _operand(self) -> Operand:
        token = self._take()
        found: Operand
        match token.type:
            case Type.FIELD:
                found = Chain(Dot(), (token.text[1:],))
            case Type.VARIABLE:
                self._check_known(token.text)
                found = Variable(token.text)
            case Type.STRING:
                found = Literal(token.text)
            case Type.NUMBER:
                found = Literal(_number(token.text))
            case Type.WORD:
                found = self._word(token)
            case Type.SIGN if token.text == ".":
                found = Dot()
            case Type.SIGN if token.text == "(":
                found = self._parenthesis(token.line)
            case _:
                raise refused(f"unexpected `{token.text}`", token.line)
        return found

    def _word(self, token: Token) -> Literal | Call:
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text])
        if token.text in self._functions:
            return Call(token.text)
        raise refused(f'function "{token.text}" not defined', token.line)

    def _parenthesis(self, line: int) -> Pipeline:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused(f"parentheses stand more than {MAX_DEPTH} deep in one another", line)
        pipeline = self._pipeline()
        self._space()
        if not self._is_sign(")"):
            raise refused("a `(` is not closed", line)
        self._take()
        self._depth -= 1
        return pipeline

    def _chained(self, start: Operand) -> Operand:
        fields = []
        while self._peek().type is Type.FIELD:
            fields.append(self._take().text[1:])
        if fields and isinstance(start, Literal | Call):
            raise refused(f"unexpected `.{fields[0]}` after a constant or a function", self._line)
        if isinstance(start, Chain):
            return Chain(start.start, (*start.fields, *fields))
        return Chain(start, tuple(fields)) if fields else start

    def _check_known(self, name: str) -> None:
        if name not in self._known:
            raise refused(f'undefined variable "{name}"', self._line)

    def _close(self) -> None:
        self._space()
        token = self._take()
        if token.type is not Type.CLOSE:
            raise refused(f"unexpected `{token.text}` where the action should end", token.line)

    def _is_sign(self, text: str) -> bool:
        token = self._peek()
        return token.type is Type.SIGN and token.text == text

    def _space(self) -> None:
        while self._next < len(self._tokens) and self._tokens[self._next].type is Type.SPACE:
            self._next += 1

    def _peek(self) -> Token:
        if self._next >= len(self._tokens):
            raise refused("unclosed action", self._line)
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._peek()
        self._next += 1
        return token


def _number(text: str) -> int | float:
    try:
        return int(text, 16 if "x" in text.lower() else 10)
    except ValueError:
        return float(text)
