"""The only evaluator: what becomes of a flow under a compiled policy, and every rule that was asked on the way."""

from __future__ import annotations

from tortie.evaluate.checks import openstack_ports
from tortie.evaluate.decide import EARLY, Evaluator, decide, untranslated
from tortie.evaluate.match import Mismatch, http_text, icmp_text, mismatches, ports_text, protocol_text
from tortie.evaluate.section import Decision, Section
from tortie.evaluate.walk import Step, walk

__all__ = [
    "EARLY",
    "Decision",
    "Evaluator",
    "Mismatch",
    "Section",
    "Step",
    "decide",
    "http_text",
    "icmp_text",
    "mismatches",
    "openstack_ports",
    "ports_text",
    "protocol_text",
    "untranslated",
    "walk",
]
