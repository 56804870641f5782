"""Calls to a Kubernetes API server: repeated where that is safe, with failures in our words."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from http import HTTPStatus
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tortie.datastore.kubernetes_access import access_of
from tortie.datastore.kubernetes_connection import Answer, Connections, Lost, Request, Stream
from tortie.datastore.kubernetes_login import Login
from tortie.datastore.kubernetes_settings import KubernetesSettings
from tortie.errors import Conflict, Expired, Invalid, NotFound, Unavailable

__all__ = ["Absent", "Exists", "KubernetesCalls", "Moved", "Told", "refusal"]

SECONDS = 30.0  # that the server may be silent
ATTEMPTS = 5
FIRST_DELAY, LONGEST_DELAY = 0.1, 10.0  # seconds between attempts
_SHOWN = 300  # characters of what the server says
_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_WRONG = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_SAID: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "does not accept who we are",
    HTTPStatus.FORBIDDEN: "does not allow that",
    HTTPStatus.TOO_MANY_REQUESTS: "has too much to do",
}


class Absent(NotFound):
    """The server has no resources of that type: its definition is not installed."""


class Moved(Conflict):
    """It has changed since; `doubtful` tells whether an attempt before may have done that."""

    doubtful = False


class Exists(Moved):
    """There is one already."""


class Told(NamedTuple):
    """An answer's body; `doubtful` tells whether an attempt before may have been carried out already."""

    body: bytes
    doubtful: bool


class KubernetesCalls:
    """The connection to one API server, for any number of threads. Opening reads files, and asks nobody."""

    def __init__(self, settings: KubernetesSettings) -> None:
        """Find out which server is meant; raises Invalid."""
        access = access_of(settings)
        self.server = access.server
        self._connections = Connections(access)
        self._login = Login(access)
        self._rate = _Rate(*settings.rate)
        self._stopped = threading.Event()

    @property
    def closed(self) -> bool:
        """Tell whether the connection was closed."""
        return self._connections.closed

    def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """Return what is at a path; raises NotFound, Absent, Expired, Invalid, Unavailable."""
        return self.send("GET", path, query).body

    def send(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None, content: str = ""
    ) -> Told:
        """Return what the server answers; what gets lost is sent again. What is gone then was deleted by us.

        Raises:
            NotFound, Absent, Exists, Moved, Expired, Invalid: so it answers.
            Unavailable: it does not answer, or not to us; it may have carried the request out nevertheless.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        data = b"" if body is None else json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        request = Request(method, target, data, SECONDS, content or "application/json")
        doubtful = False
        failure: Exception = self._silent(Lost("", sent=False))
        for attempt in range(ATTEMPTS):
            try:
                answer = self._ask(request)
            except Lost as error:
                doubtful = doubtful or (error.sent and method != "GET")
                failure, wait = self._silent(error), None
            else:
                if answer.status < HTTPStatus.MULTIPLE_CHOICES:
                    return Told(answer.body, doubtful)
                failure, wait = refusal(answer), answer.retry_after
                if doubtful and method == "DELETE" and answer.status == HTTPStatus.NOT_FOUND:
                    return Told(b"", doubtful)
                if isinstance(failure, Moved):
                    failure.doubtful = doubtful
                if answer.status not in _AGAIN:
                    raise failure
                doubtful = doubtful or (answer.status != HTTPStatus.TOO_MANY_REQUESTS and method != "GET")
            if attempt < ATTEMPTS - 1:
                self._pause(attempt, wait)
        raise failure

    def stream(self, path: str, query: Mapping[str, str], seconds: float) -> Stream:
        """Return an answer's lines as they come; `seconds` may pass without one.

        Raises:
            Lost: the server was not reached, or the answer broke off.
            Absent, Expired, Invalid, Unavailable: so it answers, or it is closed.
        """
        request = Request("GET", f"{path}?{urlencode(query)}", seconds=seconds)
        for is_last in (False, True):
            headers = self._headers()
            answer, stream = self._connections.stream(request, headers)
            if stream is not None:
                return stream
            if answer.status != HTTPStatus.UNAUTHORIZED or is_last or not self._login.refused(headers):
                break
        raise refusal(answer)

    def close(self) -> None:
        """End every call; later ones are Unavailable."""
        self._stopped.set()
        self._connections.close()

    def _ask(self, request: Request) -> Answer:
        """Return the answer; who we are is told anew where that was not accepted."""
        for is_last in (False, True):
            self._rate.wait(self._stopped)
            headers = self._headers()
            answer = self._connections.ask(request, headers)
            if answer.status != HTTPStatus.UNAUTHORIZED or is_last or not self._login.refused(headers):
                return answer
        raise AssertionError("the second try returned")

    def _headers(self) -> Mapping[str, str]:
        headers = self._login.headers()
        if self._login.certificate is not None:
            self._connections.show(*self._login.certificate)
        return headers

    def _silent(self, error: Lost) -> Unavailable:
        return Unavailable(f"the Kubernetes API at {self.server} does not answer: {error}")

    def _pause(self, attempt: int, wanted: float | None) -> None:
        """Wait as long as the server wants, or else twice as long after each failure; not beyond the cap."""
        delay = FIRST_DELAY * 2**attempt if wanted is None else wanted
        self._stopped.wait(min(LONGEST_DELAY, delay) * (1 + random.random() / 2))  # noqa: S311 - spreads load


class _Rate:
    """Lets through so many requests a second, and so many at once after a quiet time."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._guard = threading.Lock()  # of the next line
        self._free_at = 0.0

    def wait(self, stopped: threading.Event) -> None:
        if not self._rate:
            return
        with self._guard:
            now = monotonic()
            self._free_at = max(self._free_at, now - self._burst / self._rate) + 1 / self._rate
            delay = self._free_at - now
        if delay > 0:
            stopped.wait(delay)


def refusal(answer: Answer) -> Exception:
    """Return what a refused request raises, in the server's words and ours. Source: datastore specification 11."""
    status = status_of(answer.body)
    text = str(status.get("message") or answer.body[:_SHOWN].decode(errors="replace").strip() or "it gives no reason")
    reason, details = status.get("reason"), status.get("details")
    code = answer.status
    failure: Exception
    if code == HTTPStatus.NOT_FOUND:
        named = isinstance(details, dict) and details.get("name")
        failure = NotFound(text) if named else Absent(f"the Kubernetes API has no such resources: {text}")
    elif code == HTTPStatus.CONFLICT:
        failure = Exists(text) if reason == "AlreadyExists" else Moved(text)
    elif code == HTTPStatus.GONE:
        failure = Expired(f"{text}; list again")
    elif code in _WRONG:
        failure = Invalid.because(f"the Kubernetes API refuses that: {text}")
    else:
        failure = Unavailable(f"the Kubernetes API {_SAID.get(code, 'fails')} ({code}): {text}")
    return failure


def status_of(body: bytes) -> Mapping[str, Any]:
    """Return the Status of a refusal, an empty one where there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}
