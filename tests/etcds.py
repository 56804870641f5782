"""Etcd servers of the tests: on loopback, on ports that are free, with a directory that goes away; always stopped."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tortie.datastore.etcd import EtcdDatastore
from tortie.datastore.etcd_settings import EtcdSettings
from tortie.errors import Unavailable
from tortie.model import Kind

__all__ = [
    "Etcd",
    "asked",
    "b64",
    "cluster",
    "compact",
    "free_ports",
    "gateway",
    "grpc_proxy",
    "one_etcd",
    "paths",
    "put",
    "wait_for",
    "wipe",
]

SOON = 30.0  # seconds; reached only by a failing test


@dataclass(slots=True)
class Etcd:
    """One member: what it is started with, and its process while it runs."""

    name: str
    directory: Path
    client: int
    peer: int
    initial: str = ""
    options: Sequence[str] = ()
    scheme: str = "http"
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.client}"

    @property
    def settings(self) -> EtcdSettings:
        return EtcdSettings(endpoints=self.url)

    def start(self) -> None:
        peer = f"http://127.0.0.1:{self.peer}"
        named = {
            "name": self.name,
            "data-dir": self.directory / self.name,
            "listen-client-urls": self.url,
            "advertise-client-urls": self.url,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": self.initial or f"{self.name}={peer}",
            "heartbeat-interval": 50,
            "election-timeout": 500,
        }
        argv = ["etcd", *(f"--{option}={value}" for option, value in named.items()), *self.options]
        with (self.directory / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut would; does nothing where it does not run."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def wait_for(settings: EtcdSettings) -> None:
    """Return once the cluster answers."""
    until = time.monotonic() + SOON
    store = EtcdDatastore(settings)
    try:
        while True:
            try:
                store.list(Kind.TIER, limit=1)
            except Unavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return
    finally:
        store.close()


@contextmanager
def cluster(directory: Path, members: int = 1, options: Sequence[str] = ()) -> Iterator[list[Etcd]]:
    """Run a cluster for the length of a `with` block; skip the test where there is no etcd."""
    if shutil.which("etcd") is None:
        pytest.skip("there is no etcd; install etcd-server")
    ports = free_ports(2 * members)
    found = [
        Etcd(f"m{number}", directory, ports[2 * number], ports[2 * number + 1], options=options)
        for number in range(members)
    ]
    initial = ",".join(f"{etcd.name}=http://127.0.0.1:{etcd.peer}" for etcd in found)
    try:
        for etcd in found:
            etcd.initial = initial
            etcd.start()
        wait_for(EtcdSettings(endpoints=",".join(etcd.url for etcd in found)))
        yield found
    finally:
        for etcd in found:
            etcd.kill()


@contextmanager
def one_etcd(directory: Path, options: Sequence[str] = ()) -> Iterator[Etcd]:
    with cluster(directory, options=options) as (etcd,):
        yield etcd


@contextmanager
def grpc_proxy(etcd: Etcd, directory: Path, port: int = 0) -> Iterator[tuple[EtcdSettings, subprocess.Popen[bytes]]]:
    """Run etcd's own proxy in front of an etcd; yield how it is reached, and its process."""
    port = port or free_ports(1)[0]
    argv = ["etcd", "grpc-proxy", "start", f"--endpoints=127.0.0.1:{etcd.client}", f"--listen-addr=127.0.0.1:{port}"]
    with (directory / "proxy.log").open("ab") as log, subprocess.Popen(argv, stdout=log, stderr=log) as process:
        try:
            settings = EtcdSettings(f"http://127.0.0.1:{port}")
            wait_for(settings)
            yield settings, process
        finally:
            process.kill()


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def gateway(etcd: Etcd, method: str, token: str = "", **body: object) -> Any:
    """Ask etcd through its JSON gateway, which shares nothing with our client; bytes are base64 there."""
    headers = {"Authorization": token} if token else {}
    request = urllib.request.Request(f"{etcd.url}/v3/{method}", json.dumps(body).encode(), headers)  # noqa: S310 - http
    with urllib.request.urlopen(request, timeout=SOON) as answer:  # noqa: S310 - as above
        return json.load(answer)


def asked(etcd: Etcd, method: str, **body: object) -> Any:
    """Return what `gateway` does, None where the member does not answer, refuses, or has no leader."""
    try:
        return gateway(etcd, method, "", **body)
    except OSError:
        return None


def b64(data: str | bytes) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def put(etcd: Etcd, path: str, value: str | bytes) -> int:
    """Write as another client would; return the revision."""
    return int(gateway(etcd, "kv/put", key=b64(path), value=b64(value))["header"]["revision"])


def paths(etcd: Etcd) -> dict[str, bytes]:
    """Return everything the etcd holds."""
    found = gateway(etcd, "kv/range", key=b64("/"), range_end=b64("0"))
    return {base64.b64decode(kv["key"]).decode(): base64.b64decode(kv.get("value", "")) for kv in found.get("kvs", ())}


def wipe(etcd: Etcd) -> None:
    """Remove everything, as a test's begin; a member that has no leader yet is asked again."""
    until = time.monotonic() + SOON
    while asked(etcd, "kv/deleterange", key=b64("/"), range_end=b64("0")) is None:
        assert time.monotonic() < until, "the etcd does not answer"
        time.sleep(0.05)


def compact(etcd: Etcd) -> None:
    """Make the etcd forget all revisions but the newest."""
    revision = gateway(etcd, "kv/range", key=b64("/"))["header"]["revision"]
    gateway(etcd, "kv/compaction", revision=revision, physical=True)
