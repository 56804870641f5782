"""What a command acts on: the resources of its files, or those that its words name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tortie.api import KindInfo, kind_named
from tortie.cli.flags import Parsed
from tortie.cli.scope import namespace_for
from tortie.datastore import Written
from tortie.errors import Invalid, Problem
from tortie.model import Key

if TYPE_CHECKING:
    from tortie.api import Document

__all__ = ["Target", "admitted", "named", "reason", "referred", "repeated", "single_kind", "warned"]


_UNREADABLE = (
    "`apiVersion` is missing",
    "`kind` is missing",
    "cannot unmarshal",
    "field in document is not recognized",
    "unknown resource type",
)
"""How problems begin that keep the reference system from reading a file at all."""


@dataclass(frozen=True, slots=True)
class Target:
    """One resource to act on.

    `key` is None where `error` keeps it from being acted on, or where all resources of the kind are meant;
    `namespace` is then where. `source` is the document as it was written.
    """

    info: KindInfo
    key: Key | None = None
    document: dict[str, Any] | None = None
    namespace: str = ""
    error: str = ""
    source: Document | None = None

    @property
    def known_key(self) -> Key:
        """Return the key; raises Invalid where the target has none."""
        if self.key is None:
            raise Invalid.because(self.error or "resource name may not be empty")
        return self.key

    @property
    def known_document(self) -> dict[str, Any]:
        """Return the document; raises Invalid where the target has none."""
        if self.document is None:
            raise Invalid.because(self.error or "a document is needed")
        return self.document

    @property
    def revision(self) -> str:
        """Return the resourceVersion that its document gives, or ""."""
        return _metadata_text(self.document or {}, "resourceVersion")


def admitted(parsed: Parsed, verb: str) -> list[Target]:
    """Return the resources in the files that `-f` names: validated, complete with defaults.

    Raises:
        Invalid: with every problem of every document, so that nothing is changed when any is bad.
    """
    from tortie.api import decode, defaulted  # noqa: PLC0415 - start-up is paid by all, and words need none of it

    def understand(document: Document, namespace: str) -> tuple[Key, dict[str, Any]]:
        key = decode(document, namespace=namespace).key
        data = defaulted(document, namespace=namespace)
        if revision := _metadata_text(document.data, "resourceVersion"):
            data["metadata"] = {**data["metadata"], "resourceVersion": revision}
        return key, data

    return _each(parsed, verb, understand)


def referred(parsed: Parsed, verb: str) -> list[Target]:
    """Return the resources that the files refer to, whose identity alone needs to be right.

    Raises:
        Invalid: with every problem of every document.
    """
    from tortie.api import key_of  # noqa: PLC0415 - as above

    return _each(parsed, verb, lambda document, namespace: (key_of(document, namespace), dict(document.data)))


def named(words: Sequence[str], parsed: Parsed, *, everywhere: bool = False) -> list[Target]:
    """Return the resources that a kind and names mean; without names, one target that stands for all of the kind.

    Raises:
        Invalid: the kind is unknown, or a name is empty.
    """
    info = kind_named(words[0])
    if not all(words[1:]):
        raise Invalid.because("resource name may not be empty")
    found = []
    for name in words[1:] or ("",):
        try:
            namespace = namespace_for(info, "", parsed.text("namespace"), everywhere=everywhere)
            if name and info.namespaced and everywhere:
                raise Invalid.because("cannot use --all-namespace flag for getting a single resource")
        except Invalid as error:
            found.append(Target(info, error=reason(error)))
        else:
            found.append(Target(info, Key(info.kind, namespace, name) if name else None, namespace=namespace))
    return found


def single_kind(targets: Sequence[Target]) -> str:
    """Return the kind of the targets, "" where they are of several."""
    kinds = {target.info.document_kind for target in targets}
    return kinds.pop() if len(kinds) == 1 else ""


def reason(error: Exception) -> str:
    """Return the words of an error without place and hint, for a summary line."""
    if isinstance(error, Invalid):
        return "; ".join(": ".join(filter(None, (problem.path, problem.what))) for problem in error.problems)
    return str(error.args[0]) if error.args else type(error).__name__


def repeated(targets: Sequence[Target]) -> str:
    """Return a warning for each resource that the files have more than once: what they end with is what counts."""
    times = Counter(target.key for target in targets if target.key)
    found = (f"warning: {key} stands {count} times; the last one counts\n" for key, count in times.items() if count > 1)
    return "".join(found)


def warned(done: Written) -> str:
    """Return the lines that tell a person the warnings of a write."""
    return "".join(f"warning: {each}\n" + (f"  {each.mend}\n" if each.mend else "") for each in done.warnings)


def _each(parsed: Parsed, verb: str, understand: Callable[[Document, str], tuple[Key, dict[str, Any]]]) -> list[Target]:
    from tortie.api import info_of  # noqa: PLC0415 - as above

    everywhere = "all-namespaces" in parsed.flags and parsed.on("all-namespaces")
    documents = _loaded(parsed)
    found: list[Target] = []
    problems: list[Problem] = []
    bad = []
    for document in documents:
        try:
            info = info_of(document)
            namespace, error = _scoped(document, info, parsed, everywhere=everywhere)
            if error:
                found.append(Target(info, error=error))
                continue
            key, data = understand(document, namespace)
            found.append(Target(info, key, data, namespace, source=document))
        except Invalid as fault:
            problems += fault.problems
            bad.append(document.kind)
    if problems:
        raise Invalid(*problems, _summed_up(verb, problems, bad, len(documents)))
    return found


def _loaded(parsed: Parsed) -> list[Document]:
    from tortie.cli.load import load  # noqa: PLC0415 - as above

    try:
        return load(parsed.text("filename"), recursive=parsed.on("recursive"), may_be_empty=parsed.on("skip-empty"))
    except Invalid as error:
        if not any(problem.file for problem in error.problems):
            raise
        raise Invalid(*error.problems, Problem(f"failed to execute command: {_told(error.problems)}")) from error


def _summed_up(verb: str, problems: Sequence[Problem], bad: Sequence[str], total: int) -> Problem:
    """Return the line that scripts look for after the problems of documents. Source: calicoctl specification 11."""
    if any(problem.what.startswith(_UNREADABLE) for problem in problems):
        return Problem(f"failed to execute command: {_told(problems)}")
    if len(bad) < total:
        return Problem(f"hit error: [{_told(problems)}]")
    kind = f"'{bad[0]}' " if len(set(bad)) == 1 else ""
    what = f"{kind}resource" if total == 1 else f"any {kind}resources"
    return Problem(f"failed to {verb} {what}: [{_told(problems)}]")


def _told(problems: Sequence[Problem]) -> str:
    return "the problem above" if len(problems) == 1 else f"the {len(problems)} problems above"


def _scoped(document: Document, info: KindInfo, parsed: Parsed, *, everywhere: bool) -> tuple[str, str]:
    """Return the namespace of a document, or else the error with it."""
    written = _metadata_text(document.data, "namespace")
    try:
        namespace = namespace_for(info, written, parsed.text("namespace"), everywhere=everywhere)
    except Invalid as error:
        return "", reason(error)
    if everywhere:
        return "", "cannot use --all-namespace flag for getting a single resource"
    return namespace, ""


def _metadata_text(data: Mapping[str, Any], name: str) -> str:
    """Return a text of the metadata, "" where there is none; the case of keys does not matter, as when decoding."""
    metadata = _any_case(data, "metadata")
    found = _any_case(metadata, name) if isinstance(metadata, Mapping) else None
    return found if isinstance(found, str) else ""


def _any_case(data: Mapping[str, Any], name: str) -> object:
    return next((value for key, value in data.items() if key.lower() == name.lower()), None)
