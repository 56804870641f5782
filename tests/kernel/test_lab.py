"""The lab itself, with no policy anywhere: everything reaches everything, and nothing stays behind."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from tortie.errors import Conflict, NotFound, Unavailable
from tortie.lab import (
    RUN,
    Answer,
    External,
    Host,
    Lab,
    Listener,
    Namespace,
    Probe,
    ProbeProtocol,
    Running,
    Workload,
    WorkloadType,
    allocated,
    attach,
    down,
    end,
    ip_packet,
    lab_up,
    running_labs,
    tcp_syn,
    udp_datagram,
    up,
)

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]

PORTS = tuple(Listener.parse(text) for text in ("tcp/6379", "udp/53", "sctp/9999"))
CUSTOM = 253  # a protocol for experiments (RFC 3692)


def unique() -> str:
    return f"test-{os.getpid()}-{secrets.token_hex(3)}"


def guide(name: str) -> Lab:
    return Lab(
        name=name,
        hosts=(Host("node-1", listen=PORTS), Host("node-2")),
        namespaces=(Namespace("production"),),
        workloads=(
            Workload("red", "production", "node-1", listen=PORTS),
            Workload("blue", "production", "node-1", listen=PORTS),
            Workload("far", "production", "node-2", listen=PORTS),
            Workload("legacy", "production", "node-2", type=WorkloadType.VM, listen=PORTS),
        ),
        externals=(External("internet", (ip_address("1.2.3.4"), ip_address("5.6.7.8")), PORTS),),
    )


@pytest.fixture(scope="module")
def lab() -> Iterator[Running]:
    with lab_up(guide(unique())) as running:
        yield running


def leftovers(name: str) -> list[str]:
    """Return the namespaces, files and processes that bear a lab's name."""
    found = [str(path) for path in (*Path("/run/netns").glob(f"tortie-{name}-*"), RUN / name) if path.exists()]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if name.encode() in text and path.parent.name != str(os.getpid()):
            found.append(text.decode())
    return found


def payload() -> bytes:
    return secrets.token_bytes(16)


def test_every_member_reaches_every_other(lab: Running) -> None:
    probes, names = [], []
    for source in lab.lab.members:
        for target in lab.lab.members:
            for listener in target.listen if source is not target else ():
                for address in target.addresses:
                    protocol = ProbeProtocol(listener.protocol.value)
                    probes.append(Probe(lab.namespace(source.reference), address, protocol, listener.port))
                    names.append(f"{source.reference} -> {address} {listener}")
            for address in target.addresses if source is not target else ():
                probes.append(Probe(lab.namespace(source.reference), address, ProbeProtocol.ICMP))
                names.append(f"{source.reference} -> {address} icmp")
    outcomes = lab.measure(probes)
    wrong = [(n, o.answer, o.detail) for n, o in zip(names, outcomes, strict=True) if not o.allowed]
    assert len(probes) > 200
    assert wrong == []


@pytest.mark.parametrize("member", ["red", "legacy", "node-2"])
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("protocol", ["tcp", "udp", "sctp"])
def test_a_closed_port_is_told_from_silence(lab: Running, member: str, version: int, protocol: str) -> None:
    outcome = lab.probe("blue", lab.address(member, version), protocol, 7)
    assert outcome.answer is Answer.REFUSED
    assert not outcome.allowed


@pytest.mark.parametrize("address", ["10.99.0.1", "fd00:99::1"])
def test_an_address_that_nobody_has_is_unreachable(lab: Running, address: str) -> None:
    assert lab.probe("red", address, "icmp").answer is Answer.UNREACHABLE


@pytest.mark.parametrize("protocol", ["tcp", "udp", "icmp", "sctp"])
@pytest.mark.parametrize("version", [4, 6])
def test_what_a_firewall_drops_is_dropped(lab: Running, protocol: str, version: int) -> None:
    table = f"inet {unique()}"
    rules = "meta l4proto != icmpv6 drop\nicmpv6 type echo-request drop"
    ruled = lab.exec(
        "far", ["nft", f"table {table} {{\nchain input {{\ntype filter hook input priority 0\n{rules}\n}}\n}}"]
    )
    assert ruled.returncode == 0, ruled.stderr
    try:
        port = {"tcp": 6379, "udp": 53, "sctp": 9999}.get(protocol, 0)
        assert lab.probe("red", lab.address("far", version), protocol, port).answer is Answer.DROPPED
    finally:
        lab.exec("far", ["nft", f"delete table {table}"])


@pytest.mark.parametrize("target", ["blue", "far", "legacy", "internet"])
@pytest.mark.parametrize(("version", "false"), [(4, "9.8.7.6"), (6, "fd00:bad::1")])
def test_a_false_source_arrives_where_no_policy_forbids_it(lab: Running, target: str, version: int, false: str) -> None:
    nonce = payload()
    source, destination = ip_address(false), lab.address(target, version)
    with lab.capture(target) as capture:
        lab.send_raw("red", udp_datagram((source, 1234), (destination, 53), nonce))
        seen = capture.wait(nonce)
    assert seen is not None
    assert source.packed in seen[:40]


@pytest.mark.parametrize("version", [4, 6])
def test_an_odd_protocol_arrives(lab: Running, version: int) -> None:
    nonce = payload()
    with lab.capture("far") as capture:
        lab.send_raw("red", ip_packet(lab.address("red", version), lab.address("far", version), CUSTOM, nonce))
        assert capture.wait(nonce) is not None
        assert capture.wait(payload(), seconds=0.05) is None


