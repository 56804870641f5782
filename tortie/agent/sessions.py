"""The live sessions of a machine: its TCP connections with others, the name servers it asks; and who refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tortie.compiled import DNS_PORT, BuiltIn, Snapshot
from tortie.evaluate import Decision, Evaluator
from tortie.model import TCP, UDP, Flow, Place, Verdict, format_address, parse_address

__all__ = ["Session", "live_sessions", "name_servers", "refused_sessions", "tcp_sessions"]

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

    def __str__(self) -> str:
        """Return what it is, and between which ends."""
        local, remote = (f"{format_address(each[0])} port {each[1]}" for each in (self.local, self.remote))
        way = f"from {remote} to {local}" if self.is_incoming else f"to {remote}"
        return f"{self.what}, {way}"


def refused_sessions(
    sessions: Iterable[Session], way: Callable[[bytes], str], snapshot: Snapshot
) -> Iterator[tuple[Session, Decision]]:
    """Yield the sessions that could not be begun under a compiled policy, and what refuses them.

    `way` tells the interface by which packets to an address leave. By a workload's interface a host talks to nobody.
    """
    decide = Evaluator(snapshot).decide
    for session in sessions:
        interface = way(session.remote[0])
        if interface.startswith(snapshot.settings.interface_prefixes):
            yield session, Decision(Verdict.DENY, BuiltIn.UNKNOWN_INTERFACE)
        elif (decision := decide(_flow(session, interface))).verdict is Verdict.DENY:
            yield session, decision


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
        yield Session(what, TCP, local, remote, is_incoming=local[1] in listening)


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
                    "the name server", UDP, (own[len(server)], _SOME_PORT), (server, DNS_PORT), is_incoming=False
                )


def live_sessions(environ: Mapping[str, str], own: Mapping[int, bytes], root: Path = Path("/")) -> tuple[Session, ...]:
    """Return the sessions of this machine, as far as it tells; what cannot be read says nothing."""
    tables = [_read(root / "proc/net" / name) for name in ("tcp", "tcp6")]
    found = tcp_sessions(tables, environ.get("SSH_CONNECTION", ""))
    return (*found, *name_servers(_read(root / "etc/resolv.conf"), own))


def _flow(session: Session, interface: str) -> Flow:
    source, destination = session.local, session.remote
    if session.is_incoming:
        source, destination = destination, source
    return Flow(
        source[0],
        destination[0],
        session.protocol,
        source_port=source[1],
        destination_port=destination[1],
        sender=Place.ELSEWHERE if session.is_incoming else Place.HOST,
        receiver=Place.HOST if session.is_incoming else Place.ELSEWHERE,
        in_interface=interface if session.is_incoming else "",
        out_interface="" if session.is_incoming else interface,
    )


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
