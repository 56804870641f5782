"""The uid of what is made of an object of Kubernetes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tortie.api.uids import converted_uid


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("30316465-6365-4463-ad63-3564622d3638", "0c8c26a6-c6a6-44c6-adc6-ac2646b46c1c"),
        ("0C8C26A6-C6A6-44C6-ADC6-AC2646B46C1C", "30316465-6365-4463-ad63-3564622d3638"),
        ("", ""),
        ("no uid", "no uid"),
        ("3031", "3031"),
    ],
)
def test_bits_are_turned(uid: str, expected: str) -> None:
    assert converted_uid(uid) == expected


@given(st.uuids())
def test_twice_it_is_as_it_was(uid: object) -> None:
    assert converted_uid(converted_uid(str(uid))) == str(uid)
