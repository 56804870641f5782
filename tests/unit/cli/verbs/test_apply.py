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


def labelled_set(name: str, nets: str = "10.0.0.0/8", labels: str = "{color: red}") -> str:
    return network_set(name, f"nets: ['{nets}']", f", labels: {labels}")


def test_a_dry_run_tells_every_field_and_writes_nothing(calicoctl: Console) -> None:
    calicoctl.has(labelled_set("a"), labelled_set("b"))
    before = calicoctl("get", "gnetsets", "-o", "yaml").out
    texts = [labelled_set("a"), labelled_set("b", "::/0", "{color: blue}"), labelled_set("c"), policy()]
    said = calicoctl("apply", "--dry-run", "-f", calicoctl.file("---\n".join(texts)))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "GlobalNetworkSet/a unchanged (dry run)",
        "GlobalNetworkSet/b changed (dry run)",
        '  metadata.labels.color: "red" -> "blue"',
        '  spec.nets[0]: "10.0.0.0/8" -> "::/0"',
        "GlobalNetworkSet/c created (dry run)",
        "NetworkPolicy/shop/db created (dry run)",
        "2 created, 1 changed, 1 unchanged (dry run): nothing was written",
    ]
    assert calicoctl("get", "gnetsets", "-o", "yaml").out == before


def test_a_dry_run_in_a_datastore_that_is_not_there_makes_none(calicoctl: Console) -> None:
    assert calicoctl("apply", "--dry-run", "-f", calicoctl.file(network_set())).code == 0
    assert not (calicoctl.directory / "store.db").exists()


def test_a_dry_run_refuses_what_would_be_refused(calicoctl: Console) -> None:
    texts = [tier("security"), policy(spec="tier: security"), policy("x", spec="tier: nowhere")]
    file = calicoctl.file("---\n".join(texts))
    said = calicoctl("apply", "--dry-run", "-f", file)
    assert said.code == 1
    assert said.err == "hit error: [resource does not exist: Tier(nowhere) with error: <nil>]\n"
    assert said.out.endswith("2 created (dry run): nothing was written\n")


def test_prune_deletes_what_is_selected_and_not_in_the_files(calicoctl: Console) -> None:
    calicoctl.has(labelled_set("a"), labelled_set("b"), labelled_set("c", labels="{color: blue}"), network_set("d"))
    calicoctl.has(policy("old", extra=", labels: {color: red}"), policy("new", extra=", labels: {color: red}"))
    file = calicoctl.file(labelled_set("a") + "---\n" + policy("new", extra=", labels: {color: red}"))
    words = ("apply", "-f", file, "--prune", "-l", "color=red")
    dry = calicoctl(*words, "--dry-run").out.splitlines()
    assert dry[2:] == [
        "NetworkPolicy/shop/old deleted (dry run)",
        "GlobalNetworkSet/b deleted (dry run)",
        "2 unchanged, 2 deleted (dry run): nothing was written",
    ]
    said = calicoctl(*words)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "Successfully applied 2 resource(s)",
        "pruned NetworkPolicy/shop/old",
        "pruned GlobalNetworkSet/b",
        "Successfully pruned 2 resource(s)",
    ]
    assert (
        calicoctl("get", "gnetsets", "-o", "go-template={{range .}}{{range .Items}}{{.Name}}{{end}}{{end}}").out
        == "acd"
    )


def test_prune_looks_into_the_namespace_given(calicoctl: Console) -> None:
    labels = ", labels: {color: red}"
    calicoctl.has(policy("a", "shop", extra=labels), policy("a", "lab", extra=labels))
    file = calicoctl.file(policy("b", "", extra=labels))
    calicoctl("apply", "-f", file, "-n", "shop", "--prune", "-l", "color=red")
    assert [line.split()[:2] for line in calicoctl("get", "np", "-A").out.splitlines()[1:-1]] == [
        ["lab", "a"],
        ["shop", "b"],
    ]


def test_prune_takes_tiers_after_their_policies_and_never_what_is_built_in(calicoctl: Console) -> None:
    labelled = f"{API}\nkind: Tier\nmetadata: {{name: sec, labels: {{x: z}}}}\nspec: {{order: 5}}\n"
    calicoctl.has(labelled, policy("p", spec="tier: sec", extra=", labels: {x: z}"))
    said = calicoctl("apply", "-f", calicoctl.file(network_set()), "--prune", "-l", "all()")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1:3] == ["pruned NetworkPolicy/shop/p", "pruned Tier/sec"]
    assert len(calicoctl("get", "tier").out.splitlines()) == 5


def test_nothing_is_pruned_where_not_everything_was_applied(calicoctl: Console) -> None:
    calicoctl.has(labelled_set("a"))
    file = calicoctl.file(policy(spec="tier: none"))
    said = calicoctl("apply", "-f", file, "--prune", "-l", "color=red")
    assert said.code == 1
    assert said.err.endswith("nothing was pruned, as not everything was applied\n")
    assert "a" in calicoctl("get", "gnetsets").out


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--prune",), "`--prune` needs a selector"),
        (("-l", "color=red"), "`-l` selects what `--prune` may delete"),
        (("--prune", "-l", "info"), "`--prune` needs a selector"),
        (("--prune", "-l", "a ~ b"), "`a ~ b` selects no labels: "),
    ],
)
def test_what_prune_needs(calicoctl: Console, options: tuple[str, ...], what: str) -> None:
    calicoctl.has(labelled_set("a"))
    said = calicoctl("apply", "-f", calicoctl.file(network_set()), *options)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(what)


def test_an_empty_directory_prunes_nothing(calicoctl: Console) -> None:
    calicoctl.has(labelled_set("a"))
    file = calicoctl.file("# nothing\n")
    said = calicoctl("apply", "-f", file, "--skip-empty", "--prune", "-l", "color=red")
    assert said.out == "No resources specified\n"
    assert "a" in calicoctl("get", "gnetsets").out
