"""What a setting is."""

from __future__ import annotations

import pytest

from tortie.api.setting import Setting


@pytest.mark.parametrize(
    ("key", "field", "name"),
    [
        ("LogPrefix", "", "logPrefix"),
        ("VXLANPort", "", "vXLANPort"),
        ("ReportingIntervalSecs", "reportingInterval", "reportingInterval"),
    ],
)
def test_its_name_in_documents(key: str, field: str, name: str) -> None:
    assert Setting(key, str, "", "a setting", field=field).document_field == name
