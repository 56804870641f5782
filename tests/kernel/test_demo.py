"""The demo, run as people run it: it agrees, it is readable, and it leaves nothing behind unless asked to."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.labs import unique
from tortie.lab import down, running_labs
from tortie.lab.hosts import existing

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
COMMAND = [sys.executable, "-m", "tortie.lab.demo"]
ROOT = Path(__file__).parents[2]
MINUTE = 60.0


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *argv], cwd=ROOT, check=False, capture_output=True, text=True, timeout=2 * MINUTE, encoding="utf-8"
    )


def test_the_demo_agrees_and_cleans_up() -> None:
    name = unique()
    done = run("--name", name)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert (running_labs().count(name), existing(name)) == (0, ())
    assert re.search(r"^All agree\. \d+ seconds\.$", done.stdout, flags=re.MULTILINE)
    assert max(map(len, done.stdout.splitlines())) <= 80
    for number in range(1, 9):
        assert f"\nE{number}  " in done.stdout
    assert "calico-packet: " in done.stdout or "log cannot be read here" in done.stdout
    assert "the connection opened before the deny: still carries data" in done.stdout
    assert "+>-" in done.stdout
    assert "Nearest to allowing it:" in done.stdout


def test_the_demo_passes_the_same_on_etcd() -> None:
    if shutil.which("etcd") is None:
        pytest.skip("there is no etcd; install etcd-server")
    name = unique()
    done = run("--name", name, "--datastore", "etcd")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert existing(name) == ()
    assert re.search(r"^All agree\. \d+ seconds\.$", done.stdout, flags=re.MULTILINE)


def test_keep_leaves_the_lab_up_and_says_what_to_try() -> None:
    name = unique()
    try:
        done = run("--name", name, "--keep")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        assert name in running_labs()
        assert f"tortie lab down {name}" in done.stdout
        again = run("--name", name)
        assert again.returncode == 2
        assert f"`tortie lab down {name}` takes it down" in again.stderr
    finally:
        down(name)


def test_the_demo_cleans_up_when_it_is_told_to_stop() -> None:
    name = unique()
    process = subprocess.Popen([*COMMAND, "--name", name], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("E1 "):
                process.send_signal(signal.SIGTERM)
    assert process.returncode == 143
    assert existing(name) == ()
