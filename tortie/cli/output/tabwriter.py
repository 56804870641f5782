"""Tables as Go's text/tabwriter writes them, and numbers as Go prints them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

__all__ = ["go_float", "joined_and_cut", "table"]

MIN_WIDTH, PADDING = 5, 3
WIDEST = 80
CUT = "..."
_EXPONENT_FROM, _EXPONENT_BELOW = 6, -4


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the heading and the rows, every column as wide as its longest cell and three more, at least five.

    The last column is padded too. Source: calicoctl specification 9.
    """
    lines = [heading, *([_printable(cell) for cell in row] for row in rows)]
    widths = [max(MIN_WIDTH, *(len(cell) + PADDING for cell in column)) for column in zip(*lines, strict=True)]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + "\n" for line in lines
    )


def go_float(number: float) -> str:
    """Return a number as Go's `%v` prints a float64: shortest, with an exponent below 1e-4 and from 1e6 on."""
    sign, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    if not isinstance(exponent, int):
        return {"n": "NaN", "N": "NaN", "F": "-Inf" if sign else "+Inf"}[exponent]
    if not any(digits):
        return "-0" if sign else "0"
    power = exponent + len(digits) - 1
    start = "-" if sign else ""
    if not _EXPONENT_BELOW <= power < _EXPONENT_FROM:
        rest = "".join(map(str, digits[1:]))
        return f"{start}{digits[0]}{'.' if rest else ''}{rest}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return f"{Decimal((sign, digits, exponent)):f}"


def joined_and_cut(items: Sequence[str], separator: str = ",", most: int = WIDEST) -> str:
    """Return the items joined, cut to `most` bytes with `...` at the end where they are longer."""
    joined = separator.join(items).encode()
    if len(joined) <= most:
        return joined.decode()
    return joined[: max(most - len(CUT), 0)].decode(errors="ignore") + CUT


def _printable(cell: str) -> str:
    """Return the cell with what would break the table, or steer a terminal, written as escapes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cell)
