"""Every resource's metadata: names, labels, annotations; rules 1 to 8 of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tortie.api.fields import Fields
from tortie.api.kinds import KindInfo
from tortie.api.names import MAX_NAME, is_dns_subdomain, is_label_value, is_namespace, is_qualified_name
from tortie.api.report import Report
from tortie.model import NAME_LABEL, NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX, Kind, Metadata

__all__ = ["MAX_ANNOTATIONS", "Named", "check_annotations", "check_labels", "read_metadata"]

MAX_ANNOTATIONS = 262144
"""Bytes that the annotations of one resource may have, keys and values together."""

_NO_NAMESPACE = "is not a namespace: at most 63 lower-case letters, digits and `-`"
_OTHERS = (
    "selfLink",
    "generation",
    "deletionGracePeriodSeconds",
    "finalizers",
    "ownerReferences",
    "managedFields",
)


@dataclass(frozen=True, slots=True)
class Named:
    """What the metadata of a document says; `deleted` is its deletionTimestamp."""

    name: str = ""
    namespace: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    deleted: str = ""


def read_metadata(root: Fields, info: KindInfo, namespace: str) -> Named:
    """Return the metadata of a document of a kind, problems noted.

    Args:
        root: the fields of the whole document.
        info: the document's kind.
        namespace: where a document that names none belongs.
    """
    fields = root.fields("metadata")
    if fields is None:
        fields = Fields(root.report, {}, "metadata")
    labels = fields.strings("labels")
    annotations = fields.strings("annotations")
    check_labels(root.report, fields.at("labels"), labels, is_clear=True)
    check_annotations(root.report, fields.at("annotations"), annotations)
    named = Named(
        _name(fields, info),
        _namespace(fields, info, namespace),
        Metadata(
            labels, annotations, fields.text("uid"), fields.text("resourceVersion"), fields.text("creationTimestamp")
        ),
        fields.text("deletionTimestamp"),
    )
    fields.ignore("generateName", *_OTHERS)
    fields.close()
    return named


def _name(fields: Fields, info: KindInfo) -> str:
    name = fields.text("name")
    path = fields.at("name")
    if not name:
        if info.document_kind == "WorkloadEndpoint" or not fields.lacks("name"):
            return ""  # made from the spec; or a problem already
        generate = "; generateName is not supported" if fields.has("generateName") else ""
        fields.report.add(path, f"a name is needed{generate}", "add `name` to `metadata`")
    elif (size := len(name.encode())) > MAX_NAME:
        fields.report.add(path, f"the name is {size - MAX_NAME} bytes too long: at most {MAX_NAME}")
    elif not is_dns_subdomain(name):
        fields.report.add(
            path, f"`{name}` is not a name: only lower-case letters, digits, `-` and `.`, a letter or digit at the ends"
        )
    elif info.kind is Kind.NAMESPACE and not is_namespace(name):
        fields.report.add(path, f"`{name}` {_NO_NAMESPACE}")
    return name


def _namespace(fields: Fields, info: KindInfo, default: str) -> str:
    namespace = fields.text("namespace")
    path = fields.at("namespace")
    if not info.namespaced:
        if namespace:
            what = f"{info.document_kind} is not namespaced: namespace should not be specified"
            fields.report.add(path, what, "remove `namespace`")
        return ""
    namespace = namespace or default
    if not namespace:
        fields.report.add(path, "a namespace is needed", "add `namespace` to `metadata`")
    elif not is_namespace(namespace):
        fields.report.add(path, f"`{namespace}` {_NO_NAMESPACE}")
    return namespace


def check_labels(
    report: Report, path: str, labels: Mapping[str, str], *, inherited: bool = False, is_clear: bool = False
) -> None:
    """Note the keys that are no qualified names and the values that are no label values.

    Args:
        report: takes the problems.
        path: of the labels.
        labels: to be checked.
        inherited: the prefixes by which profiles hand down labels do not count for a key's length, and the label that
            says a service account's name may be as long as that is.
        is_clear: they count as they are all the same, as nobody makes text of them.
    """
    for key, value in labels.items():
        bare = key.removeprefix(NAMESPACE_PREFIX).removeprefix(SERVICE_ACCOUNT_PREFIX) if inherited else key
        if not is_qualified_name(bare):
            what = f"`{key}` is not a label key"
            report.add(f"{path}.{key}#", what, "write `name` or `example.org/name`", is_clear=is_clear)
        is_name = inherited and bare == NAME_LABEL and is_dns_subdomain(value)
        if not is_label_value(value) and not is_name:
            what = f"`{value}` is not a label value: at most 63 letters, digits, `-`, `_` and `.`"
            report.add(f"{path}.{key}", what, "a letter or digit stands at both ends", is_clear=is_clear)


def check_annotations(report: Report, path: str, annotations: Mapping[str, str]) -> None:
    """Note the keys that are no qualified names in lower case, and that all of it is too much."""
    if not annotations:
        return
    for key in annotations:
        if not is_qualified_name(key.lower()):
            what = f"`{key}` is not an annotation key"
            report.add(f"{path}.{key}#", what, "write `name` or `example.org/name`", is_clear=True)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > MAX_ANNOTATIONS:
        what = f"the annotations are {size - MAX_ANNOTATIONS} bytes too large: at most {MAX_ANNOTATIONS}"
        report.add(path, what, is_clear=True)
