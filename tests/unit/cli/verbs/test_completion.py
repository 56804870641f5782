"""Scripts for shells: each is one that its shell can read, and asks us."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.console import Console, network_set, policy
from tortie.cli.verbs.completion import SCRIPTS


@pytest.mark.parametrize("shell", SCRIPTS)
def test_scripts(calicoctl: Console, shell: str) -> None:
    said = calicoctl("completion", shell)
    assert (said.code, said.err) == (0, "")
    assert "__complete" in said.out
    assert "kubectl-calico" in said.out


@pytest.mark.parametrize(
    ("words", "what"),
    [((), "accepts 1 arg(s), received 0"), (("tcsh",), "there is no completion for `tcsh`")],
)
def test_other_shells(calicoctl: Console, words: tuple[str, ...], what: str) -> None:
    said = calicoctl("completion", *words)
    assert (said.code, said.err.splitlines()[0]) == (1, what)


BASH = """
source <(calicoctl completion bash)
COMP_WORDS=(calicoctl {words})
COMP_CWORD={count}
_calicoctl
printf "%s\\n" "${{COMPREPLY[@]}}"
"""
ZSH = """
compdef() {{ :; }}
_files() {{ print files; }}
_describe() {{ print -l -- "${{(@P)2}}"; }}
source <(calicoctl completion zsh)
words=(calicoctl {words})
CURRENT=$(({count} + 1))
_calicoctl
"""
FISH = """
calicoctl completion fish | source
complete -C 'calicoctl {line}'
"""
SHELLS = {"bash": (BASH, ["--norc"]), "zsh": (ZSH, ["-f"]), "fish": (FISH, ["--no-config"])}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("vers", ["version"]),
        ("datastore migrate un", ["unlock"]),
        ("get gnetsets out", ["out"]),
        ("get np -n sh", ["shop"]),
        ("get tier -o jso", ["json"]),
    ],
)
def test_shells_complete(calicoctl: Console, shell: str, line: str, found: list[str]) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell}")
    calicoctl.has(network_set(), policy())
    script, options = SHELLS[shell]
    text = script.format(words=line, line=line, count=len(line.split()))
    assert [each.split("\t")[0].split(":")[0] for each in run(program, [*options, "-c", text], calicoctl)] == found


@pytest.mark.parametrize(("shell", "said"), [("zsh", ["files"]), ("fish", ["given.yaml"])])
def test_shells_complete_names_of_files_themselves(calicoctl: Console, shell: str, said: list[str]) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell}")
    calicoctl.file(network_set())
    script, options = SHELLS[shell]
    text = script.format(words="apply -f giv", line="apply -f giv", count=3)
    assert run(program, [*options, "-c", text], calicoctl) == said


def run(program: str, arguments: list[str], calicoctl: Console) -> list[str]:
    """Return the lines that a shell prints, with calicoctl in its path and the console's datastore."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program, *arguments],
        env={"PATH": path, "HOME": str(calicoctl.directory), **calicoctl.environ},
        cwd=calicoctl.directory,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()