@pytest.mark.parametrize("version", [4, 6])
def test_a_connection_asked_for_by_hand_is_answered(lab: Running, version: int) -> None:
    mine, theirs = lab.address("red", version), lab.address("blue", version)
    with lab.capture("red") as capture:
        lab.send_raw("red", tcp_syn((mine, 4321), (theirs, 6379)))
        assert capture.wait((6379).to_bytes(2) + (4321).to_bytes(2)) is not None


@pytest.mark.parametrize("target", ["far", "legacy", "internet"])
def test_a_stream_stays_open_until_the_link_goes(lab: Running, target: str) -> None:
    with lab.stream("red", target, 6379) as stream:
        assert stream.still_alive()
        assert stream.still_alive()
        lab.set_interface("red", up=False)
        assert not stream.still_alive(seconds=0.1)
        assert not lab.probe("red", target, port=6379).allowed
        lab.set_interface("red", up=True)
        assert lab.probe("red", target, port=6379).allowed
        assert lab.probe("blue", lab.address("red", 6), port=6379).allowed


@pytest.mark.parametrize("kind", list(WorkloadType))
def test_a_workload_comes_and_goes(lab: Running, kind: WorkloadType) -> None:
    added = lab.add_workload(Workload("late", "production", "node-2", type=kind, listen=PORTS))
    for address in added.addresses:
        assert lab.probe("red", address, port=6379).allowed
        assert lab.probe("red", address, "udp", 53).allowed
    assert attach(lab.lab.name).lab == lab.lab
    with pytest.raises(Conflict):
        lab.add_workload(added)
    lab.remove_workload("late")
    assert lab.probe("red", added.addresses[0], port=6379).answer is Answer.UNREACHABLE
    with pytest.raises(NotFound):
        lab.namespace("late")
    assert [path for path in leftovers(lab.lab.name) if "late" in path] == []


def test_programs_run_inside_members(lab: Running) -> None:
    shown = lab.exec("red", ["ip", "-o", "address", "show", "dev", "eth0"])
    assert str(lab.address("red")) in shown.stdout
    process = lab.start("node-1", "pause", [sys.executable, "-c", "import signal; signal.pause()"])
    assert lab.process("pause") == process
    with pytest.raises(Conflict):
        lab.start("node-1", "pause", ["true"])
    end([process], how=signal.SIGTERM)
    assert lab.process("pause") is None


def test_two_labs_do_not_meet_and_down_leaves_nothing(lab: Running) -> None:
    before = Path("/proc/self/ns/net").readlink()
    name = unique()
    with lab_up(guide(name)) as other:
        assert other.lab.members == allocated(guide(name)).members
        other.start("node-1", "agent", [sys.executable, "-c", "import signal; signal.pause()"])
        with pytest.raises(Conflict):
            up(guide(name))
        assert {name, lab.lab.name} <= set(running_labs())
        assert leftovers(name) != []
        assert down(name)
    assert leftovers(name) == []
    assert not down(name)
    assert Path("/proc/self/ns/net").readlink() == before
    assert lab.probe("red", "blue", port=6379).allowed


@pytest.mark.parametrize("stage", ["made", "wired", "kept"])
def test_down_clears_up_after_a_crash(stage: str) -> None:
    name = unique()
    program = (
        "import os, signal, sys\n"
        "from tortie.lab import Host, Lab, Workload, WorkloadType, hosts, lab\n"
        "def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
        "stages = {'made': (lab, '_make_taps'), 'wired': (hosts, 'run_batches'), 'kept': (lab, '_keep')}\n"
        "setattr(*stages[sys.argv[1]], die)\n"
        "vm = Workload('vm', 'default', 'node-1', type=WorkloadType.VM)\n"
        "lab.up(Lab(sys.argv[2], (Host('node-1'),), workloads=(vm,)))\n"
    )
    crashed = subprocess.run([sys.executable, "-c", program, stage, name], check=False)
    assert crashed.returncode == -signal.SIGKILL
    assert leftovers(name) != []
    assert down(name)
    assert leftovers(name) == []


def test_a_lab_that_cannot_be_made_leaves_nothing() -> None:
    name = unique()
    twice = (Workload("same", "default", "node-1"), Workload("same", "default", "node-1"))
    with pytest.raises(Unavailable, match="same"):
        up(Lab(name, (Host("node-1"),), workloads=twice))
    assert leftovers(name) == []


def test_a_matrix_of_closed_doors_takes_no_longer_than_one(lab: Running) -> None:
    """Twenty ports between all pairs, all dropped: waited for side by side."""
    table = f"inet {unique()}"
    hook = "type filter hook input priority 0"
    rules = f"table {table} {{\nchain input {{\n{hook}\ntcp dport 2000-2019 drop\n}}\n}}"
    members = [member.reference for member in lab.lab.members]
    for member in members:
        assert lab.exec(member, ["nft", rules]).returncode == 0
    probes = [
        Probe(lab.namespace(source), lab.address(target), ProbeProtocol.TCP, port)
        for source in members
        for target in members
        if source != target
        for port in range(2000, 2020)
    ]
    outcomes = lab.measure(probes)
    for member in members:
        lab.exec(member, ["nft", f"delete table {table}"])
    assert {outcome.answer for outcome in outcomes} == {Answer.DROPPED}
    assert len(outcomes) == 20 * len(members) * (len(members) - 1)
