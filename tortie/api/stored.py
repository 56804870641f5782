"""What a datastore holds to the model."""

from __future__ import annotations

from typing import Any

from tortie.api.closed import KEPT_KINDS, closed_by_key
from tortie.api.decoding import decode_data
from tortie.api.kinds import RENAMED_KINDS
from tortie.errors import Invalid, Problem
from tortie.model import DEFAULT_TIER, FOREIGN_KINDS, READ_KINDS, Key, Kind, Resource

__all__ = ["Misread", "decode_value"]


class Misread(Invalid):
    """A stored value breaks the rules; `instead` is what stands for it until it is mended, None where nothing can.

    As far as anybody can tell it closes all that the value's author meant to close, and maybe more; it never opens
    more. Of what `is_lost` an earlier version, where somebody knows one, says more of what was meant.
    """

    def __init__(self, instead: Resource | None, *problems: Problem, is_lost: bool = False) -> None:
        """Keep what stands for the value, and what is wrong with it."""
        super().__init__(*problems)
        self.instead = instead
        self.is_lost = is_lost


def decode_value(key: Key, value: bytes) -> Resource | None:
    """Return the resource that stored JSON says; None for a pod that has no endpoint, and for what is no policy.

    Raises:
        Misread: the value is not JSON, not the resource that the key names, or breaks the rules.
    """
    if key.kind in FOREIGN_KINDS and key.kind not in READ_KINDS:
        return None
    import msgspec  # noqa: PLC0415 - start-up is paid by all

    if key.kind is Kind.WORKLOAD_ENDPOINT:
        from tortie.api.stored_endpoint import plain_endpoint  # noqa: PLC0415 - as above

        if (plain := plain_endpoint(key, value)) is not None:
            return plain
    try:
        data = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _unreadable(key, f"the stored value is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise _unreadable(key, "the stored value is not an object")
    found = decode_data(key, _under_its_key(key, data))
    if found.problems:
        raise Misread(found.value, *found.problems, is_lost=found.is_lost)
    return found.value


def _unreadable(key: Key, what: str) -> Misread:
    return Misread(closed_by_key(key), Problem(what, path=str(key)), is_lost=key.kind in KEPT_KINDS)


def _under_its_key(key: Key, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with the key's name where an older version stored a policy as `default.NAME`.

    The key is what tells it from a policy that was stored under the plain name since.
    """
    metadata = data.get("metadata")
    if (
        key.kind not in RENAMED_KINDS
        or not isinstance(metadata, dict)
        or key.name != f"{DEFAULT_TIER}.{metadata.get('name')}"
    ):
        return data
    return {**data, "metadata": {**metadata, "name": key.name}}
