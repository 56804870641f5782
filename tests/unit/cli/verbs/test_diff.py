"""`calicoctl diff`: fields, connections, formats and exit codes."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.unit.cli.console import Console, policy, tier

PODS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}
spec: {{nodeName: n1}}
status: {{podIP: 10.0.0.{number}}}
"""
SHOP = "---\n".join(
    [PODS, *(POD.format(name=name, number=number) for number, name in enumerate(("db", "web", "x"), 1))]
)
RULE = "{action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [%s]}}"


def database(ports: str) -> str:
    return policy(spec=f"selector: app == 'db', types: [Ingress], ingress: [{RULE % ports}]")


def test_fields_and_connections(calicoctl: Console) -> None:
    calicoctl.has(SHOP, database("5432"))
    said = calicoctl("diff", "-f", calicoctl.file(database("'6000:6001'")))
    assert (said.code, said.err) == (1, "")
    assert said.out.splitlines() == [
        "NetworkPolicy/shop/db changed",
        '  spec.ingress[0].destination.ports[0]: 5432 -> "6000:6001"',
        "1 changed",
        "",
        "allowed -> denied   IPv4 TCP port 5432",
        "  from shop/web",
        "  to   shop/db",
        "  now  np/shop/db/ingress/0",
        "  then tier/default/ingress",
        "denied -> allowed   IPv4 TCP port 6000-6001",
        "  from shop/web",
        "  to   shop/db",
        "  now  tier/default/ingress",
        "  then np/shop/db/ingress/0",
    ]


def test_a_policy_that_is_new(calicoctl: Console) -> None:
    calicoctl.has(SHOP)
    said = calicoctl("diff", "-f", calicoctl.file(database("5432")))
    assert said.code == 1
    assert said.out.startswith("NetworkPolicy/shop/db created\n1 created\n\nallowed -> denied   IPv4 ")
    assert "shop/x" in said.out
    assert "anywhere else" in said.out
    assert calicoctl("get", "np", "-A").out.count("\n") == 2


def test_nothing_to_tell(calicoctl: Console) -> None:
    calicoctl.has(SHOP, database("5432"))
    said = calicoctl("diff", "-f", calicoctl.file(database("5432")))
    assert (said.code, said.out, said.err) == (0, "nothing would change\n", "")


def test_a_change_that_no_connection_notices(calicoctl: Console) -> None:
    calicoctl.has(SHOP)
    said = calicoctl("diff", "-f", calicoctl.file(tier("security")))
    assert (said.code, said.out) == (1, "Tier/security created\n1 created\n\nno flow changes\n")


def test_endpoints_that_are_new_are_not_compared(calicoctl: Console) -> None:
    said = calicoctl("diff", "-f", calicoctl.file(SHOP))
    assert said.out.endswith("no flow changes\nnot compared, as they are new: shop/db, shop/web, shop/x\n")


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_documents(calicoctl: Console, output: str) -> None:
    calicoctl.has(SHOP, database("5432"))
    said = calicoctl("diff", "-f", calicoctl.file(database("5433")), "-o", output)
    found = json.loads(said.out) if output == "json" else yaml.safe_load(said.out)
    assert said.code == 1
    assert found["resources"] == [
        {
            "key": "NetworkPolicy/shop/db",
            "effect": "changed",
            "fields": ["spec.ingress[0].destination.ports[0]: 5432 -> 5433"],
        }
    ]
    told = [(each["before"]["verdict"], each["packets"], each["after"]["decidedBy"]) for each in found["flows"]]
    assert told == [
        ("allow", ["TCP port 5432"], "tier/default/ingress"),
        ("deny", ["TCP port 5433"], "np/shop/db/ingress/0"),
    ]
    assert found["notCompared"] == {"new": [], "gone": []}


@pytest.mark.parametrize(
    ("text", "options", "what"),
    [
        ("kind: Nonsense\n", (), "`apiVersion` is missing"),
        (policy(spec="tier: none"), (), "NetworkPolicy/shop/db cannot be applied: resource does not exist: Tier(none)"),
        (policy(), ("-o", "xml"), "unrecognized output format 'xml'"),
        (policy(), ("-n", "other"), "resource namespace does not match client namespace. shop != other"),
    ],
)
def test_trouble(calicoctl: Console, text: str, options: tuple[str, ...], what: str) -> None:
    said = calicoctl("diff", "-f", calicoctl.file(text), *options)
    assert (said.code, said.out) == (2, "")
    assert what in said.err


def test_a_file_is_needed(calicoctl: Console) -> None:
    assert calicoctl("diff").code == 2
