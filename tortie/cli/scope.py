"""Which namespace a resource is meant to be in. Source: calicoctl specification 8."""

from __future__ import annotations

from tortie.api import KindInfo
from tortie.errors import Invalid

__all__ = ["DEFAULT_NAMESPACE", "namespace_for"]

DEFAULT_NAMESPACE = "default"


def namespace_for(info: KindInfo, written: str, asked: str, *, everywhere: bool = False) -> str:
    """Return the namespace of a resource, "" for all of them or where its kind has none.

    Args:
        info: its kind.
        written: the namespace in the resource.
        asked: the value of `--namespace`.
        everywhere: whether `--all-namespaces` was given.

    Raises:
        Invalid: these contradict each other.
    """
    if not info.namespaced:
        if written:
            raise Invalid.because(
                "namespace should not be specified for a non-namespaced resource. "
                f"{info.document_kind} is not a namespaced resource"
            )
        if asked or everywhere:
            raise Invalid.because(f"{info.document_kind} is not namespaced")
        return ""
    if asked and everywhere:
        raise Invalid.because("cannot use both --namespace and --all-namespaces flags at the same time")
    if everywhere:
        return ""
    if written and asked and written != asked:
        raise Invalid.because(f"resource namespace does not match client namespace. {written} != {asked}")
    return asked or written or DEFAULT_NAMESPACE
