"""Settings from documents to text and back (datastore specification, 17.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tortie.api.document import document_of
from tortie.api.fields import Fields
from tortie.api.report import Report
from tortie.api.setting_form import from_text, to_text
from tortie.api.settings_unused import Form

NET = "10.0.0.0/8"
BOTH: list[tuple[Form, Any, str]] = [
    (Form.TEXT, "a", "a"),
    (Form.FLAG, True, "true"),
    (Form.FLAG, False, "false"),
    (Form.INTEGER, 4294901760, "4294901760"),
    (Form.INTEGER, -1, "-1"),
    (Form.DURATION, "90s", "90"),
    (Form.DURATION, "250ms", "0.25"),
    (Form.DURATION, "0s", "0"),
    (Form.TEXTS, ["10.0.0.1", NET], f"10.0.0.1,{NET}"),
    (Form.TEXTS, [], "none"),
    (Form.PORTS, [80, "30000:32767"], "80,30000:32767"),
    (Form.FAILSAFES, [{"protocol": "TCP", "port": 22}], "tcp:22"),
    (Form.FAILSAFES, [{"protocol": "UDP", "port": 53, "net": NET}], f"udp:{NET}:53"),
    (Form.FAILSAFES, [{"protocol": "TCP", "port": 22, "net": "fd00::/64"}], "tcp:[fd00::/64]:22"),
    (Form.FAILSAFES, [], "none"),
    (Form.TIMEOUTS, [{"name": "a b", "timeout": "1m30s"}], "a b=1m30s"),
    (Form.MAPPING, {"all": "tcp port 80"}, "all=tcp port 80"),
    (Form.OTHER, {"min": 1, "max": 250}, '{"max": 250, "min": 1}'),
]
ONE_WAY: list[tuple[Form, Any, str]] = [
    (Form.DURATION, "1m30s", "90"),
    (
        Form.FAILSAFES,
        [{"port": 22}, {"protocol": "udp", "port": 53}, {"protocol": "", "port": 1}],
        "tcp:22,udp:53,tcp:1",
    ),
    (Form.FAILSAFES, [{"protocol": 17, "port": 53}], "udp:53"),
    (Form.FLAG, None, ""),
]


def converted(form: Form, value: Any) -> tuple[str, list[str]]:
    report = Report(document_of({}))
    text = to_text(Fields(report, {"f": value}, "spec"), "f", form)
    return text, [f"{problem.path}: {problem.what}" for problem in report.problems]


@pytest.mark.parametrize(("form", "value", "text"), [*BOTH, *ONE_WAY])
def test_a_document_as_text(form: Form, value: Any, text: str) -> None:
    assert converted(form, value) == (text, [])


@pytest.mark.parametrize(("form", "value", "text"), BOTH)
def test_text_as_a_document(form: Form, value: Any, text: str) -> None:
    assert from_text(text, form) == value


@pytest.mark.parametrize(
    ("form", "value", "path", "what"),
    [
        pytest.param(Form.DURATION, "1.5s", "spec.f", "not a duration", id="94-decimal"),
        pytest.param(Form.DURATION, "90", "spec.f", "not a duration", id="94-no-unit"),
        pytest.param(Form.FLAG, "yes", "spec.f", "cannot unmarshal string", id="94-flag"),
        pytest.param(Form.PORTS, ["http"], "spec.f[0]", "a port's name", id="95-named"),
        pytest.param(Form.FAILSAFES, [{"protocol": "SCTP", "port": 1}], "spec.f[0].protocol", "cannot be", id="trap-9"),
        pytest.param(Form.FAILSAFES, [{"protocol": "TCP"}], "spec.f[0].port", "from 1", id="failsafe-port"),
        pytest.param(Form.FAILSAFES, [{"port": 1, "net": "x"}], "spec.f[0].net", "not an IP", id="failsafe-net"),
        pytest.param(Form.FAILSAFES, [{"port": 1, "nets": []}], "spec.f[0].nets#", "not recog", id="failsafe-field"),
        pytest.param(Form.TIMEOUTS, [{"name": "a!", "timeout": "1s"}], "spec.f[0].name", "name of", id="97-name"),
        pytest.param(Form.TIMEOUTS, [{"name": "a", "timeout": "1"}], "spec.f[0].timeout", "a duration", id="97-time"),
    ],
)
def test_what_is_wrong_is_told(form: Form, value: Any, path: str, what: str) -> None:
    text, problems = converted(form, value)
    assert text.startswith("? ")
    assert len(problems) == 1
    assert problems[0].startswith(path.removesuffix("#"))
    assert what in problems[0]
