"""`calicoctl datastore migrate export`: everything in a datastore as one text. Source: calicoctl specification 22."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tortie.api import KIND_INFO
from tortie.cli.connect import connected
from tortie.cli.flags import Parsed
from tortie.cli.output.document_text import as_yaml
from tortie.cli.output.summary import Report
from tortie.datastore import Client
from tortie.errors import Invalid, NotFound
from tortie.model import CLUSTER_KEY, KUBERNETES_POLICY_PREFIX, POLICY_KINDS, Kind

__all__ = ["EXPORTED_KINDS", "FURTHER_KINDS", "SECTION", "run"]

SECTION = "==="
"""The line between the resources, the cluster's information and what there is of addresses."""

EXPORTED_KINDS = (
    Kind.IP_POOL,
    Kind.BGP_PEER,
    Kind.TIER,
    Kind.GLOBAL_NETWORK_POLICY,
    Kind.STAGED_GLOBAL_NETWORK_POLICY,
    Kind.GLOBAL_NETWORK_SET,
    Kind.HOST_ENDPOINT,
    Kind.KUBE_CONTROLLERS_CONFIGURATION,
    Kind.NETWORK_POLICY,
    Kind.STAGED_NETWORK_POLICY,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY,
    Kind.NETWORK_SET,
    Kind.NODE,
    Kind.BGP_CONFIGURATION,
    Kind.FELIX_CONFIGURATION,
    Kind.IP_RESERVATION,
    Kind.BGP_FILTER,
)
"""Kinds in the order in which the reference system exports them."""

FURTHER_KINDS = tuple(kind for kind in POLICY_KINDS if kind not in {*EXPORTED_KINDS, Kind.CLUSTER_INFORMATION})
"""Kinds that a Kubernetes datastore makes by itself, and others do not."""

_NO_ADDRESSES: dict[str, list[str] | None] = {"block_affinities": [], "blocks": [], "handles": [], "config": None}
_OF_THE_STORE = frozenset({"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"})
_LOCK = "datastore is not locked. Run the `calicoctl datastore migrate lock` command in order to begin migration"


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:
    """Print the resources, the cluster's information, and that nothing is said of addresses."""
    with connected(parsed, environ) as client:
        cluster = _cluster(client)
        if client.list(Kind.IP_POOL).items and not parsed.on("without-ipam"):
            what = "there are address pools, and Tortie does not manage addresses: their assignments are not exported"
            raise Invalid.because(what, mend="`--without-ipam` exports all the rest")
        kinds = (*EXPORTED_KINDS, *(filter(client.store.holds, FURTHER_KINDS) if parsed.on("all") else ()))
        lists = "".join(f"{as_yaml(_listed(client, kind))}---\n" for kind in kinds)
    sections = (lists, f"{json.dumps(cluster, indent=2)}\n", f"{json.dumps(_NO_ADDRESSES)}\n")
    return Report(f"{SECTION}\n".join(sections))


def _cluster(client: Client) -> Mapping[str, Any]:
    """Return the cluster's information; raises Invalid where the datastore is not locked."""
    try:
        found = client.get(CLUSTER_KEY)
    except NotFound:
        raise Invalid.because(_LOCK) from None
    if (found.get("spec") or {}).get("datastoreReady") is not False:
        raise Invalid.because(_LOCK)
    return found


def _listed(client: Client, kind: Kind) -> dict[str, Any]:
    info = KIND_INFO[kind]
    items = [_bare(item) for item in client.list(kind).items if _is_exported(kind, item)]
    return {"kind": f"{info.document_kind}List", "apiVersion": info.api_version, "metadata": {}, "items": items}


def _is_exported(kind: Kind, item: Mapping[str, Any]) -> bool:
    name = item["metadata"]["name"]
    if kind is Kind.PROFILE:
        return bool(name != "projectcalico-default-allow")
    return not (kind is Kind.NETWORK_POLICY and name.startswith(KUBERNETES_POLICY_PREFIX))


def _bare(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without what the datastore it was in has given it."""
    metadata = {name: value for name, value in item["metadata"].items() if name not in _OF_THE_STORE}
    return {**item, "metadata": metadata}
