"""What the reference system's controllers make of Kubernetes' objects, where a store has no place for those. Pure.

So the same files mean the same on every store. Source: datastore specification 8, 12, 13.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tortie.api import decode, document_of, encode
from tortie.errors import Invalid
from tortie.model import KUBERNETES_POLICY_PREFIX, Key, Kind

__all__ = ["made_key", "made_of"]


_KEYS: Mapping[Kind, Callable[[Key], Key]] = MappingProxyType(
    {
        Kind.NAMESPACE: lambda key: Key(Kind.PROFILE, "", f"kns.{key.name}"),
        Kind.SERVICE_ACCOUNT: lambda key: Key(Kind.PROFILE, "", f"ksa.{key.namespace}.{key.name}"),
        Kind.KUBERNETES_NETWORK_POLICY: lambda key: Key(
            Kind.NETWORK_POLICY, key.namespace, f"{KUBERNETES_POLICY_PREFIX}{key.name}"
        ),
    }
)


def made_key(key: Key) -> Key:
    """Return the key of what is made of an object of Kubernetes; the same key where that cannot be told."""
    return _KEYS[key.kind](key) if key.kind in _KEYS else key


def made_of(key: Key, document: Mapping[str, Any]) -> tuple[Key, dict[str, Any]]:
    """Return the key and the document that are made of a document of Kubernetes.

    A namespace and a service account become profiles, a pod its endpoint, a policy `knp.default.NAME`.

    Raises:
        Invalid: nothing is made of that kind, or of a pod that has no endpoint.
    """
    made = decode(document_of(document), namespace=key.namespace).value if key.kind in {*_KEYS, Kind.POD} else None
    if made is None:
        what = f"the datastore keeps no {key.kind}, and nothing is made of {key}"
        raise Invalid.because(what, mend="keep it in the embedded store, or leave it out")
    named = replace(made, key=made_key(key)) if key.kind in _KEYS else made
    return named.key, encode(named)
