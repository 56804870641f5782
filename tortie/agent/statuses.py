"""A file for each workload endpoint whose policy is in the kernel: a CNI plugin may wait for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from tortie.api.names import segment_field
from tortie.model import Family, WorkloadEndpoint, family_of, format_address

__all__ = ["RETRY", "StatusFiles", "status_file"]

RETRY = 10.0
"""Seconds after which a write that failed is tried again. Source: enforcement.md 7.7."""


def status_file(endpoint: WorkloadEndpoint) -> tuple[str, bytes]:
    """Return the name and the content of an endpoint's file; pure.

    The name is orchestrator, workload and endpoint, each escaped as a segment of a URL's path, between spaces. Where
    the endpoint lacks one of the last two, the name of its key stands for it.

    Source: Calico `WorkloadEndpointKeyToStatusFilename`, `WorkloadEndpointStatus`.
    """
    segments = {"pod": endpoint.pod, "containerID": endpoint.container_id, "workload": endpoint.workload}
    workload = segments[segment_field(endpoint.orchestrator)] or endpoint.key.name
    parts = (endpoint.orchestrator, f"{endpoint.key.namespace}/{workload}", endpoint.endpoint or endpoint.key.name)
    nets: dict[Family, list[str]] = {family: [] for family in Family}
    for address in endpoint.addresses:
        nets[family_of(address)].append(f"{format_address(address)}/{8 * len(address)}")
    document = {
        "ifaceName": endpoint.interface,
        "mac": endpoint.mac,
        "ipv4Nets": nets[Family.V4],
        "ipv6Nets": nets[Family.V6],
    }
    name = " ".join(quote(part, safe="$&+=:@") for part in parts)
    return name, json.dumps({key: value for key, value in document.items() if value}).encode()


class StatusFiles:
    """Keeps a directory in step with the endpoints that are ready; nothing else may keep files there. For one thread.

    `error` is why not all files are as they should be, "" where they are. Nothing is raised; what failed is tried
    again after `RETRY` seconds, and keeps no other file waiting.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        """Touch nothing yet; the setting's paths count from `root`."""
        self._root = root
        self._begun = False
        self._directory: Path | None = None
        self._there: dict[str, bytes] | None = None
        self._failed: dict[str, str] = {}
        self._mark: object = None
        self._retry_at = 0.0
        self.error = ""

    def begin(self, prefix: str) -> None:
        """Keep files below this prefix, none where it is ""; later calls change nothing."""
        if not self._begun and prefix:
            self._directory = self._root / prefix.lstrip("/") / "endpoint-status"
        self._begun = True

    def keep(
        self, mark: object, ready: Callable[[], Iterable[WorkloadEndpoint]], *, committed: bool, now: float
    ) -> None:
        """Remove the files of all but those that are ready, and write theirs where that is in the kernel: `committed`.

        Nothing is done while `mark` is as before and nothing waits to be tried again. `now` is seconds of any clock.
        """
        if self._directory is None:
            return
        if self._failed and now >= self._retry_at:
            self._failed.clear()
        elif mark == self._mark:
            return
        self._mark = mark
        waits = bool(self._failed)
        if self._there is None:
            self._attempt("", self._list)
        if self._there is not None:
            wanted = dict(map(status_file, ready()))
            for name in self._there.keys() - wanted.keys():
                self._attempt(name, partial(self._remove, name))
            for name, content in wanted.items() if committed else ():
                if self._there.get(name) != content:
                    self._attempt(name, partial(self._write, name, content))
        if self._failed and not waits:
            self._retry_at = now + RETRY
        self.error = next(iter(self._failed.values()), "")

    def _attempt(self, name: str, act: Callable[[Path, dict[str, bytes]], None]) -> None:
        """Do something to a file, and to what is known of the files; not while it waits to be tried again."""
        if name in self._failed or self._directory is None:
            return
        there = {} if self._there is None else self._there
        try:
            act(self._directory, there)
        except OSError as error:
            self._failed[name] = f"{self._directory / name}: {error.strerror}; the status file is not as it should be"
        else:
            self._there = there

    @staticmethod
    def _list(directory: Path, there: dict[str, bytes]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
        for entry in directory.iterdir():
            if entry.is_symlink() or not entry.is_dir():
                there[entry.name] = entry.read_bytes() if entry.is_file() and not entry.is_symlink() else b""

    @staticmethod
    def _remove(name: str, directory: Path, there: dict[str, bytes]) -> None:
        (directory / name).unlink(missing_ok=True)
        del there[name]

    @staticmethod
    def _write(name: str, content: bytes, directory: Path, there: dict[str, bytes]) -> None:
        """Replace a file at once, so that nobody reads half of it."""
        directory.mkdir(parents=True, exist_ok=True)
        fresh = directory / ".new"
        fresh.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), 0o644)
            fresh.replace(directory / name)
        finally:
            fresh.unlink(missing_ok=True)
        there[name] = content
