"""Automatic host endpoints, with real packets: open until a policy governs them, and never in place of a stored one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kernel.hosted import HOSTS, Hosted, hosted_up, on_host
from tests.spec.cast import ALLOW, DENY, EGRESS, INGRESS, destination, policy
from tortie.model import (
    Action,
    HostEndpointTemplate,
    Key,
    Kind,
    KubeControllersConfiguration,
    Metadata,
    Node,
    Policy,
    PortRange,
    Protocol,
    parse_prefix,
)

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

ASKED = KubeControllersConfiguration(Key(Kind.KUBE_CONTROLLERS_CONFIGURATION, "", "default"), auto_create=True)
OPEN = "out>f0:8055 ok, f0>f1:8055 ok, f1>f0:8055 ok, w0>w1:8055 ok, out>f1:8055 ok"


@pytest.fixture(scope="module")
def hosted() -> Iterator[Hosted]:
    with hosted_up() as made:
        yield made


def nodes(hosted: Hosted) -> tuple[Node, ...]:
    """The lab's hosts, each with a label of its name and what its uplink carries."""
    found = []
    for name in HOSTS:
        addresses = tuple(each.packed for each in hosted.running.lab.host(name).addresses)
        key = Key(Kind.NODE, "", name)
        found.append(Node(key, Metadata({"host": name}), addresses, addresses, (("eth0", addresses),)))
    return tuple(found)


def closing(selector: str) -> Policy:
    """Lets nobody in but by port 22."""
    open_port = replace(destination(Action.ALLOW, ports=(PortRange(22, 22),)), protocol=Protocol(6))
    return policy("closing", selector, (INGRESS,), (open_port, DENY))


def test_a_host_stays_open_until_a_policy_governs_it(hosted: Hosted) -> None:
    hosted.put(*nodes(hosted), ASKED)
    hosted.check(OPEN)
    hosted.put(*nodes(hosted), ASKED, closing("host == 'f0'"))
    hosted.check("out>f0:8055 no, out>f0:22 ok, f1>f0:8055 no, f0>f1:8055 ok, out>f1:8055 ok, w0>w1:8055 ok")
    hosted.put(*nodes(hosted), replace(ASKED, auto_create=False), closing("host == 'f0'"))
    hosted.check(OPEN)


def test_selectors_of_rules_know_its_addresses(hosted: Hosted) -> None:
    towards = policy("towards", "host == 'f0'", (EGRESS,), (destination(Action.DENY, selector="host == 'f1'"), ALLOW))
    hosted.put(*nodes(hosted), ASKED, towards)
    hosted.check("f0>f1:8055 no, f0>out:8055 ok, f1>f0:8055 ok")


def test_what_is_stored_under_its_name_counts_instead(hosted: Hosted) -> None:
    stored = on_host("f0", "*", name="f0-auto-hep")
    hosted.put(*nodes(hosted), ASKED, stored)
    hosted.check("out>f0:8055 no, out>f0:22 ok, out>f1:8055 ok")


@pytest.mark.parametrize("asked", [{"pattern": "^eth0$"}, {"nets": (parse_prefix("0.0.0.0/0"), parse_prefix("::/0"))}])
def test_a_template_makes_one_for_an_interface(hosted: Hosted, asked: dict[str, object]) -> None:
    template = HostEndpointTemplate("up", node_selector="host == 'f0'", labels={"side": "up"}, **asked)  # type: ignore[arg-type]
    wanted = replace(ASKED, default=False, templates=(template,))
    hosted.put(*nodes(hosted), wanted, closing("side == 'up'"))
    hosted.check("out>f0:8055 no, out>f0:22 ok, out>f1:8055 ok, f0>f1:8055 ok")
