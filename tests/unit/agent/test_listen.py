"""Where the agent answers: whoever else uses the machine has no say at its socket, nor do files of agents that died."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from pathlib import Path

from tortie.agent.listen import listening, private_socket


def test_a_private_socket_is_its_users_alone_and_takes_the_place_of_a_stale_one(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    path.write_text("of an agent that was killed")
    with private_socket(path) as found, socket.socket(socket.AF_UNIX) as asking:
        assert path.stat().st_mode & 0o777 == 0o600
        found.listen()
        asking.connect(str(path))


def test_an_address_is_listened_on_until_the_end() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"here")
        writer.close()

    async def play() -> tuple[bytes, bool]:
        async with AsyncExitStack() as stack:
            host, port = await listening(stack, serve, "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(host, port)
            said = await reader.read()
            writer.close()
        with socket.socket() as late:
            return said, late.connect_ex((host, port)) != 0

    assert asyncio.run(play()) == (b"here", True)
