"""`calicoctl apply`: what is said, and what is in the datastore afterwards."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import API, Console, network_set, policy, tier


def test_created_then_updated_then_left_alone(calicoctl: Console) -> None:
    answers = []
    for nets in ("10.0.0.0/8", "::/0", "::/0"):
        said = calicoctl("apply", "-f", calicoctl.file(network_set(spec=f"nets: ['{nets}']")))
        assert (said.code, said.out, said.err) == (0, "Successfully applied 1 'GlobalNetworkSet' resource(s)\n", "")
        answers.append(calicoctl("get", "gnetsets", "out", "-o", "json").out)
    assert answers[0] != answers[1] == answers[2]


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.txt"])
def test_several_documents_of_several_kinds(calicoctl: Console, name: str) -> None:
    file = calicoctl.file("---\n".join([tier("security"), "# nothing\n", policy(spec="tier: security")]), name)
    assert calicoctl("apply", "-f", file).out == "Successfully applied 2 resource(s)\n"
    assert "db     security" in calicoctl("get", "np", "-A").out


def test_kubernetes_kinds_are_stored_too(calicoctl: Console) -> None:
    text = (
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: b}}\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\n"
        "spec: {podSelector: {}, policyTypes: [Ingress]}\n"
    )
    assert calicoctl("apply", "-f", calicoctl.file(text)).out == "Successfully applied 2 resource(s)\n"
    assert calicoctl("get", "ns", "-o", "wide").out == "NAME   LABELS   \nshop   a=b      \n\n"
    assert calicoctl("get", "knp", "-n", "shop").out == "NAMESPACE   NAME   \nshop        web    \n\n"


def test_what_is_written_wrong_is_shown_at_its_place_and_changes_nothing(calicoctl: Console) -> None:
    bad = f"{API}\nkind: GlobalNetworkSet\nmetadata: {{name: bad}}\nspec:\n  nets: [nonsense]\n  x: 1\n"
    file = calicoctl.file(f"{network_set()}---\n{bad}")
    said = calicoctl("apply", "-f", file)
    assert (said.code, said.out) == (1, "")
    places = [line for line in said.err.splitlines() if line.startswith(file)]
    assert [place.removeprefix(file).split(": ")[0] for place in places] == [":10:10", ":11:3"]
    assert calicoctl("get", "gnetsets").out == "NAME   \n\n"


@pytest.mark.parametrize(
    ("options", "code", "out", "err"),
    [
        (("-n", "shop"), 0, "Successfully applied 1 'NetworkPolicy' resource(s)\n", ""),
        (
            ("-n", "other"),
            1,
            "",
            (
                "failed to apply 'NetworkPolicy' resource: "
                "[resource namespace does not match client namespace. shop != other]\n"
            ),
        ),
    ],
)  # fmt: skip
def test_namespaces(calicoctl: Console, options: tuple[str, ...], code: int, out: str, err: str) -> None:
    said = calicoctl("apply", "-f", calicoctl.file(policy()), *options)
    assert (said.code, said.out, said.err) == (code, out, err)


@pytest.mark.parametrize(("options", "namespace"), [((), "default"), (("-n", "shop"), "shop")])
def test_a_resource_without_namespace_goes_where_the_option_says(
    calicoctl: Console, options: tuple[str, ...], namespace: str
) -> None:
    calicoctl("apply", "-f", calicoctl.file(policy(namespace="")), *options)
    assert calicoctl("get", "np", "-A").out.splitlines()[1].split() == [namespace, "db", "default"]


def test_a_stale_resource_version_is_a_conflict(calicoctl: Console) -> None:
    calicoctl.has(network_set())
    said = calicoctl("apply", "-f", calicoctl.file(network_set(extra=", resourceVersion: '1'")))
    what = "failed to apply 'GlobalNetworkSet' resource: [update conflict: GlobalNetworkSet(out)]\n"
    assert (said.code, said.out, said.err) == (1, "", what)


def test_a_tier_has_to_exist(calicoctl: Console) -> None:
    said = calicoctl("apply", "-f", calicoctl.file(policy(spec="tier: security")))
    what = "failed to apply 'NetworkPolicy' resource: [resource does not exist: Tier(security) with error: <nil>]\n"
    assert (said.code, said.err) == (1, what)


def test_the_first_write_makes_the_built_in_tiers(calicoctl: Console) -> None:
    assert "uid" not in calicoctl("get", "tier", "default", "-o", "yaml").out
    calicoctl.has(network_set())
    assert "uid" in calicoctl("get", "tier", "default", "-o", "yaml").out


def test_a_file_is_needed(calicoctl: Console) -> None:
    said = calicoctl("apply")
    assert (said.code, said.err.splitlines()[0]) == (1, "no file was given")
