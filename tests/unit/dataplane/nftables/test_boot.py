"""Before policy is known workloads are silent, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tortie.dataplane.nftables import DROP, Count, FakeKernel, Match, boot_table
from tortie.dataplane.nftables.boot import BOOT
from tortie.dataplane.nftables.objects import Field
from tortie.model import Settings


@pytest.fixture
def kernel() -> Iterator[FakeKernel]:
    fake = FakeKernel()
    yield fake
    fake.close()


def test_what_workloads_send_and_get_is_dropped(kernel: FakeKernel) -> None:
    kernel.commit(boot_table(Settings(interface_prefixes=("cali", "tap"))))
    found = {chain: [rule.statements for rule in rules] for chain, rules in kernel.ruleset().rules.items()}
    into = [(Match(Field.IIFNAME, name), Count(BOOT), DROP) for name in ("cali*", "tap*")]
    out_of = [(Match(Field.OIFNAME, name), Count(BOOT), DROP) for name in ("cali*", "tap*")]
    assert found == {"input": into, "forward": into + out_of}


def test_all_else_passes(kernel: FakeKernel) -> None:
    kernel.commit(boot_table(Settings()))
    hooks = [chain.hook for chain in kernel.ruleset().chains.values()]
    assert [hook.policy for hook in hooks if hook] == ["accept", "accept"]


def test_it_replaces_whatever_table_is_there(kernel: FakeKernel) -> None:
    kernel.commit(boot_table(Settings(interface_prefixes=("tap",))))
    kernel.commit(boot_table(Settings(interface_prefixes=("cali",))))
    fresh = FakeKernel()
    fresh.commit(boot_table(Settings(interface_prefixes=("cali",))))
    assert kernel.ruleset() == fresh.ruleset()
    fresh.close()
