"""A lab and its answers as text of at most 80 columns, and as JSON's types."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from tortie.lab.compare import Comparison
from tortie.lab.lab import Running
from tortie.lab.topology import Host, Lab, Member, Workload

__all__ = ["comparison_document", "comparison_lines", "labs_lines", "members_lines", "table_lines"]

WIDTH = 80
_INDENT = 25
_MILLI = 1000


def comparison_lines(found: Comparison) -> list[str]:
    """Return a question with both answers, for a person."""
    asked, measured, evaluated = found.question, found.measured, found.evaluated
    what = f"{asked.protocol}/{asked.port}" if asked.port else str(asked.protocol)
    how = measured.detail
    if found.passed:
        how += f" within {measured.seconds * _MILLI:.1f} ms"
    where = f"{evaluated.host}: " if evaluated.host else ""
    return [
        f"{asked.source} -> {asked.destination}  {what}  IPv{asked.version}",
        f"  measured   {measured.answer:<12}{how}",
        *textwrap.wrap(
            f"  evaluated  {evaluated.verdict:<12}{where}{evaluated.reason}",
            WIDTH,
            subsequent_indent=" " * _INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        ),
        "  they agree" if found.agrees else "  THEY DISAGREE",
    ]


def comparison_document(found: Comparison) -> dict[str, object]:
    """Return a question with both answers, as JSON's types; seconds are seconds."""
    asked, measured, evaluated = found.question, found.measured, found.evaluated
    return {
        "source": asked.source,
        "destination": asked.destination,
        "protocol": str(asked.protocol),
        "port": asked.port,
        "ipVersion": asked.version,
        "measured": {
            "answer": str(measured.answer),
            "allowed": found.passed,
            "detail": measured.detail,
            "seconds": round(measured.seconds, 6),
        },
        "evaluated": {
            "verdict": str(evaluated.verdict),
            "allowed": evaluated.allowed,
            "host": evaluated.host,
            "rule": evaluated.rule,
            "reason": evaluated.reason,
        },
        "agrees": found.agrees,
    }


def members_lines(lab: Lab) -> list[str]:
    """Return who is in a lab, one a line, with address, host and listening ports."""
    rows = [("NAME", "TYPE", "HOST", "ADDRESS", "LISTENS")]
    rows += [_member(member) for member in lab.members]
    return table_lines(rows)


def table_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as aligned columns, parted by two spaces."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def labs_lines(labs: Iterable[Running]) -> list[str]:
    """Return the labs that are up, one a line."""
    rows: list[tuple[str, ...]] = [("NAME", "HOSTS", "WORKLOADS", "EXTERNAL")]
    for running in labs:
        lab = running.lab
        rows.append((lab.name, *(str(len(part)) for part in (lab.hosts, lab.workloads, lab.externals))))
    return table_lines(rows)


def _member(member: Member) -> tuple[str, str, str, str, str]:
    address = str(member.addresses[0]) if member.addresses else ""
    ports = " ".join(map(str, member.listen))
    if isinstance(member, Workload):
        return member.reference, str(member.type), member.host, address, ports
    return member.reference, "host" if isinstance(member, Host) else "external", "", address, ports
