"""A lab's namespaces and workloads as resources: who is open, who is closed, who is found by which label."""

from __future__ import annotations

from tortie.api import decode, document_of
from tortie.lab import Host, Lab, Namespace, Transport, Workload, WorkloadPort, WorkloadType, allocated
from tortie.lab.resources import endpoint_key, manifests, workload_manifest
from tortie.model import Action, Key, Kind, Profile, Protocol, WorkloadEndpoint, effective_labels, format_address

POD = Workload(
    "red-1",
    "production",
    "node-1",
    labels={"color": "red"},
    service_account="web",
    ports=(WorkloadPort("redis", Transport.TCP, 6379),),
)
MACHINE = Workload("legacy", "production", "node-2", type=WorkloadType.VM, labels={"color": "blue"})
LAB = allocated(
    Lab("guide", (Host("node-1"), Host("node-2")), (Namespace("production", {"shape": "square"}),), (POD, MACHINE))
)


def profiles() -> dict[str, Profile]:
    found = [decode(document_of(each)).value for each in manifests(LAB)]
    return {each.key.name: each for each in found if isinstance(each, Profile)}


def endpoint(workload: Workload) -> WorkloadEndpoint:
    found = decode(document_of(workload_manifest(LAB.workload(workload.reference)))).value
    assert isinstance(found, WorkloadEndpoint)
    return found


def test_every_document_is_one_that_the_datastore_takes() -> None:
    keys = [str(decode(document_of(each)).key) for each in manifests(LAB)]
    assert keys == [
        "Namespace/production",
        "Profile/machines.production",
        "ServiceAccount/production/web",
        "WorkloadEndpoint/production/node--1-k8s-red--1-eth0",
        "WorkloadEndpoint/production/node--2-openstack-legacy-tap0",
    ]


def test_an_endpoint_is_where_its_workload_is() -> None:
    found, workload = endpoint(POD), LAB.workload("red-1")
    assert found.node == "node-1"
    assert found.interface == workload.interface
    assert [format_address(address) for address in found.addresses] == [str(each) for each in workload.addresses]
    assert [(port.name, port.protocol.number, port.port) for port in found.ports] == [("redis", 6, 6379)]
    assert found.ports[0].protocol == Protocol(6, named=True)


def test_a_pod_falls_back_on_its_namespace_which_allows() -> None:
    assert endpoint(POD).profiles == ("kns.production", "ksa.production.web")
    found = profiles()["kns.production"]
    assert [rule.action for rule in (*found.ingress, *found.egress)] == [Action.ALLOW, Action.ALLOW]


def test_a_machine_falls_back_on_no_rule() -> None:
    assert endpoint(MACHINE).profiles == ("machines.production",)
    found = profiles()["machines.production"]
    assert (found.ingress, found.egress) == ((), ())


def test_pod_and_machine_are_seen_in_the_same_namespace() -> None:
    for workload in (POD, MACHINE):
        found = endpoint(workload)
        inherited = [profiles()[name].labels_to_apply for name in found.profiles if name in profiles()]
        seen = effective_labels(found.metadata.labels, inherited)
        assert seen["color"] == workload.labels["color"]
        assert seen["pcns.shape"] == "square"
        assert seen["pcns.projectcalico.org/name"] == "production"
        assert seen["projectcalico.org/namespace"] == "production"


def test_the_key_of_a_workload() -> None:
    wanted = Key(Kind.WORKLOAD_ENDPOINT, "production", "node--1-k8s-red--1-eth0")
    assert endpoint_key(LAB.workload("red-1")) == wanted
