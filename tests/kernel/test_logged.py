"""What a Log rule logs is a line of the agent's log, with names; with real packets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.kernel.attended import BLUE, GREEN, HOST, PORT, RED, attended, blue_only, eventually, passes, status
from tortie.lab.agents import agent_name
from tortie.lab.policed import Policed

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

LOGGING = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: watched, namespace: shop}
spec:
  selector: color == 'red'
  order: 1
  ingress:
  - {action: Log, protocol: TCP, source: {selector: color == 'green'}}
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Policed]:
    with attended() as found:
        yield found


def lines(lab: Policed) -> list[dict[str, object]]:
    """Return the packets that the agent's log tells of."""
    said = (json.loads(line) for line in lab.running.log(agent_name(HOST)).splitlines() if line.startswith("{"))
    return [each["packet"] for each in said if each["message"] == "packet logged"]


def test_a_logged_attempt_names_policy_and_endpoint(lab: Policed) -> None:
    blue_only(lab)
    lab.apply_text(LOGGING)
    lab.settled()
    assert passes(lab, BLUE)
    assert not passes(lab, GREEN)
    eventually(lambda: {str(each["source"]) for each in lines(lab)} >= set(map(str, lab.running.addresses(GREEN))))
    for line in lines(lab):
        assert line["source"] in set(map(str, lab.running.addresses(GREEN)))
        assert line["destination"] in set(map(str, lab.running.addresses(RED)))
        assert (line["protocol"], line["destination_port"]) == ("TCP", PORT)
        assert (line["rule"], line["policy"]) == ("np/shop/watched/ingress/0", "NetworkPolicy/shop/watched")
        assert (line["direction"], line["tier"]) == ("Ingress", "default")
        assert "red" in str(line["endpoint"])
    eventually(lambda: int(str(status(lab)["packets_logged"])) >= 2)
