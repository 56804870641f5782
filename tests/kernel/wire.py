"""A host in a namespace with interfaces of workloads, and packets put on their wires by hand.

Each packet is judged twice: by whether it comes out at the other wire, and by the counter of the rule that decided.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from tortie.dataplane.nftables import LinuxKernel
from tortie.lab.packets import ip_packet, sctp_init, tcp_syn, udp_datagram
from tortie.model import Family, Flow, Key, WorkloadEndpoint, format_address
from tortie.netlink import ACK, REQUEST, NetlinkSocket, entered, message

__all__ = [
    "OUTSIDE",
    "OUTSIDES",
    "UNKNOWN",
    "Wire",
    "addresses_of",
    "checksum",
    "number_of",
    "packet",
    "routed",
    "wired",
]

OUTSIDE = "ext0"
"""The interface that leads everywhere no workload is."""

OUTSIDES = (OUTSIDE, "eth0", "eth1", "eth9")
"""The host's own interfaces; by the last ones it is reached where host endpoints govern them."""

UNKNOWN = "calistray"
"""An interface that is named like a workload's, and that no endpoint is on."""

_WORKLOADS = (*(f"cali{number}" for number in range(12)), "caliw0", "caliw1", "caliw2", UNKNOWN)
_HOST_MAC, _POD_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
_ETHER = {4: 0x0800, 6: 0x86DD}
_NETFILTER, _FLUSH_CONNECTIONS = 12, (1 << 8) | 2
_SETTLE_SECONDS = 0.1
_SYSCTLS = {
    "net.ipv4.ip_forward": 1,
    "net.ipv6.conf.all.forwarding": 1,
    "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.default.rp_filter": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.conf.default.send_redirects": 0,
    "net.ipv6.conf.default.accept_dad": 0,
    "net.ipv6.conf.all.accept_dad": 0,
}


class Wire:
    """The far ends of the host's interfaces."""

    def __init__(self, host: Path, ends: Path) -> None:
        self.host = host
        with entered(host):
            self.kernel = LinuxKernel()
            self._netfilter = NetlinkSocket(_NETFILTER)
        self._ends: dict[str, socket.socket] = {}
        with entered(ends):
            for interface in (*_WORKLOADS, *OUTSIDES):
                end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
                end.bind((f"p-{interface}", 0))
                end.settimeout(0)
                self._ends[interface] = end

    def close(self) -> None:
        """Let go of every socket."""
        self.kernel.close()
        self._netfilter.close()
        for end in self._ends.values():
            end.close()

    def route(self, owners: Mapping[bytes, str]) -> None:
        """Route each packed address to an interface, all others outside; forget all connections."""
        lines = [f"route replace {format_address(a)} dev {interface}" for a, interface in owners.items()]
        lines += [f"route replace {whole} dev {OUTSIDE}" for whole in ("0.0.0.0/0", "::/0")]
        with entered(self.host):
            for family in ("-4", "-6"):
                subprocess.run(["ip", family, "route", "flush", "table", "main"], check=True, capture_output=True)
            subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True, capture_output=True)
        sequence = self._netfilter.next_sequence()
        self._netfilter.transact(message(_FLUSH_CONNECTIONS, REQUEST | ACK, sequence, bytes(4)), sequence)

    def neighbours(self, addresses: Iterable[tuple[bytes, str]]) -> None:
        """Tell the host the hardware address of everybody it will be asked to reach."""
        lines = [
            f"neigh replace {format_address(a)} lladdr {_POD_MAC.hex(':')} dev {interface} nud permanent"
            for a, interface in addresses
        ]
        with entered(self.host):
            subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True, capture_output=True)

    def send(self, interface: str, flow: Flow, number: int) -> None:
        """Put the first packet of a flow on the wire at an interface; `number` (1 to 65535) tells it from others."""
        self.put(interface, packet(flow, number), number)

    def put(self, interface: str, raw: bytes, number: int) -> None:
        """Put an IP packet on the wire at an interface, under a number."""
        family = Family.V6 if raw[0] >> 4 == 6 else Family.V4
        header = _HOST_MAC + _POD_MAC + struct.pack("!H", _ETHER[family])
        self._ends[interface].send(header + _numbered(raw, number))

    def send_from_host(self, flow: Flow, number: int) -> None:
        """Let a process of the host send the first packet of a flow; it may be told that its own kernel drops it."""
        family = socket.AF_INET if flow.family is Family.V4 else socket.AF_INET6
        with (
            entered(self.host),
            socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw,
            suppress(PermissionError),
        ):
            raw.sendto(_numbered(packet(flow, number), number), (format_address(flow.destination), 0))

    def own(self, addresses: Iterable[bytes]) -> None:
        """Give the host addresses of its own, and take away those it had."""
        lines = ["addr flush dev lo", "addr add 127.0.0.1/8 dev lo"]
        lines += [f"addr replace {format_address(each)}/{len(each) * 8} dev lo" for each in addresses]
        with entered(self.host):
            subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True, capture_output=True)

    def resets(self) -> set[tuple[bytes, bytes]]:
        """Return (from, to) of the TCP resets that came out since the last look: the host heard who they are for."""
        found = set()
        while ready := select.select(list(self._ends.values()), [], [], _SETTLE_SECONDS)[0]:
            for end in ready:
                raw = end.recv(65536)[14:]
                if raw[0] >> 4 == 4 and raw[9] == 6 and raw[33] & 4:
                    found.add((raw[12:16], raw[16:20]))
                elif raw[0] >> 4 == 6 and raw[6] == 6 and raw[53] & 4:
                    found.add((raw[8:24], raw[24:40]))
        return found

    def arrived(self) -> dict[int, str]:
        """Return at which interface each numbered packet came out; waits a little for the last of them."""
        return {number_of(raw): interface for interface, raw in self.frames()}

    def frames(self) -> Iterator[tuple[str, bytes]]:
        """Yield each packet that came out, with its interface; waits a little for the last of them."""
        by_socket = {end: interface for interface, end in self._ends.items()}
        while ready := select.select(list(by_socket), [], [], _SETTLE_SECONDS)[0]:
            for end in ready:
                frame = end.recv(65536)
                if frame[:6] == _POD_MAC and frame[12:14] in (b"\x08\x00", b"\x86\xdd"):
                    yield by_socket[end], frame[14:]


