"""Random selector texts over a small alphabet of labels, so that they often match."""

from __future__ import annotations

from tests.spec.dice import Dice, chance, pick

LABELS = ("a", "b", "role")
VALUES = ("x", "y", "x", "", "xy")
NAMESPACE_LABELS = (*LABELS, "projectcalico.org/name")
NAMES = ("red", "blue", "r-g")  # of namespaces
ACCOUNTS = ("s0", "s1")
ODD_LABELS = ("in", "not", "all", "has", "contains", "-/.", "9lives", "k8s.io/app-name_v1.2", "Role")
ODD_VALUES = ("it's", 'say "hi"', "café", "all()", "a\nb", "X")


def label_of(dice: Dice, names: tuple[str, ...] = LABELS) -> str:
    return pick(dice, names)


def value_of(dice: Dice, name: str) -> str:
    return pick(dice, (*NAMES, *ACCOUNTS) if name == "projectcalico.org/name" else VALUES)


def selector(dice: Dice, names: tuple[str, ...] = LABELS, depth: int = 2) -> str:
    """A selector without global(), in plain spelling."""
    kind = dice.number(9) if depth else dice.number(7)
    if kind == 8:
        return f"!{_wrapped(selector(dice, names, depth - 1))}"
    if kind == 9:
        joint = pick(dice, (" && ", " || "))
        return joint.join(_wrapped(selector(dice, names, depth - 1)) for _ in range(2))
    name = label_of(dice, names)
    value = value_of(dice, name)
    others = ", ".join(f"'{value_of(dice, name)}'" for _ in range(dice.number(2))) if kind in (5, 6) else ""
    return (
        f"{name} == '{value}'",
        f"has({name})",
        "all()",
        f"{name} != '{value}'",
        f"!has({name})",
        f"{name} in {{{others}}}",
        f"{name} not in {{{others}}}",
        f"{name} {pick(dice, ('contains', 'starts with', 'ends with'))} '{value}'" if kind == 7 else "",
    )[kind]


def namespace_selector(dice: Dice) -> str:
    """A namespaceSelector of a rule: global() stands alone."""
    return "global()" if chance(dice, 15) else selector(dice, NAMESPACE_LABELS, 1)


def any_selector(dice: Dice, depth: int = 4) -> str:
    """A selector of the whole language in any spelling; its meaning matters less than that it is one."""
    if chance(dice, 2):
        return pick(dice, ("", " ", "\t "))
    return _blank(dice) + _disjunction(dice, depth) + _blank(dice)


def _disjunction(dice: Dice, depth: int) -> str:
    return f"{_blank(dice)}||{_blank(dice)}".join(
        f"{_blank(dice)}&&{_blank(dice)}".join(_unary(dice, depth) for _ in range(1 + dice.number(2)))
        for _ in range(1 + dice.number(1))
    )


def _unary(dice: Dice, depth: int) -> str:
    bangs = "".join("!" + _blank(dice) for _ in range(dice.number(2)))
    if depth and chance(dice, 30):
        return f"{bangs}({_blank(dice)}{_disjunction(dice, depth - 1)}{_blank(dice)})"
    return bangs + _primary(dice)


def _primary(dice: Dice) -> str:
    name, gap = pick(dice, LABELS + ODD_LABELS), _blank(dice)
    kind = dice.number(6)
    if kind == 0:
        return f"has({gap}{name}{gap})"
    if kind == 1:
        return f"{pick(dice, ('all', 'global'))}({gap})"
    if kind == 2:
        word = pick(dice, ("in", "not in", "notin", "not\tin"))
        members = [gap + _quoted(dice) + gap for _ in range(dice.number(3))]
        comma = "," if members and chance(dice, 20) else ""
        return f"{name} {word}{gap}{{{gap}{','.join(members)}{comma}}}"
    if kind == 3:
        word = pick(dice, ("contains", "starts with", "ends with", "startswith", "endswith"))
        return f"{name} {word}{gap}{_quoted(dice)}"
    return f"{name}{gap}{pick(dice, ('==', '!='))}{gap}{_quoted(dice)}"


def _quoted(dice: Dice) -> str:
    value = pick(dice, VALUES + ODD_VALUES)
    quotes = [quote for quote in "'\"" if quote not in value]
    quote = pick(dice, quotes)
    return f"{quote}{value}{quote}"


def _blank(dice: Dice) -> str:
    return pick(dice, ("", " ", "", "\t", "  "))


def _wrapped(text: str) -> str:
    return f"({text})"


def label_map(dice: Dice, names: tuple[str, ...] = LABELS) -> dict[str, str]:
    """Labels that selectors of this module ask for."""
    return {name: pick(dice, VALUES) for name in names if not chance(dice, 30)}
