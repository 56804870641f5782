"""Untracked policies that do nothing on a host endpoint they select."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import API, Console


def host_endpoint(interface: str) -> str:
    spec = f"{{node: node-1, interfaceName: '{interface}', expectedIPs: [192.0.2.1]}}"
    return f"{API}\nkind: HostEndpoint\nmetadata: {{name: one, labels: {{host: a}}}}\nspec: {spec}\n"


def raw(spec: str = "doNotTrack: true, applyOnForward: true") -> str:
    return f"{API}\nkind: GlobalNetworkPolicy\nmetadata: {{name: raw}}\nspec: {{selector: host == 'a', {spec}}}\n"


@pytest.mark.parametrize("verb", ["create", "apply"])
def test_it_is_told(calicoctl: Console, verb: str) -> None:
    calicoctl.has(host_endpoint("*"))
    file = calicoctl.file(raw())
    said = calicoctl(verb, "-f", file)
    assert said.code == 0
    assert "GlobalNetworkPolicy/raw spec.doNotTrack: `doNotTrack` has no effect on the host endpoint one" in said.err
    assert "which is of all interfaces" in said.err


@pytest.mark.parametrize(
    ("interface", "spec", "flags"),
    [
        ("eth0", "doNotTrack: true, applyOnForward: true", ()),
        ("*", "preDNAT: true, applyOnForward: true", ()),
        ("*", "doNotTrack: true, applyOnForward: true", ("--skip-selector-check",)),
    ],
)
def test_where_it_has_an_effect_nothing_is_said(
    calicoctl: Console, interface: str, spec: str, flags: tuple[str, ...]
) -> None:
    calicoctl.has(host_endpoint(interface))
    said = calicoctl("apply", "-f", calicoctl.file(raw(spec)), *flags)
    assert (said.code, said.err) == (0, "")
