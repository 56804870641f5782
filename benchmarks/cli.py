"""How long commands take to start: whole processes, medians."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rows import Row, percentile

__all__ = ["measure"]

RUNS = 15
POLICY = Path(__file__).parent.parent / "examples" / "guide" / "e1-same-namespace.yaml"


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "DATASTORE_TYPE": "sqlite", "TORTIE_SQLITE_PATH": f"{directory}/tortie.db"}
        commands = {
            "calicoctl --help": (["--help"], "< 100"),
            "calicoctl apply -f of one policy": (["apply", "-f", str(POLICY)], ""),
            "calicoctl get of one policy": (["get", "networkpolicy", "-A"], "< 150"),
        }
        return [
            Row("python -c pass", _median([sys.executable, "-c", "pass"], environment), "ms"),
            *(
                Row(name, _median([str(Path(sys.executable).parent / "calicoctl"), *words], environment), "ms", budget)
                for name, (words, budget) in commands.items()
            ),
        ]


def _median(command: list[str], environment: dict[str, str]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - start) * 1000)
    return percentile(times, 50)
