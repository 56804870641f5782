"""The session files, played on every datastore."""

from __future__ import annotations

import pytest

from tests.calicoctl.sessions import Session, differs, played, sessions
from tests.unit.cli.console import Console


@pytest.mark.parametrize("session", sessions(), ids=lambda session: f"{session.file}:{session.title}")
def test_session(calicoctl: Console, session: Session) -> None:
    wrong = [said for command, answer in played(session, calicoctl) if (said := differs(command, answer))]
    assert not wrong, "\n".join(wrong)
