"""Where resources live in etcd: keys to paths, and back. Pure.

Source: datastore specification 2.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from tortie.api import KINDS
from tortie.errors import Invalid
from tortie.model import NAMESPACED_KINDS, Key, Kind

__all__ = [
    "ALIVE",
    "ETCD_KINDS",
    "LAST",
    "PENDING_PLURAL",
    "ROOT",
    "agent_path",
    "end_of",
    "key_of",
    "path_of",
    "place_of",
    "prefix_of",
    "raw_prefix",
    "watch_prefix",
]

ROOT = "/calico/resources/v3/projectcalico.org/"
"""What the path of every resource begins with; addresses, statuses and heartbeats live elsewhere."""

PENDING_PLURAL = "tortie.pendingchanges"
"""Where a change waits that nobody has confirmed yet: beside the kinds, so that it comes in the order of their changes.

Clients of the reference system ask for one kind at a time, by its plural, and never meet it.
"""

_PLURALS = MappingProxyType(
    {**{info.kind: info.plural for info in KINDS if info.is_calico}, Kind.PENDING_CHANGE: PENDING_PLURAL}
)
_KINDS = MappingProxyType({plural: kind for kind, plural in _PLURALS.items()})

ALIVE, LAST = "status", "last_reported_status"
ETCD_KINDS = frozenset(_PLURALS)
"""Kinds that have a place in etcd; Kubernetes' own have none, only what is made of them."""


def place_of(path: bytes) -> tuple[str, str, str]:
    """Return plural, namespace ("" where there is a name only) and name in a path that begins with ROOT."""
    plural, *rest = path.decode(errors="surrogateescape").removeprefix(ROOT).split("/")
    namespace = rest.pop(0) if len(rest) > 1 else ""
    return plural, namespace, "/".join(rest)


def path_of(key: Key) -> bytes:
    """Return the path of a resource; raises Invalid where it can have none."""
    if "/" in key.name or "/" in key.namespace:
        raise Invalid.because(f"{key} cannot be a name in etcd", mend="leave out the `/`")
    return prefix_of(key.kind, key.namespace) + key.name.encode(errors="surrogateescape")


def prefix_of(kind: Kind, namespace: str = "") -> bytes:
    """Return what the paths of a kind's resources begin with, of one namespace where given; raises Invalid."""
    return raw_prefix(_plural(kind), namespace)


def raw_prefix(plural: str, namespace: str = "") -> bytes:
    """Return what paths begin with under the plural of any kind, of one namespace where given."""
    return "/".join([ROOT + plural, *([namespace] if namespace else []), ""]).encode(errors="surrogateescape")


def agent_path(host: str, region: str, what: str) -> bytes:
    """Return where an agent says that it lives (ALIVE), or did last (LAST); `region` is "" outside OpenStack's."""
    place = f"region-{region}" if region else "no-region"
    return f"/calico/felix/v2/{place}/host/{host}/{what}".encode(errors="surrogateescape")


def watch_prefix(kinds: Iterable[Kind]) -> bytes:
    """Return what the paths of several kinds begin with.

    Agents that ask for the same kinds ask for the same range: a proxy then needs one watch for all of them.
    """
    wanted = [kind for kind in kinds if kind in ETCD_KINDS]
    return prefix_of(wanted[0]) if len(wanted) == 1 else ROOT.encode()


def end_of(prefix: bytes) -> bytes:
    """Return the end of the range of paths that begin with `prefix`, the end itself left out."""
    return prefix[:-1] + bytes([prefix[-1] + 1])


def key_of(path: bytes) -> Key | None:
    """Return the key whose path it is; None where it is no path of a kind that Tortie knows."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return None
    if not text.startswith(ROOT):
        return None
    plural, *rest = text[len(ROOT) :].split("/")
    kind = _KINDS.get(plural)
    if kind is None or not all(rest) or len(rest) != 1 + (kind in NAMESPACED_KINDS):
        return None
    return Key(kind, "" if len(rest) == 1 else rest[0], rest[-1])


def _plural(kind: Kind) -> str:
    if kind in _PLURALS:
        return _PLURALS[kind]
    what = f"etcd keeps no {kind}"
    raise Invalid.because(what, mend="it keeps what Kubernetes' controllers make of it: profiles, endpoints, policies")
