"""What a listener does with what it is sent."""

from __future__ import annotations

import socket

from tortie.lab.echo import EchoStream, echo_datagrams


def test_a_stream_sends_back_what_it_gets_until_its_peer_ends() -> None:
    near, far = socket.socketpair()
    with near, far:
        stream = EchoStream(far)
        assert stream.step()  # nothing to read yet
        near.sendall(b"hello")
        assert stream.step()
        assert near.recv(100) == b"hello"
        near.shutdown(socket.SHUT_WR)
        assert not stream.step()


def test_a_stream_takes_no_more_while_its_peer_does_not_read() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(0)
        stream = EchoStream(far)
        sent = 0
        while not stream.is_owing:
            sent += near.send(b"x" * 4096)
            assert stream.step()
        assert stream.step()  # it still cannot write
        assert stream.is_owing
        echoed = 0
        while echoed < sent:
            echoed += len(near.recv(65536))
            assert stream.step()
        assert not stream.is_owing


def test_datagrams_go_back_to_whoever_sent_them() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker,
    ):
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0)
        asker.settimeout(5)
        asker.connect(listener.getsockname())
        asker.send(b"one")
        asker.send(b"two")
        echo_datagrams(listener)
        assert [asker.recv(100), asker.recv(100)] == [b"one", b"two"]
