"""A whole agent on a cluster's API: it enforces what is there, through an outage, and follows what changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kube_api import KubeApi, kube_api
from tests.kubernetes.test_agent import OBJECTS
from tests.kubernetes.test_command_line import environment
from tortie.netlink import entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]

SOON = 60.0
RUN = "import sys; from tortie.cli.tortie import main; sys.exit(main())"


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something that others bring about."""
    end = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.1)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[tuple[KubeApi, dict[str, str]]]:
    """A server in a network namespace of its own, which this thread is in too, and what an agent is told there."""
    name = f"tortie-kube-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        with entered(Path("/run/netns") / name), kube_api() as (running, url):
            for plural, document, version, _, _ in OBJECTS:
                running.put(plural, document, version)
            told = {"TORTIE_STATEDIRECTORY": str(tmp_path / "state"), "TORTIE_RUNDIRECTORY": str(tmp_path / "run")}
            yield running, {**os.environ, **environment(url, tmp_path), **told, "TORTIE_HOSTNAME": "n1"}
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def test_an_agent_enforces_what_a_cluster_says(api: tuple[KubeApi, dict[str, str]], tmp_path: Path) -> None:
    cluster, environ = api

    def status() -> str:
        argv = [sys.executable, "-c", RUN, "status", "-o", "json"]
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
        return str(json.loads(done.stdout).get("datastore")) if done.stdout.startswith("{") else ""

    def table() -> str:
        return subprocess.run(
            ["nft", "list", "table", "inet", "tortie"], capture_output=True, text=True, check=False
        ).stdout

    with (tmp_path / "log").open("w") as log:
        agent = subprocess.Popen([sys.executable, "-c", RUN, "agent"], env=environ, stdout=log, stderr=log)
        try:
            until(lambda: "10.244.1.5" in table(), "the pod's address in the kernel")
            later = {"metadata": {"name": "later"}, "spec": {"selector": "app == 'web'", "types": ["Egress"]}}
            cluster.put("globalnetworkpolicies", later)
            until(lambda: "later" in table(), "the new policy in the kernel")
            cluster.stop()
            until(lambda: status() == "wait-for-ready", "the outage on the status")
            cluster.remove("globalnetworkpolicies", "later")
            assert "later" in table()
            cluster.start()
            until(lambda: "later" not in table(), "the policy's end in the kernel")
            until(lambda: status() == "in-sync", "the end of the outage on the status")
        finally:
            agent.terminate()
            assert agent.wait(SOON) == 0
    kept = [path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert any(b"10.244.1.5" in each for each in kept)
    assert not any(b"hunter2" in each for each in kept)
