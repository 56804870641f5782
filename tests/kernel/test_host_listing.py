"""What host endpoints add, the kernel takes and lists as written; it is found whole again, and goes without a trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.kernel.listings import listing, nft, table_of_its_own
from tests.spec.host_tables import ALL_WAYS, difference, host_table
from tortie.compiled import Tunnel
from tortie.dataplane.nftables import Dataplane, FakeKernel, LinuxKernel, table_text
from tortie.dataplane.nftables.render import render_all
from tortie.model import Action, Encapsulation, FailsafePort, Family, Settings, parse_prefix

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

SAYS = {80: Action.ALLOW, 81: Action.DENY, 0: Action.PASS}
SETTINGS = Settings(
    openstack=True,
    failsafe_inbound=(
        FailsafePort(6, 22, parse_prefix("10.0.0.0/8")),
        FailsafePort(6, 22, parse_prefix("fd00::/8")),
        FailsafePort(17, 68),
    ),
)
NOBODY = host_table({}, SETTINGS)
EVERYTHING = replace(
    host_table({"eth0": dict.fromkeys(ALL_WAYS, SAYS), "*": dict.fromkeys(ALL_WAYS, SAYS), "eth1": {}}, SETTINGS),
    tunnels={
        (Encapsulation.VXLAN, Family.V4): Tunnel(17, 4789),
        (Encapsulation.VXLAN, Family.V6): Tunnel(17, 4789),
        (Encapsulation.IPIP, Family.V4): Tunnel(4),
        (Encapsulation.WIREGUARD, Family.V6): Tunnel(17, 51821, known_only=False),
    },
    known_hosts={parse_prefix(text): "Node/n" for text in ("10.0.0.1/32", "10.0.0.2/32", "10.1.0.0/16", "fd00::1/128")},
    service_nets={parse_prefix(text): "serviceClusterIPs" for text in ("10.96.0.0/12", "fd00:96::/112")},
)


@pytest.fixture
def place() -> Iterator[tuple[LinuxKernel, str]]:
    with table_of_its_own() as made:
        yield made


def test_it_lists_as_written(place: tuple[LinuxKernel, str]) -> None:
    kernel, namespace = place
    with closing(FakeKernel()) as fake:
        fake.commit(render_all(EVERYTHING))
        kernel.commit(render_all(EVERYTHING))

        assert listing(namespace).splitlines() == table_text(fake.ruleset()).splitlines()


def test_it_comes_and_goes_without_a_trace(place: tuple[LinuxKernel, str]) -> None:
    kernel, namespace = place
    dataplane = Dataplane(kernel, SETTINGS)
    dataplane.start(NOBODY)
    before = listing(namespace)

    dataplane.apply(difference(NOBODY, EVERYTHING), EVERYTHING)
    there = listing(namespace)
    assert dataplane.start(EVERYTHING) is False, "nothing to mend"
    dataplane.apply(difference(EVERYTHING, NOBODY), NOBODY)

    assert "hook postrouting" in there
    assert listing(namespace) == before


@pytest.mark.parametrize("chain", ["host-in", "pre-dnat", "untracked-out-checks", "input", "host-in-eth0", "vxlan4-in"])
def test_what_somebody_empties_is_mended(place: tuple[LinuxKernel, str], chain: str) -> None:
    kernel, namespace = place
    dataplane = Dataplane(kernel, SETTINGS)
    dataplane.start(EVERYTHING)
    before = listing(namespace)
    nft(namespace, "flush", "chain", "inet", "tortie", chain)
    assert listing(namespace) != before

    assert dataplane.repair(EVERYTHING) is True
    assert listing(namespace) == before
