"""Before a command writes: would it cut this machine off, and is it to be undone unless somebody confirms it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.datastore import Client
from tortie.model import READ_KINDS, STAGED_KINDS, Kind

__all__ = ["GOVERNING_KINDS", "carefully"]

GOVERNING_KINDS = (
    frozenset(READ_KINDS)
    - STAGED_KINDS
    - {
        Kind.NETWORK_POLICY,
        Kind.KUBERNETES_NETWORK_POLICY,
        Kind.CLUSTER_NETWORK_POLICY,
        Kind.ADMIN_NETWORK_POLICY,
        Kind.BASELINE_ADMIN_NETWORK_POLICY,
        Kind.CLUSTER_INFORMATION,
    }
)
"""Kinds that what becomes of a machine's own traffic depends on: all but policy that governs workloads alone."""


def carefully(
    parsed: Parsed,
    environ: Mapping[str, str],
    client: Client,
    act: Callable[[Client], Report],
    kinds: Iterable[Kind],
) -> Report:
    """Return the report of a command, having tried first what it does; with `--confirm` it waits for confirmation.

    Args:
        parsed: the command line, with `--force` and `--confirm`.
        environ: the environment.
        client: of the datastore that is written to.
        act: what writes, with a client.
        kinds: of the resources that it may write.

    Raises:
        Invalid: it would cut live sessions of this machine, and is not forced.
        Conflict: another change waits for confirmation.
    """
    is_checked = not parsed.on("force") and not GOVERNING_KINDS.isdisjoint(kinds)
    confirm = parsed.text("confirm")
    if not (is_checked or confirm):
        return act(client)
    from tortie.cli.change.confirmable import confirmable, waiting_seconds  # noqa: PLC0415 - few changes need them
    from tortie.datastore import TrialDatastore  # noqa: PLC0415 - as above

    seconds = waiting_seconds(confirm) if confirm else 0.0
    if confirm:
        client.initialise()  # what every datastore has is no part of the change
    store = TrialDatastore(client.store)
    report = act(Client(store))
    if is_checked:
        from tortie.cli.change.lockout import check_sessions  # noqa: PLC0415 - an engine is slow to load

        check_sessions(client.store, store, environ)
    if not confirm:
        return act(client)
    if report.code:
        why = "nothing was written, as not everything can be; leave out `--confirm` to write what can\n"
        return Report(err=f"{report.err}{why}", code=report.code)
    return confirmable(client.store, store.changes, seconds, report, environ)
