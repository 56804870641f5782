"""The lab's file: what it may say, and every problem with what it does say."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from tortie.errors import Invalid
from tortie.lab import (
    External,
    Host,
    Lab,
    Listener,
    Namespace,
    Service,
    Transport,
    Workload,
    WorkloadPort,
    WorkloadType,
    allocated,
    decode_lab,
    encode_lab,
    load_lab,
)
from tortie.lab.topology import Store

GUIDE = """\
kind: Lab
metadata: {name: guide}
spec:
  hosts: [{name: node-1}, {name: node-2, listen: [tcp/22]}]
  namespaces: [{name: production, labels: {shape: square}}]
  workloads:
  - {name: red, namespace: production, host: node-1, type: pod, labels: {color: red}, listen: [tcp/6379, udp/53]}
  - name: legacy
    namespace: production
    host: node-2
    type: vm
    addresses: [10.9.0.1, "fd00::9"]
    serviceAccount: robot
    ports: [{name: http, port: 80}, {name: dns, protocol: UDP, port: 53}]
  external:
  - {name: internet, addresses: [1.2.3.4], listen: [tcp/80]}
  resources: [policies.yaml]
  datastore: etcd
"""

LAB = Lab(
    name="guide",
    hosts=(Host("node-1"), Host("node-2", listen=(Listener(Transport.TCP, 22),))),
    namespaces=(Namespace("production", {"shape": "square"}),),
    workloads=(
        Workload(
            "red",
            "production",
            "node-1",
            labels={"color": "red"},
            listen=(Listener(Transport.TCP, 6379), Listener(Transport.UDP, 53)),
        ),
        Workload(
            "legacy",
            "production",
            "node-2",
            type=WorkloadType.VM,
            addresses=(ip_address("10.9.0.1"), ip_address("fd00::9")),
            service_account="robot",
            ports=(WorkloadPort("http", Transport.TCP, 80), WorkloadPort("dns", Transport.UDP, 53)),
        ),
    ),
    externals=(External("internet", (ip_address("1.2.3.4"),), (Listener(Transport.TCP, 80),)),),
    resources=(Path("labs/policies.yaml"),),
    datastore=Store.ETCD,
)


def test_a_lab_is_read() -> None:
    assert decode_lab(GUIDE, file=Path("labs/guide.yaml")) == LAB


def test_a_file_is_read_with_resources_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "guide.yaml"
    path.write_text(GUIDE)
    assert load_lab(path) == replace(LAB, resources=(tmp_path / "policies.yaml",))


@pytest.mark.parametrize("lab", [LAB, allocated(LAB)])
def test_what_is_written_reads_as_the_same_lab(lab: Lab) -> None:
    assert decode_lab(encode_lab(lab), file=Path("lab.json")) == lab


def test_little_is_needed() -> None:
    lab = decode_lab("{kind: Lab, metadata: {name: x}, spec: {workloads: [{name: a}]}}", file=Path("x"))
    assert lab == Lab("x", (Host("node-1"),), (Namespace("default"),), (Workload("a", "default", "node-1"),))


def problems(spec: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        decode_lab(f"kind: Lab\nmetadata: {{name: x}}\nspec:\n{spec}", file=Path("x.yaml"))
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("  host: []", "x.yaml:4:3: spec.host: unknown field `host`"),
        ("  hosts: node-1", "x.yaml:4:10: spec.hosts: want a list"),
        ("  hosts: [{name: Node}]", "x.yaml:4:18: spec.hosts[0].name: `Node` cannot be a name"),
        ("  hosts: [{name: a, name: b}]", "x.yaml:4:21: spec.hosts[0].name: field `name` is given twice"),
        ("  hosts: [{name: a}, {name: a}]", "x.yaml:4:22: spec.hosts[1]: host `a` is there twice"),
        ("  hosts: [{}]", "x.yaml:4:11: spec.hosts[0]: field `name` is missing"),
        ("  workloads: [{name: a, host: b}]", "x.yaml:4:31: spec.workloads[0].host: host `b` is not declared"),
        ("  workloads: [{name: a, namespace: b}]", "spec.workloads[0].namespace: namespace `b` is not declared"),
        ("  workloads: [{name: a, type: cow}]", "spec.workloads[0].type: type `cow` is not one of pod, vm"),
        ("  workloads: [{name: a, listen: [80]}]", "x.yaml:4:34: spec.workloads[0].listen[0]: want a text"),
        ("  workloads: [{name: a, listen: [tcp/x]}]", "spec.workloads[0].listen[0]: `tcp/x` is no listener"),
        ("  workloads: [{name: a, labels: {b: 1}}]", "spec.workloads[0].labels.b: want a text"),
        ("  workloads: [{name: a, addresses: [1.2.3]}]", "spec.workloads[0].addresses[0]: '1.2.3' does not appear"),
        ("  workloads: [{name: a, ports: [{name: b, port: x}]}]", "spec.workloads[0].ports[0].port: want a whole"),
        ("  datastore: consul", "x.yaml:4:14: spec.datastore: datastore `consul` is not one of sqlite, etcd"),
        ("  external: [{name: a, addresses: [1.1.1.1, 1.1.1.1]}]", "address `1.1.1.1` is given twice"),
    ],
)
def test_a_problem_is_told_with_its_place(spec: str, said: str) -> None:
    (problem,) = problems(spec)
    assert said in problem


def test_all_problems_are_told_at_once() -> None:
    assert len(problems("  hosts: [{name: A}]\n  workloads: [{name: b, kind: x, labels: 7}]\n  more: 1")) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is nothing in it"),
        ("a: [", "not YAML"),
        ("[]", "want a mapping"),
        ("kind: Pod\nmetadata: {name: x}\nspec: {}", "x.yaml:1:7: kind: kind `Pod` is not `Lab`"),
        ("kind: Lab\nmetadata: {name: a.b}\nspec: {}", "`a.b` cannot be a name"),
        ("kind: Lab\nmetadata: {}\nspec: {}", "field `name` is missing"),
        ("kind: Lab\nmetadata: {name: x}", "field `spec` is missing"),
    ],
)
def test_what_is_no_lab_is_refused(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        decode_lab(text, file=Path("x.yaml"))


@pytest.mark.parametrize(
    ("data", "said"), [(b"\xff", "this file is not UTF-8 text"), (b"[" * 5000, "this is nested too deep")]
)
def test_files_that_cannot_be_labs(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_bytes(data)
    with pytest.raises(Invalid, match=said):
        load_lab(tmp_path / "lab.yaml")


def test_services_are_read_and_written() -> None:
    text = GUIDE + "  services:\n  - {name: web, listen: tcp/80, workload: production/red, addresses: [10.96.0.1]}\n"
    lab = decode_lab(text, file=Path("lab.yaml"))
    assert lab.services == (
        Service("web", Listener(Transport.TCP, 80), "production/red", 80, (ip_address("10.96.0.1"),)),
    )
    assert decode_lab(encode_lab(lab), file=Path("lab.json")).services == lab.services
    with pytest.raises(Invalid, match="workload `production/nobody` is not declared"):
        decode_lab(text.replace("workload: production/red", "workload: production/nobody"), file=Path("lab.yaml"))
