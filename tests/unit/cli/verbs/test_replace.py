"""`calicoctl replace`: existing resources only."""

from __future__ import annotations

from tests.unit.cli.console import Console, network_set, policy


def test_replaced(calicoctl: Console) -> None:
    calicoctl.has(network_set(extra=", labels: {a: b}"))
    said = calicoctl("replace", "-f", calicoctl.file(network_set(spec="nets: ['::/0']")))
    assert (said.code, said.out) == (0, "Successfully replaced 1 'GlobalNetworkSet' resource(s)\n")
    shown = calicoctl("get", "gnetsets", "-o", "yaml").out
    assert "::/0" in shown
    assert "labels" not in shown


def test_missing(calicoctl: Console) -> None:
    said = calicoctl("replace", "-f", calicoctl.file(network_set()))
    assert (said.code, said.out) == (
        1,
        "Partial success: replaced the first 1 out of 1 'GlobalNetworkSet' resources:\n",
    )
    assert said.err == "hit error: resource does not exist: GlobalNetworkSet(out) with error: <nil>\n"


def test_another_namespace(calicoctl: Console) -> None:
    said = calicoctl("replace", "-n", "x", "-f", calicoctl.file(policy()))
    what = "failed to replace 'NetworkPolicy' resource: resource namespace does not match client namespace. shop != x\n"
    assert (said.code, said.out, said.err) == (1, "", what)


def test_a_move_to_a_tier_that_is_not_there_is_told(calicoctl: Console) -> None:
    calicoctl.has(policy())
    said = calicoctl("replace", "-f", calicoctl.file(policy(spec="tier: security")))
    assert (said.code, "Successfully" in said.out) == (0, True)
    assert said.err == (
        "warning: NetworkPolicy/shop/db spec.tier: there is no tier `security`: "
        "it counts as the last one, and ends in deny\n  create the tier\n"
    )
