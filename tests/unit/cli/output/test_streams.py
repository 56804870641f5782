"""Programs in a shell: streams that are closed, full, endless or not text never end in a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.console import network_set
from tortie.cli.output import streams
from tortie.cli.output.streams import read_text
from tortie.errors import Invalid


def shell(line: str, directory: Path) -> tuple[int, str, str]:
    """Run a line in which `calicoctl` and `tortie` stand for the programs; return exit code, output and errors."""
    run = "import sys; from tortie.cli.{0} import main; sys.exit(main())"
    function = '{0}() {{ "$PYTHON" -c \'' + run + '\' "$@"; }}\n'
    programs = function.format("calicoctl") + function.format("tortie")
    environ = {"TORTIE_SQLITE_PATH": str(directory / "store.db"), "PATH": "/usr/bin:/bin", "PYTHON": sys.executable}
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", programs + line], check=False, capture_output=True, text=True, env=environ
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "code", "err"),
    [
        ("calicoctl get np >&-", 0, ""),
        ("calicoctl get nosuch 2>&-", 1, ""),
        ("tortie explain -f /dev/null $'\\e[1m' b", 2, "there is no endpoint `\\x1b[1m`: no endpoints are known\n"),
        (
            "calicoctl patch gnp $'\\e[1m' -p {}",
            1,
            "hit error: resource does not exist: GlobalNetworkPolicy(\\x1b[1m) with error: <nil>\n",
        ),
        ("calicoctl apply -f - <&-", 1, "no resources specified in file -\n"),
        (
            "printf 'a\\n\\377' | calicoctl apply -f -",
            1,
            (
                "<stdin>:2:1: this file is not UTF-8 text\n  save it as UTF-8\n"
                "failed to execute command: the problem above\n"
            ),
        ),
        ("calicoctl get np >/dev/full", 1, "no space left on device\n"),
        ("calicoctl --help >/dev/full", 1, "no space left on device\n"),
        ("tortie --help >&-", 0, ""),
        ("tortie --help >/dev/full", 2, "no space left on device\n"),
        ("tortie explan 2>&-", 2, ""),
        ("tortie explain -f - a b <&-", 2, "there is no endpoint `a`: no endpoints are known\n"),
        (
            "printf '\\377' | tortie explain -f - a b",
            2,
            "<stdin>:1:1: this file is not UTF-8 text\n  save it as UTF-8\n",
        ),
        ("tortie explain -f /proc/self/mem a b", 2, "input/output error\n"),
    ],
)
def test_streams(line: str, code: int, err: str, tmp_path: Path) -> None:
    assert shell(line, tmp_path) == (code, "", err)


def test_a_reader_that_goes_early(tmp_path: Path) -> None:
    (tmp_path / "many.yaml").write_text("---\n".join(network_set(f"set-{n}") for n in range(2000)))
    line = f"calicoctl apply -f {tmp_path}/many.yaml >/dev/null && calicoctl get gnetsets -o yaml | head -1"
    assert shell(line, tmp_path) == (1, "apiVersion: projectcalico.org/v3\n", "")


def test_what_does_not_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_BYTES", 1 << 20)
    with pytest.raises(Invalid, match=r"^/dev/zero: this has more than 1 MiB; split it$"):
        read_text(Path("/dev/zero"))
