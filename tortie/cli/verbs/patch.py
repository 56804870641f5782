"""`calicoctl patch`: change parts of one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tortie.api import decode, defaulted, document_of, read_documents
from tortie.cli.change.careful import carefully
from tortie.cli.change.merge import merged
from tortie.cli.change.writes import REFUSED, checked_store, policy_warnings
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.cli.targets import Target, named, reason, warned
from tortie.datastore import Client
from tortie.errors import Invalid

__all__ = ["run"]

WORDS = 2
_NO_PATCH = "performing strategic merge patch: invalid JSON document"
_IDENTITY = ("name", "namespace")


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Merge a patch into a resource; it is written only if nobody changed the resource meanwhile."""
    if len(parsed.words) != WORDS:
        raise Invalid.because(f"accepts {WORDS} arg(s), received {len(parsed.words)}")
    target = named(parsed.words, parsed)[0]
    with connected(parsed, environ) as client:
        return carefully(parsed, environ, client, lambda acting: _patched(acting, target, parsed), [target.info.kind])


def _patched(client: Client, target: Target, parsed: Parsed) -> Report:
    try:
        changes = _changes(parsed.text("patch"))
        current = client.get(target.known_key)
        done = client.update(target.known_key, _proposed(current, changes))
    except REFUSED as error:
        return Report(err=f"hit error: {reason(error)}\n", code=1)
    written = replace(target, document=done.document)
    warnings = warned(done) + policy_warnings(checked_store(parsed, client.store), [written])
    return Report(f"Successfully patched 1 '{target.info.document_kind}' resource\n", warnings)


def _changes(text: str) -> Mapping[str, Any]:
    """Return what a patch says, which is one object in YAML or JSON; raises Invalid."""
    try:
        documents = read_documents(text, "--patch")
    except Invalid as error:
        what = error.problems[0].what
        syntax = f": {what}" if what.startswith("this is not YAML") else ""
        raise Invalid.because(f"{_NO_PATCH}{syntax}") from error
    if len(documents) != 1:
        raise Invalid.because(_NO_PATCH)
    return documents[0].data


def _proposed(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the patched document, checked and complete, at the revision that was read."""
    patched = merged(current, changes)
    before, after = current["metadata"], patched.get("metadata") or {}
    if any(before.get(field) != after.get(field) for field in _IDENTITY) or patched.get("kind") != current["kind"]:
        raise Invalid.because("a patch cannot change kind, name or namespace")
    document = document_of(patched)
    decode(document)
    found = defaulted(document)
    found["metadata"] = {**found["metadata"], "resourceVersion": after.get("resourceVersion", "")}
    return found
