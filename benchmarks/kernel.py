"""A kernel to measure in: the table of a network namespace that lives as long as the measurement."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tortie.dataplane.nftables import LinuxKernel
from tortie.netlink import entered

__all__ = ["kernel_of_its_own"]


@contextmanager
def kernel_of_its_own() -> Iterator[LinuxKernel]:
    """Make a namespace and yield the kernel's table in it; needs root."""
    name = f"tortie-bench-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        with entered(f"/run/netns/{name}"):
            kernel = LinuxKernel()
        with kernel:
            yield kernel
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)
