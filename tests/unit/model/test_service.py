"""Services and slices are named in a namespace."""

from __future__ import annotations

import pytest

from tortie.model import EndpointSlice, Key, Kind, Service


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.ENDPOINT_SLICE])
def test_a_namespace_is_needed(kind: Kind) -> None:
    with pytest.raises(ValueError, match="needs a namespace"):
        Key(kind, "", "web")


def test_what_is_left_out_is_empty() -> None:
    slice_ = EndpointSlice(Key(Kind.ENDPOINT_SLICE, "shop", "web-1"))
    assert (slice_.service, slice_.addresses, slice_.ports) == ("", (), ())
    service = Service(Key(Kind.SERVICE, "shop", "web"))
    assert (service.addresses, service.ports) == ((), ())
