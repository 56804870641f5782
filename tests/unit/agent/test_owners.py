"""Which addresses changed hands, since the last change or since an earlier run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tortie.agent.owners import Owner, Owners, owner_of, released
from tortie.compiled import LocalEndpoint
from tortie.errors import Invalid, Unavailable
from tortie.model import Key, Kind, parse_address

A, B, C = (parse_address(f"10.0.0.{number}") for number in (1, 2, 3))


def row(name: str, interface: str, *addresses: bytes) -> LocalEndpoint:
    key = Key(Kind.WORKLOAD_ENDPOINT, "shop", name)
    return LocalEndpoint(interface, key, key, addresses)


def rows(*found: LocalEndpoint) -> dict[str, LocalEndpoint]:
    return {each.interface: each for each in found}


RED, BLUE = row("red", "cali1", A, B), row("blue", "cali2", C)


@pytest.mark.parametrize(
    ("before", "now", "gone"),
    [
        ({"cali1": RED}, rows(RED), set()),
        ({"cali1": RED}, {}, {A, B}),
        ({"cali1": RED}, rows(row("red", "cali1", A)), {B}),
        ({"cali1": RED}, rows(row("green", "cali1", A, B)), {A, B}),
        ({"cali1": RED, "cali3": None}, rows(row("green", "cali3", A)), {A, B}),
        ({"cali1": RED}, rows(row("twin", "cali3", A)), {B}),
        ({"cali1": RED, "cali3": row("twin", "cali3", A)}, rows(row("twin", "cali3", A)), {B}),
        ({"cali2": None}, rows(RED, BLUE), set()),
    ],
)
def test_addresses_that_changed_hands(
    before: dict[str, LocalEndpoint | None], now: dict[str, LocalEndpoint], gone: set[bytes]
) -> None:
    owners = {interface: owner_of(each) if each else None for interface, each in before.items()}
    assert released(owners, now) == gone


def test_what_is_kept_is_read_by_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "state" / "addresses.json"
    assert Owners(path).read() == {}
    owners = Owners(path)
    owners.keep(rows(RED, BLUE))
    assert path.stat().st_mode & 0o777 == 0o600
    assert Owners(path).read() == {"cali1": owner_of(RED), "cali2": Owner(str(BLUE.stored), frozenset({C}))}
    written = path.stat().st_ino
    owners.keep(rows(RED, BLUE))
    assert path.stat().st_ino == written
    owners.keep({})
    assert Owners(path).read() == {}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cali1": 1}', '{"cali1": ["x", ["zz"]]}'])
def test_what_cannot_be_understood_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "addresses.json"
    path.write_text(text)
    with pytest.raises(Invalid, match="remove the file"):
        Owners(path).read()


def test_what_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    owners = Owners(tmp_path / "file" / "addresses.json")
    with pytest.raises(Unavailable, match="is not kept"):
        owners.keep(rows(RED))
    with pytest.raises(Unavailable, match="is not known"):
        owners.read()
