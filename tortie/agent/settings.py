"""The settings of one host: what it was told at its start, and what the datastore says of it now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tortie.api import Resolved, Source, resolve_host, restart_keys, says_settings
from tortie.errors import Problem
from tortie.model import Key, Resource, Update

__all__ = ["HostSettings"]


class HostSettings:
    """Keeps what is said, and what it comes to: `resolved`, and `problems` with it.

    While a value without which no agent may start cannot be understood, the settings in force stay as they were; where
    none of the datastore were in force yet, its default counts, and the others as they are. Prefixes of workload
    interfaces that would silence the host itself are refused: those in force stay.
    """

    def __init__(
        self, sources: Sequence[Source], node: str, refuses: Callable[[tuple[str, ...]], str] = lambda _: ""
    ) -> None:
        """Start with what was said at the start, highest place first, for the host of that name.

        `refuses` tells why prefixes cannot be, "" where they can.
        """
        self._refuses = refuses
        self._sources = tuple(sources)
        self._node = node
        self._said: dict[Key, Resource] = {}
        self._begun: Resolved | None = None
        self.resolved = self._first = resolve_host(self._sources, self._said, node)
        self.problems: Mapping[str, str] = {}
        self._tell(self.resolved)

    def note(self, updates: Iterable[Update]) -> None:
        """Take note of resources; others than settings, the cluster's and the host's own node say nothing."""
        said = [update for update in updates if says_settings(update.key, self._node)]
        for update in said:
            if update.value is None:
                self._said.pop(update.key, None)
            else:
                self._said[update.key] = update.value
        if said:
            self._resolve()

    def begin(self) -> bool:
        """Run with what is said now, from which later changes are told; return whether this is the first time."""
        if self._begun is not None:
            return False
        self._begun = self.resolved
        return True

    def needs_restart(self) -> tuple[str, ...]:
        """Return the settings that are not those the agent began with, and that only a new start puts into effect."""
        return restart_keys(self._begun, self.resolved) if self._begun is not None else ()

    def _resolve(self) -> None:
        found = self._harmless(resolve_host(self._sources, self._said, self._node))
        stays = bool(found.fatal) and self.resolved is not self._first
        self._tell(found, stays=stays)
        if not stays:
            self.resolved = found

    def _harmless(self, found: Resolved) -> Resolved:
        """Return what was found, but with the prefixes in force where the new ones are refused."""
        wanted, now = found.settings.interface_prefixes, self.resolved.settings.interface_prefixes
        why = self._refuses(wanted) if wanted != now else ""
        if not why:
            return found
        path = found.given["InterfacePrefix"][1] if "InterfacePrefix" in found.given else "InterfacePrefix"
        what = f"`{','.join(wanted)}`: {why}; `{','.join(now)}` stays in force"
        settings = replace(found.settings, interface_prefixes=now)
        return replace(found, settings=settings, problems=(*found.problems, Problem(what, path)))

    def _tell(self, found: Resolved, *, stays: bool = False) -> None:
        kept = "; the settings in force stay as they were" if stays else ""
        self.problems = {each.path: f"{each.what}{kept}" for each in found.problems}
