"""Open connections that policy no longer allows, and those of addresses that changed hands; with real streams."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.kernel.attended import (
    BLUE,
    GREEN,
    HOST,
    PORT,
    RED,
    TWIN,
    eventually,
    passes,
    status,
    tortie,
)
from tortie.lab.agents import start_agent, stop_agent
from tortie.lab.policed import Policed
from tortie.lab.stream import Stream
from tortie.model import Key, Kind
from tortie.netlink import Conntrack, entered

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]


FOUR = 4

OPEN_TO_ALL = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: red, namespace: shop}
spec: {selector: color == 'red', ingress: [{action: Allow, protocol: TCP}]}
"""

CUT = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: cut
  namespace: shop
  annotations: {{tortie/cut-established: "{cuts}"}}
spec:
  selector: color == 'red'
  order: 1
  ingress:
  - {{action: Deny, protocol: TCP, source: {{selector: color == 'blue'}}}}
  - {{action: Pass}}
"""


def refused(lab: Policed) -> list[dict[str, str]]:
    """Return the open connections that policy would refuse, as the agent tells."""
    found: list[dict[str, str]] = json.loads(tortie(lab, "connections", "--denied", "-o", "json").stdout)
    return found


@pytest.mark.scenario(159)
@pytest.mark.parametrize("cuts", ["false", "true"])
@pytest.mark.parametrize("version", [4, 6])
def test_a_connection_that_policy_no_longer_allows_ends_where_the_policy_asks(
    lab: Policed, cuts: str, version: int
) -> None:
    lab.apply_text(OPEN_TO_ALL)
    lab.settled()
    keys: tuple[Key, ...] = ()
    red = lab.running.address(RED, version)
    with lab.running.stream(BLUE, red, PORT) as denied, lab.running.stream(GREEN, red, PORT) as allowed:
        assert denied.still_alive()
        assert allowed.still_alive()
        source = denied.source if version == FOUR else (f"[{denied.source[0]}]", denied.source[1])
        try:
            keys = lab.apply_text(CUT.format(cuts=cuts))
            lab.settled()
            assert not passes(lab, BLUE)
            if cuts == "true":
                eventually(lambda: status(lab)["cuts"])
                assert not denied.still_alive()
            else:
                assert f"{source[0]}:{source[1]}" in {each["source"] for each in refused(lab)}
                assert denied.still_alive()
            assert allowed.still_alive()
        finally:
            lab.delete(keys)


def is_tracked(lab: Policed, stream: Stream) -> bool:
    with entered(lab.running.host_namespace(HOST)):
        conntrack = Conntrack()
    with conntrack:
        return stream.source[1] in {each.source_port for each in conntrack.connections()}


def test_connections_of_an_address_that_changed_hands_while_no_agent_ran_are_ended(lab: Policed) -> None:
    with lab.running.stream(BLUE, lab.running.address(RED), PORT) as stream:
        assert stream.still_alive()
        stop_agent(lab.running, HOST, signal.SIGKILL)
        (record,) = (each for each in lab.store.list(Kind.WORKLOAD_ENDPOINT).records if "red" in each.key.name)
        twin = TWIN.format(interface=lab.running.lab.workload(RED).interface, address=lab.running.address(RED))
        lab.delete([record.key])
        keys = lab.apply_text(twin.replace("color: green", "color: red"))
        assert is_tracked(lab, stream)
        start_agent(lab.running, HOST)
        try:
            eventually(lambda: status(lab)["ready"])
            eventually(lambda: not is_tracked(lab, stream))
        finally:
            lab.delete(keys)
            lab.store.create(record.key, record.value)
            lab.settled()
