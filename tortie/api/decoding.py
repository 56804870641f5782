"""Documents to the model: one document, many, or what a datastore holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tortie.api.closed import KEPT_KINDS, closed, closed_by_key, is_lost
from tortie.api.cluster_policy import read_admin_policy, read_baseline_policy, read_cluster_policy
from tortie.api.controllers import read_controllers
from tortie.api.document import Document, document_of
from tortie.api.endpoint import NO_KEY, read_endpoint
from tortie.api.felix_configuration import read_felix_configuration
from tortie.api.fields import Fields
from tortie.api.host_endpoint import read_host_endpoint
from tortie.api.kinds import CALICO, KINDS, KINDS_BY_DOCUMENT, OTHER_FORMS, KindInfo
from tortie.api.kubernetes import read_namespace, read_pod, read_service_account
from tortie.api.kubernetes_policy import read_kubernetes_policy, read_staged_kubernetes_policy
from tortie.api.metadata import Named, read_metadata
from tortie.api.nearest import nearest
from tortie.api.network import read_bgp_configuration, read_pool
from tortie.api.node import read_cluster_information, read_kubernetes_node, read_node
from tortie.api.policy import read_policy, read_profile
from tortie.api.report import Report
from tortie.api.service import read_endpoint_slice, read_service
from tortie.api.tier import read_network_set, read_tier
from tortie.errors import Invalid, Problem
from tortie.model import (
    CONVERTED_KINDS,
    FOREIGN_KINDS,
    READ_KINDS,
    TIERED_KINDS,
    Direction,
    Key,
    Kind,
    Policy,
    Resource,
)

__all__ = ["Decoded", "Understood", "decode", "decode_all", "decode_data", "info_of", "key_of"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a document means: the key it is stored under, and its value.

    `value` is None for a pod that has no endpoint (not scheduled yet, or in its host's network), and for kinds that
    no verdict depends on.
    """

    key: Key
    value: Resource | None


class Understood(NamedTuple):
    """What was understood of stored data; `is_lost` tells that an earlier version says more of what was meant."""

    value: Resource | None
    problems: tuple[Problem, ...] = ()
    is_lost: bool = False


Reader = Callable[[Key, Named, Fields], Resource]
_FROM_SPEC: Mapping[Kind, Reader] = {
    Kind.NETWORK_POLICY: read_policy,
    Kind.GLOBAL_NETWORK_POLICY: read_policy,
    Kind.STAGED_NETWORK_POLICY: read_policy,
    Kind.STAGED_GLOBAL_NETWORK_POLICY: read_policy,
    Kind.STAGED_KUBERNETES_NETWORK_POLICY: read_staged_kubernetes_policy,
    Kind.KUBERNETES_NETWORK_POLICY: read_kubernetes_policy,
    Kind.CLUSTER_NETWORK_POLICY: read_cluster_policy,
    Kind.ADMIN_NETWORK_POLICY: read_admin_policy,
    Kind.BASELINE_ADMIN_NETWORK_POLICY: read_baseline_policy,
    Kind.PROFILE: read_profile,
    Kind.TIER: read_tier,
    Kind.HOST_ENDPOINT: read_host_endpoint,
    Kind.NETWORK_SET: read_network_set,
    Kind.GLOBAL_NETWORK_SET: read_network_set,
    Kind.NODE: read_node,
    Kind.FELIX_CONFIGURATION: read_felix_configuration,
    Kind.CLUSTER_INFORMATION: read_cluster_information,
    Kind.IP_POOL: read_pool,
    Kind.BGP_CONFIGURATION: read_bgp_configuration,
    Kind.KUBE_CONTROLLERS_CONFIGURATION: read_controllers,
}
_OTHER_FORMS: Mapping[Kind, Reader] = dict.fromkeys(CONVERTED_KINDS, read_policy)
_FROM_KUBERNETES: Mapping[Kind, Callable[[Named, Fields], Resource | None]] = {
    Kind.NAMESPACE: read_namespace,
    Kind.SERVICE_ACCOUNT: read_service_account,
    Kind.POD: read_pod,
    Kind.NODE: read_kubernetes_node,
    Kind.SERVICE: read_service,
    Kind.ENDPOINT_SLICE: read_endpoint_slice,
}
_UNNAMED = "unnamed"  # stands where a name is missing or wrong; never leaves this file


def info_of(document: Document) -> KindInfo:
    """Return the kind of a document.

    Raises:
        Invalid: the kind is missing or not one that Tortie reads.
    """
    key = (document.api_version, document.kind)
    if info := KINDS_BY_DOCUMENT.get(key) or OTHER_FORMS.get(key):
        return info
    raise Invalid(_unknown_kind(document))


def _unknown_kind(document: Document) -> Problem:
    version, kind = document.api_version, document.kind
    versions = " or ".join(f"`apiVersion: {info.api_version}`" for info in KINDS if info.document_kind == kind)
    if not kind or not version:
        missing = "apiVersion" if kind else "kind"
        mend = f"write {versions}" if versions else _supported(version)
        return document.at(Problem(f"`{missing}` is missing", path=kind[:60], mend=mend), missing)
    what = f"unknown resource type ({kind[:60]}) and/or version ({version[:60]})"
    if versions:
        return document.at(Problem(what, path=kind, mend=f"write {versions}"), "apiVersion")
    near = nearest(kind, {info.document_kind: None for info in KINDS})
    meant = f"did you mean `{near}`?" if near else ""
    is_only_its_case = near.lower() == kind.lower()
    mend = meant if is_only_its_case else " ".join(filter(None, (meant, _supported(version))))
    return document.at(Problem(what, path=kind[:60], mend=mend), "kind")


