"""Every verdict that no policy writes has an outcome and a sentence."""

from __future__ import annotations

import pytest

from tortie.compiled import BuiltIn
from tortie.model import Verdict

ALLOWING = {
    "established",
    "neighbour-discovery",
    "openstack-service",
    "endpoint-to-host-accept",
    "host-to-workload",
    "failsafe-inbound",
    "failsafe-outbound",
    "host-discovery",
    "loopback",
    "tunnel",
    "not-governed",
}


@pytest.mark.parametrize("each", BuiltIn)
def test_verdict(each: BuiltIn) -> None:
    assert each.verdict is (Verdict.ALLOW if each in ALLOWING else Verdict.DENY)


@pytest.mark.parametrize("each", BuiltIn)
def test_a_sentence_fits_in_the_middle_of_another(each: BuiltIn) -> None:
    assert " " in each.sentence
    assert not each.sentence.endswith(".")
    assert each.sentence[0].islower() or each.sentence.startswith("IPv6")


def test_sentences_differ() -> None:
    assert len({each.sentence for each in BuiltIn}) == len(BuiltIn)
