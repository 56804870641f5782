"""Commands about addresses, routes and clusters."""

from __future__ import annotations

import pytest

from tests.unit.cli.console import Console
from tortie.cli.commands import COMMANDS


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.file == "unmanaged"])
def test_each_says_so_in_one_sentence_and_fails(calicoctl: Console, name: str) -> None:
    said = calicoctl(*name.split(), "--any-flag", "value", "-x")
    assert (said.code, said.out) == (1, "")
    what, instead = said.err.splitlines()
    assert what == f"`calicoctl {name}` is not supported: Tortie does not manage addresses, routes or clusters"
    assert instead.startswith("  ")
