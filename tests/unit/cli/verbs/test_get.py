"""`calicoctl get`: by words and by file, in every format."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.unit.cli.console import Console, network_set, policy, tier

TIERS = "kube-admin      1000    \ndefault         1e+06   \nkube-baseline   1e+07   \n"


def test_tiers_come_in_their_order_and_the_built_in_ones_always(calicoctl: Console) -> None:
    assert calicoctl("get", "tiers").out == f"NAME            ORDER   \n{TIERS}\n"
    calicoctl.has(tier("first", "order: 1"), tier("last", "order: 20000000"))
    assert (
        calicoctl("get", "tiers").out
        == f"NAME            ORDER   \nfirst           1       \n{TIERS}last            2e+07   \n\n"
    )


def test_an_empty_list(calicoctl: Console) -> None:
    assert calicoctl("get", "np").out == "NAME   TIER   \n\n"
    assert calicoctl("get", "gnetsets", "-o", "yaml").out == (
        'apiVersion: projectcalico.org/v3\nitems: []\nkind: GlobalNetworkSetList\nmetadata:\n  resourceVersion: "0"\n'
    )


def test_the_profile_that_always_exists(calicoctl: Console) -> None:
    listed = yaml.safe_load(calicoctl("get", "profile", "-o", "yaml").out)
    assert [item["metadata"] for item in listed["items"]] == [
        {"name": "projectcalico-default-allow", "resourceVersion": "1"}
    ]


@pytest.mark.parametrize(
    ("options", "table"),
    [
        ((), "NAME   TIER   \n\n"),
        (("-n", "shop"), "NAMESPACE   NAME   TIER      \nshop        db     default   \n\n"),
        (("-A",), "NAMESPACE   NAME   TIER      \nlab         db     default   \nshop        db     default   \n\n"),
        (("-a",), "NAMESPACE   NAME   TIER      \nlab         db     default   \nshop        db     default   \n\n"),
        (
            ("-n", "lab", "-o", "wide"),
            (
                "NAMESPACE   NAME   TIER      ORDER   SELECTOR         \n"
                "lab         db     default   <nil>   color == 'red'   \n\n"
            ),
        ),
    ],
)
def test_namespaces(calicoctl: Console, options: tuple[str, ...], table: str) -> None:
    calicoctl.has(policy(), policy(namespace="lab"))
    assert calicoctl("get", "np", *options).out == table


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("tier", "-A"), "Tier is not namespaced"),
        (("tier", "-n", "x"), "Tier is not namespaced"),
        (("np", "-n", "x", "-A"), "cannot use both --namespace and --all-namespaces flags at the same time"),
        (("np", "db", "-A"), "cannot use --all-namespace flag for getting a single resource"),
        (("np", ""), "failed to get resources: resource name may not be empty"),
        (("np", "-o", "xml"), "unrecognized output format 'xml'"),
        ((), "nothing to get was named"),
        (("np", "db"), "resource does not exist: NetworkPolicy(default/db) with error: <nil>"),
        (("nonsense",), "failed to get resources: resource type 'nonsense' is not supported"),
    ],
)
def test_what_cannot_be(calicoctl: Console, words: tuple[str, ...], what: str) -> None:
    said = calicoctl("get", *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[0] == what


def test_each_name_has_its_table_and_what_is_missing_comes_last(calicoctl: Console) -> None:
    calicoctl.has(network_set("a"), network_set("b"))
    said = calicoctl("get", "gnetsets", "a", "missing", "b")
    assert (said.code, said.out) == (1, "NAME   \na      \n\nNAME   \nb      \n\n")
    assert said.err == "resource does not exist: GlobalNetworkSet(missing) with error: <nil>\n"


def test_shapes(calicoctl: Console) -> None:
    calicoctl.has(network_set("a"), network_set("b"))
    one = json.loads(calicoctl("get", "gnetsets", "a", "-o", "json").out)
    several = json.loads(calicoctl("get", "gnetsets", "a", "b", "-o", "json").out)
    listed = json.loads(calicoctl("get", "gnetsets", "-o", "json").out)
    assert one == several[0] == listed["items"][0]
    assert (one["kind"], listed["kind"]) == ("GlobalNetworkSet", "GlobalNetworkSetList")


def test_from_a_file(calicoctl: Console) -> None:
    calicoctl.has(policy(), network_set())
    file = calicoctl.file(f"{network_set()}---\n{policy()}")
    assert calicoctl("get", "-f", file).out == "NAME   \nout    \n\nNAME   TIER      \ndb     default   \n\n"
    assert calicoctl("get", "-A", "-f", file).err.splitlines() == [
        "GlobalNetworkSet is not namespaced",
        "cannot use --all-namespace flag for getting a single resource",
    ]


@pytest.mark.parametrize(("output", "text"), [("ps", "No resources specified\n"), ("json", "null"), ("yaml", "null\n")])
def test_from_an_empty_file(calicoctl: Console, output: str, text: str) -> None:
    said = calicoctl("get", "-f", calicoctl.file(""), "--skip-empty", "-o", output)
    assert (said.code, said.out) == (0, text)


def test_export_leaves_out_what_belongs_to_this_datastore(calicoctl: Console) -> None:
    calicoctl.has(policy())
    shown = json.loads(calicoctl("get", "np", "db", "-n", "shop", "--export", "-o", "json").out)
    assert shown["metadata"] == {"name": "db", "labels": {"projectcalico.org/tier": "default"}}
    listed = json.loads(calicoctl("get", "np", "-n", "shop", "--export", "-o", "json").out)
    assert "uid" in listed["items"][0]["metadata"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("-l", "color=red"), ["a"]),
        (("-l", "color=red", "-l", "debug"), ["a"]),
        (("-l", "color", "--selector", "color!=red"), ["b"]),
        (("--selector", "info"), []),
        (("-l", "info"), ["a", "b", "c"]),
        (("-l", "color == 'red' || !has(color)"), ["a", "c"]),
    ],
)
def test_selected_by_label(calicoctl: Console, options: tuple[str, ...], names: list[str]) -> None:
    calicoctl.has(
        network_set("a", extra=", labels: {color: red}"),
        network_set("b", extra=", labels: {color: blue}"),
        network_set("c"),
    )
    assert calicoctl("get", "gnetsets", *options).out.split() == ["NAME", *names]


def test_single_resources_are_not_selected_by_label(calicoctl: Console) -> None:
    said = calicoctl("get", "gnetsets", "a", "-l", "color=red")
    assert (said.code, said.err) == (1, "`-l` selects among all of a kind, and single resources were named\n")
