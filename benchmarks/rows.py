"""A measured figure, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

__all__ = ["Row", "percentile", "shown"]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `budget` is the design's bound in words, "" where it sets none."""

    name: str
    value: float
    unit: str
    budget: str = ""


def percentile(values: Iterable[float], percent: int) -> float:
    """Return the value that `percent` per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def shown(rows: Sequence[Row], *, as_json: bool) -> str:
    """Return the rows as JSON, or as an aligned table."""
    if as_json:
        return json.dumps([asdict(row) for row in rows], indent=2)
    width = max(len(row.name) for row in rows)
    return "\n".join(f"{r.name:<{width}}  {r.value:>12.3f} {r.unit:<6} {r.budget}".rstrip() for r in rows)
