"""`calicoctl apply`: make the datastore hold what the files have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tortie.cli.change.careful import carefully
from tortie.cli.change.changes import Change, compared, counted, shown_changes
from tortie.cli.change.writes import EMPTY, REFUSED, checked_store, given, kinds_of, write_all
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.label_filter import label_filter, labelled
from tortie.cli.output.summary import Report
from tortie.cli.targets import Target, reason
from tortie.datastore import Client, Manifest, Written
from tortie.errors import Invalid, NotFound
from tortie.model import BUILT_IN_TIERS, DEFAULT_ALLOW_PROFILE, KUBERNETES_POLICY_PREFIX, NAMESPACED_KINDS, Key, Kind
from tortie.selector import Selector

__all__ = ["PRUNED_KINDS", "Application", "run"]

PRUNED_KINDS = (
    Kind.NETWORK_POLICY,
    Kind.GLOBAL_NETWORK_POLICY,
    Kind.STAGED_NETWORK_POLICY,
    Kind.STAGED_GLOBAL_NETWORK_POLICY,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY,
    Kind.NETWORK_SET,
    Kind.GLOBAL_NETWORK_SET,
    Kind.HOST_ENDPOINT,
    Kind.PROFILE,
    Kind.TIER,
)
"""Kinds that `--prune` deletes, in that order: tiers go when nothing is in them any more."""

_DRY = " (dry run)"
_BUILT_IN = frozenset(Key(Kind.TIER, "", name) for name in BUILT_IN_TIERS) | {DEFAULT_ALLOW_PROFILE.key}


@dataclass(slots=True)
class Application:
    """Applies targets with a client; where it `keeps_changes`, what that changes too."""

    acting: Client
    keeps_changes: bool = False
    changes: list[Change] = field(default_factory=list[Change])
    keys: set[Key] = field(default_factory=set[Key])

    def apply(self, target: Target) -> Written:
        """Apply one target."""
        key = target.known_key
        before = self._before(key) if self.keeps_changes else None
        self.keys.add(key)
        done = self.acting.apply(key, target.known_document)
        if self.keeps_changes:
            self.changes.append(compared(key, before, done.document))
        return done

    def _before(self, key: Key) -> Manifest | None:
        try:
            return self.acting.get(key)
        except NotFound:
            return None


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Create what the files have, or update what is there already; what is the same is not written again.

    With `--dry-run` tell what that would change. With `--prune` delete what `-l` selects and the files do not have.
    """
    selector = _selector(parsed)
    if not (targets := given("apply", parsed)):
        return EMPTY

    def act(client: Client) -> Report:
        return _applied(Application(client, keeps_changes=parsed.on("dry-run")), targets, parsed, selector)

    with connected(parsed, environ) as client:
        if parsed.on("dry-run"):
            return act(client.trial())
        pruned = PRUNED_KINDS if selector is not None else ()
        return carefully(parsed, environ, client, act, kinds_of(targets).union(pruned))


def _applied(application: Application, targets: Sequence[Target], parsed: Parsed, selector: Selector | None) -> Report:
    application.acting.initialise()
    report = write_all("apply", targets, application.apply, checked_store(parsed, application.acting.store))
    if selector is not None:
        report = _pruned(application, parsed.text("namespace"), selector, report)
    if application.keeps_changes:
        changes = application.changes
        out = f"{shown_changes(changes, _DRY)}{counted(changes)}{_DRY}: nothing was written\n"
        return report._replace(out=out if changes else "")
    return report


def _selector(parsed: Parsed) -> Selector | None:
    """Return what `--prune` may delete; None where it was not asked for."""
    text = parsed.text("selector")
    if parsed.on("prune") != bool(text):
        what = "`--prune` needs a selector" if not text else "`-l` selects what `--prune` may delete"
        raise Invalid.because(what, mend="calicoctl apply -f FILE --prune -l color=red")
    return label_filter(text) if text else None


def _pruned(application: Application, namespace: str, selector: Selector, report: Report) -> Report:
    """Return the report after deleting what the files do not have."""
    if report.code:
        return report._replace(err=f"{report.err}nothing was pruned, as not everything was applied\n")
    done, errors = [], []
    for key in _unwanted(application, namespace, selector):
        try:
            application.changes.append(compared(key, application.acting.delete(key), None))
            done.append(key)
        except REFUSED as error:
            errors.append(f"failed to prune {key}: {reason(error)}\n")
    lines = "".join(f"pruned {key}\n" for key in done)
    out = f"{report.out}{lines}Successfully pruned {len(done)} resource(s)\n"
    return Report(out, report.err + "".join(errors), 1 if errors else 0)


def _unwanted(application: Application, namespace: str, selector: Selector) -> Iterator[Key]:
    for kind in PRUNED_KINDS:
        for item in application.acting.list(kind, namespace if kind in NAMESPACED_KINDS else "").items:
            metadata = item["metadata"]
            key = Key(kind, metadata.get("namespace", ""), metadata["name"])
            is_ours = key not in _BUILT_IN and not key.name.startswith(KUBERNETES_POLICY_PREFIX)
            if is_ours and key not in application.keys and labelled(selector, item):
                yield key
