"""The settings that shape an agent itself, followed while it runs: at once, or by ending in order to begin anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from tortie.model import Listen

from .logs import LEVELS
from .settings import HostSettings

__all__ = ["FollowedSettings"]


class FollowedSettings:
    """Does as a host's settings say: how long the kernel may take to answer, how much is logged, when to look anew.

    `repair_seconds` is the time between two comparisons with the kernel, 0 for none.
    """

    def __init__(
        self,
        settings: HostSettings,
        log: logging.Logger,
        set_timeout: Callable[[float], object],
        *,
        repair_seconds: float,
        grace: float,
    ) -> None:
        """Begin with what the agent was told; it ends `grace` seconds after settings ask for a new start."""
        self._settings = settings
        self._log = log
        self._set_timeout = set_timeout
        self._grace = grace
        self._ending: asyncio.TimerHandle | None = None
        self.repair_seconds = repair_seconds

    @property
    def refresh_seconds(self) -> float:
        """The time between two listings of the host's interfaces, 0 for none."""
        return self._settings.resolved.agent.interface_refresh_seconds

    @property
    def is_ending(self) -> bool:
        """Tell whether the agent ends, or is to end after a while, in order to begin anew."""
        return self._ending is not None

    def follow(self, stop: Callable[[], object], *, known: bool) -> Mapping[str, Listen]:
        """Do as the settings say, in the loop's thread; return the servers to open now, by name.

        Until the datastore's settings are `known`, what the agent was told counts. `stop` ends the agent.
        """
        agent, given = self._settings.resolved.agent, self._settings.resolved.given
        self._set_timeout(agent.netlink_timeout_seconds)
        if not known:
            return {}
        if "LogSeverityScreen" in given:
            self._log.setLevel(LEVELS[agent.log_severity])
        if "NftablesRefreshInterval" in given:
            self.repair_seconds = agent.refresh_seconds
        is_first = self._settings.begin()
        self._end_for(self._settings.needs_restart(), stop)
        servers = {"health": agent.health, "metrics": agent.metrics} if is_first else {}
        return {name: wanted for name, wanted in servers.items() if wanted.enabled}

    def _end_for(self, settings: tuple[str, ...], stop: Callable[[], object]) -> None:
        """End, after a while, for settings that only a new start puts into effect; or not, where they are back."""
        if bool(settings) == self.is_ending:
            return
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
            return
        self._log.warning("ending, to begin anew with other settings", extra={"settings": settings})
        self._ending = asyncio.get_running_loop().call_later(self._grace, stop)
