"""The example of hosts that are governed, with real packets and an agent on each host."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.labs import GUIDE, disagreement, reach, unique
from tortie.lab import load_lab
from tortie.lab.policed import Policed, policed_up

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    with policed_up(replace(load_lab(GUIDE.parent / "labs" / "hosts.yaml"), name=unique())) as policed:
        yield policed


def test_metrics_and_ports_of_pods_are_for_the_administrator(lab: Policed) -> None:
    for port in (9100, 30080):
        assert reach(lab, [("admin", "node-1", port), ("stranger", "node-1", port)]) == [True, False]
    assert reach(lab, [("stranger", "node-1", 22), ("stranger", "shop/web", 8080)]) == [True, True]
    assert reach(lab, [("node-1", "node-2", 22), ("node-1", "node-2", 9100)]) == [True, False]


def test_the_matrix_has_hosts_and_agrees(lab: Policed) -> None:
    found = lab.matrix()
    assert {"node-1", "node-2"} <= {each.question.source for each in found} & {
        each.question.destination for each in found
    }
    assert [disagreement(each) for each in found if not each.agrees] == []