def packet(flow: Flow, number: int) -> bytes:
    """Return the first packet of a flow; `number` is the identifier of an ICMP one."""
    source, destination = ip_address(flow.source), ip_address(flow.destination)
    near, far = (source, flow.source_port), (destination, flow.destination_port)
    if flow.protocol == 6:
        return tcp_syn(near, far)
    if flow.protocol == 17:
        return udp_datagram(near, far, b"tortie")
    if flow.protocol == 132:
        return ip_packet(source, destination, 132, sctp_init(flow.source_port, flow.destination_port))
    if flow.protocol in (1, 58):
        return ip_packet(source, destination, flow.protocol, _icmp(flow, number))
    if flow.protocol == 136:
        return ip_packet(source, destination, flow.protocol, _udp_lite(flow))
    return ip_packet(source, destination, flow.protocol, bytes(24))


def _numbered(raw: bytes, number: int) -> bytes:
    """Return the packet with the number as IPv4 identification (and a checksum) or IPv6 flow label."""
    if raw[0] >> 4 == 6:
        return raw[:2] + number.to_bytes(2) + raw[4:]
    head = raw[:4] + number.to_bytes(2) + raw[6:]
    return head[:10] + checksum(head[:20]).to_bytes(2) + head[12:]


def number_of(raw: bytes) -> int:
    """Return the number of a packet that was sent with one."""
    return int.from_bytes(raw[2:4] if raw[0] >> 4 == 6 else raw[4:6])


def addresses_of(raw: bytes) -> tuple[bytes, bytes]:
    """Return the packed source and destination of a packet."""
    return (raw[8:24], raw[24:40]) if raw[0] >> 4 == 6 else (raw[12:16], raw[16:20])


def _udp_lite(flow: Flow) -> bytes:
    """Return a UDPLite datagram that connection tracking finds valid.

    RFC 3828 puts UDPLite's own number into the checksum; the kernel's connection tracking looks for UDP's there.
    """
    body = struct.pack("!HHHH", flow.source_port, flow.destination_port, 0, 0) + b"tortie"
    pseudo = flow.source + flow.destination + struct.pack("!II", len(body), 17)
    return body[:6] + (checksum(pseudo + body) or 0xFFFF).to_bytes(2) + body[8:]


def _icmp(flow: Flow, number: int) -> bytes:
    body = struct.pack("!BBHHH", flow.icmp_type, flow.icmp_code, 0, number, 1) + b"tortie"
    pseudo = b""
    if flow.protocol == 58:
        pseudo = flow.source + flow.destination + struct.pack("!II", len(body), 58)
    return body[:2] + checksum(pseudo + body).to_bytes(2) + body[4:]


def checksum(data: bytes) -> int:
    """Return the Internet checksum of the data."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def routed(endpoints: Mapping[Key, WorkloadEndpoint]) -> dict[bytes, str]:
    """Return the interface of each endpoint address; of two that claim one, the lowest key's."""
    owners: dict[bytes, str] = {}
    for key in sorted(endpoints):
        for address in endpoints[key].addresses:
            owners.setdefault(address, endpoints[key].interface)
    return owners


@contextmanager
def wired() -> Iterator[Wire]:
    """Make the host, its interfaces and their far ends; take them away after."""
    host, ends = f"tortie-wire-{os.getpid()}-host", f"tortie-wire-{os.getpid()}-ends"
    subprocess.run(["ip", "netns", "add", host], check=True)
    subprocess.run(["ip", "netns", "add", ends], check=True)
    try:
        with entered(f"/run/netns/{host}"):
            for name, value in _SYSCTLS.items():
                Path("/proc/sys", *name.split(".")).write_text(str(value))
        lines = []
        for interface in (*_WORKLOADS, *OUTSIDES):
            peer = f"peer name p-{interface} address {_POD_MAC.hex(':')} netns {ends}"
            lines.append(f"link add {interface} address {_HOST_MAC.hex(':')} type veth {peer}")
            lines.append(f"link set {interface} up")
        lines.append("link set lo up")
        subprocess.run(["ip", "-n", host, "-batch", "-"], input="\n".join(lines), text=True, check=True)
        up = "\n".join(f"link set p-{interface} up" for interface in (*_WORKLOADS, *OUTSIDES))
        subprocess.run(["ip", "-n", ends, "-batch", "-"], input=up, text=True, check=True)
        wire = Wire(Path(f"/run/netns/{host}"), Path(f"/run/netns/{ends}"))
        try:
            yield wire
        finally:
            wire.close()
    finally:
        for name in (host, ends):
            subprocess.run(["ip", "netns", "delete", name], check=True)
