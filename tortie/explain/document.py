"""An answer as plain data for JSON and YAML; the shape is documented in docs/reference/tortie-explain.md."""

from __future__ import annotations

from tortie.evaluate import protocol_text
from tortie.explain.answer import Answer, Asking, Story
from tortie.explain.directory import Directory, display_name
from tortie.explain.question import End, Question
from tortie.explain.reasons import Reason, rule_fields
from tortie.model import Key, format_address

__all__ = ["to_document"]

Data = dict[str, object]


def to_document(answer: Answer, directory: Directory) -> Data:
    """Return an answer made of dicts, lists, texts, numbers and truth values."""
    question = answer.question
    return {
        **_verdict(answer),
        "source": _end(question.source, directory),
        "destination": _end(question.destination, directory),
        "flow": _flow(question),
        "sections": [_section(story) for story in answer.stories],
        "nearest": [_rule(asking) for asking in answer.nearest],
        "notes": list(question.notes),
        "staged": None if answer.staged is None else _verdict(answer.staged),
    }


def _verdict(answer: Answer) -> Data:
    return {"verdict": str(answer.verdict), "decidedBy": answer.decided_by, "reason": answer.reason}


def _end(end: End, directory: Directory) -> Data:
    data: Data = {"name": end.name, "address": format_address(end.address)}
    if isinstance(end.where, Key):
        endpoint = directory.endpoint(end.where)
        return {**data, "endpoint": str(end.where), "node": endpoint.node, "labels": dict(directory.labels(endpoint))}
    owners = [display_name(owner) for owner in directory.owners(end.address)]
    return {**data, "place": str(end.where), "networkSets": owners}


def _flow(question: Question) -> Data:
    flow = question.flow
    return {
        "ipVersion": int(flow.family),
        "protocol": protocol_text(flow.protocol),
        "protocolNumber": flow.protocol,
        "sourcePort": flow.source_port,
        "destinationPort": flow.destination_port,
        "icmpType": flow.icmp_type,
        "icmpCode": flow.icmp_code,
    }


def _section(story: Story) -> Data:
    return {
        "endpoint": story.endpoint,
        "node": story.node,
        "list": str(story.section.policy_class),
        "direction": str(story.section.direction),
        "verdict": str(story.section.verdict or "undecided"),
        "reason": story.reason,
        "steps": [_rule(asking) for asking in story.askings],
    }


def _rule(asking: Asking) -> Data:
    step = asking.step
    origin = step.rule.origin
    return {
        "rule": step.rule.id,
        "tier": origin.tier,
        "profile": step.stage if step.is_profile else "",
        "policy": "" if step.is_profile or origin.owner is None else str(origin.owner),
        "index": origin.index,
        "action": str(step.rule.action),
        "fields": [{"field": name, "text": text} for name, text in rule_fields(step.rule)],
        "matched": step.matched,
        "reasons": [_reason(reason) for reason in asking.reasons],
    }


def _reason(reason: Reason) -> Data:
    return {"field": reason.field, "wanted": reason.wanted, "got": reason.got}
