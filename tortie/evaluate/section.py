"""What becomes of a flow, and what each list of policies on its way said."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.compiled import BuiltIn, LocalEndpoint, LocalHostEndpoint, Plan, RuleId
from tortie.evaluate.walk import Step
from tortie.model import Action, Direction, PolicyClass, Verdict

__all__ = ["Decision", "Section"]

_VERDICTS = {Action.ALLOW: Verdict.ALLOW, Action.DENY: Verdict.DENY}


@dataclass(frozen=True, slots=True)
class Section:
    """What one list of an endpoint's policies says in one direction: every rule asked, in order; the last one decides.

    `before` is what let the packet past the list before any rule was asked; there are no steps then.
    """

    endpoint: LocalEndpoint | LocalHostEndpoint
    direction: Direction
    plan: Plan
    steps: tuple[Step, ...]
    before: BuiltIn | None = None

    @property
    def policy_class(self) -> PolicyClass:
        """Return which list it is."""
        return self.plan.policy_class

    @property
    def last(self) -> Step:
        """Return the step that decides; raises IndexError where no rule was asked."""
        return self.steps[-1]

    @property
    def rule(self) -> RuleId | BuiltIn:
        """Return what decided, or, where nothing did, the end of the list."""
        return self.before or self.last.rule.id

    @property
    def verdict(self) -> Verdict | None:
        """Return what this list says; None where the packet goes on its way undecided."""
        return self.before.verdict if self.before is not None else _VERDICTS.get(self.last.rule.action)

    @property
    def exempts(self) -> bool:
        """Tell whether a policy allowed the packet past the lists of the host endpoint that come later."""
        early = self.policy_class in (PolicyClass.UNTRACKED, PolicyClass.PRE_DNAT)
        return early and self.before is None and self.verdict is Verdict.ALLOW

    @property
    def logs(self) -> tuple[RuleId, ...]:
        """Return the Log rules met, in order."""
        return tuple(step.rule.id for step in self.steps if step.matched and step.rule.action is Action.LOG)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a flow, and why.

    `rule` names what decided last: a rule of a policy or profile, a default, or something the host does by itself.
    `sections` are the lists of policies asked, in the order of the packet's way.
    """

    verdict: Verdict
    rule: RuleId | BuiltIn
    sections: tuple[Section, ...] = ()

    @property
    def decider(self) -> Section | None:
        """Return the section that had the last word; None where the host decided by itself."""
        return next((each for each in reversed(self.sections) if each.rule == self.rule), None)

    @property
    def logs(self) -> tuple[RuleId, ...]:
        """Return every Log rule met, in order."""
        return tuple(rule for section in self.sections for rule in section.logs)
