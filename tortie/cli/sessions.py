"""The live sessions of this machine: its TCP connections with others, and the name servers that it asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tortie.model import format_address, parse_address

__all__ = ["Session", "live_sessions", "name_servers", "tcp_sessions"]

_TCP, _UDP, _DNS = 6, 17, 53
_ESTABLISHED, _LISTENING = "01", "0A"
_MAPPED = bytes(10) + b"\xff\xff"
_WORD = 4
_SOME_PORT = 40000


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation of this machine, by packed addresses and ports; an incoming one was begun by the other side."""

    what: str
    protocol: int
    local: tuple[bytes, int]
    remote: tuple[bytes, int]
    is_incoming: bool


def tcp_sessions(tables: Iterable[str], ssh: str) -> Iterator[Session]:
    """Yield the connections with other machines in the texts of /proc/net/tcp and tcp6; `ssh` as in SSH_CONNECTION.

    Who listens on the local port was connected to.
    """
    rows = [row.split() for table in tables for row in table.splitlines()[1:] if row.strip()]
    listening = {_end(row[1])[1] for row in rows if row[3] == _LISTENING}
    for local, remote in ((_end(row[1]), _end(row[2])) for row in rows if row[3] == _ESTABLISHED):
        if _is_loopback(remote[0]) or local[0] == remote[0]:
            continue
        is_ssh = ssh.split() == [_text(remote[0]), str(remote[1]), _text(local[0]), str(local[1])]
        what = "the SSH session that this command runs in" if is_ssh else "a TCP connection"
        yield Session(what, _TCP, local, remote, is_incoming=local[1] in listening)


def name_servers(text: str, own: Mapping[int, bytes]) -> Iterator[Session]:
    """Yield the questions that a machine asks of the name servers of its resolv.conf.

    `own` is an address of the machine for each length of an address that it has.
    """
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                server = parse_address(words[1].partition("%")[0])
            except ValueError:
                continue
            if not _is_loopback(server) and len(server) in own:
                yield Session(
                    "the name server", _UDP, (own[len(server)], _SOME_PORT), (server, _DNS), is_incoming=False
                )


def live_sessions(environ: Mapping[str, str], own: Mapping[int, bytes], root: Path = Path("/")) -> tuple[Session, ...]:
    """Return the sessions of this machine, as far as it tells; what cannot be read says nothing."""
    tables = [_read(root / "proc/net" / name) for name in ("tcp", "tcp6")]
    found = tcp_sessions(tables, environ.get("SSH_CONNECTION", ""))
    return (*found, *name_servers(_read(root / "etc/resolv.conf"), own))


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _end(text: str) -> tuple[bytes, int]:
    """Return address and port; the kernel prints addresses as words in the machine's order."""
    address, _, port = text.partition(":")
    raw = bytes.fromhex(address)
    packed = b"".join(raw[at : at + _WORD][::-1] for at in range(0, len(raw), _WORD))
    return packed.removeprefix(_MAPPED) if len(packed) > _WORD else packed, int(port, 16)


def _is_loopback(address: bytes) -> bool:
    return address[0] == 127 if len(address) == _WORD else address == bytes(15) + b"\x01"  # noqa: PLR2004 - as RFCs say


def _text(address: bytes) -> str:
    return format_address(address)
