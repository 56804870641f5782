"""Does this client speak to a cluster of that version? Source: calicoctl specification 15."""

from __future__ import annotations

import re

from tortie import __version__
from tortie.datastore import Client
from tortie.errors import Expired, Invalid, NotFound, Unavailable
from tortie.model import CLUSTER_KEY

__all__ = ["CLIENT_VERSION", "NEWEST", "OLDEST", "check_version", "cluster_spec"]

CLIENT_VERSION = f"v{__version__}"

OLDEST, NEWEST = (3, 28), (3, 34)
"""The first and the last version of the reference system whose datastores this client reads and writes."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.\d+)?(?:[-+].*)?\Z")


def cluster_spec(client: Client) -> dict[str, object]:
    """Return what the datastore says of its cluster; nothing where nobody set it up yet."""
    try:
        document = client.get(CLUSTER_KEY)
    except NotFound:
        return {}
    found: dict[str, object] = document.get("spec") or {}
    return found


def check_version(client: Client) -> None:
    """Raise Invalid where the cluster tells a version that this client does not know, or does not answer."""
    try:
        cluster = str(cluster_spec(client).get("calicoVersion") or "")
    except (Unavailable, Expired, Invalid) as error:
        what = f"unable to get Cluster Information to verify version mismatch: {error}"
        raise Invalid.because(f"{what}\nUse --allow-version-mismatch to override") from error
    if cluster and not _is_known(cluster):
        raise Invalid.because(
            f"version mismatch.\nClient Version:   {CLIENT_VERSION} (knows v{_text(OLDEST)} to v{_text(NEWEST)})\n"
            f"Cluster Version:  {cluster.removeprefix('v').partition('-')[0]}\n"
            "Use --allow-version-mismatch to override"
        )


def _is_known(version: str) -> bool:
    found = _VERSION.match(version)
    return found is not None and OLDEST <= (int(found[1]), int(found[2])) <= NEWEST


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
