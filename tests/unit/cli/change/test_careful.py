"""Which kinds a command has to be careful with: those that decide on a host's own traffic."""

from __future__ import annotations

import pytest

from tortie.cli.change.careful import GOVERNING_KINDS
from tortie.model import INTERNAL_KINDS, STAGED_KINDS, Kind


@pytest.mark.parametrize(
    "kind",
    [
        Kind.GLOBAL_NETWORK_POLICY,
        Kind.HOST_ENDPOINT,
        Kind.PROFILE,
        Kind.TIER,
        Kind.NETWORK_SET,
        Kind.GLOBAL_NETWORK_SET,
        Kind.FELIX_CONFIGURATION,
        Kind.NODE,
        Kind.WORKLOAD_ENDPOINT,
        Kind.NAMESPACE,
        Kind.SERVICE,
    ],
)
def test_kinds_that_can_cut_a_host_off(kind: Kind) -> None:
    assert kind in GOVERNING_KINDS


def test_kinds_that_cannot() -> None:
    assert GOVERNING_KINDS.isdisjoint(STAGED_KINDS | INTERNAL_KINDS)
    assert GOVERNING_KINDS.isdisjoint({Kind.NETWORK_POLICY, Kind.KUBERNETES_NETWORK_POLICY})
