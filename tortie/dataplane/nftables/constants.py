"""Numbers of the nf_tables netlink protocol, and of what nft writes into it.

Source: the kernel's include/uapi/linux/netfilter/nf_tables.h; of comments, libnftnl's include/libnftnl/udata.h.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

__all__ = [
    "BATCH_BEGIN",
    "BATCH_END",
    "GROUP",
    "HOOKS",
    "INET",
    "INTERVAL",
    "LEVELS",
    "SET_COMMENT",
    "SUBSYSTEM",
    "VERDICTS",
    "Op",
]

SUBSYSTEM = 10
INET = 1
GROUP = 7
BATCH_BEGIN, BATCH_END = 0x10, 0x11
INTERVAL = 4
"""The flag of a set whose elements may be ranges."""
SET_COMMENT = 7
"""What a set's comment is among its user data."""

HOOKS: Mapping[str, int] = {"prerouting": 0, "input": 1, "forward": 2, "output": 3, "postrouting": 4}
LEVELS: Mapping[str, int] = {
    "emerg": 0,
    "alert": 1,
    "crit": 2,
    "err": 3,
    "warn": 4,
    "notice": 5,
    "info": 6,
    "debug": 7,
}
VERDICTS: Mapping[str, int] = {"drop": 0, "accept": 1, "continue": -1, "jump": -3, "goto": -4, "return": -5}


class Op(IntEnum):
    """Kinds of nf_tables messages."""

    NEWTABLE = 0
    GETTABLE = 1
    DELTABLE = 2
    NEWCHAIN = 3
    GETCHAIN = 4
    DELCHAIN = 5
    NEWRULE = 6
    GETRULE = 7
    DELRULE = 8
    NEWSET = 9
    GETSET = 10
    DELSET = 11
    NEWSETELEM = 12
    GETSETELEM = 13
    DELSETELEM = 14
    NEWGEN = 15
    GETGEN = 16
    NEWOBJ = 18
    GETOBJ = 19
    DELOBJ = 20
