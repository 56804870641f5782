"""`calicoctl version`: what runs here, and what the datastore says runs there. Source: calicoctl specification 15."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from tortie.cli.flags import Parsed
from tortie.cli.output.problems import lines_of
from tortie.cli.output.summary import Report
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable

__all__ = ["run"]

_UNKNOWN = "unknown"
_NO_FILE = "Error reading config file: "
_UNANSWERED = (Unavailable, Expired, Conflict, NotFound, OSError)


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Tell the versions; with `--poll`, tell the cluster's again whenever it has changed, until interrupted."""
    from tortie.cli.mismatch import CLIENT_VERSION  # noqa: PLC0415 - the program starts without

    client = f"Client Version:    {CLIENT_VERSION}\nGit commit:        {_UNKNOWN}\n"
    if parsed.on("client"):
        return Report(client)
    if not parsed.text("poll"):
        try:
            return Report(client + _cluster(parsed, environ))
        except Invalid as error:
            if error.problems[0].what.startswith(_NO_FILE):
                raise
            return Report(client, "".join(f"{line}\n" for line in lines_of(error)), 1)
    return _polled(parsed, environ, client, _seconds(parsed.text("poll")))


def _seconds(text: str) -> float:
    """Return what a duration such as `1m30s` is in seconds; raises Invalid."""
    from tortie.api import duration  # noqa: PLC0415 - the program starts without

    try:
        return duration(text)
    except ValueError:
        raise Invalid.because(f"invalid poll duration specified: {text}", mend="for example 30s, 5m or 1h") from None


def _polled(parsed: Parsed, environ: Mapping[str, str], client: str, seconds: float) -> Report:
    sys.stdout.write(client)
    shown = ""
    while True:
        try:
            cluster = _cluster(parsed, environ)
        except Invalid as error:
            sys.stderr.write(f"{error}\n")
        else:
            if cluster != shown:
                sys.stdout.write(cluster)
                shown = cluster
        sys.stdout.flush()
        time.sleep(seconds)


def _cluster(parsed: Parsed, environ: Mapping[str, str]) -> str:
    """Return the lines about the cluster.

    Raises:
        Invalid: the settings are wrong, or the datastore does not answer.
    """
    from tortie.cli.connect import connected  # noqa: PLC0415 - not for `--client`
    from tortie.cli.mismatch import cluster_spec  # noqa: PLC0415 - as above

    with connected(parsed, environ, checked=False, refusal="") as client:
        try:
            spec = cluster_spec(client)
        except _UNANSWERED as error:
            raise Invalid.because(f"unable to retrieve Cluster Version or Type: {error}") from error
    version, kind = spec.get("calicoVersion") or _UNKNOWN, spec.get("clusterType") or _UNKNOWN
    return f"Cluster Version:   {version}\nCluster Type:      {kind}\n"
