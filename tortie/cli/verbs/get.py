"""`calicoctl get`: show resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tortie.cli.change.writes import REFUSED
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.made import listed
from tortie.cli.output.printing import Format, Result, check_format, printed
from tortie.cli.output.summary import Report
from tortie.cli.targets import Target, named, reason, referred
from tortie.datastore import Client
from tortie.errors import Expired, Invalid, NotFound, Problem, Unavailable
from tortie.model import Key, Kind

if TYPE_CHECKING:
    from tortie.selector import Selector

__all__ = ["run"]

_BGP = Key(Kind.BGP_CONFIGURATION, "", "default")
_TROUBLE = "failed to get resources: "

_NOT_EXPORTED = frozenset(
    {
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    }
)


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Show what the files or the words name, in the format asked for; what was found comes before what was not."""
    output = check_format(parsed.text("output"))
    everywhere = parsed.on("all-namespaces") or parsed.on("all-namespaces-a")
    targets = _targets(parsed, everywhere=everywhere)
    if not targets and output.is_table:
        return Report("No resources specified\n")
    results, errors = [], []
    with_namespace = everywhere or bool(parsed.text("namespace"))
    selector = _selector(parsed)
    out = ""
    with connected(parsed, environ, trouble=_TROUBLE) as client:
        if parsed.on("watch"):
            _watch(client, targets, parsed, output, with_namespace=with_namespace)
        for target in targets:
            try:
                results.append(_selected(_read(client, target), selector))
            except REFUSED as error:
                errors.append(reason(error))
        if parsed.on("export") and len(parsed.words) > 1 and not parsed.text("filename"):
            results = [_exported(result) for result in results]
        if results or not errors:
            out = printed(results, output, with_namespace=with_namespace, default_as_number=lambda: _as_number(client))
    return Report(out, "".join(f"{error}\n" for error in errors), 1 if errors else 0)


def _targets(parsed: Parsed, *, everywhere: bool) -> list[Target]:
    try:
        if parsed.text("filename"):
            return referred(parsed._replace(flags={**parsed.flags, "all-namespaces": everywhere}), "get")
        if parsed.words:
            return named(parsed.words, parsed, everywhere=everywhere)
    except Invalid as error:
        first = error.problems[0]
        if parsed.text("filename") and not first.what.startswith("no resources specified in"):
            raise
        raise Invalid(Problem(f"{_TROUBLE}{first.what}", mend=first.mend)) from error
    raise Invalid.because("nothing to get was named", mend="calicoctl get KIND [NAME...], or -f FILE")


def _read(client: Client, target: Target) -> Result:
    if target.error:
        raise Invalid.because(target.error)
    if target.key is not None:
        return Result(target.info, (_got(client, target.key),))
    listing = listed(client, target.info.kind, target.namespace)
    return Result(target.info, listing.items, listing.revision)


def _got(client: Client, key: Key) -> Mapping[str, Any]:
    """Return what is stored under a key, or is made of what is stored; raises NotFound."""
    try:
        return client.get(key)
    except NotFound:
        for item in listed(client, key.kind, key.namespace).items:
            if item["metadata"]["name"] == key.name:
                return item
        raise


def _as_number(client: Client) -> str:
    """Return the AS number of nodes without one of their own. Source: calicoctl specification 9."""
    from tortie.cli.output.cells import DEFAULT_AS_NUMBER  # noqa: PLC0415 - few ask

    try:
        found = (client.get(_BGP).get("spec") or {}).get("asNumber")
    except NotFound:
        found = None
    except (Unavailable, Expired):
        return "unknown"
    return DEFAULT_AS_NUMBER if found is None else str(found)


def _watch(client: Client, targets: list[Target], parsed: Parsed, output: Format, *, with_namespace: bool) -> None:
    """Show what the words name and every change to it, until interrupted."""
    from tortie.cli.verbs.watch import Watched, watch  # noqa: PLC0415 - few do

    if parsed.text("filename"):
        raise Invalid.because("`-w` watches a kind, not the resources of files", mend="calicoctl get KIND -w")
    if errors := [target.error for target in targets if target.error]:
        raise Invalid.because(errors[0])
    names = frozenset(target.key.name for target in targets if target.key)
    namespace = next((target.key.namespace for target in targets if target.key), targets[0].namespace)
    watched = Watched(targets[0].info, namespace, names, _selector(parsed))
    watch(client, watched, output, with_namespace=with_namespace)


def _selector(parsed: Parsed) -> Selector | None:
    """Return what `-l` selects; None where it selects everything."""
    if not (text := parsed.text("selector")):
        return None
    if parsed.text("filename") or len(parsed.words) > 1:
        raise Invalid.because("`-l` selects among all of a kind, and single resources were named")
    from tortie.cli.label_filter import label_filter  # noqa: PLC0415 - few need it

    return label_filter(text)


def _selected(result: Result, selector: Selector | None) -> Result:
    if selector is None:
        return result
    from tortie.cli.label_filter import labelled  # noqa: PLC0415 - as above

    return result._replace(documents=tuple(each for each in result.documents if labelled(selector, each)))


def _exported(result: Result) -> Result:
    return result._replace(documents=tuple(_bare(document) for document in result.documents))


def _bare(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in document["metadata"].items() if key not in _NOT_EXPORTED}
    return {**document, "metadata": metadata}
