"""Workloads to their own host, with what somebody else's input chain says, and host endpoints, with real packets.

In nftables a drop is final whatever table it stands in, and an accept ends one base chain. So where somebody else's
chain drops, `DefaultEndpointToHostAction: Accept` does not help, as it would within one table of iptables: then our
verdict is told by its counter.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.kernel.hosted import Hosted, hosted_up, on_host, pre_dnat
from tests.spec.cast import ALLOW, DENY, INGRESS, policy
from tortie.compiled import BuiltIn
from tortie.dataplane.nftables import LinuxKernel
from tortie.lab.expected import LAB_SETTINGS
from tortie.model import EndpointToHostAction, Resource, Settings
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

FIREWALL = """
table inet firewall {{
  chain input {{
    type filter hook input priority 10; policy {policy};
    ct state established,related accept
    iifname "lo" accept
    meta l4proto ipv6-icmp accept
  }}
  chain forward {{
    type filter hook forward priority 10; policy {forward};
    ct state established,related accept
  }}
}}
"""
ALLOW_ALL, DENY_ALL = (
    policy("rules", "has(host)", (INGRESS,), (ALLOW,)),
    policy("rules", "has(host)", (INGRESS,), (DENY,)),
)
DROP, RETURN, ACCEPT = EndpointToHostAction.DROP, EndpointToHostAction.RETURN, EndpointToHostAction.ACCEPT


@pytest.fixture(scope="module")
def lab() -> Iterator[Hosted]:
    with hosted_up() as hosted:
        yield hosted


@contextmanager
def firewall(lab: Hosted, policy: str, forward: str = "accept") -> Iterator[None]:
    """Put somebody else's table beside ours on a host, for the length of a `with` block."""
    lab.run("f0", "nft", "-f", "-", text=FIREWALL.format(policy=policy, forward=forward))
    try:
        yield
    finally:
        lab.run("f0", "nft", "delete", "table", "inet", "firewall")


def settings(action: EndpointToHostAction) -> Settings:
    return replace(LAB_SETTINGS, endpoint_to_host_action=action)


def accepted(lab: Hosted) -> int:
    """Return how many packets of workloads our table let pass to their own host."""
    with entered(lab.running.host_namespace("f0")), LinuxKernel() as kernel:
        return kernel.counters()[BuiltIn.ENDPOINT_TO_HOST_ACCEPT][0]


@pytest.mark.parametrize(
    ("input_policy", "action", "resources", "reaches", "ours"),
    [
        pytest.param("drop", ACCEPT, (), False, True, marks=pytest.mark.scenario(111)),
        pytest.param("accept", ACCEPT, (), True, True, marks=pytest.mark.scenario(111)),
        pytest.param("drop", RETURN, (), False, False, marks=pytest.mark.scenario(112)),
        pytest.param("drop", DROP, (), False, False, marks=pytest.mark.scenario(113)),
        pytest.param("accept", DROP, (), False, False, marks=pytest.mark.scenario(113)),
        pytest.param("accept", RETURN, (), True, False, marks=pytest.mark.scenario(114)),
        pytest.param("accept", RETURN, (on_host("f0", "eth0"), DENY_ALL), True, False, marks=pytest.mark.scenario(115)),
        pytest.param("drop", RETURN, (on_host("f0", "eth0"), DENY_ALL), False, False, marks=pytest.mark.scenario(116)),
        pytest.param(
            "accept", ACCEPT, (on_host("f0", "*"), pre_dnat(ALLOW_ALL)), True, True, marks=pytest.mark.scenario(117)
        ),
        pytest.param(
            "drop", RETURN, (on_host("f0", "*"), pre_dnat(ALLOW_ALL)), False, False, marks=pytest.mark.scenario(118)
        ),
        pytest.param(
            "accept", DROP, (on_host("f0", "*"), pre_dnat(ALLOW_ALL)), False, False, marks=pytest.mark.scenario(118)
        ),
        pytest.param(
            "accept", ACCEPT, (on_host("f0", "*"), pre_dnat(DENY_ALL)), False, False, marks=pytest.mark.scenario(119)
        ),
        pytest.param(
            "accept", RETURN, (on_host("f0", "*"), pre_dnat(DENY_ALL)), False, False, marks=pytest.mark.scenario(119)
        ),
        pytest.param("drop", ACCEPT, (on_host("f0", "*"), DENY_ALL), False, True, marks=pytest.mark.scenario(120)),
        pytest.param("accept", ACCEPT, (on_host("f0", "*"), DENY_ALL), True, True, marks=pytest.mark.scenario(120)),
        pytest.param("accept", RETURN, (on_host("f0", "*"), DENY_ALL), True, False, marks=pytest.mark.scenario(121)),
        pytest.param("drop", RETURN, (on_host("f0", "*"), ALLOW_ALL), False, False, marks=pytest.mark.scenario(122)),
        pytest.param("accept", DROP, (on_host("f0", "*"), ALLOW_ALL), False, False, marks=pytest.mark.scenario(122)),
    ],
)
@pytest.mark.scenario(123)
def test_the_setting_decides_and_others_may_drop(
    lab: Hosted,
    input_policy: str,
    action: EndpointToHostAction,
    resources: tuple[Resource, ...],
    *,
    reaches: bool,
    ours: bool,
) -> None:
    lab.put(*resources, settings=settings(action))
    with firewall(lab, input_policy):
        found = lab.measure(f"w0>f0:8055 {'ok' if reaches else 'no'}")
        if not any(each.key.name == "rules" and getattr(each, "pre_dnat", False) for each in resources):
            lab.check("w0>v0:8055 ok, v0>w0:8055 ok")  # 123: pods are none of this
    if input_policy == "accept":
        assert all(each.agrees for each in found)
    if action is ACCEPT:
        assert (accepted(lab) > 0) == ours


@pytest.mark.scenario(128)
@pytest.mark.parametrize(("forward", "word"), [("drop", "no"), ("accept", "ok")])
def test_what_somebody_else_forbids_to_forward_stays_forbidden(lab: Hosted, forward: str, word: str) -> None:
    """Also to pods: in nftables nobody's accept undoes another table's drop."""
    lab.put(on_host("f0", "eth0"))
    with firewall(lab, "accept", forward):
        lab.measure(f"out>w0:8055 {word}, w0>v0:8055 {word}")
