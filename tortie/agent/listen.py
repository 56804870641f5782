"""Where the agent answers: TCP addresses, and a socket that only its user may use."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

__all__ = ["listening", "private_socket"]

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def listening(stack: AsyncExitStack, serve: Serve, host: str, port: int) -> tuple[str, int]:
    """Listen until the stack ends; return where."""
    server = await stack.enter_async_context(await asyncio.start_server(serve, host, port))
    address: tuple[str, int] = server.sockets[0].getsockname()[:2]
    return address


def private_socket(path: Path) -> socket.socket:
    """Return a socket bound to a path that only the owner may use."""
    path.unlink(missing_ok=True)  # of an agent that was killed; the lock says that none runs
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    path.chmod(0o600)
    return made
