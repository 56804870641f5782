"""Settings that have no effect: their own names."""

from __future__ import annotations

import pytest

from tortie.api.settings_unused import UNUSED_FIELDS, UNUSED_KEYS, Form, unused_key


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("bpfEnabled", "BpfEnabled"),
        ("ipipMTU", "IpInIpMtu"),
        ("iptablesLockProbeInterval", "IptablesLockProbeIntervalMillis"),
    ],
)
def test_the_own_name_of_a_field(field: str, key: str) -> None:
    assert unused_key(field) == key
    assert UNUSED_KEYS[key.upper()] == field


def test_each_has_one_form() -> None:
    assert len(UNUSED_KEYS) == len(UNUSED_FIELDS)
    assert UNUSED_FIELDS["bpfLogFilters"] is Form.MAPPING
