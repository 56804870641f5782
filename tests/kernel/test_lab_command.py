"""`tortie lab` as people use it: up, a policy by calicoctl, probes, the matrix, down."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel.labs import GUIDE, unique
from tortie.dataplane.nftables import LinuxKernel
from tortie.lab import down, running_labs
from tortie.lab.lab import attach
from tortie.netlink import entered

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
RUN = "import sys; from tortie.cli.{0} import main; sys.exit(main())"


def command(program: str, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN.format(program), *argv],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def name(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = unique()
    text = (GUIDE.parent / "labs" / "guide.yaml").read_text().replace("name: guide", f"name: {made}", 1)
    path: Path = tmp_path_factory.mktemp("lab") / "lab.yaml"
    path.write_text(text)
    up = command("tortie", "lab", "up", str(path))
    try:
        assert up.returncode == 0, up.stderr
        assert max(map(len, up.stdout.splitlines())) <= 80
        yield made
    finally:
        down(made)


def lab(verb: str, *argv: str, name: str) -> subprocess.CompletedProcess[str]:
    return command("tortie", "lab", verb, "--lab", name, *argv)


def test_the_lab_is_listed(name: str) -> None:
    assert name in command("tortie", "lab", "list").stdout
    assert "production/red" in command("tortie", "lab", "list", name).stdout


def test_a_policy_applied_by_calicoctl_counts(name: str) -> None:
    printed = command("tortie", "lab", "env", name).stdout
    variables = dict(re.findall(r"^export (\w+)=(\S+)$", printed, flags=re.MULTILINE))
    assert variables["DATASTORE_TYPE"] == "sqlite"
    policy = str(GUIDE / "e1-same-namespace.yaml")
    assert command("calicoctl", "apply", "-f", policy, **variables).returncode == 0
    for source, answer in (("production/blue", "answered"), ("production/green", "dropped")):
        for version in ("-4", "-6"):
            probe = lab("probe", source, "red", version, name=name)
            assert probe.returncode == 0, probe.stdout + probe.stderr
            assert f"measured   {answer}" in probe.stdout
    assert command("calicoctl", "delete", "-f", policy, **variables).returncode == 0


def test_a_probe_as_json(name: str) -> None:
    probe = lab("probe", "legacy", "red", "--protocol", "icmp", "-o", "json", name=name)
    found = json.loads(probe.stdout)
    assert (probe.returncode, found["measured"]["answer"], found["agrees"]) == (0, "dropped", True)


def test_a_command_runs_inside_and_its_exit_code_is_kept(name: str) -> None:
    shown = lab("exec", "red", "--", "ip", "-4", "-o", "address", "show", "dev", "eth0", name=name)
    assert (shown.returncode, "10.1.0.1/32" in shown.stdout) == (0, True)
    assert lab("exec", "red", "--", "sh", "-c", "exit 7", name=name).returncode == 7


def test_commands_inside_a_host_ask_its_agent_and_the_datastore_of_the_lab(name: str) -> None:
    program = (sys.executable, "-c", RUN.format("tortie"), "status")
    shown = lab("exec", "node-1", "--", *program, name=name)
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"^host +node-1$", shown.stdout, flags=re.MULTILINE)
    reader = (sys.executable, "-c", RUN.format("calicoctl"), "get", "wep", "-n", "production")
    assert "red" in lab("exec", "node-1", "--", *reader, name=name).stdout


def test_the_matrix_agrees(name: str) -> None:
    text = lab("matrix", name=name)
    assert text.returncode == 0, text.stdout + text.stderr
    assert max(map(len, text.stdout.splitlines())) <= 80
    found = json.loads(lab("matrix", "-o", "json", name=name).stdout)
    assert len(found) == 126
    assert all(each["agrees"] for each in found)


def test_a_disagreement_is_told_and_exits_1(name: str) -> None:
    """A rule of somebody else's table drops what policy allows."""
    foreign = "table inet other { chain c { type filter hook forward priority -200; tcp dport 6379 drop; }; }"
    running = attach(name)
    assert running.exec("node-1", ["nft", foreign]).returncode == 0
    probe = lab("probe", "production/blue", "red", name=name)
    assert (probe.returncode, "THEY DISAGREE" in probe.stdout) == (1, True)
    matrix = lab("matrix", name=name)
    assert (matrix.returncode, "THEY DISAGREE" in matrix.stdout) == (1, True)
    assert running.exec("node-1", ["nft", "delete table inet other"]).returncode == 0
    assert lab("probe", "production/blue", "red", name=name).returncode == 0


def test_a_table_taken_away_by_hand_comes_back(name: str) -> None:
    running = attach(name)
    with entered(running.host_namespace("node-1")), LinuxKernel() as kernel:
        kernel.delete_table()
    probe = lab("probe", "production/green", "red", name=name)
    assert probe.returncode == 0, probe.stdout + probe.stderr


def test_down_takes_it_all_down(name: str) -> None:
    taken = command("tortie", "lab", "down", name)
    assert (taken.returncode, name in running_labs()) == (0, False)
    assert command("tortie", "lab", "down", name).returncode == 2
