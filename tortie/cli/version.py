"""`calicoctl version`: what runs here, and what the datastore says runs there. Source: calicoctl specification 15."""

from __future__ import annotations

from collections.abc import Mapping

from tortie import __version__
from tortie.cli.flags import Parsed
from tortie.cli.summary import Report
from tortie.errors import Invalid

__all__ = ["run"]

_UNKNOWN = "unknown"


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Tell the versions; no datastore keeps the cluster's yet, so that it is unknown."""
    if parsed.text("poll"):
        raise Invalid.because("`--poll` is not supported", mend="run `calicoctl version` again")
    client = f"Client Version:    v{__version__}\nGit commit:        {_UNKNOWN}\n"
    if parsed.on("client"):
        return Report(client)
    from tortie.cli.connect import connected  # noqa: PLC0415 - not for `--client`

    with connected(parsed, environ):
        return Report(f"{client}Cluster Version:   {_UNKNOWN}\nCluster Type:      {_UNKNOWN}\n")
