"""The guide's promises with real packets, IPv4 and IPv6: measured, and equal to what the evaluator says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.kernel.labs import GUIDE, guide_lab, reach, under_policy
from tortie.lab.expected import Question
from tortie.lab.kernel_log import kernel_log
from tortie.lab.kernels import differs
from tortie.lab.policed import Policed

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

RED, BLUE, GREEN = "production/red", "production/blue", "production/green"
PARTNER, LEGACY = "partners/blue", "production/legacy"
DATABASE, FRONTEND = "production/database", "production/frontend"
TO_RED = [(source, RED, 6379) for source in (BLUE, GREEN, PARTNER, DATABASE, "internet")]


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    with under_policy(guide_lab()) as policed:
        yield policed


@contextmanager
def applied(lab: Policed, example: str) -> Iterator[None]:
    """Apply an example of the guide for the length of a `with` block."""
    keys = lab.apply(GUIDE / f"{example}.yaml")
    try:
        yield
    finally:
        lab.delete(keys)


def test_g9_pods_without_policy_are_open(lab: Policed) -> None:
    assert reach(lab, TO_RED) == [True] * 5
    assert reach(lab, [(RED, "internet", 80), (RED, GREEN, 80)]) == [True, True]
    assert reach(lab, [(BLUE, RED, 53)], "udp") == [True]


def test_g10_machines_without_policy_are_closed(lab: Policed) -> None:
    assert reach(lab, [(GREEN, LEGACY, 22), (LEGACY, RED, 6379), (LEGACY, "internet", 80)]) == [False] * 3


def test_whole_matrix_is_as_evaluated(lab: Policed) -> None:
    assert [each for each in lab.matrix() if not each.agrees] == []


def test_e1_same_namespace(lab: Policed) -> None:
    with applied(lab, "e1-same-namespace"):
        assert reach(lab, TO_RED) == [True, False, False, False, False]
        assert reach(lab, [(BLUE, RED, 53)], "udp") == [False]
        assert reach(lab, [(RED, GREEN, 80)]) == [True]
    assert reach(lab, TO_RED) == [True] * 5


def test_e2_other_namespaces(lab: Policed) -> None:
    with applied(lab, "e2-other-namespaces"):
        assert reach(lab, TO_RED) == [False, False, True, False, False]


def test_e3_global_deny(lab: Policed) -> None:
    with applied(lab, "e3-global-deny"):
        assert reach(lab, TO_RED) == [False] * 5


def test_e4_global_deny_by_namespace(lab: Policed) -> None:
    allow_rest = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: rest}
spec: {order: 100, selector: color == 'red', ingress: [{action: Allow}]}
"""
    with applied(lab, "e4-global-deny-by-namespace"):
        assert reach(lab, TO_RED) == [False] * 5
        keys = lab.apply_text(allow_rest.replace("order: 100", "order: 5000"))
        lab.apply_text(text_with_order("e4-global-deny-by-namespace", 10))
        try:
            assert reach(lab, TO_RED) == [True, True, False, True, True]
        finally:
            lab.delete(keys)


def test_e5_cidr(lab: Policed) -> None:
    with applied(lab, "e5-cidr"):
        four, six, pod = lab.compare(
            (
                Question(RED, "internet", port=80),
                Question(RED, "internet", port=80, version=6),
                Question(RED, GREEN, port=80),
            )
        )
        assert [(each.passed, each.agrees) for each in (four, six, pod)] == [(True, True), (False, True), (False, True)]
        assert reach(lab, [(GREEN, RED, 6379)]) == [True]


def test_e6_and_g11_the_lower_order_decides(lab: Policed) -> None:
    inside = [(source, RED, 6379) for source in (BLUE, GREEN, PARTNER)]
    with applied(lab, "e6-order"):
        assert reach(lab, [*inside, ("internet", RED, 6379)]) == [True, True, True, False]
        text = (GUIDE / "e6-order.yaml").read_text()
        lab.apply_text(text.replace("order: 10", "order: 30"))
        assert reach(lab, inside) == [False] * 3


def test_e7_and_g12_log_writes_a_line_and_changes_no_verdict(lab: Policed) -> None:
    running = lab.running
    with kernel_log() as log, applied(lab, "e7-log"):
        assert reach(lab, [(FRONTEND, DATABASE, 5432), (FRONTEND, RED, 6379)]) == [False, True]
        for version in (4, 6):
            source, target = (running.address(name, version).exploded for name in (FRONTEND, DATABASE))
            line = log.wait(partial(has_all, (f"SRC={source}", f"DST={target}")))
            assert line is not None
            assert line.startswith("calico-packet: ")
            assert "PROTO=TCP" in line
            assert "DPT=5432" in line
        assert not [line for line in log.lines if f"SRC={running.address(GREEN)} " in line]


@pytest.mark.parametrize("version", [4, 6])
def test_e8_and_g13_open_connections_live_on(lab: Policed, version: int) -> None:
    address = lab.running.address(RED, version)
    with lab.running.stream(BLUE, address, 6379) as stream, applied(lab, "e3-global-deny"):
        assert reach(lab, [(BLUE, RED, 6379)]) == [False]
        assert stream.still_alive()
        stream.close()
        assert reach(lab, [(BLUE, RED, 6379)]) == [False]
    assert reach(lab, [(BLUE, RED, 6379)]) == [True]


def has_all(words: tuple[str, ...], line: str) -> bool:
    return all(word in line for word in words)


def text_with_order(example: str, order: int) -> str:
    return (GUIDE / f"{example}.yaml").read_text().replace("spec:", f"spec:\n  order: {order}")


def test_the_kernel_holds_what_was_put_there_and_nothing_else(lab: Policed) -> None:
    expectation = lab.settled()
    hosts = [host.name for host in lab.running.lab.hosts]
    assert [differs(lab.running, host, expectation.snapshot(host)) for host in hosts] == [False, False]
    with applied(lab, "e1-same-namespace"):
        changed = lab.settled()
        assert [differs(lab.running, host, changed.snapshot(host)) for host in hosts] == [False, False]
        assert differs(lab.running, "node-1", expectation.snapshot("node-1"))
