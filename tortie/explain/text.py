"""An answer as calm, aligned text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tortie.compiled import LocalHostEndpoint
from tortie.evaluate import Section, protocol_text
from tortie.explain.answer import Answer, Asking, Story
from tortie.explain.question import End, Question
from tortie.explain.reasons import owner_title, rule_fields, rule_place
from tortie.model import ICMP_OF, WITH_PORTS, PolicyClass, Verdict, format_address

__all__ = ["to_text"]

_WIDTH = 80
_HEAD = 9
_MOST_MISSED = 12
_WORDS = {Verdict.ALLOW: "ALLOWED", Verdict.DENY: "DENIED"}
_SAID = {Verdict.ALLOW: "allowed", Verdict.DENY: "denied", None: "goes on"}
_LISTS = {
    PolicyClass.UNTRACKED: "Untracked host",
    PolicyClass.PRE_DNAT: "Pre-DNAT host",
    PolicyClass.FORWARD: "Forward host",
    PolicyClass.NORMAL: "Host",
}
_COLOURS = {Verdict.ALLOW: "\x1b[32m", Verdict.DENY: "\x1b[31m"}


def to_text(answer: Answer, *, colour: bool = False, everything: bool = False) -> str:
    """Return the text of an answer, without the last line's end.

    Args:
        answer: what to tell.
        colour: whether to colour the verdict.
        everything: whether to show every rule that did not match, however many there are.
    """
    lines = list(_head(answer, colour=colour))
    for story in answer.stories:
        lines += ["", *_story(story, everything=everything)]
    lines += _nearest(answer)
    if answer.staged is not None:
        then = answer.staged
        said = f"If staged policies were enforced: {_WORDS[then.verdict]}; {then.reason}"
        lines += ["", *_wrap(said, 0, 2)]
    if answer.question.notes:
        lines += ["", *(line for note in answer.question.notes for line in _wrap(f"note: {note}", 0, 6))]
    return "\n".join(lines)


def _head(answer: Answer, *, colour: bool) -> Iterator[str]:
    word = _WORDS[answer.verdict]
    shown = f"{_COLOURS[answer.verdict]}{word}\x1b[0m" if colour else word
    gap = " " * (_HEAD - len(word))
    question = answer.question
    yield f"{shown}{gap}{_packet(question)}"
    indent = " " * _HEAD
    for end, name in ((question.source, "from"), (question.destination, "to")):
        yield f"{indent}{name:<4} {_end(end)}"
    yield from _wrap(answer.reason, _HEAD, _HEAD)


def _packet(question: Question) -> str:
    flow = question.flow
    name = protocol_text(flow.protocol)
    if flow.protocol in WITH_PORTS:
        return f"{name} port {flow.destination_port}"
    if flow.protocol in ICMP_OF.values():
        return f"{name} type {flow.icmp_type} code {flow.icmp_code}"
    return name if not name.isdigit() else f"protocol {name}"


def _end(end: End) -> str:
    address = format_address(end.address)
    return address if end.name == address else f"{end.name} ({address})"


def _story(story: Story, *, everything: bool) -> Iterator[str]:
    section = story.section
    where = f" on {story.node}" if story.node else ""
    yield f"{_list(section)} of {story.endpoint}{where}: {_SAID[section.verdict]}"
    if section.before is not None:
        yield from _wrap(f"=> {story.reason}", 4, 7)
    stage: tuple[str, bool] | None = None
    owner = ""
    missed = 0
    for asking in story.askings:
        step = asking.step
        missed += not step.matched
        if not step.matched and missed > _MOST_MISSED and not everything:
            continue
        if step.stage and (step.stage, step.is_profile) != stage:
            stage, owner = (step.stage, step.is_profile), ""
            yield f"  {'profile' if step.is_profile else 'tier'} {step.stage}"
        title = owner_title(step.rule.origin.owner) if step.rule.origin.owner and not step.is_profile else ""
        if title and title != owner:
            owner = title
            yield f"    {title}"
        yield from _asking(asking)
    if missed > _MOST_MISSED and not everything:
        yield f"  ({missed - _MOST_MISSED} more rules did not match; `--all` shows them)"


def _list(section: Section) -> str:
    """Return how people call a list: by its direction, and of a host endpoint, which has several, by its name too."""
    is_host = isinstance(section.endpoint, LocalHostEndpoint)
    return f"{_LISTS[section.policy_class]} {section.direction.lower()}" if is_host else section.direction.value


def _asking(asking: Asking) -> Iterator[str]:
    rule = asking.step.rule
    if rule.origin.owner is None:
        yield from _wrap(f"=> {rule.action}: {rule.origin.note}", 4, 7)
        return
    mark = ("=>" if asking.step.decides else "->") if asking.step.matched else "- "
    fields = [name_and_text(name, text) for name, text in rule_fields(rule)]
    yield from _wrap(f"{mark} {rule_place(rule)} {rule.action} {', '.join(fields) or 'everything'}", 6, 9)
    yield from _reasons(asking, 11)


def name_and_text(name: str, text: str) -> str:
    """Return a field as one reads it: `protocol TCP`, `source: selector …, namespaceSelector …`."""
    return f"{name} {text}" if name not in ("source", "destination") else f"{name}: {text}"


def _reasons(asking: Asking, indent: int) -> Iterator[str]:
    for reason in asking.reasons:
        word = "" if asking.step.matched else "fails "
        yield from _wrap(f"{word}{name_and_text(reason.field, reason.wanted)}: {reason.got}", indent, indent + 2)


def _nearest(answer: Answer) -> Iterator[str]:
    if answer.decider is None or answer.verdict is Verdict.ALLOW:
        return
    if answer.decider.section.last.rule.origin.owner is not None:
        return
    yield ""
    if not answer.nearest:
        yield "No rule on the way allows anything: nothing passes until one does."
        return
    yield "Nearest to allowing it:"
    for asking in answer.nearest:
        rule = asking.step.rule
        assert rule.origin.owner is not None  # noqa: S101 - narrows the type: only defaults have no owner
        yield f"  {rule_place(rule)} of {owner_title(rule.origin.owner)} would, with"
        for reason in asking.reasons:
            yield from _wrap(f"{name_and_text(reason.field, reason.wanted)}, but {reason.got}", 4, 6)


def _wrap(text: str, indent: int, hanging: int) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
