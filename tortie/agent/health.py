"""The agent's answers over HTTP: /liveness, /readiness, /metrics and /status, for GET and nothing else."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from tortie.errors import Unavailable

from .enforce import RuleCount
from .metrics import CONTENT_TYPE, metrics_text
from .parts import table
from .report import Report

__all__ = ["Health", "Reply", "Subject"]

_LIMIT = 8192  # bytes of a request
_JSON = "application/json"
_PATIENCE = 10.0  # seconds for a request to arrive
_PHRASES = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the answers are about: the report, and the counts of rules.

    `connections` are the open ones, judged, as documents, `packets` what Log rules logged after a number, and
    `told` what the agent was told at its start; None where who asks may not know them.
    """

    report: Callable[[], Report]
    counts: Callable[[], Awaitable[tuple[RuleCount, ...]]]
    connections: Callable[[], Awaitable[Sequence[Mapping[str, object]]]] | None = None
    packets: Callable[[int], Mapping[str, object]] | None = None
    told: Callable[[], Mapping[str, object]] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"

    def encode(self) -> bytes:
        """Return the answer as HTTP/1.1 has it."""
        head = (
            f"HTTP/1.1 {self.status} {_PHRASES[self.status]}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        )
        return head.encode() + self.body


class Health:
    """Answers requests about one subject; `serve` is what asyncio's servers call for each connection."""

    def __init__(self, subject: Subject) -> None:
        """Answer about `subject`."""
        self._subject = subject

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close the connection."""
        try:
            async with asyncio.timeout(_PATIENCE):
                writer.write((await self._answer(reader)).encode())
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # who asked went away, or never asked
        finally:
            writer.close()

    async def reply(self, path: str, query: str = "") -> Reply:
        """Return the answer to a GET of `path`, with what followed its question mark."""
        report = self._subject.report()
        match path:
            case "/liveness":
                hangs = any(part.not_live for part in report.parts)
                found = Reply(503 if hangs else 200, table(report.parts).encode())
            case "/readiness":
                found = Reply(200 if report.ready else 503, table(report.parts).encode())
            case "/metrics":
                found = Reply(200, metrics_text(report, await self._subject.counts()), CONTENT_TYPE)
            case "/status":
                found = Reply(200, json.dumps(report.document(), indent=2).encode() + b"\n", _JSON)
            case "/connections" if self._subject.connections is not None:
                found = await _connections(self._subject.connections)
            case "/packets" if self._subject.packets is not None:
                found = Reply(200, json.dumps(self._subject.packets(_number(query))).encode() + b"\n", _JSON)
            case "/settings" if self._subject.told is not None:
                found = Reply(200, json.dumps(self._subject.told()).encode() + b"\n", _JSON)
            case _:
                found = Reply(404, b"try /liveness, /readiness, /metrics or /status\n")
        return found

    async def _answer(self, reader: asyncio.StreamReader) -> Reply:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return Reply(400, b"the request is too long\n")
        words = head[:_LIMIT].split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, path, version
            return Reply(400, b"not an HTTP/1 request\n")
        if words[0] != "GET":
            return Reply(405, b"only GET\n")
        path, _, query = words[1].partition("?")
        return await self.reply(path, query)


def _number(query: str) -> int:
    """Return the number in `after=NUMBER`, 0 where there is none."""
    text = query.removeprefix("after=")
    return int(text) if re.fullmatch("-?[0-9]{1,15}", text) else 0


async def _connections(judged: Callable[[], Awaitable[Sequence[Mapping[str, object]]]]) -> Reply:
    try:
        return Reply(200, json.dumps(await judged()).encode() + b"\n", _JSON)
    except Unavailable as error:
        return Reply(503, f"{error}\n".encode())
