"""The guide's promises with real packets, IPv4 and IPv6: measured, and equal to what the evaluator says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.kernel.labs import GUIDE, guide_lab, reach, under_policy
from tortie.cli.calicoctl import main
from tortie.lab.expected import Question
from tortie.lab.kernel_log import kernel_log
from tortie.lab.kernels import differs
from tortie.lab.packets import udp_datagram
from tortie.lab.policed import Policed
from tortie.lab.probe import ProbeProtocol
from tortie.lab.resources import endpoint_key, workload_manifest
from tortie.lab.store import environment

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


@pytest.mark.scenario(159)
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


OPEN = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: open-ssh}
spec:
  selector: color == 'blue'
  types: [Ingress, Egress]
  ingress: [{action: Allow, protocol: TCP, source: {selector: color == 'green'}, destination: {ports: [22, 80]}}]
  egress: [{action: Allow, protocol: TCP, destination: {ports: [6379]}}]
"""


def test_g2_one_policy_governs_pods_and_machines_alike(lab: Policed) -> None:
    keys = lab.apply_text(OPEN)
    try:
        assert reach(lab, [(GREEN, LEGACY, 22), (GREEN, BLUE, 80), (DATABASE, LEGACY, 22)]) == [True, True, False]
        assert reach(lab, [(LEGACY, RED, 6379), (BLUE, RED, 6379)]) == [True, True]
        assert reach(lab, [(LEGACY, "internet", 80), (BLUE, "internet", 80)]) == [False, False]
    finally:
        lab.delete(keys)


RICH = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: rich}}
spec:
  order: 5
  selector: color == 'red'
  ingress:
  - {{action: Deny, protocol: UDP}}
  - {{action: Allow, source: {{selector: "{selector}"}}}}
"""


@pytest.mark.parametrize(
    "selector",
    [
        "color starts with 'bl' && !has(missing)",
        "color contains 'lu' || color == 'nobody'",
        "color in {'blue', 'violet'}",
        "!(color != 'blue')",
        "has(color) && color not in {'red', 'green'} && color ends with 'ue'",
    ],
)
def test_g1_order_deny_and_the_full_selector_language(lab: Policed, selector: str) -> None:
    keys = lab.apply_text(RICH.format(selector=selector.replace('"', "'")) + "---" + OPERATOR)
    try:
        assert reach(lab, TO_RED) == [True, False, True, False, False]  # order 5 allows before order 10 denies
        assert reach(lab, [(BLUE, RED, 53)], "udp") == [False]
    finally:
        lab.delete(keys)


def test_g6_namespaced_policy_stays_at_home_and_global_policy_does_not(lab: Policed) -> None:
    pairs = [(GREEN, BLUE, 80), (GREEN, RED, 6379), (RED, PARTNER, 80)]
    spec = "spec: {selector: all(), types: [Ingress]}\n"
    head = "apiVersion: projectcalico.org/v3\n"
    before = reach(lab, pairs)
    keys = lab.apply_text(f"{head}kind: NetworkPolicy\nmetadata: {{name: shut, namespace: partners}}\n{spec}")
    try:
        assert reach(lab, pairs)[:2] == before[:2] == [True, True]
    finally:
        lab.delete(keys)
    keys = lab.apply_text(f"{head}kind: GlobalNetworkPolicy\nmetadata: {{name: shut}}\n{spec}")
    try:
        assert reach(lab, pairs) == [False, False, False]
    finally:
        lab.delete(keys)


def test_g7_calicoctl_applies_and_deletes_what_the_kernel_enforces(
    lab: Policed, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = environment(lab.running.directory)
    example = str(GUIDE / "e1-same-namespace.yaml")
    assert main(["apply", "-f", example], environ) == 0
    assert reach(lab, TO_RED) == [True, False, False, False, False]
    capsys.readouterr()
    assert main(["get", "networkpolicy", "-n", "production"], environ) == 0
    assert "allow-tcp-6379" in capsys.readouterr().out
    assert main(["get", "globalnetworkpolicy"], environ) == 0
    assert "allow-tcp-6379" not in capsys.readouterr().out
    assert main(["delete", "-f", example], environ) == 0
    assert reach(lab, TO_RED) == [True] * 5


DEVELOPERS = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-blue, namespace: production}
spec:
  podSelector: {matchLabels: {color: red}}
  ingress: [{from: [{podSelector: {matchLabels: {color: blue}}}], ports: [{port: 6379}]}]
"""
OPERATOR = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: nobody}
spec: {order: 10, selector: color == 'red', ingress: [{action: Deny}]}
"""


def test_g5_an_operator_has_the_last_word_over_developers(lab: Policed) -> None:
    theirs = lab.apply_text(DEVELOPERS)
    try:
        assert reach(lab, TO_RED) == [True, False, False, False, False]
        ours = lab.apply_text(OPERATOR)
        assert reach(lab, TO_RED) == [False] * 5
        lab.delete(ours)
        assert reach(lab, TO_RED) == [True, False, False, False, False]
    finally:
        lab.delete(theirs)


@pytest.mark.parametrize(
    ("rules", "into", "out"),
    [
        ("", False, True),
        ("ingress: [{action: Allow, protocol: UDP}]", False, True),
        ("egress: [{action: Allow, protocol: UDP}]", True, False),
        ("ingress: [{action: Allow, protocol: UDP}], egress: [{action: Allow, protocol: UDP}]", False, False),
    ],
)
def test_g8_types_follow_from_the_rules(lab: Policed, rules: str, *, into: bool, out: bool) -> None:
    spec = f"{{selector: color == 'red'{', ' if rules else ''}{rules}}}"
    keys = lab.apply_text(
        f"apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: types}}\nspec: {spec}\n"
    )
    try:
        assert reach(lab, [(GREEN, RED, 6379), (RED, GREEN, 80)]) == [into, out]
    finally:
        lab.delete(keys)


def test_echo_requests_are_governed_too(lab: Policed) -> None:
    questions = [
        Question(source, RED, ProbeProtocol.ICMP, version=version) for source in (BLUE, GREEN) for version in (4, 6)
    ]
    assert [(each.passed, each.agrees) for each in lab.compare(questions)] == [(True, True)] * 4
    with applied(lab, "e1-same-namespace"):
        assert [(each.passed, each.agrees) for each in lab.compare(questions)] == [(False, True)] * 4


@pytest.mark.scenario(124)
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("owner", [GREEN, "internet"])
def test_a_source_that_is_somebody_elses_is_dropped(lab: Policed, version: int, owner: str) -> None:
    running = lab.running
    lab.settled()
    own, foreign, target = (running.address(name, version) for name in (BLUE, owner, RED))
    with running.capture(RED) as capture:
        for source, word in ((foreign, b"foreign"), (own, b"own")):
            running.send_raw(BLUE, udp_datagram((source, 1000), (target, 53), word))
        assert capture.wait(b"own", 5.0) is not None  # sent last, so that the other would have been here before
        assert not [packet for packet in capture.packets if b"foreign" in packet]


@pytest.mark.scenario(137)
def test_an_endpoint_that_is_down_neither_speaks_nor_listens(lab: Policed) -> None:
    manifest = workload_manifest(lab.running.lab.workload(BLUE))
    questions = [(BLUE, RED, 6379), (GREEN, BLUE, 80)]
    manifest["metadata"]["annotations"] = {"tortie/state": "down"}
    lab.apply_text(json.dumps(manifest))
    assert reach(lab, questions) == [False, False]
    del manifest["metadata"]["annotations"]
    lab.apply_text(json.dumps(manifest))
    assert reach(lab, questions) == [True, True]


NO_ICMP6 = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: no-icmp6}
spec:
  types: [Ingress, Egress]
  ingress: [{action: Deny, protocol: ICMPv6}, {action: Allow}]
  egress: [{action: Deny, protocol: ICMPv6}, {action: Allow}]
"""


