"""`calicoctl label`: set or remove one label of one resource. Source: calicoctl specification 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortie.api import Document, decode, defaulted, document_of
from tortie.cli.change.careful import carefully
from tortie.cli.change.writes import REFUSED
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.cli.targets import named, reason
from tortie.datastore import Client
from tortie.errors import Invalid, NotFound, Problem
from tortie.model import Key

__all__ = ["run"]

WORDS = 3


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Change the label, and tell whether it was new, updated or removed."""
    if len(parsed.words) < WORDS:
        raise Invalid.because(f"requires at least {WORDS} arg(s), only received {len(parsed.words)}")
    kind, name, argument = parsed.words[:WORDS]
    key, equals, value = argument.partition("=")
    is_removal = parsed.on("remove")
    if not (equals or is_removal):
        raise Invalid.because(f"invalid label {argument}", mend="KEY=VALUE, or KEY with `--remove`")
    try:
        target = named((kind, name), parsed)[0]
    except Invalid as error:
        first = error.problems[0]
        raise Invalid(Problem(f"failed to get {kind} {name}, error {first.what}", mend=first.mend)) from error
    subject = f"{kind} {name}"

    def act(client: Client) -> Report:
        try:
            document = client.get(target.known_key)
        except NotFound:
            raise NotFound(f"{subject} not found") from None
        labels = dict(document["metadata"].get("labels") or {})
        if is_removal:
            done = _remove(labels, key, subject)
        else:
            done = _set(labels, key, value, subject=subject, overwrite=parsed.on("overwrite"))
        _write(client, target.known_key, _labelled(document, labels), subject)
        return Report(f"{done}\n")

    with connected(parsed, environ) as client:
        return carefully(parsed, environ, client, act, [target.info.kind])


def _remove(labels: dict[str, str], key: str, subject: str) -> str:
    if key not in labels:
        raise Invalid.because(f"cannot remove label of {subject}, key {key} does not exist")
    del labels[key]
    return f"Successfully removed label {key} from {subject}"


def _set(labels: dict[str, str], key: str, value: str, *, subject: str, overwrite: bool) -> str:
    current = labels.get(key)
    if current not in {None, value} and not overwrite:
        raise Invalid.because(
            f"failed to update label of {subject}, key {key} is already present. "  # noqa: S608 - no SQL
            "please use '--overwrite' to set a new value"
        )
    labels[key] = value
    return f"Successfully {'set' if current is None else 'updated'} label {key} on {subject}"


def _labelled(document: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    return {**document, "metadata": {**document["metadata"], "labels": dict(labels)}}


def _labels_kept(document: Document) -> dict[str, Any]:
    """Return the labels with those that say what the spec says, which nobody can change."""
    return {"labels": defaulted(document)["metadata"].get("labels") or {}}


def _write(client: Client, key: Key, document: Mapping[str, Any], subject: str) -> None:
    try:
        checked = document_of(document)
        decode(checked)
        client.update(key, {**document, "metadata": {**document["metadata"], **_labels_kept(checked)}})
    except REFUSED as error:
        raise Invalid.because(f"failed to update {subject}, label not changed", mend=reason(error)) from error
