"""The commands there are, and their help."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tortie.cli.commands import COMMANDS, GLOBAL_FLAGS, Command, command_help, overview


def test_the_overview_names_every_command() -> None:
    text = overview()
    assert list(COMMANDS) == ["get", "apply", "create", "replace", "delete", "patch", "label", "validate", "version"]
    assert all(f"\n  {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=str)
def test_every_command_has_its_module_and_flags_that_differ(command: Command) -> None:
    assert find_spec(command.module)
    flags = [*command.flags, *GLOBAL_FLAGS]
    shorts = [flag.short for flag in flags if flag.short]
    assert len({flag.name for flag in flags}) == len(flags)
    assert len(set(shorts)) == len(shorts)
    assert all(f"--{flag.name}" in command_help(command) for flag in flags if not flag.hidden)
