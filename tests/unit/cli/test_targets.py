"""What a command acts on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.console import API, network_set, policy
from tortie.cli.commands import COMMANDS, GLOBAL_FLAGS
from tortie.cli.flags import Parsed, parse
from tortie.cli.targets import Target, admitted, named, reason, referred, single_kind
from tortie.errors import Conflict, Invalid, Problem
from tortie.model import Key, Kind


def parsed(*arguments: str) -> Parsed:
    return parse(arguments, (*COMMANDS["get"].flags, *GLOBAL_FLAGS))


def keys(targets: list[Target]) -> list[Key | None]:
    return [target.key for target in targets]


def test_words() -> None:
    assert keys(named(("np", "a", "b"), parsed("-n", "shop"))) == [
        Key(Kind.NETWORK_POLICY, "shop", "a"),
        Key(Kind.NETWORK_POLICY, "shop", "b"),
    ]
    (every,) = named(("POLICIES",), parsed())
    assert (every.key, every.namespace) == (None, "default")
    assert named(("np",), parsed(), everywhere=True)[0].namespace == ""


def test_a_target_without_key_or_document_cannot_be_written() -> None:
    target = named(("tier", "x"), parsed("-n", "shop"))[0]
    for ask in (lambda: target.known_key, lambda: target.known_document):
        with pytest.raises(Invalid, match="Tier is not namespaced"):
            ask()


def test_files_are_checked_and_defaulted_or_only_identified(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(policy(extra=", resourceVersion: '7'"))
    (target,) = admitted(parsed("-f", str(file)), "apply")
    assert target.known_document["spec"]["types"] == ["Ingress"]
    assert target.revision == "7"
    file.write_text(network_set(spec="nonsense: 1"))
    assert keys(referred(parsed("-f", str(file)), "get")) == [Key(Kind.GLOBAL_NETWORK_SET, "", "out")]
    with pytest.raises(Invalid, match="nonsense"):
        admitted(parsed("-f", str(file)), "apply")


@pytest.mark.parametrize("metadata", ["metadata: {name: a, Namespace: x}", "Metadata: {name: a, NAMESPACE: x}"])
def test_the_case_of_keys_does_not_hide_a_namespace(tmp_path: Path, metadata: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(f"{API}\nkind: NetworkPolicy\n{metadata}\nspec: {{}}\n")
    assert keys(admitted(parsed("-f", str(file)), "apply")) == [Key(Kind.NETWORK_POLICY, "x", "a")]
    (target,) = admitted(parsed("-n", "y", "-f", str(file)), "apply")
    assert target.error == "resource namespace does not match client namespace. x != y"


def test_single_kind() -> None:
    tier, policies = named(("tier", "x"), parsed())[0], named(("np", "x"), parsed())[0]
    assert single_kind([tier, tier]) == "Tier"
    assert single_kind([tier, policies]) == ""
    assert single_kind([]) == ""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Invalid(Problem("bad", path="spec.x", mend="good", file="f", line=1), Problem("worse")), "spec.x: bad; worse"),
        (Conflict("moved"), "moved"),
        (Conflict(), "Conflict"),
    ],
)
def test_reasons(error: Exception, text: str) -> None:
    assert reason(error) == text
