"""The log is one JSON object a line, on the stream given and nowhere else."""

from __future__ import annotations

import io
import json

from tortie.agent import start_log


def test_a_line_has_time_level_message_and_what_was_given() -> None:
    stream = io.StringIO()
    log = start_log(stream, "INFO")
    log.debug("unheard")
    log.warning("two\nlines", extra={"resource": "Tier/x"})
    [line] = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {"level": "warning", "message": "two\nlines", "resource": "Tier/x"}


def test_starting_again_does_not_double_lines() -> None:
    start_log(io.StringIO(), "INFO")
    stream = io.StringIO()
    log = start_log(stream, "DEBUG")
    try:
        raise ValueError("broken")  # noqa: TRY301 - it is what is logged
    except ValueError:
        log.exception("failed")
    [line] = stream.getvalue().splitlines()
    assert "ValueError: broken" in json.loads(line)["trace"]