def _supported(version: str) -> str:
    """Return the kinds of an apiVersion; those of all of them where it is none."""
    kinds: dict[str, list[str]] = {}
    for info in KINDS:
        kinds.setdefault(info.api_version, []).append(info.document_kind)
    asked = {version: kinds[version]} if version in kinds else kinds
    return "; ".join(f"of {each} there are {', '.join(names)}" for each, names in asked.items())


def decode(document: Document, *, namespace: str = "") -> Decoded:
    """Return the stored key and the value of a document.

    Args:
        document: of any kind in the table.
        namespace: of a resource that names none itself; "" makes that a problem.

    Raises:
        Invalid: with every problem of the document, each with its place.
    """
    report = Report(document)
    decoded = _understood(document, namespace, report)
    report.check()
    return decoded


def _understood(document: Document, namespace: str, report: Report) -> Decoded:
    """Return what was understood of a document, problems noted; raises Invalid for a kind that nobody knows."""
    info = info_of(document)
    root = Fields(report, document.data)
    root.take("kind")
    root.take("apiVersion")
    named = read_metadata(root, info, namespace)
    key = _key(info, named)
    is_calico = document.api_version == CALICO
    if reader := None if is_calico else _FROM_KUBERNETES.get(info.kind):
        value = reader(named, root)
    elif info.kind in FOREIGN_KINDS and info.kind not in READ_KINDS:
        value = None
        root.ignore("spec", "status")
        root.close()
    else:
        value = _from_spec(document, key, named, root)
    return Decoded(value.key if info.kind is Kind.WORKLOAD_ENDPOINT and value else key, value)


def _from_spec(document: Document, key: Key, named: Named, root: Fields) -> Resource:
    spec = root.fields("spec") or Fields(root.report, {}, "spec")
    value: Resource
    if key.kind is Kind.WORKLOAD_ENDPOINT:
        value = read_endpoint(named, spec)
    else:
        is_other = (document.api_version, document.kind) in OTHER_FORMS
        reader = (_OTHER_FORMS if is_other else _FROM_SPEC)[key.kind]
        value = reader(key, named, spec)
    root.ignore("status")
    spec.close()
    root.close()
    return value


def _key(info: KindInfo, named: Named) -> Key:
    return Key(info.kind, (named.namespace or _UNNAMED) if info.namespaced else "", named.name or _UNNAMED)


def key_of(document: Document, namespace: str = "") -> Key:
    """Return the stored key of a document of which only the identity needs to be right.

    A workload endpoint without a name gets the one its spec makes.

    Raises:
        Invalid: the kind is unknown, or name or namespace are missing or wrong.
    """
    info = info_of(document)
    report = Report(document)
    root = Fields(report, document.data)
    named = read_metadata(root, info, namespace)
    if info.kind is Kind.WORKLOAD_ENDPOINT and not named.name:
        spec = root.fields("spec") or Fields(report, {}, "spec")
        key = read_endpoint(named, spec).key
        if key is not NO_KEY:
            return key
    report.check()
    return _key(info, named)


def decode_all(documents: Iterable[Document], *, namespace: str = "") -> list[Decoded]:
    """Return what each document means, in their order.

    Raises:
        Invalid: with the problems of all of them.
    """
    found: list[Decoded] = []
    problems: list[Problem] = []
    for document in documents:
        try:
            found.append(decode(document, namespace=namespace))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(*problems)
    return found


def decode_data(key: Key, data: Mapping[str, Any]) -> Understood:
    """Return the value of stored data, and what is wrong with it; with a problem, never one that opens anything.

    The data must be the resource that the key says; if it is not, nothing of it counts.
    """
    document = document_of(data)
    report = Report(document)
    try:
        decoded = _understood(document, key.namespace, report)
    except Invalid as error:
        return Understood(closed_by_key(key), error.problems, key.kind in KEPT_KINDS)
    if decoded.key != key and not (key.kind is Kind.WORKLOAD_ENDPOINT and report.problems):
        problem = Problem(f"what is stored under {key} is {decoded.key}")
        return Understood(closed_by_key(key), (problem, *report.problems), key.kind in KEPT_KINDS)
    value = _with_all_types(decoded.value, data)
    if not report.problems:
        return Understood(value)
    return Understood(closed(value, report), tuple(report.problems), is_lost(key, report))


def _with_all_types(value: Resource | None, data: Mapping[str, Any]) -> Resource | None:
    """Return a stored policy that names no types with both of them: nobody filled them in. Source: enforcement 1.2."""
    spec = data.get("spec")
    if not isinstance(value, Policy) or value.key.kind not in TIERED_KINDS or not isinstance(spec, Mapping):
        return value
    return value if spec.get("types") else replace(value, types=tuple(Direction))
