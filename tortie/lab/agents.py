"""The agents of a lab: one process for each host, in the host's network namespace."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from itertools import chain

from tortie.lab.expected import TOLD
from tortie.lab.lab import Running
from tortie.lab.processes import end
from tortie.lab.store import environment

__all__ = ["agent_argv", "agent_environment", "agent_name", "start_agent", "stop_agent"]

_RUN = "import sys; from tortie.cli.tortie import main; sys.exit(main())"  # also where no script is installed


def agent_name(host: str) -> str:
    """Return the lab's name for the agent of a host, as `Running.process` and `Running.log` take it."""
    return f"agent.{host}"


def agent_argv() -> list[str]:
    """Return the command that runs an agent."""
    return [sys.executable, "-c", _RUN, "agent"]


def agent_environment(running: Running, host: str) -> dict[str, str]:
    """Return what an agent of the lab is told; nothing that the caller's environment says of other agents."""
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(("FELIX_", "TORTIE"))}
    state = running.directory / f"state.{host}"
    return {
        **inherited,
        **environment(running.directory),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FELIX_FELIXHOSTNAME": host,
        **{f"FELIX_{name.upper()}": text for name, text in TOLD.values.items()},
        "FELIX_ENDPOINTSTATUSPATHPREFIX": str(running.directory / f"status.{host}"),
        "TORTIE_STATEDIRECTORY": str(state),
    }


def start_agent(running: Running, host: str) -> None:
    """Start the agent of a host; raises Conflict where it runs already."""
    running.start(host, agent_name(host), agent_argv(), environment=agent_environment(running, host))


def stop_agent(running: Running, host: str, how: signal.Signals = signal.SIGTERM) -> bool:
    """Stop the agent of a host and wait until it has ended; return whether it ran. Its rules stay."""
    found = running.process(agent_name(host))
    if found is not None:
        end([found], how=how)
    return found is not None


def ended(running: Running) -> Sequence[str]:
    """Return, for each agent that should run and does not, the host and the last lines of what it said."""
    stopped = (host.name for host in running.lab.hosts if running.process(agent_name(host.name)) is None)
    return tuple(
        chain.from_iterable([f"{host}:", *running.log(agent_name(host)).splitlines()[-5:]] for host in stopped)
    )
