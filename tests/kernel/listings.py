"""A namespace with a kernel's table of its own, and how nft lists that."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tortie.dataplane.nftables import LinuxKernel
from tortie.netlink import entered

__all__ = ["listing", "nft", "table_of_its_own"]


@contextmanager
def table_of_its_own() -> Iterator[tuple[LinuxKernel, str]]:
    """Make a namespace for the length of a `with` block; the kernel's table in it, and its name."""
    name = f"tortie-list-{os.getpid()}-{secrets.token_hex(3)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        with entered(Path("/run/netns") / name):
            kernel = LinuxKernel()
        with kernel:
            yield kernel, name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def listing(namespace: str) -> str:
    """Return what nft prints of the table."""
    return nft(namespace, "list", "table", "inet", "tortie")


def nft(namespace: str, *words: str) -> str:
    """Run nft in the namespace and return what it prints."""
    command = ["ip", "netns", "exec", namespace, "nft", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
