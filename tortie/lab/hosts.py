"""Network namespaces and what is set in them: made, tuned, wired, and taken away again."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tortie.errors import Unavailable
from tortie.lab.links import FABRIC, Batch, namespace_name
from tortie.netlink.namespace import entered

__all__ = [
    "MOUNTS",
    "delete",
    "existing",
    "make",
    "namespace_path",
    "open_tap",
    "run_batches",
    "set_forwarding",
    "tune",
]

MOUNTS = Path("/run/netns")
SYSCTL = Path("/proc/sys/net")

EVERYWHERE = {
    "ipv4/conf/all/rp_filter": "0",  # anti-spoofing is policy's work here, not the kernel's
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/icmp_ratelimit": "0",  # an unreachable is an answer; none may go missing
    "ipv4/ping_group_range": "0 2147483647",  # echo requests without a raw socket
    "ipv6/conf/all/accept_dad": "0",  # an address is of use at once
    "ipv6/conf/default/accept_dad": "0",
    "ipv6/conf/all/accept_ra": "0",
    "ipv6/conf/default/accept_ra": "0",
    "ipv6/conf/default/router_solicitations": "0",
    "ipv6/icmp/ratelimit": "0",
}
ROUTERS = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/proxy_arp": "1",
    "ipv4/conf/default/proxy_arp": "1",
    "ipv6/conf/all/forwarding": "1",
    "ipv6/conf/default/forwarding": "1",
}

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000


def namespace_path(name: str) -> Path:
    """Return where a named network namespace is mounted."""
    return MOUNTS / name


def existing(lab: str) -> tuple[str, ...]:
    """Return the names of all network namespaces of a lab, found by their names alone."""
    ours = re.compile(namespace_name(re.escape(lab), rf"(?:{FABRIC}|(?:host|external|workload)\..+)"))
    return tuple(sorted(path.name for path in MOUNTS.iterdir() if ours.fullmatch(path.name))) if MOUNTS.exists() else ()


def make(names: Iterable[str]) -> None:
    """Make network namespaces.

    Raises:
        Unavailable: The kernel refused, or one is there already.
    """
    _ip((), tuple(f"netns add {name}" for name in names))


def delete(names: Iterable[str]) -> None:
    """Delete network namespaces; what is in them goes when the last socket and process in them does."""
    lines = tuple(f"netns delete {name}" for name in names)
    if lines:
        _ip((), lines)


def tune(name: str, *, router: bool) -> None:
    """Set the kernel parameters of a namespace, before it has any interface but the loopback."""
    with entered(namespace_path(name)):
        for parameter, value in (EVERYWHERE | ROUTERS if router else EVERYWHERE).items():
            (SYSCTL / parameter).write_text(value)


def set_forwarding(name: str, *, on: bool) -> None:
    """Let a namespace pass packets between its interfaces, or no longer."""
    with entered(namespace_path(name)):
        for parameter in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            (SYSCTL / parameter).write_text(str(int(on)))


def open_tap(name: str, device: str) -> int:
    """Return a descriptor for a new tap device in a namespace; the device is gone when the last copy is closed.

    Raises:
        OSError: The kernel refused, or the device exists.
    """
    with entered(namespace_path(name)):
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TAP | IFF_NO_PI))
        except OSError:
            os.close(descriptor)
            raise
    return descriptor


def run_batches(batches: Iterable[Batch]) -> None:
    """Run batches of `ip` commands side by side, one process for each namespace.

    Raises:
        Unavailable: A command failed; the message names it.
    """
    started = [(batch, _start(("-n", batch.namespace))) for batch in batches]
    said = [_feed(process, batch.lines) for batch, process in started]
    for (batch, process), errors in zip(started, said, strict=True):
        _check(process, batch.lines, errors, f" in `{batch.namespace}`")


def _ip(options: tuple[str, ...], lines: tuple[str, ...]) -> None:
    process = _start(options)
    _check(process, lines, _feed(process, lines), "")


def _start(options: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["ip", *options, "-batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _feed(process: subprocess.Popen[str], lines: tuple[str, ...]) -> str:
    """Return what the process said on standard error, once it has run the commands."""
    _, errors = process.communicate("\n".join(lines) + "\n")
    return errors


def _check(process: subprocess.Popen[str], lines: tuple[str, ...], errors: str, where: str) -> None:
    if process.returncode == 0:
        return
    failed = re.search(r"Command failed -:(\d+)", errors)
    command = f"`ip {lines[int(failed[1]) - 1]}`" if failed else "`ip -batch`"
    reason = errors.partition("Command failed")[0].strip().splitlines()
    raise Unavailable(f"{command}{where} failed: {reason[-1] if reason else f'exit code {process.returncode}'}")
