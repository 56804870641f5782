"""Templates to text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from tortie.cli.output.gotemplate.functions import Function
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
from tortie.cli.output.gotemplate.tokens import refused
from tortie.cli.output.gotemplate.values import MISSING, field_of, is_true, printed
from tortie.errors import Invalid

__all__ = ["MAX_CALLS", "MAX_STEPS", "render"]

MAX_CALLS = 100
"""How deep templates may use one another."""

MAX_STEPS = 20_000_000
"""How many nodes are rendered at most: more is a template that never ends."""


_EARLY = {"and": False, "or": True}
"""Functions that stop at the first argument that is so."""


@dataclass(slots=True)
class _Run:
    """The state of one rendering: what was printed, and the variables that are known, the newest last."""

    template: Template
    functions: Mapping[str, Function]
    out: list[str] = field(default_factory=list[str])
    variables: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    calls: int = 0
    steps: int = 0


def render(template: Template, data: Any, functions: Mapping[str, Function]) -> str:
    """Return the text of a template about data.

    Raises:
        Invalid: a field is not there, a function refuses its arguments, or the template does not end.
    """
    run = _Run(template, functions, variables=[("$", data)])
    _body(run, template.body, data)
    return "".join(run.out)


def _body(run: _Run, nodes: tuple[Node, ...], dot: Any) -> str:
    """Render nodes; return the `break` or `continue` that ended them early, or ""."""
    known = len(run.variables)
    for node in nodes:
        if jump := _node(run, node, dot):
            del run.variables[known:]
            return jump
    del run.variables[known:]
    return ""


def _node(run: _Run, node: Node, dot: Any) -> str:
    run.steps += 1
    if run.steps > MAX_STEPS:
        raise Invalid.because("template: it does not end")
    match node:
        case Text():
            run.out.append(node.text)
        case Print():
            run.out.append(printed(_pipeline(run, node.pipeline, dot)))
        case Assign():
            _pipeline(run, node.pipeline, dot)
        case Jump():
            return node.word
        case Range():
            return _range(run, node, dot)
        case If() | With():
            return _branch(run, node, dot)
        case Define():
            _template(run, node, dot)
    return ""


def _branch(run: _Run, node: If | With, dot: Any) -> str:
    known = len(run.variables)
    value = _pipeline(run, node.pipeline, dot)
    if is_true(value):
        jump = _body(run, node.then, value if isinstance(node, With) else dot)
    else:
        jump = _body(run, node.otherwise, dot)
    del run.variables[known:]
    return jump


def _range(run: _Run, node: Range, dot: Any) -> str:
    bare = Pipeline(node.pipeline.commands)
    items = list(_items(_pipeline(run, bare, dot)))
    if not items:
        return _body(run, node.otherwise, dot)
    names = node.pipeline.names
    for index, item in items:
        known = len(run.variables)
        given = (index, item) if len(names) > 1 else (item,)
        for name, value in zip(names, given, strict=False):
            _set(run, name, value, declares=node.pipeline.declares)
        jump = _body(run, node.then, item)
        del run.variables[known:]
        if jump == "break":
            break
    return ""


def _items(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        yield from ((key, value[key]) for key in sorted(value))
    elif isinstance(value, list):
        yield from enumerate(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from ((number, number) for number in range(min(value, MAX_STEPS)))
    elif is_true(value):
        raise Invalid.because(f"template: range can't iterate over {printed(value)}")


def _template(run: _Run, node: Define, dot: Any) -> None:
    if node.name not in run.template.named:
        raise refused(f'template "{node.name}" not defined', node.line)
    if run.calls == MAX_CALLS:
        raise refused(f"templates use one another more than {MAX_CALLS} deep", node.line)
    given = MISSING if node.pipeline is None else _pipeline(run, node.pipeline, dot)
    variables, run.variables = run.variables, [("$", given)]
    run.calls += 1
    _body(run, run.template.named[node.name], given)
    run.calls -= 1
    run.variables = variables


def _pipeline(run: _Run, pipeline: Pipeline, dot: Any) -> Any:
    value: Any = MISSING
    for number, command in enumerate(pipeline.commands):
        value = _command(run, command, dot, () if number == 0 else (value,))
    for name in pipeline.names:
        _set(run, name, value, declares=pipeline.declares)
    return value


def _set(run: _Run, name: str, value: Any, *, declares: bool) -> None:
    if declares:
        run.variables.append((name, value))
        return
    place = max(number for number, (known, _) in enumerate(run.variables) if known == name)
    run.variables[place] = (name, value)


def _command(run: _Run, command: Command, dot: Any, last: tuple[Any, ...]) -> Any:
    first, *rest = command.operands
    if not isinstance(first, Call):
        if rest or last:
            raise refused("can't give argument to non-function", command.line)
        return _value(run, first, dot)
    function = run.functions[first.name]
    given: list[Any] = []
    for operand in rest:
        given.append(_value(run, operand, dot))
        if first.name in _EARLY and is_true(given[-1]) is _EARLY[first.name]:
            return given[-1]
    try:
        signature(function).bind(*given, *last)
    except TypeError as error:
        raise refused(f"wrong number of args for {first.name}: got {len(given) + len(last)}", command.line) from error
    try:
        return function(*given, *last)
    except Invalid as error:
        raise refused(error.problems[0].what, command.line) from error


def _value(run: _Run, operand: Operand, dot: Any) -> Any:
    match operand:
        case Literal():
            return operand.value
        case Dot():
            return dot
        case Variable():
            return next(value for name, value in reversed(run.variables) if name == operand.name)
        case Call():
            return _command(run, Command((operand,), 1), dot, ())
        case Pipeline():
            return _pipeline(run, operand, dot)
        case Chain():
            value = _value(run, operand.start, dot)
            for name in operand.fields:
                value = field_of(value, name)
            return value
