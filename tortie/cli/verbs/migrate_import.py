"""`calicoctl datastore migrate import`: what was exported, into an empty datastore.

Source: calicoctl specification 22.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tortie.api import Document, decode, defaulted, info_of, key_of, read_documents
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.streams import STDIN, read_input, read_text
from tortie.cli.output.summary import Report
from tortie.cli.targets import reason
from tortie.cli.verbs.migrate_export import SECTION
from tortie.datastore import Client
from tortie.errors import Conflict, Invalid, NotFound, Problem
from tortie.model import BUILT_IN_TIERS, CLUSTER_KEY, FOREIGN_KINDS, POLICY_KINDS, Key, Kind

__all__ = ["run"]

_SECTIONS = 3
_DONE = "Datastore information successfully imported. Unlock it with `calicoctl datastore migrate unlock`.\n"


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Store every resource of the file in a datastore that has none, and leave it locked."""
    resources, cluster, has_addresses = _sections(parsed.text("filename"))
    found = [(key_of(document), document) for document in resources]
    if has_addresses:
        what = "the file has assigned addresses, and Tortie does not manage addresses"
        raise Invalid.because(what, mend="import it with Calico's calicoctl, or export with `--without-ipam`")
    with connected(parsed, environ, checked=False) as client:
        _check_empty(client)
        client.initialise()
        client.set_ready(ready=False)
        errors = [error for key, document in found if (error := _stored(client, key, document))]
        _restore(client, cluster)
    done = f"Successfully applied {len(found) - len(errors)} resource(s)\nno IPAM resources specified in file\n"
    if errors:
        return Report(done, "".join(f"{error}\n" for error in errors), 1)
    return Report(done + _DONE)


def _sections(filename: str) -> tuple[list[Document], Mapping[str, Any], bool]:
    """Return the resources of a file, the cluster's information, and whether it has addresses; raises Invalid."""
    if not filename:
        raise Invalid.because("no file was given", mend="calicoctl datastore migrate import -f FILE")
    name = STDIN if filename == "-" else filename
    text = read_input() if filename == "-" else read_text(Path(filename))
    parts = text.split(f"\n{SECTION}\n")
    if len(parts) != _SECTIONS:
        problem = Problem(f"this has {len(parts)} sections, and an export has {_SECTIONS}", file=name)
        raise Invalid(problem)
    try:
        cluster, addresses = json.loads(parts[1]), json.loads(parts[2])
    except ValueError as error:
        raise Invalid(Problem(f"the second and third section are JSON: {error}", file=name)) from error
    if not (isinstance(cluster, dict) and isinstance(addresses, dict)):
        raise Invalid(Problem("the second and third section are JSON objects", file=name))
    documents = read_documents(parts[0], name)
    problems = [problem for document in documents for problem in _problems(document)]
    if problems:
        raise Invalid(*problems)
    return documents, cluster, any(addresses.get(part) for part in ("block_affinities", "blocks", "handles"))


def _problems(document: Document) -> Sequence[Problem]:
    try:
        if info_of(document).kind not in FOREIGN_KINDS:
            decode(document)
    except Invalid as error:
        return error.problems
    return ()


def _check_empty(client: Client) -> None:
    """Raise Invalid where the datastore has resources that nobody would miss."""
    for kind in (*POLICY_KINDS, *sorted(FOREIGN_KINDS)):
        if kind is Kind.CLUSTER_INFORMATION or not client.store.takes(kind):
            continue
        for record in client.store.list(kind).records:
            if kind is not Kind.TIER or record.key.name not in BUILT_IN_TIERS:
                raise Invalid.because(f"the datastore is not empty: it has {record.key}", mend="import into a new one")


def _stored(client: Client, key: Key, document: Document) -> str:
    """Store one resource; return what keeps it from being stored, or ""."""
    try:
        if key.kind in FOREIGN_KINDS:
            client.keep(key, document.data)
        else:
            client.apply(key, defaulted(document))
    except (Conflict, Invalid, NotFound) as error:
        return f"[WARNING] {key} was not imported: {reason(error)}"
    return ""


def _restore(client: Client, cluster: Mapping[str, Any]) -> None:
    """Give the cluster the identity and version it had."""
    given = {name: value for name, value in (cluster.get("spec") or {}).items() if name != "datastoreReady"}
    current = client.store.get(CLUSTER_KEY)
    document = json.loads(current.value)
    document["spec"] = {**document["spec"], **given}
    client.store.update(CLUSTER_KEY, json.dumps(document).encode(), current.revision)
