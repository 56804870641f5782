"""Interfaces come, go, flap, and their addresses move: what is read is what `ip` shows."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.kernel.labs import unique
from tortie.lab import Host, Lab, Running, lab_up
from tortie.model import parse_address
from tortie.netlink import Link, Links, entered

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

HOST = "node-1"
Ip = Callable[..., str]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with lab_up(Lab(unique(), (Host(HOST),))) as found:
        yield found


@pytest.fixture
def ip(running: Running) -> Ip:
    def run(*words: str) -> str:
        answer = running.exec(HOST, ["ip", *words])
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    return run


@pytest.fixture
def links(running: Running) -> Iterator[Links]:
    with entered(running.host_namespace(HOST)):
        found = Links()
    with found:
        yield found


def shown(ip: Ip) -> Mapping[str, Link]:
    """Return what `ip` shows."""
    return {
        each["ifname"]: Link(
            "UP" in each["flags"], frozenset(parse_address(own["local"]) for own in each.get("addr_info", ()))
        )
        for each in json.loads(ip("-json", "address"))
    }


def test_what_is_read_is_what_is_there_whatever_happens(ip: Ip, links: Links) -> None:
    assert links.read() == shown(ip)
    for words in (
        "link add lan0 type veth peer name far0",
        "link set lan0 up",
        "address add 192.0.2.7/24 dev lan0",
        "address add 2001:db8::7/64 dev lan0",
        "address add 192.0.2.9 peer 192.0.2.10 dev lan0",
        "link add lan1 type veth peer name far1",
        "address del 192.0.2.7/24 dev lan0",
        "address add 192.0.2.7/24 dev lan1",
        "link set lan0 down",
        "link set lan0 up",
        "link set lan1 name lan2",
        "link add lan3 type bridge",
        "link set lan2 master lan3",
        "link set lan2 nomaster",
        "link del lan0",
        "link add lan0 type veth peer name far0",
        "link del lan3",
        "link del lan2",
        "link del lan0",
    ):
        ip(*words.split())
        assert links.read() == shown(ip), words


def test_more_changes_than_the_kernel_can_tell_lose_nothing(ip: Ip, links: Links, running: Running) -> None:
    links.read()
    with socket.socket(fileno=os.dup(links.fileno())) as hearing:
        hearing.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    batch = running.directory / "many"
    batch.write_text("link add many type veth peer name far\n" + "link set many up\nlink set many down\n" * 100)
    ip("-batch", str(batch))
    assert links.read() == shown(ip)
    ip("link", "del", "many")
    assert "many" not in links.read()
