"""Questions to the agent of this network namespace, at its socket."""

from __future__ import annotations

import json
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tortie.errors import Unavailable

__all__ = ["ask"]

_SECONDS = 5.0


def ask(control: Path, what: str, *, seconds: float = _SECONDS) -> Any:
    """Return what the agent at a socket answers to a path, read from JSON.

    Raises:
        Unavailable: no agent answers, or it cannot say.
    """
    connection = HTTPConnection("localhost", timeout=seconds)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.settimeout(seconds)
    try:
        connection.sock.connect(str(control))
        connection.request("GET", what)
        answer = connection.getresponse()
        text = answer.read()
        found = json.loads(text) if answer.status == HTTPStatus.OK else None
    except FileNotFoundError:
        raise Unavailable(f"no agent runs in this network namespace ({control} is not there); start one") from None
    except ConnectionRefusedError:
        raise Unavailable(f"the agent at {control} has ended without saying so; start it again") from None
    except PermissionError:
        raise Unavailable(f"{control}: permission denied; ask as the user whom the agent runs as") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"{control}: the agent does not answer: {error}") from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise Unavailable(f"{control}: {text.decode(errors='replace').strip()}")
    return found
