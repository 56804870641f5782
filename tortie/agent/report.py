"""What an agent says of itself: one value that health, metrics and `tortie status` all show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from .parts import Part

__all__ = ["Enforced", "Report"]


class Enforced:
    """The words for what is in the kernel."""

    NOTHING = "nothing yet: workloads are silent, or held to what an earlier run left"
    LAST_GOOD = "the last good state, kept on disk"
    DATASTORE = "the datastore's policy"


@dataclass(frozen=True, slots=True)
class Report:
    """The state of one agent at one moment.

    `datastore` is a `SyncState`. `sizes` are the rows of each table of the compiled policy. `undecodable` are stored
    resources that the agent does not understand, with the problem; a policy then denies. `quarantined` are those
    that the kernel refuses, with the reason, which tells what is closed. `settings_problems` are by place and name.
    `probation` tells of a change that waits for confirmation, `refused_sessions` which sessions of the machine policy
    refuses. `parts` are those of the agent, each live and ready or not.
    """

    host: str
    version: str
    ready: bool
    reason: str
    enforced: str
    datastore: str
    datastore_error: str = ""
    error: str = ""
    cache_error: str = ""
    interfaces_error: str = ""
    statuses_error: str = ""
    probation: str = ""
    probation_error: str = ""
    refused_sessions: tuple[str, ...] = ()
    heartbeat_error: str = ""
    applies: int = 0
    failures: int = 0
    repairs: int = 0
    cuts: int = 0
    packets_logged: int = 0
    packets_lost: int = 0
    apply_seconds: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    undecodable: Mapping[str, str] = field(default_factory=dict[str, str])
    quarantined: Mapping[str, str] = field(default_factory=dict[str, str])
    settings_problems: Mapping[str, str] = field(default_factory=dict[str, str])
    ignored_settings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    def document(self) -> dict[str, object]:
        """Return the report as JSON's types, by field."""
        return asdict(self)
