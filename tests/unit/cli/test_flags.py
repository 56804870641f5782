"""Flags: what is understood, and what is said of the rest."""

from __future__ import annotations

import pytest

from tortie.cli.flags import Flag, Parsed, flags_help, parse
from tortie.errors import Invalid

FLAGS = (
    Flag("output", "o", "the format", "ps"),
    Flag("namespace", "n", "where"),
    Flag("recursive", "R", "deeper", default=False),
    Flag("all", "A", "everywhere", default=False),
    Flag("old", "", "hidden", default=False, hidden=True),
)
NONE: dict[str, str | bool] = {"output": "ps", "namespace": "", "recursive": False, "all": False, "old": False}


@pytest.mark.parametrize(
    ("line", "words", "given"),
    [
        ("", (), {}),
        ("np a b", ("np", "a", "b"), {}),
        ("np -o yaml a", ("np", "a"), {"output": "yaml"}),
        ("-oyaml", (), {"output": "yaml"}),
        ("-o=yaml", (), {"output": "yaml"}),
        ("--output yaml", (), {"output": "yaml"}),
        ("--output=a=b", (), {"output": "a=b"}),
        ("--namespace=", (), {}),
        ("-RA np", ("np",), {"recursive": True, "all": True}),
        ("-RAn shop", (), {"recursive": True, "all": True, "namespace": "shop"}),
        ("--all=false -R=true", (), {"recursive": True}),
        ("-n -", (), {"namespace": "-"}),
        ("- -- -o", ("-", "-o"), {}),
        ("--old", (), {"old": True}),
    ],
)
def test_flags(line: str, words: tuple[str, ...], given: dict[str, str | bool]) -> None:
    assert parse(line.split(), FLAGS) == Parsed(words, NONE | given)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("--unknown-flag", "unknown flag: --unknown-flag"),
        ("--unknown=x", "unknown flag: --unknown"),
        ("-m", "unknown shorthand flag: 'm' in -m"),
        ("-Rm", "unknown shorthand flag: 'm' in -m"),
        ("--output", "flag needs an argument: --output"),
        ("-o", "flag needs an argument: 'o' in -o"),
        (
            "--all=maybe",
            'invalid argument "maybe" for "--all" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
    ],
)
def test_what_cannot_be(line: str, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(line.split(), FLAGS)
    assert str(caught.value) == what


def test_values() -> None:
    parsed = parse(["-o", "json", "-A"], FLAGS)
    assert (parsed.text("output"), parsed.on("all"), parsed.on("recursive")) == ("json", True, False)


def test_help_leaves_out_what_is_hidden() -> None:
    assert flags_help(FLAGS) == (
        '  -o, --output string      the format (default "ps")\n'
        "  -n, --namespace string   where\n"
        "  -R, --recursive          deeper\n"
        "  -A, --all                everywhere\n"
    )


def test_every_value_of_a_flag_that_repeats_counts() -> None:
    flags = (Flag("level", "l", "", "panic", repeats=True), Flag("name", "n", ""))
    assert parse(("-l", "a", "-n", "x", "--level=b", "-n", "y"), flags).flags == {"level": "a\nb", "name": "y"}
    assert parse((), flags).flags == {"level": "panic", "name": ""}
