"""Changed flows as terminal text, and as plain data; the shape is documented in docs/reference/tortie-diff.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from tortie.explain.ends import End
from tortie.explain.impact import Change
from tortie.model import Key, Verdict, format_address

__all__ = ["changes_document", "changes_text"]

_WORDS = {Verdict.ALLOW: "allowed", Verdict.DENY: "denied"}
_WIDTH = 80


def changes_text(changes: Sequence[Change]) -> str:
    """Return the text of changed flows, without the last line's end."""
    if not changes:
        return "no flow changes"
    lines: list[str] = []
    for change in changes:
        lines += [
            f"{_WORDS[change.before]} -> {_WORDS[change.after]}   IPv{change.family:d} {', '.join(change.packets)}",
            *_wrap("from", _names(change.sources)),
            *_wrap("to", _names(change.destinations)),
            f"  now  {change.rule_before}",
            f"  then {change.rule_after}",
        ]
    return "\n".join(lines)


def changes_document(changes: Sequence[Change]) -> list[dict[str, object]]:
    """Return changed flows made of dicts, lists, texts and numbers."""
    return [
        {
            "sources": [_end(end) for end in change.sources],
            "destinations": [_end(end) for end in change.destinations],
            "ipVersion": int(change.family),
            "packets": list(change.packets),
            "before": {"verdict": str(change.before), "decidedBy": change.rule_before},
            "after": {"verdict": str(change.after), "decidedBy": change.rule_after},
        }
        for change in changes
    ]


def _end(end: End) -> dict[str, str]:
    data = {"name": end.name, "address": format_address(end.address)}
    return {**data, "endpoint": str(end.where)} if isinstance(end.where, Key) else {**data, "place": str(end.where)}


def _names(ends: Iterable[End]) -> str:
    return ", ".join(dict.fromkeys(end.name for end in ends))


def _wrap(word: str, names: str) -> list[str]:
    return textwrap.wrap(names, _WIDTH, initial_indent=f"  {word:<4} ", subsequent_indent=" " * 7)
