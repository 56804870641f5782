"""Scripts for shells: each is one that its shell can read, and asks us."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.console import Console
from tortie.cli.completion import SCRIPTS


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


def test_bash_completes(tmp_path: Path) -> None:
    script = (
        "source <(calicoctl completion bash)\nCOMP_WORDS=(calicoctl vers)\nCOMP_CWORD=1\n_calicoctl\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    bash = shutil.which("bash")
    assert bash
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        env={"PATH": path, "TORTIE_SQLITE_PATH": str(tmp_path / "s.db")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "version\n"
