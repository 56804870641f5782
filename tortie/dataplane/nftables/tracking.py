"""What rules ask of connection tracking: where a packet stands in its connection, and whether that is translated."""

from __future__ import annotations

from .objects import ACCEPT, Field, Match, Vmap

__all__ = ["ACCEPT_KNOWN", "INVALID", "KNOWN", "NEW", "TRANSLATED"]

_INVALID, _ESTABLISHED, _RELATED, _NEW = 1, 2, 4, 8
_DNAT = 32

INVALID = Match(Field.CT_STATE, _INVALID)
"""The packet belongs to no connection and opens none."""
KNOWN = Match(Field.CT_STATE, _ESTABLISHED | _RELATED)
"""The packet belongs to a connection that was allowed, or follows from one."""
NEW = Match(Field.CT_STATE, _NEW)
"""The packet opens a connection."""
ACCEPT_KNOWN = Vmap((Field.CT_STATE,), ((_ESTABLISHED, ACCEPT), (_RELATED, ACCEPT)))
"""Accept the packets of known connections, and ask on about all others."""
TRANSLATED = Match(Field.CT_STATUS, _DNAT)
"""The destination of the connection is translated; of an untracked packet not even that it is not can be read."""
