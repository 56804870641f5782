"""Live sessions as the kernel and resolv.conf tell of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.agent.sessions import Session, live_sessions, name_servers, tcp_sessions
from tortie.model import parse_address

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue\n"
TCP = (
    f"{HEAD}"
    "   0: 00000000:0016 00000000:0000 0A 00000000:00000000\n"  # listens on 22
    "   1: 0A00000A:0016 0100000A:D431 01 00000000:00000000\n"  # 10.0.0.10:22 from 10.0.0.1:54321
    "   2: 0A00000A:9C40 0200000A:094B 01 00000000:00000000\n"  # to 10.0.0.2:2379
    "   3: 0100007F:9C41 0100007F:0050 01 00000000:00000000\n"  # to itself
    "   4: 0A00000A:9C42 0A00000A:0050 01 00000000:00000000\n"  # to itself, by its address
    "   5: 0A00000A:9C43 0300000A:0050 06 00000000:00000000\n"  # over
)
TCP6 = (
    f"{HEAD}"
    "   0: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:D431 01 0:0\n"
    "   1: 0000000000000000FFFF00000A00000A:0016 0000000000000000FFFF00000400000A:D432 01 0:0\n"
)
ME = parse_address("10.0.0.10")


def at(text: str, port: int) -> tuple[bytes, int]:
    return parse_address(text), port


SSH = Session("the SSH session that this command runs in", 6, (ME, 22), at("10.0.0.1", 54321), is_incoming=True)


def test_connections_with_others_and_who_began_them() -> None:
    assert list(tcp_sessions([TCP, TCP6], "10.0.0.1 54321 10.0.0.10 22")) == [
        SSH,
        Session("a TCP connection", 6, (ME, 40000), at("10.0.0.2", 2379), is_incoming=False),
        Session("a TCP connection", 6, at("2001:db8::1", 22), at("2001:db8::2", 54321), is_incoming=True),
        Session("a TCP connection", 6, (ME, 22), at("10.0.0.4", 54322), is_incoming=True),
    ]


@pytest.mark.parametrize("ssh", ["", "10.0.0.1 54322 10.0.0.10 22"])
def test_another_connection_is_not_this_commands(ssh: str) -> None:
    assert SSH.what not in {each.what for each in tcp_sessions([TCP], ssh)}


def test_name_servers_are_asked() -> None:
    lines = ("# nameserver 10.0.0.9", "search example", "nameserver 10.0.0.53", "nameserver 127.0.0.53")
    text = "\n".join((*lines, "nameserver fe80::1%eth0", "nameserver x", "nameserver", ""))
    assert list(name_servers(text, {4: ME})) == [
        Session("the name server", 17, (ME, 40000), at("10.0.0.53", 53), is_incoming=False)
    ]


def test_of_a_machine(tmp_path: Path) -> None:
    assert live_sessions({}, {4: ME}, tmp_path) == ()
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/tcp").write_text(TCP)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text("nameserver 10.0.0.53\n")
    found = live_sessions({"SSH_CONNECTION": "10.0.0.1 54321 10.0.0.10 22"}, {4: ME}, tmp_path)
    assert [each.what for each in found] == [SSH.what, "a TCP connection", "the name server"]
