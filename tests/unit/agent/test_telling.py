"""What the agent's log says of its state: each thing once, and louder where something is wrong."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from tortie.agent import Report, start_log
from tortie.agent.telling import Telling

READY = Report("node-1", "0.1.0", ready=True, reason="", enforced="all", datastore="in-sync")


def test_only_what_is_different_is_told() -> None:
    stream = io.StringIO()
    telling = Telling(start_log(stream, "INFO"))
    telling.tell(READY)
    telling.tell(replace(READY, applies=7))
    telling.tell(replace(READY, ready=False, reason="refused", error="refused"))
    telling.tell(READY)
    first, second, third = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["message"], first["level"], first["enforced"]) == ("ready", "info", "all")
    told = {name: value for name, value in second.items() if name != "time"}
    assert told == {"level": "warning", "message": "not ready", "reason": "refused"}
    assert (third["message"], third["reason"], third.keys()) == ("ready", "", second.keys())
