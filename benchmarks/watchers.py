"""Many agents in one process, each a syncer without a dataplane: `python -m benchmarks.watchers URL COUNT EVENTS`.

Prints a line of JSON when all are in sync, and one when each has heard of EVENTS more changes.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from tortie.datastore import EtcdSettings, Syncer
from tortie.datastore.etcd import EtcdDatastore
from tortie.model import Key, Kind

MARK = Key(Kind.GLOBAL_NETWORK_SET, "", "mark")
"""The resource that changes; its value ends in the number of the change."""


class Agent:
    """One syncer; `arrivals` are the times at which it knew of each change, or of a later one."""

    def __init__(self, url: str, events: int) -> None:
        self.store = EtcdDatastore(EtcdSettings(url))
        self.syncer = Syncer(self.store, tuple(Kind))
        self.events = events
        self.in_sync = threading.Event()
        self.done = threading.Event()
        self.arrivals: list[float] = []

    def run(self) -> None:
        for batch in self.syncer:
            now = time.monotonic()
            if batch.in_sync and not self.in_sync.is_set():
                self.in_sync.set()
                continue
            for key, record in batch.updates:
                if key == MARK and record is not None:
                    known = int(record.value.split()[1])
                    self.arrivals += [now] * (known - len(self.arrivals))
            if len(self.arrivals) >= self.events:
                self.done.set()


def main(url: str, count: int, events: int) -> None:
    began, cpu = time.monotonic(), time.process_time()
    agents = [Agent(url, events) for _ in range(count)]
    for agent in agents:
        threading.Thread(target=agent.run, daemon=True).start()
    for agent in agents:
        agent.in_sync.wait()
    print(json.dumps({"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu}), flush=True)
    cpu = time.process_time()
    for agent in agents:
        agent.done.wait()
    last = [max(times) for times in zip(*(agent.arrivals for agent in agents), strict=True)]
    print(json.dumps({"cpu": time.process_time() - cpu, "last": last}), flush=True)
    for agent in agents:
        agent.syncer.close()
        agent.store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
