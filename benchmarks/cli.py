"""How long commands take to start: whole processes, medians."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rows import Row, percentile
from tortie.datastore import SqliteDatastore
from tortie.model import Key, Kind

__all__ = ["measure"]

RUNS = 15
POLICIES = 10_000
POLICY = Path(__file__).parent.parent / "examples" / "guide" / "e1-same-namespace.yaml"


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "DATASTORE_TYPE": "sqlite", "TORTIE_SQLITE_PATH": f"{directory}/tortie.db"}
        commands = {
            "calicoctl --help": (["--help"], "< 100"),
            "calicoctl apply -f of one policy": (["apply", "-f", str(POLICY)], ""),
            "calicoctl get of one policy": (["get", "networkpolicy", "-A"], "< 150"),
        }
        rows = [
            Row("python -c pass", _median([sys.executable, "-c", "pass"], environment), "ms"),
            *(
                Row(name, _median([str(Path(sys.executable).parent / "calicoctl"), *words], environment), "ms", budget)
                for name, (words, budget) in commands.items()
            ),
        ]
        _fill(Path(directory) / "tortie.db")
        listing = {
            "calicoctl get of 10,000 policies": (["get", "networkpolicy", "-A", "-o", "wide"], "< 1500"),
            "calicoctl get of 10,000 policies as YAML": (["get", "networkpolicy", "-A", "-o", "yaml"], ""),
            "calicoctl get of 10,000 policies as JSON": (["get", "networkpolicy", "-A", "-o", "json"], ""),
            "calicoctl get of one of 10,000 policies": (["get", "networkpolicy", "p-77", "-n", "n-7"], "< 150"),
        }
        rows += [
            Row(name, _median([str(Path(sys.executable).parent / "calicoctl"), *words], environment, 5), "ms", budget)
            for name, (words, budget) in listing.items()
        ]
        return rows


def _fill(path: Path) -> None:
    """Put policies into a datastore, in one transaction: how long writing takes is not the question."""
    store = SqliteDatastore(path)
    store.create(Key(Kind.NETWORK_POLICY, "n-0", "first"), _policy("first", "n-0"))
    store.close()
    with sqlite3.connect(path) as connection:
        rows = [
            ("NetworkPolicy", f"n-{number % 70}", f"p-{number}", 1, _policy(f"p-{number}", f"n-{number % 70}"))
            for number in range(POLICIES)
        ]
        connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?)", rows)


def _policy(name: str, namespace: str) -> bytes:
    rule = {
        "action": "Allow",
        "protocol": "TCP",
        "source": {"selector": "app == 'web'"},
        "destination": {"ports": [80]},
    }
    spec = {"tier": "default", "order": 100, "selector": "app == 'db'", "types": ["Ingress"], "ingress": [rule]}
    metadata = {"name": name, "namespace": namespace, "labels": {"projectcalico.org/tier": "default"}, "uid": name}
    document = {"kind": "NetworkPolicy", "apiVersion": "projectcalico.org/v3", "metadata": metadata, "spec": spec}
    return json.dumps(document).encode()


def _median(command: list[str], environment: dict[str, str], runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - start) * 1000)
    return percentile(times, 50)
