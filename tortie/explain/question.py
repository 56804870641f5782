"""What a person asks, `SRC DST` and a few words on the packet, made into a flow."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tortie.errors import Invalid
from tortie.explain.directory import Directory, display_name
from tortie.model import (
    ICMP_OF,
    MAX_PORT,
    PROTOCOL_NUMBERS,
    WITH_PORTS,
    Family,
    Flow,
    Key,
    Place,
    WorkloadEndpoint,
    family_of,
    format_address,
    parse_address,
)

__all__ = ["EPHEMERAL_PORT", "Asked", "End", "Question", "ask"]

EPHEMERAL_PORT = 40000
"""The source port of questions that name none."""

_HOST = "host"
_ECHO_REQUEST = {Family.V4: 8, Family.V6: 128}
_MAX_BYTE = 255
_WITH_PORT = re.compile(r"(?:(?P<four>[^:\[\]]+)|\[(?P<six>[^\]]*)\]):(?P<port>[0-9]{1,5})")
_UNSPECIFIED = {Family.V4: bytes(4), Family.V6: bytes(16)}


@dataclass(frozen=True, slots=True)
class Asked:
    """The words on the packet, as given; None means not given.

    `namespace` is where names without one are sought, `node` the host that the word `host` means, "" for the other
    end's. The interfaces are those of the hosts by which it comes in and leaves. `original_destination` is the address
    and port that it is sent to where that is translated on the way, `ADDRESS` or `ADDRESS:PORT`, brackets around an
    IPv6 address with a port; "" where it is not.
    """

    protocol: str = "tcp"
    port: int | None = None
    source_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None
    family: Family | None = None
    namespace: str = ""
    node: str = ""
    in_interface: str = ""
    out_interface: str = ""
    original_destination: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """One end of the flow: how people call it, its address, and the stored key of its endpoint, or a place."""

    name: str
    address: bytes
    where: Key | Place


@dataclass(frozen=True, slots=True)
class Question:
    """A flow between two ends. `notes` tell what was assumed where nothing was said; `node` as in `Asked`."""

    source: End
    destination: End
    flow: Flow
    notes: tuple[str, ...] = ()
    node: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    addresses: tuple[bytes, ...]
    where: Key | Place

    @property
    def families(self) -> frozenset[Family]:
        return frozenset(family_of(address) for address in self.addresses)

    def end(self, family: Family) -> End:
        return End(self.name, next(each for each in self.addresses if family_of(each) is family), self.where)


def ask(directory: Directory, source: str, destination: str, asked: Asked) -> Question:
    """Return the question that a person asks.

    An end is `name` or `namespace/name` of an endpoint, an address, `host` or `host@ADDRESS`; a host endpoint, by its
    name or an address that it expects, stands for its host. IPv4 is taken where
    both ends have it and nothing else is asked for.

    Raises:
        Invalid: a name could be several endpoints, the ends share no address family, or the words on the packet
            contradict one another.
        NotFound: nobody is called so.
    """
    candidates = [_candidate(directory, text, asked.namespace) for text in (source, destination)]
    number = _protocol_number(asked.protocol)
    family = _family(candidates[0], candidates[1], _wanted_family(number, asked))
    ends = [each.end(family) for each in candidates]
    if number in ICMP_OF.values():
        number = ICMP_OF[family]
    notes = [note for each in ends for note in _host_notes(each)]
    if isinstance(ends[0].where, Key) and ends[0].where == ends[1].where:
        notes.append(f"what {ends[0].name} says to itself never leaves it, unless a service sends it back")
    ports, icmp = _ports(number, asked, notes), _icmp(number, asked, notes, family)
    flow = Flow(
        source=ends[0].address,
        destination=ends[1].address,
        protocol=number,
        source_port=ports[0],
        destination_port=ports[1],
        icmp_type=icmp[0],
        icmp_code=icmp[1],
        sender=_place(directory, ends[0].where),
        receiver=_place(directory, ends[1].where),
        in_interface=asked.in_interface,
        out_interface=asked.out_interface,
        untranslated=_original(asked.original_destination, family, ports[1]),
    )
    return Question(ends[0], ends[1], flow, tuple(notes), asked.node)


def _place(directory: Directory, where: Key | Place) -> Key | Place:
    return Place.HOST if where in directory.host_endpoints else where


def _candidate(directory: Directory, text: str, namespace: str) -> _Candidate:
    if text == _HOST:
        return _Candidate(_HOST, tuple(_UNSPECIFIED.values()), Place.HOST)
    if text.startswith(f"{_HOST}@"):
        try:
            return _Candidate(_HOST, (parse_address(text.removeprefix(f"{_HOST}@")),), Place.HOST)
        except ValueError as error:
            raise Invalid.because(str(error), path=text, mend="write `host@` and an address") from error
    try:
        address = parse_address(text)
    except ValueError:
        key = directory.find(text, namespace)
        endpoint = directory.endpoint(key)
        if isinstance(endpoint, WorkloadEndpoint):
            return _Candidate(display_name(endpoint), endpoint.addresses, key)
        return _Candidate(display_name(endpoint), endpoint.expected_addresses or tuple(_UNSPECIFIED.values()), key)
    keys = directory.at(address)
    if len(keys) > 1:
        names = ", ".join(f"`{display_name(directory.endpoint(key))}`" for key in keys)
        raise Invalid.because(f"{text} is an address of {names}", mend="write the name of the one you mean")
    if keys:
        return _Candidate(display_name(directory.endpoint(keys[0])), (address,), keys[0])
    return _Candidate(text, (address,), Place.ELSEWHERE)


def _protocol_number(text: str) -> int:
    if text.isascii() and text.isdigit():
        if int(text) <= _MAX_BYTE:
            return int(text)
        raise Invalid.because(f"there is no protocol {text}", mend="protocol numbers are 0 to 255")
    numbers = {name.lower(): number for name, number in PROTOCOL_NUMBERS.items()}
    if text.lower() not in numbers:
        raise Invalid.because(
            f"`{text}` is not a protocol", mend=f"write one of {', '.join(numbers)}, or a number of 0 to 255"
        )
    return numbers[text.lower()]


def _wanted_family(number: int, asked: Asked) -> Family | None:
    """Return the family that is asked for, in so many words or by asking for ICMPv6."""
    if number == ICMP_OF[Family.V6]:
        if asked.family is Family.V4:
            raise Invalid.because("ICMPv6 is never carried by IPv4", mend="leave out `-4`, or ask for `icmp`")
        return Family.V6
    return asked.family


def _family(source: _Candidate, destination: _Candidate, wanted: Family | None) -> Family:
    for each in (source, destination):
        if wanted is not None and wanted not in each.families:
            raise Invalid.because(f"{_who(each)} has no IPv{wanted:d} address")
    common = source.families & destination.families
    if not common:
        raise Invalid.because(
            f"{_who(source)} and {_who(destination)} share no address family: {_has(source)}, {_has(destination)}",
            mend="name an end by an address that the other can reach",
        )
    return wanted or min(common)


def _who(each: _Candidate) -> str:
    return f"`{each.name}`"


def _has(each: _Candidate) -> str:
    return f"{_who(each)} has IPv{min(each.families):d} only"


def _host_notes(end: End) -> list[str]:
    if end.where is not Place.ELSEWHERE and end.address in _UNSPECIFIED.values():
        shown = format_address(end.address)
        return [f"the host's address is not known here; {shown} stands for it (`host@ADDRESS` tells it)"]
    return []


def _ports(number: int, asked: Asked, notes: list[str]) -> tuple[int, int]:
    given = [each for each in (asked.port, asked.source_port) if each is not None]
    if number not in WITH_PORTS:
        if given:
            raise Invalid.because(f"protocol `{asked.protocol}` has no ports", mend="ports are for tcp, udp and sctp")
        return 0, 0
    if asked.port is None:
        raise Invalid.because(f"`{asked.protocol}` needs a port", mend="add `--port NUMBER`")
    if any(not 0 <= each <= MAX_PORT for each in given):
        raise Invalid.because(
            f"ports are 0 to {MAX_PORT}, not {', '.join(str(each) for each in given if not 0 <= each <= MAX_PORT)}"
        )
    if asked.source_port is None:
        notes.append(f"source port {EPHEMERAL_PORT} was assumed")
    return EPHEMERAL_PORT if asked.source_port is None else asked.source_port, asked.port


def _original(text: str, family: Family, port: int) -> tuple[bytes, int] | None:
    """Return the destination before translation; its port is that of after where none is said."""
    if not text:
        return None
    found = _WITH_PORT.fullmatch(text)
    shown, number = (found["four"] or found["six"], int(found["port"])) if found else (text, port)
    try:
        address = parse_address(shown)
    except ValueError as error:
        mend = "write ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT"
        raise Invalid.because(str(error), path="--original-destination", mend=mend) from error
    if family_of(address) is not family or number > MAX_PORT:
        what = f"the packet is IPv{family:d}, and `{text}` is not an IPv{family:d} address and port"
        raise Invalid.because(what, path="--original-destination", mend="name what the same packet was sent to")
    return address, number


def _icmp(number: int, asked: Asked, notes: list[str], family: Family) -> tuple[int, int]:
    given = [each for each in (asked.icmp_type, asked.icmp_code) if each is not None]
    if number not in ICMP_OF.values():
        if given:
            raise Invalid.because(
                f"protocol `{asked.protocol}` has no ICMP type", mend="types and codes are for icmp and icmpv6"
            )
        return 0, 0
    if any(not 0 <= each <= _MAX_BYTE for each in given):
        raise Invalid.because(f"ICMP types and codes are 0 to 255, not {', '.join(map(str, given))}")
    if asked.icmp_type is None:
        notes.append(f"ICMP type {_ECHO_REQUEST[family]} (echo request) was assumed")
    return _ECHO_REQUEST[family] if asked.icmp_type is None else asked.icmp_type, asked.icmp_code or 0
