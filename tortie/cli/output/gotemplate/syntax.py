"""What a template is made of, once parsed."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = [
    "Assign",
    "Call",
    "Chain",
    "Command",
    "Define",
    "Dot",
    "If",
    "Jump",
    "Literal",
    "Node",
    "Operand",
    "Pipeline",
    "Print",
    "Range",
    "Template",
    "Text",
    "Variable",
    "With",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; `value` None is `nil`."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Dot:
    """The value that the template is about at this place."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; "$" is what the whole template was given."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its name, not yet given arguments."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Fields of a value, each of the one before: `.Spec.Tier`, `$x.Name`, `(index .Items 0).Name`."""

    start: Operand
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A value, or a function and its arguments."""

    operands: tuple[Operand, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each of which gets the result of the one before as its last argument.

    `names` are variables that get the result: new ones where `declares`.
    """

    commands: tuple[Command, ...]
    names: tuple[str, ...] = ()
    declares: bool = False


Operand = Literal | Dot | Variable | Call | Chain | Pipeline


@dataclass(frozen=True, slots=True)
class Text:
    """Text that is copied."""

    text: str


@dataclass(frozen=True, slots=True)
class Print:
    """A pipeline whose result is printed."""

    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Assign:
    """A pipeline that only sets variables."""

    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class If:
    """One of two bodies, by whether a value is true."""

    pipeline: Pipeline
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class With:
    """As If, the value being the body's dot."""

    pipeline: Pipeline
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """A body for each item of a value, another where there is none."""

    pipeline: Pipeline
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Jump:
    """`break` or `continue` of the range around it."""

    word: str


@dataclass(frozen=True, slots=True)
class Define:
    """A body by name, used with `template`."""

    name: str
    pipeline: Pipeline | None
    line: int


Node = Text | Print | Assign | If | With | Range | Jump | Define


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template, and the bodies it defines by name."""

    body: tuple[Node, ...]
    named: dict[str, tuple[Node, ...]] = field(default_factory=dict[str, tuple[Node, ...]])
