"""Packets made by hand, byte by byte, for what a socket would not send: false sources, odd protocols, SCTP."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

from tortie.lab.topology import Address
from tortie.model import TCP, UDP

__all__ = ["icmp_echo", "ip_packet", "payload_of", "sctp_answer", "sctp_init", "tcp_syn", "udp_datagram"]

HOP_LIMIT = 64
INIT, INIT_ACK, ABORT = 1, 2, 6  # SCTP chunk types (RFC 9260, section 3.2)
_SCTP_HEADER = 12
_INIT_LENGTH = 20
_TAG = 0x746F7274  # any number but zero
_FOUR = 4
_IPV6_HEADER = 40


def ip_packet(source: Address, destination: Address, protocol: int, payload: bytes) -> bytes:
    """Return an IPv4 or IPv6 packet as raw sockets take it; the kernel fills in an IPv4 header's checksum.

    Raises:
        ValueError: The addresses are of two families.
    """
    match source, destination:
        case IPv4Address(), IPv4Address():
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, HOP_LIMIT, protocol, 0)
        case IPv6Address(), IPv6Address():
            head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, HOP_LIMIT)
        case _:
            raise ValueError(f"{source} and {destination} are of two families")
    return head + source.packed + destination.packed + payload


def payload_of(packet: bytes) -> bytes:
    """Return what an IPv4 or IPv6 packet without extension headers carries."""
    return packet[_IPV6_HEADER:] if packet[0] >> 4 != _FOUR else packet[(packet[0] & 15) * 4 :]


def udp_datagram(source: tuple[Address, int], destination: tuple[Address, int], payload: bytes) -> bytes:
    """Return a whole UDP packet."""
    length = 8 + len(payload)
    ports = struct.pack("!HHH", source[1], destination[1], length)
    total = _checksum(_pseudo_header(source[0], destination[0], UDP, length) + ports + b"\0\0" + payload)
    return ip_packet(source[0], destination[0], UDP, ports + struct.pack("!H", total or 0xFFFF) + payload)


def tcp_syn(source: tuple[Address, int], destination: tuple[Address, int]) -> bytes:
    """Return a whole TCP packet that asks for a connection."""

    def segment(total: int) -> bytes:
        return struct.pack("!HHIIBBHHH", source[1], destination[1], _TAG, 0, 5 << 4, 2, 65535, total, 0)

    total = _checksum(_pseudo_header(source[0], destination[0], TCP, 20) + segment(0))
    return ip_packet(source[0], destination[0], TCP, segment(total))


def icmp_echo(family: int, sequence: int, payload: bytes) -> bytes:
    """Return an ICMP echo request of family 4 or 6, for a ping socket: the kernel sees to identifier and checksum."""
    return struct.pack("!BBHHH", 8 if family == _FOUR else 128, 0, 0, 0, sequence) + payload


def sctp_init(source_port: int, destination_port: int) -> bytes:
    """Return an SCTP packet that asks for an association."""
    chunk = struct.pack("!BBHIIHHI", INIT, 0, _INIT_LENGTH, _TAG, 65535, 1, 1, _TAG)
    return _sctp(source_port, destination_port, 0, chunk)


def sctp_answer(packet: bytes, ports: frozenset[int]) -> bytes | None:
    """Return what a listener on those ports answers to an SCTP packet: INIT ACK, ABORT, or None if it was no INIT."""
    if len(packet) < _SCTP_HEADER + _INIT_LENGTH or packet[_SCTP_HEADER] != INIT:
        return None
    asker, asked = struct.unpack_from("!HH", packet)
    (tag,) = struct.unpack_from("!I", packet, _SCTP_HEADER + 4)
    if asked not in ports:
        return _sctp(asked, asker, tag, struct.pack("!BBH", ABORT, 0, 4))
    cookie = struct.pack("!HHI", 7, 8, _TAG)  # the parameter that an INIT ACK must have
    length = _INIT_LENGTH + len(cookie)
    return _sctp(asked, asker, tag, struct.pack("!BBHIIHHI", INIT_ACK, 0, length, _TAG, 65535, 1, 1, _TAG) + cookie)


def _sctp(source_port: int, destination_port: int, tag: int, chunk: bytes) -> bytes:
    head = struct.pack("!HHI", source_port, destination_port, tag)
    return head + struct.pack("<I", _crc32c(head + bytes(4) + chunk)) + chunk


def _pseudo_header(source: Address, destination: Address, protocol: int, length: int) -> bytes:
    """Return what a checksum covers beside the packet; one layout serves both families, since zeros add nothing."""
    return source.packed + destination.packed + struct.pack("!II", length, protocol)


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _crc32c(data: bytes) -> int:
    """Return SCTP's checksum (RFC 9260, appendix A)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF
