"""`python -m benchmarks NAME [--json]`: run one benchmark and print its rows."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.rows import shown

NAMES = ("churn", "cli", "datapath", "fanout", "scale", "snapshot")


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure speed and size.")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    arguments = parser.parse_args()
    rows = importlib.import_module(f"benchmarks.{arguments.name}").measure()
    print(shown(rows, as_json=arguments.json))
    return 0


if __name__ == "__main__":
    sys.exit(main())
