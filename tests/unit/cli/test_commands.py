"""The commands there are, and their help."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tortie.cli.commands import (
    COMMANDS,
    GLOBAL_FLAGS,
    GROUPS,
    Command,
    children,
    command_help,
    group_help,
    overview,
)

# Source: calicoctl specification 2 and 3, command by command; what is ours comes after the bar.
FLAGS = {
    "get": "-f -R -c -n -o -A -a --skip-empty --export",
    "apply": "-f -R -c -n --skip-empty",
    "create": "-f -R -c -n --skip-empty --skip-exists",
    "replace": "-f -R -c -n --skip-empty",
    "delete": "-f -R -c -n -s --skip-empty --skip-not-exists",
    "patch": "-c -n -p -t",
    "label": "-c -n --overwrite --remove",
    "validate": "-f -R -c -n --skip-empty",
    "version": "-c --client --poll",
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags_of_the_specification(name: str) -> None:
    flags = [*COMMANDS[name].flags, *GLOBAL_FLAGS]
    known = {f"--{flag.name}" for flag in flags} | {f"-{flag.short}" for flag in flags if flag.short}
    wanted = {*FLAGS[name].split(), "-l", "--log-level", "--context", "--allow-version-mismatch", "-h", "--help"}
    assert wanted <= known


@pytest.mark.parametrize(
    ("flag", "default"),
    [("config", "/etc/calico/calicoctl.cfg"), ("output", "ps"), ("filename", ""), ("recursive", False)],
)
def test_defaults(flag: str, default: str | bool) -> None:
    assert {known.name: known.default for known in COMMANDS["get"].flags}[flag] == default


def test_the_overview_names_every_command() -> None:
    text = overview("kubectl-calico")
    assert "kubectl-calico COMMAND" in text
    assert set(FLAGS) < {name for name, _ in children("")}
    assert all(f"\n  {name} " in text for name, _ in children(""))
    assert "__complete" not in text


@pytest.mark.parametrize("group", GROUPS)
def test_groups_name_their_commands(group: str) -> None:
    text = group_help(group)
    assert f"calicoctl {group} COMMAND" in text
    assert all(f"\n  {name} " in text for name, _ in children(group))


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("ipam", "check release show split configure"),
        ("node", "status diags checksystem run"),
        ("cluster", "diags"),
    ],
)
def test_commands_that_are_not_of_policy(group: str, names: str) -> None:
    assert [name for name, _ in children(group)] == names.split()
    assert all(COMMANDS[f"{group} {name}"].foreign for name in names.split())


@pytest.mark.parametrize("command", COMMANDS.values(), ids=str)
def test_every_command_has_its_module_and_flags_that_differ(command: Command) -> None:
    assert find_spec(command.module)
    flags = [*command.flags, *GLOBAL_FLAGS]
    shorts = [flag.short for flag in flags if flag.short]
    assert len({flag.name for flag in flags}) == len(flags)
    assert len(set(shorts)) == len(shorts)
    assert all(f"--{flag.name}" in command_help(command) for flag in flags if not flag.hidden)
