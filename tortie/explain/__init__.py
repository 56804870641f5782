"""Why a connection is allowed or denied: a question in a person's words, its answer, and the answer's texts."""

from __future__ import annotations

from tortie.explain.answer import Answer, Asking, Story, answer
from tortie.explain.changes import changes_document, changes_text
from tortie.explain.directory import Directory, display_name
from tortie.explain.document import to_document
from tortie.explain.host_settings import SettingsOf, same_settings
from tortie.explain.impact import Change, impact
from tortie.explain.no_effect import no_effects
from tortie.explain.question import EPHEMERAL_PORT, Asked, End, Question, ask
from tortie.explain.reasons import Reason
from tortie.explain.staged import enforced, has_staged
from tortie.explain.text import to_text

__all__ = [
    "EPHEMERAL_PORT",
    "Answer",
    "Asked",
    "Asking",
    "Change",
    "Directory",
    "End",
    "Question",
    "Reason",
    "SettingsOf",
    "Story",
    "answer",
    "ask",
    "changes_document",
    "changes_text",
    "display_name",
    "enforced",
    "has_staged",
    "impact",
    "no_effects",
    "same_settings",
    "to_document",
    "to_text",
]
