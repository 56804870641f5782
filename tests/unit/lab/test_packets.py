"""Packets made by hand, held against numbers computed by others."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from tortie.lab import Address, icmp_echo, ip_packet, payload_of, tcp_syn, udp_datagram
from tortie.lab.packets import _checksum, _crc32c, sctp_answer, sctp_init

Pair = tuple[Address, Address]
FOUR: Pair = (ip_address("10.0.0.1"), ip_address("10.0.0.2"))
SIX: Pair = (ip_address("fd00::1"), ip_address("fd00::2"))


@pytest.mark.parametrize("pair", [FOUR, SIX])
def test_a_packet_carries_its_addresses_and_payload(pair: Pair) -> None:
    packet = ip_packet(*pair, 253, b"payload")
    assert payload_of(packet) == b"payload"
    assert pair[0].packed + pair[1].packed in packet
    assert packet[0] >> 4 == pair[0].version


def test_a_packet_has_one_family() -> None:
    with pytest.raises(ValueError, match="two families"):
        ip_packet(FOUR[0], SIX[0], 17, b"")


@pytest.mark.parametrize("pair", [FOUR, SIX])
@pytest.mark.parametrize("payload", [b"", b"x", b"even"])
def test_a_receiver_finds_the_checksums_right(pair: Pair, payload: bytes) -> None:
    source, destination = (pair[0], 1234), (pair[1], 53)
    for packet, protocol in ((udp_datagram(source, destination, payload), 17), (tcp_syn(source, destination), 6)):
        segment = payload_of(packet)
        pseudo = pair[0].packed + pair[1].packed + struct.pack("!II", len(segment), protocol)
        assert _checksum(pseudo + segment) == 0


def test_the_internet_checksum_is_that_of_its_rfc() -> None:
    assert _checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D  # RFC 1071, section 3: the sum ddf2, inverted


def test_sctp_has_the_checksum_of_castagnoli() -> None:
    assert _crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize(("family", "kind"), [(4, 8), (6, 128)])
def test_an_echo_request_has_the_type_of_its_family(family: int, kind: int) -> None:
    assert icmp_echo(family, 1, b"x")[0] == kind


@pytest.mark.parametrize(
    ("packet", "chunk"),
    [
        (sctp_init(4000, 9999), 2),
        (sctp_init(4000, 7), 6),
        (b"", None),
        (bytes(40), None),
    ],
)
def test_an_init_is_acknowledged_or_aborted(packet: bytes, chunk: int | None) -> None:
    answer = sctp_answer(packet, frozenset({9999}))
    assert (answer[12] if answer else None) == chunk
    if answer:
        assert answer[:4] == packet[2:4] + packet[:2]
        head = answer[:8] + bytes(4) + answer[12:]
        assert struct.unpack("<I", answer[8:12])[0] == _crc32c(head)
