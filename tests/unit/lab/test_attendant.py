"""The lab's attendant, stepped by hand."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tortie.lab.attendant import Attendant


@pytest.fixture
def control(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(tmp_path / "attendant.sock"))
        listener.listen()
        yield listener


def ask(control: socket.socket, attendant: Attendant, request: Mapping[str, object], *descriptors: int) -> object:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asker:
        asker.settimeout(5)
        asker.connect(control.getsockname())
        socket.send_fds(asker, [json.dumps(request).encode()], descriptors)
        for _ in range(3):
            attendant.step(0)
        return json.loads(asker.recv(1024))


def test_a_listener_is_served_until_it_is_forgotten(control: socket.socket, tmp_path: Path) -> None:
    attendant = Attendant(control)
    path = str(tmp_path / "listener.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        served = {"do": "serve", "owner": "red", "kinds": ["tcp"]}
        assert ask(control, attendant, served, listener.fileno()) == {"ok": True}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        client.connect(path)
        client.sendall(b"hello")
        attendant.step(0)
        attendant.step(0)
        assert client.recv(100) == b"hello"
        ask(control, attendant, {"do": "forget", "owner": "red"})
        assert client.recv(100) == b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client, pytest.raises(ConnectionRefusedError):
        client.connect(path)


def test_frames_are_carried_both_ways_until_forgotten(control: socket.socket) -> None:
    attendant = Attendant(control)
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
    (host, host_tap), (guest, guest_tap) = pairs
    for tap in (host_tap, guest_tap):
        tap.settimeout(0)
    ask(control, attendant, {"do": "pump", "owner": "vm"}, os.dup(host_tap.fileno()), os.dup(guest_tap.fileno()))
    host.send(b"to the guest")
    guest.send(b"to the host")
    attendant.step(0)
    host.settimeout(5)
    guest.settimeout(5)
    assert (guest.recv(100), host.recv(100)) == (b"to the guest", b"to the host")
    ask(control, attendant, {"do": "forget", "owner": "vm"})
    for channel in (host, host_tap, guest, guest_tap):
        channel.close()


def test_a_turn_is_answered_after_what_was_ready(control: socket.socket) -> None:
    assert ask(control, Attendant(control), {"do": "turn"}) == {"ok": True}


def test_whoever_goes_without_asking_does_no_harm(control: socket.socket) -> None:
    attendant = Attendant(control)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asker:
        asker.connect(control.getsockname())
    attendant.step(0)
    attendant.step(0)
    assert ask(control, attendant, {"do": "turn"}) == {"ok": True}
