"""An open connection is judged as its first packet would be, and by whom it is refused is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.spec.cast import ALLOW, BOTH, DENY, INGRESS, TCP, address, endpoint_key, policy, source, world
from tests.spec.semantics import HOST
from tortie.agent.connections import CUT_ANNOTATION, Judge, Judged, asks_to_cut
from tortie.compiled import Snapshot
from tortie.engine import compile_all
from tortie.model import Action, Family, Metadata, Place, Policy, Resource, Settings, parse_address
from tortie.netlink import Connection

OTHER = parse_address("192.0.2.7")
MANY = parse_address("224.0.0.1")
CLOSED = policy("closed", "name == 'w1'", (INGRESS,), (DENY,))
FROM_W0 = policy("from-w0", "name == 'w1'", (INGRESS,), (source(Action.ALLOW, selector="name == 'w0'"),), tier="extra")
KEYS = [CLOSED.key, FROM_W0.key]


def opened(
    sender: bytes, receiver: bytes, reached: bytes | None = None, ports: tuple[int, int] = (80, 80)
) -> Connection:
    """A connection, whose destination became `reached` on the way, and its port the second one."""
    return Connection(TCP, sender, receiver, 40000, ports[0], 0, 0, (reached or receiver, ports[1]), b"")


def compiled(*extra: Resource) -> Snapshot:
    return compile_all(world(*extra), lambda endpoint: endpoint.node == HOST, Settings())


def judging(*extra: Resource) -> Judge:
    return Judge(compiled(*extra), [address("host")], lambda _: "eth0")


def judged(connection: Connection, *extra: Resource) -> Judged:
    [found] = judging(*extra).judge([connection])
    return found


def test_who_speaks_to_whom() -> None:
    flow = judging().flow(opened(address("w0"), address("w1")))
    assert flow is not None
    assert (flow.sender, flow.receiver) == (endpoint_key("w0"), endpoint_key("w1"))
    assert (flow.in_interface, flow.out_interface, flow.untranslated) == ("", "", None)
    flow = judging().flow(opened(OTHER, address("host")))
    assert flow is not None
    assert (flow.sender, flow.receiver, flow.in_interface) == (Place.ELSEWHERE, Place.HOST, "eth0")
    flow = judging().flow(opened(parse_address("127.0.0.1"), address("r0")))
    assert flow is not None
    assert (flow.sender, flow.receiver, flow.out_interface) == (Place.HOST, Place.ELSEWHERE, "eth0")


def test_what_was_translated_is_judged_as_it_was_and_as_it_became() -> None:
    flow = judging().flow(opened(address("w0"), OTHER, address("w1"), (80, 8080)))
    assert flow is not None
    assert (flow.destination, flow.destination_port, flow.untranslated) == (address("w1"), 8080, (OTHER, 80))
    assert flow.receiver == endpoint_key("w1")


@pytest.mark.parametrize("connection", [opened(OTHER, MANY), opened(OTHER, address("w0"), address("w0", Family.V6))])
def test_what_has_no_one_receiver_is_not_judged(connection: Connection) -> None:
    assert list(judging(CLOSED).judge([connection])) == []


@pytest.mark.parametrize(
    ("sender", "policies", "denied", "by"),
    [
        ("w0", [], False, []),
        ("w0", [CLOSED], True, [CLOSED]),
        ("w2", [FROM_W0], True, [FROM_W0]),  # by the tier's end
        ("w0", [FROM_W0], False, []),
        ("w2", [FROM_W0, CLOSED], True, [CLOSED]),  # a tier that nobody knows comes last
    ],
)
def test_who_refuses(sender: str, policies: list[Policy], denied: bool, by: list[Policy]) -> None:
    found = judged(opened(address(sender), address("w1")), *policies)
    assert found.is_denied is denied
    assert [key for key in KEYS if found.is_refused_by([key])] == [each.key for each in by]


def test_a_refusal_by_nobody_is_no_policys() -> None:
    gone = world()
    snapshot = compile_all(gone, lambda endpoint: endpoint.node == HOST, Settings())
    [found] = Judge(snapshot, [address("host")], lambda _: "").judge([opened(address("w0"), address("host"))])
    assert found.is_denied
    assert not found.is_refused_by(KEYS)


def test_in_words() -> None:
    found = judged(opened(address("w0"), address("w1")), CLOSED)
    assert found.document() == {
        "protocol": "TCP",
        "source": "10.65.0.10:40000",
        "destination": "10.65.0.11:80",
        "sender": "WorkloadEndpoint/default/w0",
        "receiver": "WorkloadEndpoint/default/w1",
        "verdict": "deny",
        "rule": "gnp/closed/ingress/0",
    }
    six = judged(opened(address("w0", Family.V6), address("w1", Family.V6), ports=(0, 0)))
    assert (six.document()["source"], six.document()["destination"]) == ("[fd65::a]:40000", "fd65::b")


@pytest.mark.parametrize(
    ("annotations", "asks"),
    [
        ({}, False),
        ({CUT_ANNOTATION: "true"}, True),
        ({CUT_ANNOTATION: " True "}, True),
        ({CUT_ANNOTATION: "no"}, False),
    ],
)
def test_a_policy_asks_by_an_annotation(annotations: dict[str, str], asks: bool) -> None:
    assert (
        asks_to_cut(replace(policy("p", "all()", BOTH, (ALLOW,)), metadata=Metadata(annotations=annotations))) is asks
    )
