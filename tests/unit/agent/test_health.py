"""What the agent answers over HTTP, and to whom it refuses."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from tortie.agent import Report
from tortie.agent.enforce import RuleCount
from tortie.agent.health import Health, Subject
from tortie.agent.parts import Part, table

LOOP = Part("InternalDataplaneMainLoop", 90.0)
READY = Report("node-1", "0.1.0", ready=True, reason="", enforced="all", datastore="in-sync", parts=(LOOP,))
AWAY = replace(READY, ready=False, reason="x", parts=(LOOP, Part("CalculationGraph", not_ready="listing")))
HUNG = replace(READY, parts=(replace(LOOP, not_live="a step takes long"),))


async def counts() -> tuple[RuleCount, ...]:
    return (RuleCount("r1", "Deny", "Ingress", "default", "p", 1, 2),)


def health(report: Report = READY) -> Health:
    return Health(Subject(lambda: report, counts))


def asked(request: bytes, subject: Health) -> tuple[str, bytes]:
    """Return the status line and the body of the answer to raw bytes."""

    async def ask() -> bytes:
        server = await asyncio.start_server(subject.serve, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(request)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

    head, _, body = asyncio.run(ask()).partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0].decode(), body


@pytest.mark.parametrize(
    ("path", "subject", "status", "body"),
    [
        ("/liveness", health(), 200, table(READY.parts)),
        ("/liveness", health(AWAY), 200, table(AWAY.parts)),
        ("/liveness", health(HUNG), 503, table(HUNG.parts)),
        ("/readiness", health(), 200, table(READY.parts)),
        ("/readiness", health(HUNG), 200, table(HUNG.parts)),
        ("/readiness", health(AWAY), 503, table(AWAY.parts)),
        ("/", health(), 404, "try /liveness, /readiness, /metrics or /status\n"),
    ],
)
def test_answers(path: str, subject: Health, status: int, body: str) -> None:
    reply = asyncio.run(subject.reply(path))
    assert (reply.status, reply.body.decode()) == (status, body)


def test_status_is_the_report() -> None:
    reply = asyncio.run(health().reply("/status"))
    assert json.loads(reply.body) == json.loads(json.dumps(READY.document()))
    assert reply.content_type == "application/json"


def test_metrics_have_the_counts_of_rules() -> None:
    reply = asyncio.run(health().reply("/metrics"))
    assert b'tortie_rule_packets_total{action="Deny"' in reply.body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /readiness HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"),
        (b"GET /readiness?verbose HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK"),
        (b"POST /readiness HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"),
        (b"nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (b"GET /readiness", ""),
    ],
)
def test_over_the_wire(request_: bytes, status: str) -> None:
    assert asked(request_, health())[0] == status


@pytest.mark.parametrize(
    ("query", "after"),
    [("", 0), ("after=7", 7), ("after=-20", -20), ("after=x", 0), ("after=" + "9" * 99, 0), ("7", 7)],
)
def test_logged_packets_are_told_after_a_number(query: str, after: int) -> None:
    subject = Health(Subject(lambda: READY, counts, packets=lambda number: {"after": number}))
    reply = asyncio.run(subject.reply("/packets", query))
    assert (reply.status, json.loads(reply.body)) == (200, {"after": after})
    assert asked(f"GET /packets?{query} HTTP/1.1\r\n\r\n".encode(), subject)[1] == reply.body


def test_logged_packets_are_not_told_to_everybody() -> None:
    assert asyncio.run(health().reply("/packets")).status == 404
