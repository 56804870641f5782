"""Live sessions that policy refuses are told when it comes to do so, once each."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

from tests.unit.agent.surroundings import Interfaces
from tortie.agent.logs import start_log
from tortie.agent.refused import RefusedSessions
from tortie.agent.sessions import Session
from tortie.compiled import Snapshot
from tortie.engine import compile_all
from tortie.model import HostEndpoint, Key, Kind, Metadata, parse_address
from tortie.netlink import Link

ME, THEM = parse_address("10.0.0.10"), parse_address("10.0.0.1")
SSH = Session("a TCP connection", 6, (ME, 22), (THEM, 54321), is_incoming=True)
WEB = Session("a TCP connection", 6, (ME, 8055), (THEM, 54322), is_incoming=True)
GOVERNED = HostEndpoint(Key(Kind.HOST_ENDPOINT, "", "h"), "me", "eth0", Metadata())


def snapshot(*endpoints: HostEndpoint) -> Snapshot:
    return compile_all({each.key: each for each in endpoints}, lambda _: True, None, {"eth0": frozenset({ME})})


class Machine:
    """A machine with some sessions."""

    def __init__(self, *sessions: Session) -> None:
        self.sessions = list(sessions)
        self.links = Interfaces()
        self.links.plug({"eth0": Link(up=True, addresses=frozenset({ME}))})
        self.log = io.StringIO()
        self.asked: list[Mapping[int, bytes]] = []
        self.refused = RefusedSessions(self._tell, self.links, start_log(self.log, "INFO"))
        self.refused._pace._share = 1e9
        self.refused._pace._shortest = 0.0

    def _tell(self, own: Mapping[int, bytes]) -> list[Session]:
        self.asked.append(own)
        return self.sessions

    def told(self) -> list[list[str]]:
        return [json.loads(line)["sessions"] for line in self.log.getvalue().splitlines()]


def test_what_is_refused_is_told_once_with_the_rule() -> None:
    machine = Machine(SSH, WEB)
    machine.refused.look(snapshot(), 1)
    assert (machine.refused.found, machine.asked) == ((), [])
    machine.refused.look(snapshot(GOVERNED), 2)
    (line,) = machine.refused.found
    assert line.startswith("a TCP connection, from 10.0.0.1 port 54322 to 10.0.0.10 port 8055: ")
    assert line.endswith(" refuses it")
    assert machine.asked == [{4: ME}]
    machine.refused.look(snapshot(GOVERNED), 2)
    machine.refused.look(snapshot(GOVERNED), 3)
    assert machine.told() == [[line]]
    machine.refused.look(snapshot(), 4)
    assert machine.refused.found == ()
    machine.links.close()


def test_a_machine_that_cannot_tell_its_interfaces_tells_nothing() -> None:
    machine = Machine(WEB)
    machine.links.plug(None)
    machine.refused.look(snapshot(GOVERNED), 1)
    assert (machine.refused.found, machine.told()) == ((), [])
    machine.links.close()
