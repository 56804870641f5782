"""A change that would cut live sessions of the machine it is made from is refused, each of them named."""

from __future__ import annotations

import platform
from collections.abc import Mapping

import pytest

from tests.unit.cli.console import API, Console
from tortie.agent.sessions import Session
from tortie.api import Source
from tortie.cli.agent_settings import Told
from tortie.cli.change import lockout
from tortie.cli.change.lockout import Machine, this_machine
from tortie.model import parse_address

ME, THEM = parse_address("10.0.0.10"), parse_address("10.0.0.1")
SSH = Session("the SSH session that this command runs in", 6, (ME, 22), (THEM, 54321), is_incoming=True)
WEB = Session("a TCP connection", 6, (ME, 8055), (THEM, 54322), is_incoming=True)
STORE = Session("a TCP connection", 6, (ME, 40000), (THEM, 7000), is_incoming=False)
DNS = Session("the name server", 17, (ME, 40000), (THEM, 53), is_incoming=False)

HOST = (
    f"{API}\nkind: HostEndpoint\nmetadata: {{name: h, labels: {{host: me}}}}\n"
    "spec: {node: NODE, interfaceName: eth0}\n"
)
OPEN = (
    f"{API}\nkind: GlobalNetworkPolicy\nmetadata: {{name: open}}\n"
    "spec: {selector: has(host), types: [Ingress, Egress], ingress: [{action: Allow}], egress: [{action: Allow}]}\n"
)
CLOSED = (
    f"{API}\nkind: GlobalNetworkPolicy\nmetadata: {{name: closed}}\n"
    "spec: {selector: has(host), order: 1, types: [Ingress, Egress], ingress: [{action: Deny}]}\n"
)
NO_FAILSAFES = (
    f"{API}\nkind: FelixConfiguration\nmetadata: {{name: default}}\n"
    "spec: {failsafeInboundHostPorts: [], failsafeOutboundHostPorts: []}\n"
)


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def machine(told: Told, _environ: Mapping[str, str]) -> Machine:
        interfaces = {"eth0": frozenset({ME})}
        return Machine(told.hostname, interfaces, lambda _: "eth0", [SSH, WEB, STORE, DNS], told.sources)

    monkeypatch.setattr(lockout, "this_machine", machine)
    monkeypatch.setattr(platform, "node", lambda: "Me")


def text(*documents: str, node: str = "me") -> str:
    return "---\n".join(documents).replace("NODE", node)


def test_a_host_that_closes_names_what_it_would_cut(calicoctl: Console) -> None:
    said = calicoctl("apply", "-f", calicoctl.file(text(HOST)))
    assert said.code == 1
    assert "it would cut a TCP connection, from 10.0.0.1 port 54322 to 10.0.0.10 port 8055: " in said.err
    assert "it would cut a TCP connection, to 10.0.0.1 port 7000: " in said.err
    assert "nothing was written, as it would cut 2 live sessions of this machine" in said.err
    assert "--force" in said.err
    assert "SSH" not in said.err  # a failsafe
    assert calicoctl("get", "hep").out.splitlines()[1:] == [""]


AUTOMATIC = (
    f"{API}\nkind: KubeControllersConfiguration\nmetadata: {{name: default}}\n"
    "spec: {controllers: {node: {hostEndpoint: {autoCreate: Enabled}}}}\n"
)
NODE = f"{API}\nkind: Node\nmetadata: {{name: NODE, labels: {{host: me}}}}\nspec: {{}}\n"


def test_a_host_that_closes_by_its_automatic_host_endpoint_is_seen_too(calicoctl: Console) -> None:
    calicoctl.has(text(NODE, CLOSED))
    said = calicoctl("apply", "-f", calicoctl.file(AUTOMATIC))
    assert said.code == 1
    assert "it would cut a TCP connection, from 10.0.0.1 port 54322 to 10.0.0.10 port 8055: " in said.err


def test_an_automatic_host_endpoint_without_policy_cuts_nothing(calicoctl: Console) -> None:
    calicoctl.has(text(NODE, AUTOMATIC))
    assert calicoctl("apply", "-f", calicoctl.file(CLOSED)).code == 1


def test_forced_it_is_applied(calicoctl: Console) -> None:
    assert calicoctl("apply", "--force", "-f", calicoctl.file(text(HOST))).code == 0
    assert "h " in calicoctl("get", "hep").out


def test_what_cuts_nothing_is_applied_at_once(calicoctl: Console) -> None:
    assert calicoctl("apply", "-f", calicoctl.file(text(HOST, OPEN))).code == 0


def test_a_policy_that_closes_an_open_host_is_refused_and_names_itself(calicoctl: Console) -> None:
    assert calicoctl("apply", "-f", calicoctl.file(text(HOST, OPEN))).code == 0
    said = calicoctl("apply", "-f", calicoctl.file(CLOSED))
    assert said.code == 1
    assert "port 8055: gnp/closed/ingress/0 refuses it" in said.err