@pytest.mark.scenario(135)
def test_neighbours_are_found_although_policy_denies_icmpv6(lab: Policed) -> None:
    running = lab.running
    keys = lab.apply_text(NO_ICMP6)
    try:
        lab.settled()
        for member in (BLUE, RED, "node-1"):
            assert running.exec(member, ["ip", "-6", "neighbour", "flush", "all"]).returncode == 0
        questions = (
            Question(BLUE, RED, port=6379, version=6),
            Question(BLUE, RED, ProbeProtocol.ICMP, version=6),
            Question(BLUE, RED, ProbeProtocol.ICMP, version=4),
        )
        found = [(each.passed, each.agrees) for each in lab.compare(questions)]
        assert found == [(True, True), (False, True), (True, True)]
    finally:
        lab.delete(keys)


@pytest.mark.scenario(136)
def test_an_interface_that_nobody_knows_is_closed(lab: Policed) -> None:
    manifest = workload_manifest(lab.running.lab.workload(GREEN))
    questions = [(GREEN, RED, 6379), (BLUE, GREEN, 80)]
    lab.delete([endpoint_key(lab.running.lab.workload(GREEN))])
    expectation = lab.settled()
    assert lab.running.lab.workload(GREEN).interface not in expectation.snapshot("node-2").endpoints
    assert reach(lab, questions) == [False, False]
    lab.apply_text(json.dumps(manifest))
    assert reach(lab, questions) == [True, True]


def test_the_kernel_holds_what_was_put_there_and_nothing_else(lab: Policed) -> None:
    expectation = lab.settled()
    hosts = [host.name for host in lab.running.lab.hosts]
    assert [differs(lab.running, host, expectation.snapshot(host)) for host in hosts] == [False, False]
    with applied(lab, "e1-same-namespace"):
        changed = lab.settled()
        assert [differs(lab.running, host, changed.snapshot(host)) for host in hosts] == [False, False]
        assert differs(lab.running, "node-1", expectation.snapshot("node-1"))
