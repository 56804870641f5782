"""The only evaluator: what becomes of a flow under a compiled policy, and every rule that was asked on the way."""

from __future__ import annotations

from tortie.evaluate.decide import Decision, Evaluator, Section, before_egress, decide
from tortie.evaluate.match import Mismatch, icmp_text, mismatches, ports_text, protocol_text
from tortie.evaluate.walk import Step, walk

__all__ = [
    "Decision",
    "Evaluator",
    "Mismatch",
    "Section",
    "Step",
    "before_egress",
    "decide",
    "icmp_text",
    "mismatches",
    "ports_text",
    "protocol_text",
    "walk",
]
