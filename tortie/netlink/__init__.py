"""Netlink on one small codec: framing (`codec`, pure), a socket at the edge, and other network namespaces."""

from .codec import Message, attribute, attribute_map, attributes, be32, message, messages, nested, text
from .connection import Connection, read_connection
from .conntrack import Conntrack
from .links import Link, Links, LinkTable
from .namespace import entered
from .nflog import LoggedPacket, PacketLog
from .socket import ACK, CREATE, DUMP, NETFILTER, REQUEST, Answer, NetlinkSocket, Overrun

__all__ = [
    "ACK",
    "CREATE",
    "DUMP",
    "NETFILTER",
    "REQUEST",
    "Answer",
    "Connection",
    "Conntrack",
    "Link",
    "LinkTable",
    "Links",
    "LoggedPacket",
    "Message",
    "NetlinkSocket",
    "Overrun",
    "PacketLog",
    "attribute",
    "attribute_map",
    "attributes",
    "be32",
    "entered",
    "message",
    "messages",
    "nested",
    "read_connection",
    "text",
]
