"""The answer to a question: the verdict, every rule that was asked, and, where nothing allowed it, what nearly did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tortie.compiled import BuiltIn
from tortie.engine import compile_all
from tortie.evaluate import Decision, Section, Step, decide
from tortie.explain.directory import Directory, display_name
from tortie.explain.question import Question
from tortie.explain.reasons import Reason, Reasons, owner_title, rule_place
from tortie.model import Action, Flow, Key, Place, Resource, Settings, Verdict

__all__ = ["Answer", "Asking", "Story", "answer"]

_MOST_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Asking:
    """A rule that was asked, and why it matched or did not."""

    step: Step
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What one endpoint's policy says in one direction: `askings` in order, `reason` of the last one in words."""

    endpoint: str
    node: str
    section: Section
    askings: tuple[Asking, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a flow and why.

    `decided_by` is the id of the rule, default or built-in verdict that had the last word, `reason` says it in
    words. `nearest` are the Allow rules that fail by the fewest fields, for a flow that nothing allowed.
    """

    question: Question
    verdict: Verdict
    decided_by: str
    reason: str
    stories: tuple[Story, ...]
    nearest: tuple[Asking, ...]


def answer(resources: Mapping[Key, Resource], question: Question, settings: Settings | None = None) -> Answer:
    """Return what becomes of the flow asked about, on all hosts that it passes.

    Args:
        resources: everything stored, by stored key.
        question: as `ask` returns it.
        settings: those of every host; the defaults where None.
    """
    directory = Directory(resources)
    decisions = _journey(directory, question, settings or Settings())
    reasons = Reasons(directory)
    stories = tuple(
        _story(directory, reasons, section, question) for decision in decisions for section in decision.sections
    )
    last = decisions[-1]
    reason = last.rule.sentence if isinstance(last.rule, BuiltIn) else stories[-1].reason
    nearest = _nearest(stories[-1]) if stories and not isinstance(last.rule, BuiltIn) else ()
    return Answer(question, last.verdict, str(last.rule), reason, stories, nearest)


def _journey(directory: Directory, question: Question, settings: Settings) -> list[Decision]:
    """Return what each host on the way decides: the sender's, then the receiver's where that is another one."""
    flow = question.flow
    nodes = [_node(directory, end) for end in (flow.sender, flow.receiver)]

    def decided(node: str, sender: Key | Place, receiver: Key | Place) -> Decision:
        snapshot = compile_all(directory.resources, lambda endpoint: endpoint.node == node, settings)
        return decide(snapshot, _between(question, sender, receiver))

    if not (nodes[0] and nodes[1]) or nodes[0] == nodes[1]:
        return [decided(nodes[0] or nodes[1], flow.sender, flow.receiver)]
    left = decided(nodes[0], flow.sender, Place.ELSEWHERE)
    if left.verdict is Verdict.DENY:
        return [left]
    return [left, decided(nodes[1], Place.ELSEWHERE, flow.receiver)]


def _between(question: Question, sender: Key | Place, receiver: Key | Place) -> Flow:
    return replace(question.flow, sender=sender, receiver=receiver)


def _node(directory: Directory, end: Key | Place) -> str:
    """Return the host of an endpoint; "" for what is on no host in particular, or on the other end's."""
    return directory.endpoints[end].node if isinstance(end, Key) else ""


def _story(directory: Directory, reasons: Reasons, section: Section, question: Question) -> Story:
    endpoint = directory.endpoints[section.endpoint.stored]
    name = display_name(endpoint)
    askings = tuple(Asking(step, reasons.of(step, question.flow)) for step in section.steps)
    return Story(name, endpoint.node, section, askings, _reason(section, name))


def _reason(section: Section, name: str) -> str:
    """Return in words why a section ends as it does."""
    step, direction = section.last, section.direction.lower()
    origin = step.rule.origin
    if origin.owner is not None:
        verb = "allows" if step.rule.action is Action.ALLOW else "denies"
        return f"{rule_place(step.rule)} of {owner_title(origin.owner)} {verb} it"
    if step.is_profile:
        return f"{origin.note}, which denies {direction} of {name}"
    if not origin.tier:
        tiers = [each for each in section.plan.stages if not each.is_profile]
        has_profiles = len(tiers) < len(section.plan.stages)
        first = f"no tier decides {direction} of {name}" if tiers else f"no policy governs {direction} of {name}"
        return f"{first}, and {'none of its profiles allows it' if has_profiles else 'it has no profile'}"
    owners = next(each.owners for each in section.plan.stages if not each.is_profile and each.name == step.stage)
    names = " and ".join(f"{each.namespace}/{each.name}" if each.namespace else each.name for each in owners)
    if len(owners) == 1:
        return f"{origin.note}: {names} governs {direction} of {name} and none of its rules matched"
    return f"{origin.note}: {names} govern {direction} of {name} and none of their rules matched"


def _nearest(story: Story) -> tuple[Asking, ...]:
    """Return the Allow rules that fail by the fewest fields, where a default denied."""
    if story.section.verdict is Verdict.ALLOW or story.section.last.rule.origin.owner is not None:
        return ()
    missed = [
        each
        for each in story.askings
        if each.step.rule.action is Action.ALLOW and not each.step.matched and not each.step.rule.never
    ]
    fewest = min((len(each.step.mismatches) for each in missed), default=0)
    return tuple(each for each in missed if len(each.step.mismatches) == fewest)[:_MOST_NEAREST]
