"""What create, apply and validate have in common."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import Console, network_set

VERBS = pytest.mark.parametrize("verb", ["create", "apply", "validate", "replace"])


@VERBS
def test_empty_files(calicoctl: Console, verb: str) -> None:
    file = calicoctl.file("# nothing\n---\n")
    said = calicoctl(verb, "-f", file)
    assert (said.code, said.out, said.err) == (1, "", f"no resources specified in file {file}\n")
    said = calicoctl(verb, "-f", file, "--skip-empty")
    assert (said.code, said.out, said.err) == (0, "No resources specified\n", "")


@VERBS
def test_without_a_file(calicoctl: Console, verb: str) -> None:
    said = calicoctl(verb, "np", "x")
    assert (said.code, said.out) == (1, "")
    assert said.err == f"no file was given\n  calicoctl {verb} -f FILE, a directory, or `-`\n"


@VERBS
def test_several_files(calicoctl: Console, verb: str) -> None:
    said = calicoctl(verb, "-f", calicoctl.file(network_set()), "b.yaml")
    assert (said.code, said.out) == (1, "")
    mend = f"name a directory, or call `calicoctl {verb}` once for each file"
    assert said.err == f"`-f` takes one file, and `b.yaml` was given too\n  {mend}\n"


@pytest.mark.parametrize("verb", ["apply", "validate", "replace"])
def test_what_stands_twice_is_told(calicoctl: Console, verb: str) -> None:
    calicoctl.has(network_set())
    file = calicoctl.file("---\n".join([network_set(), network_set(spec="nets: [10.1.0.0/16]"), network_set("other")]))
    calicoctl.has(network_set("other"))
    said = calicoctl(verb, "-f", file)
    assert (said.code, said.err) == (0, "warning: GlobalNetworkSet/out stands 2 times; the last one counts\n")