def test_without_failsafes_the_session_of_this_command_is_named(calicoctl: Console) -> None:
    said = calicoctl("apply", "-f", calicoctl.file(text(HOST, NO_FAILSAFES)))
    assert said.code == 1
    assert f"it would cut {SSH.what}, from 10.0.0.1 port 54321 to 10.0.0.10 port 22: " in said.err
    assert "it would cut the name server, to 10.0.0.1 port 53: " in said.err


def test_settings_that_take_the_machines_interface_for_a_workloads_are_refused(calicoctl: Console) -> None:
    head = f"{API}\nkind: FelixConfiguration\nmetadata: {{name: default}}\nspec: {{interfacePrefix: "
    assert calicoctl("apply", "-f", calicoctl.file(f"{head}'cali,tap'}}\n")).code == 0
    said = calicoctl("apply", "-f", calicoctl.file(f"{head}'cali,eth'}}\n"))
    assert said.code == 1
    assert "it would cut the SSH session that this command runs in, " in said.err
    assert ": unknown-interface refuses it" in said.err
    assert "it would cut 4 live sessions" in said.err


def test_what_is_refused_already_is_not_lost_again(calicoctl: Console) -> None:
    assert calicoctl("apply", "--force", "-f", calicoctl.file(text(HOST))).code == 0
    assert calicoctl("apply", "-f", calicoctl.file(CLOSED)).code == 0


EVERY = (
    ("create", "-f", "CLOSED"),
    ("replace", "-f", "OPEN, CLOSED"),
    ("patch", "gnp", "open", "-p", '{"spec": {"ingress": [{"action": "Deny"}]}}'),
    ("delete", "gnp", "open"),
    ("delete", "-f", "OPEN"),
    ("label", "hep", "h", "host", "--remove"),
    ("apply", "-f", "UNRELATED", "--prune", "-l", "color=red"),
    ("apply", "-f", "UNRELATED, CLOSED"),
)
"""Every way to close a host that is open."""

TEXTS = {
    "OPEN": OPEN.replace("name: open", "name: open, labels: {color: red}"),
    "CLOSED": CLOSED,
    "OPEN, CLOSED": OPEN.replace("action: Allow", "action: Deny"),
    "UNRELATED": f"{API}\nkind: GlobalNetworkSet\nmetadata: {{name: unrelated}}\nspec: {{nets: [192.0.2.0/24]}}\n",
    "UNRELATED, CLOSED": CLOSED,
}


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_that_writes_sees_what_it_would_cut(calicoctl: Console, words: tuple[str, ...]) -> None:
    assert calicoctl("apply", "-f", calicoctl.file(text(HOST, TEXTS["OPEN"]))).code == 0
    before = calicoctl("get", "gnp,hep", "-o", "yaml").out, calicoctl("get", "hep", "-o", "yaml").out
    command = [calicoctl.file(TEXTS[word], "change.yaml") if word in TEXTS else word for word in words]
    said = calicoctl(*command)
    assert (said.code, said.out) == (1, "")
    assert "it would cut a TCP connection, from 10.0.0.1 port 54322 to 10.0.0.10 port 8055: " in said.err
    assert "nothing was written, as it would cut" in said.err
    assert (calicoctl("get", "gnp,hep", "-o", "yaml").out, calicoctl("get", "hep", "-o", "yaml").out) == before
    forced = calicoctl(*command, "--force")
    assert forced.code == 0, forced.err


SETS = (
    f"{API}\nkind: GlobalNetworkSet\nmetadata: {{name: admins, labels: {{role: admins}}}}\n"
    "spec: {nets: [10.0.0.0/24]}\n"
)
BY_SET = OPEN.replace("ingress: [{action: Allow}]", "ingress: [{action: Allow, source: {selector: role == 'admins'}}]")


@pytest.mark.parametrize(
    "words",
    [("delete", "globalnetworkset", "admins"), ("label", "globalnetworkset", "admins", "role", "--remove")],
    ids=" ".join,
)
def test_a_network_set_that_lets_sessions_in_is_not_taken_away(calicoctl: Console, words: tuple[str, ...]) -> None:
    assert calicoctl("apply", "-f", calicoctl.file(text(HOST, BY_SET, SETS))).code == 0
    said = calicoctl(*words)
    assert said.code == 1
    assert "it would cut a TCP connection, from 10.0.0.1" in said.err


def test_what_the_agent_was_told_counts(calicoctl: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told("me", (Source("flags", {"FailsafeInboundHostPorts": "none"}),))
    monkeypatch.setattr(lockout, "told_here", lambda _: told)
    said = calicoctl("apply", "-f", calicoctl.file(text(HOST)))
    assert said.code == 1
    assert f"it would cut {SSH.what}" in said.err


@pytest.mark.parametrize("options", [("--dry-run",), ()])
def test_another_host_or_a_dry_run_is_nobodys_loss(calicoctl: Console, options: tuple[str, ...]) -> None:
    node = "me" if options else "elsewhere"
    assert calicoctl("apply", *options, "-f", calicoctl.file(text(HOST, node=node))).code == 0


def test_this_machine_has_a_loopback() -> None:
    found = this_machine(Told("me", ()), {})
    assert found.name == "me"
    assert "lo" in found.interfaces
    assert found.way(parse_address("192.0.2.1")) == found.way(parse_address("192.0.2.1"))
