"""The etcd of a lab: one member in the fabric's namespace, reached through a socket in the lab's directory.

Agents live in network namespaces of their own, and a socket with a path is seen from all of them. It goes with the lab.
"""

from __future__ import annotations

import shutil
import time

from tortie.datastore import open_datastore
from tortie.errors import Unavailable
from tortie.lab import hosts, links, processes
from tortie.lab.lab import Running
from tortie.lab.store import ETCD_DATA, ETCD_SOCKET, location
from tortie.model import Kind

__all__ = ["ETCD", "start_etcd"]

ETCD = "etcd"
"""The program, and the lab's name for it."""

SECONDS = 30.0  # that the etcd has to answer


def start_etcd(running: Running) -> None:
    """Start the etcd of a lab and return once it answers.

    Raises:
        Unavailable: there is no etcd to start, or it does not answer; with what it said.
    """
    if shutil.which(ETCD) is None:
        raise Unavailable("there is no `etcd` to run the lab's datastore; install etcd-server, or use sqlite")
    directory = running.directory
    (directory / ETCD_DATA).mkdir(mode=0o700, exist_ok=True)
    peer_socket = f"peer-{ETCD_SOCKET}"
    for stale in (ETCD_SOCKET, peer_socket):  # of one that was killed
        (directory / stale).unlink(missing_ok=True)
    peer = "http://127.0.0.1:2380"  # of the fabric's own loopback; nobody asks there
    options = {
        "name": "lab",
        "data-dir": directory / ETCD_DATA,
        "listen-client-urls": f"unix://{ETCD_SOCKET}",
        "advertise-client-urls": f"unix://{ETCD_SOCKET}",
        "listen-peer-urls": f"unix://{peer_socket}",
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"lab={peer}",
    }
    argv = ["env", "-C", str(directory), ETCD, *(f"--{name}={value}" for name, value in options.items())]
    fabric = hosts.namespace_path(links.namespace_name(running.lab.name, links.FABRIC))
    processes.start(fabric, argv, running.record(ETCD))
    _await(running)


def _await(running: Running) -> None:
    store = open_datastore(location(running.directory))
    until = time.monotonic() + SECONDS
    try:
        while True:
            try:
                store.list(Kind.TIER, limit=1)
            except Unavailable as error:
                if running.process(ETCD) is None or time.monotonic() > until:
                    said = running.log(ETCD).strip().splitlines()[-5:]
                    raise Unavailable("\n  ".join([f"the lab's etcd does not answer: {error}", *said])) from error
                time.sleep(0.02)
            else:
                return
    finally:
        store.close()
