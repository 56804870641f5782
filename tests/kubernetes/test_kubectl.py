"""kubectl on the API server of the tests: what Kubernetes' own client makes of it, and of what we wrote there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.kube_api import KubeApi
from tests.kubernetes.test_command_line import environment
from tortie.datastore import KubernetesDatastore
from tortie.errors import NotFound
from tortie.model import Key, Kind

TIER = Key(Kind.TIER, "", "ops")


@pytest.fixture
def kubectl(server: tuple[KubeApi, str], tmp_path: Path) -> Any:
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl")
    config = environment(server[1], tmp_path)["KUBECONFIG"]

    def run(*arguments: str, given: str = "", code: int = 0) -> str:
        environ = {**os.environ, "KUBECONFIG": config, "HOME": str(tmp_path)}
        argv = ["kubectl", *arguments]
        done = subprocess.run(argv, input=given, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    return run


def test_it_reads_what_we_wrote(kubectl: Any, store: KubernetesDatastore) -> None:
    made = store.create(TIER, b'{"metadata": {"name": "ops", "labels": {"a": "b"}}, "spec": {"order": 5}}')
    found = json.loads(kubectl("get", "tiers.crd.projectcalico.org", "ops", "-o", "json"))
    assert (found["spec"], found["metadata"]["resourceVersion"]) == ({"order": 5}, made.revision)
    assert "tier.crd.projectcalico.org/ops" in kubectl("get", "tiers.crd.projectcalico.org", "-o", "name")
    assert 'tiers.crd.projectcalico.org "none" not found' in kubectl("get", "tiers", "none", code=1)


def test_we_read_what_it_wrote(kubectl: Any, store: KubernetesDatastore) -> None:
    watch = store.watch([Kind.TIER], store.list(Kind.TIER).revision)
    assert watch.poll(0) == ()
    tier = {"apiVersion": "crd.projectcalico.org/v1", "kind": "Tier", "metadata": {"name": "ops"}, "spec": {"order": 5}}
    assert "created" in kubectl("create", "--validate=false", "-f", "-", given=json.dumps(tier))
    assert [change.key for change in watch.poll(20.0)] == [TIER]
    tier["spec"] = {"order": 6}
    assert "replaced" in kubectl("replace", "--validate=false", "-f", "-", given=json.dumps(tier))
    assert json.loads(store.get(TIER).value)["spec"] == {"order": 6}
    assert "deleted" in kubectl("delete", "tier", "ops", "--wait=false")
    with pytest.raises(NotFound):
        store.get(TIER)
    watch.close()
