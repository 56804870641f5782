"""What a Log rule logs is a line of the agent's log, with names; with real packets."""

from __future__ import annotations

import json
import os

import pytest

from tests.kernel.attended import BLUE, GREEN, HOST, PORT, RED, eventually, passes, status, tortie
from tortie.lab.agents import agent_name
from tortie.lab.packets import tcp_syn
from tortie.lab.policed import Policed

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

FLOOD = 1500
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


def lines(lab: Policed) -> list[dict[str, object]]:
    """Return the packets that the agent's log tells of."""
    said = (json.loads(line) for line in lab.running.log(agent_name(HOST)).splitlines() if line.startswith("{"))
    return [each["packet"] for each in said if each["message"] in {"packet logged", "packets lost"}]


def test_a_logged_attempt_names_policy_and_endpoint(lab: Policed) -> None:
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
    told = tortie(lab, "logs", "-n", "1").stdout
    assert "ingress TCP" in told
    assert f"tier default  NetworkPolicy/shop/watched  rule np/shop/watched/ingress/0{os.linesep}" in told
    assert "  at WorkloadEndpoint/shop/node--1-k8s-red-eth0  " in told


def test_of_a_flood_every_packet_has_a_line_or_is_counted(lab: Policed) -> None:
    lab.apply_text(LOGGING)
    lab.settled()
    before = len(lines(lab))
    source, target = lab.running.address(GREEN), lab.running.address(RED)
    for number in range(FLOOD):
        lab.running.send_raw(GREEN, tcp_syn((source, 1024 + number), (target, PORT)))

    def told() -> int:
        return sum(int(str(each.get("lost", 1))) for each in lines(lab)[before:])

    eventually(lambda: told() >= FLOOD)
    assert told() == FLOOD
    new = lines(lab)[before:]
    lost = sum(int(str(each["lost"])) for each in new if "lost" in each)
    assert int(str(status(lab)["packets_lost"])) == lost
    ports = [int(str(each["source_port"])) for each in new if "lost" not in each]
    assert len(set(ports)) == len(ports) == FLOOD - lost
    kept = tortie(lab, "logs", "-n", "100000", "-o", "json").stdout.splitlines()
    assert [json.loads(line).get("lost") for line in kept[-len(new) :]] == [each.get("lost") for each in new]
