"""`FilterDenyAction: Reject` with real packets: the sender hears of it at once, wherever the kernel can tell it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.hosted import Hosted, both_hosts, forwarded, hosted_up, on_host, pre_dnat
from tests.spec.cast import BOTH, DENY, EGRESS, INGRESS, policy
from tortie.lab import Answer
from tortie.lab.expected import LAB_SETTINGS
from tortie.model import DenyAction, Resource

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

SETTINGS = replace(LAB_SETTINGS, deny_action=DenyAction.REJECT)
TOLD, SILENT = {Answer.REFUSED, Answer.UNREACHABLE}, {Answer.DROPPED}


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up() as hosted:
        yield hosted


@pytest.mark.parametrize(
    ("resources", "source", "target", "answers"),
    [
        ((policy("no", "name == 'w0'", (INGRESS,), (DENY,)),), "out", "w0", TOLD),
        ((policy("no", "name == 'w0'", (EGRESS,), (DENY,)),), "w0", "out", TOLD),
        ((), "w0", "f0", TOLD),
        ((on_host("f0", "eth0"),), "out", "f0", TOLD),
        ((on_host("f0", "eth0"), forwarded(policy("no", "has(host)", BOTH, (DENY,)))), "out", "w0", TOLD),
        ((on_host("f0", "eth0"), pre_dnat(policy("no", "has(host)", (INGRESS,), (DENY,)))), "out", "w0", SILENT),
    ],
    ids=["to a pod", "from a pod", "pod to its host", "to a host", "through a host", "before translation"],
)
def test_the_sender_is_told(
    lab: Hosted, resources: tuple[Resource, ...], source: str, target: str, answers: set[Answer]
) -> None:
    lab.put(*resources, settings=SETTINGS)
    for version in (4, 6):
        for protocol in ("tcp", "udp"):
            far = lab.running.address(target, version)
            assert lab.running.probe(source, far, protocol, 8055).answer in answers, (protocol, version)


def test_what_a_host_sends_is_denied_without_a_word(lab: Hosted) -> None:
    """Such packets are judged in postrouting too, where the kernel cannot tell."""
    lab.put(*both_hosts("*"), settings=SETTINGS)
    assert lab.running.probe("f0", "f1", "tcp", 8055).answer is Answer.DROPPED
