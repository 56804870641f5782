"""Says every so often, in the datastore, that this agent lives: as the reference system's agents do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from tortie.datastore import Heartbeats
from tortie.errors import Unavailable
from tortie.model import AgentSettings

__all__ = ["Heartbeat"]

_LOOK = 5.0  # seconds between looks at settings that say never


def _now() -> datetime:
    return datetime.now(UTC)


class Heartbeat:
    """Beats in a thread of its own, which nothing waits for; `error` is why nobody hears it, "" where somebody does.

    Source: datastore specification 2.3.
    """

    def __init__(
        self,
        store: Heartbeats,
        host: str,
        *,
        now: Callable[[], datetime] = _now,
        uptime: Callable[[], float] = monotonic,
    ) -> None:
        """Start without beating."""
        self._store = store
        self._host = host
        self._now = now
        self._uptime = uptime
        self._began = uptime()
        self._is_first = True
        self._stopped = threading.Event()
        self.error = ""

    def start(self, settings: Callable[[], AgentSettings | None]) -> None:
        """Beat until `stop`, as often as the settings say; not while there are None."""
        threading.Thread(target=self._run, args=(settings,), name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """Beat no more."""
        self._stopped.set()

    def beat(self, settings: AgentSettings) -> None:
        """Say now that the agent lives; what fails is `error`."""
        document = {
            "time": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "uptime": round(self._uptime() - self._began, 3),
            "first_update": self._is_first,
        }
        lease = max(1, round(settings.reporting_ttl))  # etcd lends whole seconds
        try:
            self._store.beat(self._host, settings.region, json.dumps(document).encode(), lease)
        except Unavailable as error:
            self.error = str(error)
        else:
            self.error, self._is_first = "", False

    def _run(self, settings: Callable[[], AgentSettings | None]) -> None:
        while not self._stopped.is_set():
            found = settings()
            if found is None or not found.reporting_seconds:
                self._stopped.wait(_LOOK)
            else:
                self.beat(found)
                self._stopped.wait(found.reporting_seconds)
