"""A set's elements, listed again until the listing is whole: the kernel may reorder a hash set while it lists it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from tortie.errors import Unavailable

from .elements import raw_elements

__all__ = ["listed"]

_IDENTITY = (1, 3, 10)  # an element's key, flags and end
_WAITS = (0.002, 0.004, 0.008, 0.016, 0.032, 0.064, *(0.125,) * 16)  # seconds; a resize takes milliseconds, unless busy


def listed(
    name: str, read: Callable[[], Sequence[bytes]], wait: Callable[[float], None] = time.sleep
) -> list[dict[int, bytes]]:
    """Return the attributes of each element of the set, each element once; `read` asks the kernel for the messages.

    After many additions the kernel moves a hash set to a larger table, behind the back of a listing, which it resumes
    by the number of elements told so far. As all are in what it walks each time, as many come twice as are left out:
    a listing without repetition is whole, and one with is asked for again.

    Raises:
        Unavailable: each of several listings, over some two seconds, was torn.
    """
    for seconds in (*_WAITS, 0.0):
        items = [item for body in read() for item in raw_elements(body)]
        if len({_identity(item) for item in items}) == len(items):
            return items
        wait(seconds)
    raise Unavailable(f"nftables: set {name} changed its order during each of {len(_WAITS) + 1} readings")


def _identity(item: Mapping[int, bytes]) -> tuple[bytes | None, ...]:
    return tuple(item.get(attribute) for attribute in _IDENTITY)
