"""What it costs to tell 200 agents of a change, straight from an etcd and through its grpc-proxy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, percentile
from benchmarks.watchers import MARK
from tests.etcds import grpc_proxy, one_etcd
from tortie.datastore.etcd import EtcdDatastore
from tortie.model import Key, Kind

__all__ = ["measure"]

AGENTS, RESOURCES, EVENTS, PAUSE = 200, 1_000, 40, 0.25
VALUE = b'{"spec":{"nets":["' + b"x" * 560 + b'"]}}'  # 600 bytes, as a policy has
MEGABYTE = 1e6


def measure() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as directory, one_etcd(Path(directory)) as etcd:
        store = EtcdDatastore(etcd.settings)
        for number in range(RESOURCES):
            store.create(Key(Kind.GLOBAL_NETWORK_SET, "", f"set-{number:05}"), VALUE)
        store.create(MARK, _mark(0))
        assert etcd.process is not None
        rows += _measured("straight", etcd.url, store, {"etcd": etcd.process.pid})
        with grpc_proxy(etcd, Path(directory)) as (settings, proxy):
            servers = {"etcd": etcd.process.pid, "the proxy": proxy.pid}
            rows += _measured("by the proxy", settings.endpoints, store, servers)
        store.close()
    return rows


def _measured(way: str, url: str, store: EtcdDatastore, servers: dict[str, int]) -> Iterator[Row]:
    idle, _ = _written(store, servers)
    yield Row(f"{way}: CPU of etcd for a change that nobody follows", idle["etcd"] / EVENTS * 1e6, "us")
    store.update(MARK, _mark(0), store.get(MARK).revision)
    before = {name: (_cpu(pid), _memory(pid)) for name, pid in servers.items()}
    argv = [sys.executable, "-m", "benchmarks.watchers", url, str(AGENTS), str(EVENTS)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as agents:
        assert agents.stdout is not None
        listed: dict[str, Any] = json.loads(agents.stdout.readline())
        yield Row(f"{way}: {AGENTS} agents in sync, {RESOURCES} resources", listed["seconds"], "s")
        yield Row(f"{way}: an agent's CPU to list a resource", listed["cpu"] / AGENTS / RESOURCES * 1e6, "us")
        for name, pid in servers.items():
            cpu, memory = before[name]
            yield Row(f"{way}: CPU of {name} to list a resource", (_cpu(pid) - cpu) / AGENTS / RESOURCES * 1e6, "us")
            yield Row(f"{way}: memory of {name} for an agent", (_memory(pid) - memory) / AGENTS / 1e3, "kB")
        busy, written = _written(store, servers)
        told: dict[str, Any] = json.loads(agents.stdout.readline())
    last = [(heard - wrote) * 1e3 for wrote, heard in zip(written, told["last"], strict=True)]
    yield Row(f"{way}: from a write to the last agent, p50", percentile(last, 50), "ms")
    yield Row(f"{way}: from a write to the last agent, p99", percentile(last, 99), "ms")
    yield Row(f"{way}: an agent's CPU for a change", told["cpu"] / AGENTS / EVENTS * 1e6, "us")
    for name in servers:
        share = (busy[name] - idle[name]) / EVENTS / AGENTS * 1e6
        yield Row(f"{way}: CPU of {name} to tell an agent of a change", share, "us")


def _written(store: EtcdDatastore, servers: dict[str, int]) -> tuple[dict[str, float], list[float]]:
    """Write all changes; return what CPU the servers used meanwhile, and when each was written."""
    before = {name: _cpu(pid) for name, pid in servers.items()}
    written = []
    for number in range(1, EVENTS + 1):
        revision = store.get(MARK).revision
        written.append(time.monotonic())
        store.update(MARK, _mark(number), revision)
        time.sleep(PAUSE)
    return {name: _cpu(pid) - before[name] for name, pid in servers.items()}, written


def _mark(number: int) -> bytes:
    return f"{MARK.name} {number}".encode()


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Return the bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
