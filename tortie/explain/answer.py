"""The answer to a question: the verdict, every rule that was asked, and, where nothing allowed it, what nearly did."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from tortie.compiled import BuiltIn, LocalHostEndpoint
from tortie.evaluate import EARLY, Section, Step, untranslated
from tortie.explain.directory import Directory, display_name
from tortie.explain.host_settings import SettingsOf
from tortie.explain.journey import journey
from tortie.explain.no_effect import no_effects
from tortie.explain.question import Question
from tortie.explain.reasons import Reason, Reasons, owner_title, rule_place
from tortie.explain.staged import enforced, has_staged
from tortie.model import Action, Flow, Key, Place, Policy, Resource, Verdict

__all__ = ["Answer", "Asking", "Story", "answer"]

_MOST_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Asking:
    """A rule that was asked, and why it matched or did not."""

    step: Step
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What one list of an endpoint's policies says in one direction: `askings` in order, `reason` of the last in words.

    There are no askings where the host itself let the packet past the list.
    """

    endpoint: str
    node: str
    section: Section
    askings: tuple[Asking, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a flow and why.

    `decided_by` is the id of the rule, default or built-in verdict that had the last word, `reason` says it in
    words; `decider` is the story that it is from, None where no list of policies decided. `nearest` are the Allow rules
    that fail by the fewest fields, for a flow that nothing allowed. `staged` is the answer if staged policies were
    enforced, None where there are none or they would change neither the verdict nor who decides.
    """

    question: Question
    verdict: Verdict
    decided_by: str
    reason: str
    stories: tuple[Story, ...]
    nearest: tuple[Asking, ...]
    decider: Story | None = None
    staged: Answer | None = None


def answer(resources: Mapping[Key, Resource], question: Question, settings_of: SettingsOf) -> Answer:
    """Return what becomes of the flow asked about, on all hosts that it passes.

    Args:
        resources: everything stored, by stored key.
        question: as `ask` returns it.
        settings_of: finds the settings of each host.
    """
    now = _answer(resources, question, settings_of)
    if not has_staged(resources):
        return now
    then = _answer(enforced(resources), question, settings_of)
    is_other = (now.verdict, now.decided_by) != (then.verdict, then.decided_by)
    return replace(now, staged=then) if is_other else now


def _answer(resources: Mapping[Key, Resource], question: Question, settings_of: SettingsOf) -> Answer:
    directory = Directory(resources)
    passages = journey(directory, question, settings_of)
    reasons = Reasons(directory)
    stories = tuple(
        _story(directory, reasons, section, flow) for flow, decision in passages for section in decision.sections
    )
    decisions = [each.decision for each in passages]
    last = next((each for each in reversed(decisions) if each.rule is not BuiltIn.NOT_GOVERNED), decisions[-1])
    decider = next((each for each in stories if each.section is last.decider), None)
    reason = last.rule.sentence if isinstance(last.rule, BuiltIn) else decider.reason if decider else ""
    nodes = {each.node for each in stories}
    notes = (*question.notes, *_in_vain(directory, nodes), *_unheld(directory, question, settings_of))
    question = replace(question, notes=notes)
    return Answer(question, last.verdict, str(last.rule), reason, stories, _nearest(decider), decider)


def _in_vain(directory: Directory, nodes: Collection[str]) -> Iterator[str]:
    """Yield what policies do not do on these hosts though they say so."""
    policies = (each for each in directory.resources.values() if isinstance(each, Policy) and each.staged is None)
    for found in no_effects(directory, policies):
        if found.endpoint.node in nodes:
            yield f"{owner_title(found.policy.key)}: {found}"


def _unheld(directory: Directory, question: Question, settings_of: SettingsOf) -> Iterator[str]:
    """Yield that a workload reaches its own host unseen, where its interface does not begin like workloads' do."""
    source, destination = question.source.where, question.destination.where
    sender = directory.endpoints.get(source) if isinstance(source, Key) else None
    if sender is None or question.flow.receiver is not Place.HOST:
        return
    node = directory.host_endpoints[destination].node if isinstance(destination, Key) else question.node
    if node not in ("", sender.node):
        return
    prefixes = settings_of(directory.resources, sender.node).interface_prefixes
    if not sender.interface.startswith(prefixes):
        yield (
            f"the interface {sender.interface} of {display_name(sender)} does not begin like a workload's"
            f" ({', '.join(f'`{each}`' for each in prefixes)}): unless its agent knows of another"
            " `InterfacePrefix`, the host does not look at what comes from there to itself"
        )


def _story(directory: Directory, reasons: Reasons, section: Section, passing: Flow) -> Story:
    ruled = section.endpoint
    endpoint = directory.endpoint(ruled.key if isinstance(ruled, LocalHostEndpoint) else ruled.stored)
    name = display_name(endpoint)
    flow = untranslated(passing) if section.policy_class in EARLY else passing
    askings = tuple(Asking(step, reasons.of(step, flow)) for step in section.steps)
    return Story(name, endpoint.node, section, askings, _reason(section, name))


def _reason(section: Section, name: str) -> str:
    """Return in words why a section ends as it does."""
    if section.before is not None:
        return section.before.sentence
    step = section.last
    origin = step.rule.origin
    if origin.owner is None:
        return _default_reason(section, step, name)
    verb = "allows" if step.rule.action is Action.ALLOW else "denies"
    return f"{rule_place(step.rule)} of {owner_title(origin.owner)} {verb} it"


def _default_reason(section: Section, step: Step, name: str) -> str:
    """Return in words why nobody's rule ends a section."""
    origin, direction = step.rule.origin, section.direction.lower()
    if section.verdict is None:
        return f"{origin.note} on {direction} of {name}"
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


def _nearest(story: Story | None) -> tuple[Asking, ...]:
    """Return the Allow rules that fail by the fewest fields, where a default denied."""
    if story is None or story.section.verdict is Verdict.ALLOW or story.section.last.rule.origin.owner is not None:
        return ()
    missed = [each for each in story.askings if each.step.rule.action is Action.ALLOW and not each.step.matched]
    fewest = min((len(each.step.mismatches) for each in missed), default=0)
    return tuple(each for each in missed if len(each.step.mismatches) == fewest)[:_MOST_NEAREST]
