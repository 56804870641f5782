"""Objects that would contradict themselves are not made."""

from __future__ import annotations

import pytest

from tortie.dataplane.nftables import ACCEPT, Log, Verdict, goto, jump


@pytest.mark.parametrize(("kind", "chain"), [("pass", ""), ("jump", ""), ("goto", ""), ("accept", "leaf")])
def test_verdicts_that_make_no_sense(kind: str, chain: str) -> None:
    with pytest.raises(ValueError, match=f"verdict `{kind}`"):
        Verdict(kind, chain)


def test_verdicts() -> None:
    assert jump("leaf") == Verdict("jump", "leaf")
    assert goto("leaf") == Verdict("goto", "leaf")
    assert Verdict("accept") == ACCEPT


def test_a_log_goes_to_one_place() -> None:
    with pytest.raises(ValueError, match="exclude each other"):
        Log("seen: ", "info", group=3)
