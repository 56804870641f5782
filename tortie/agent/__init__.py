"""The per-host daemon: follows the datastore, compiles, and holds the kernel to it."""

from __future__ import annotations

from tortie.agent.cache import Cache
from tortie.agent.config import Config, read_config
from tortie.agent.cut import Cutter
from tortie.agent.enact import Enactor
from tortie.agent.enforce import Enforcement
from tortie.agent.heartbeat import Heartbeat
from tortie.agent.lifelines import Lifelines
from tortie.agent.lock import alone, control_path, locked
from tortie.agent.logs import start_log
from tortie.agent.loop import RESTART, Agent, Sources
from tortie.agent.memory import undisturbed
from tortie.agent.owners import Owners
from tortie.agent.pace import Times
from tortie.agent.probation import Probation
from tortie.agent.probation_file import ProbationFile, moment
from tortie.agent.quarantine import Quarantine
from tortie.agent.refused import RefusedSessions
from tortie.agent.report import Report
from tortie.agent.rollback import Rollback
from tortie.agent.sessions import Session, live_sessions, refused_sessions
from tortie.agent.settings import HostSettings
from tortie.agent.statuses import StatusFiles
from tortie.agent.view import View

__all__ = [
    "RESTART",
    "Agent",
    "Cache",
    "Config",
    "Cutter",
    "Enactor",
    "Enforcement",
    "Heartbeat",
    "HostSettings",
    "Lifelines",
    "Owners",
    "Probation",
    "ProbationFile",
    "Quarantine",
    "RefusedSessions",
    "Report",
    "Rollback",
    "Session",
    "Sources",
    "StatusFiles",
    "Times",
    "View",
    "alone",
    "control_path",
    "live_sessions",
    "locked",
    "moment",
    "read_config",
    "refused_sessions",
    "start_log",
    "undisturbed",
]
