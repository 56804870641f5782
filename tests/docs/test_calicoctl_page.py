"""The page about calicoctl and its parser say the same."""

from __future__ import annotations

import re

import pytest

from tests.docs.consoles import ROOT
from tortie.api import KINDS
from tortie.cli.commands import COMMANDS, GLOBAL_FLAGS, GROUPS, Command
from tortie.cli.output.gotemplate import FUNCTIONS
from tortie.cli.settings import FIELDS, Field
from tortie.model import FOREIGN_KINDS, Kind

PAGE = (ROOT / "docs/reference/calicoctl.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("|")]
OURS = [command for command in COMMANDS.values() if not command.hidden and not command.foreign]


@pytest.mark.parametrize("command", OURS, ids=lambda command: command.name)
def test_every_command_has_its_row(command: Command) -> None:
    last = command.name.rpartition(" ")[2]
    assert any(re.match(rf"\| `({re.escape(command.name)}[ `]|[^|]*`{re.escape(last)}[ `])", row) for row in ROWS)


def test_every_group_has_its_row() -> None:
    assert all(f"`{group}" in PAGE for group in GROUPS)


@pytest.mark.parametrize("command", OURS, ids=lambda command: command.name)
def test_every_flag_is_in_the_table(command: Command) -> None:
    table = PAGE[PAGE.index("## Flags") :].partition("\n## ")[0]
    for flag in command.flags:
        if not flag.hidden:
            short = f"`-{flag.short}`" if flag.short else ""
            assert any(
                row.startswith(f"| `--{flag.name}` | {short} |") and command.name in row.split(" | ")[-1]
                for row in table.splitlines()
            ), flag.name


def test_global_flags_are_in_the_table() -> None:
    assert all(f"`--{flag.name}`" in PAGE for flag in GLOBAL_FLAGS)


def test_every_kind_has_its_row_with_all_its_names() -> None:
    for info in KINDS:
        name = info.document_kind if info.is_calico else f"{info.document_kind} (Kubernetes)"
        shown = " shown |" if info.kind in {*FOREIGN_KINDS, Kind.CLUSTER_INFORMATION} else " |"
        assert f"| {name} | `{' '.join(info.names)}` |{shown}" in ROWS


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_setting_is_named(field: Field) -> None:
    assert f"`{field.name}`" in PAGE
    assert not field.variable or f"`{field.variable}`" in PAGE


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_templates_is_named(function: str) -> None:
    assert f"`{function}`" in PAGE
