"""FelixConfiguration documents; rules 93 to 99 of the API specification."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.api.cases import a, again, calico, faults, the_fault
from tortie.api import Misread, Source, decode_value, encode, resolve
from tortie.api.settings_table import SETTINGS
from tortie.api.settings_unused import UNUSED_FIELDS
from tortie.model import DEFAULT_FAILSAFE_INBOUND, FelixConfiguration, Key, Kind


def text(spec: str, name: str = "default", metadata: str = "") -> str:
    return calico("FelixConfiguration", name, spec, metadata)


def test_every_field_becomes_text_by_the_settings_own_name() -> None:
    spec = (
        "interfacePrefix: 'cali,tap', ipv6Support: false, nftablesRefreshInterval: 1m, vxlanPort: 4790,"
        " externalNodesList: [10.0.0.1], failsafeInboundHostPorts: [{protocol: TCP, port: 22}],"
        " failsafeOutboundHostPorts: [], netlinkTimeout: 5s, bpfEnabled: true, nftablesMarkMask: 0xff00"
    )
    assert a(FelixConfiguration, text(spec)).values == {
        "InterfacePrefix": "cali,tap",
        "Ipv6Support": "false",
        "NftablesRefreshInterval": "60",
        "VXLANPort": "4790",
        "ExternalNodesCIDRList": "10.0.0.1",
        "FailsafeInboundHostPorts": "tcp:22",
        "FailsafeOutboundHostPorts": "none",
        "NetlinkTimeoutSecs": "5",
        "NftablesMarkMask": "65280",
        "BpfEnabled": "true",
    }


def test_annotations_override_fields_and_nobody_checks_them() -> None:
    metadata = "annotations: {config.projectcalico.org/LOGPREFIX: mine, config.projectcalico.org/NoSuch: x, other: z}"
    found = a(FelixConfiguration, text("logPrefix: theirs", metadata=metadata))
    assert found.values == {"LogPrefix": "mine", "NoSuch": "x"}
    assert again(found) == found


def test_a_selector_is_for_other_names() -> None:
    found = a(FelixConfiguration, text("nodeSelector: has(rack)", "racks"))
    assert found.node_selector == "has(rack)"
    assert again(found) == found


@pytest.mark.parametrize(
    ("document", "path", "what"),
    [
        pytest.param(text("nodeSelector: all()"), "spec.nodeSelector", "no `nodeSelector`", id="93-default"),
        pytest.param(text("nodeSelector: all()", "node.n1"), "spec.nodeSelector", "no `nodeSelector`", id="93-node"),
        pytest.param(text("nodeSelector: a =", "x"), "spec.nodeSelector", "not a selector", id="93-selector"),
        pytest.param(text("defaultEndpointToHostAction: Maybe"), "spec.defaultEndpointToHostAction", "one of", id="94"),
        pytest.param(text("logActionRateLimit: 5/week"), "spec.logActionRateLimit", "N/second", id="94-rate"),
        pytest.param(text("interfacePrefix: 'a b'"), "spec.interfacePrefix", "cannot begin", id="94-prefix"),
        pytest.param(text("nftablesMarkMask: 1"), "spec.nftablesMarkMask", "at least two", id="94-mask"),
        pytest.param(text("healthPort: 70000"), "spec.healthPort", "from 0 to 65535", id="94-port"),
        pytest.param(text("reportingInterval: 1.5s"), "spec.reportingInterval", "not a duration", id="94-duration"),
        pytest.param(text("kubeNodePortRanges: [http]"), "spec.kubeNodePortRanges[0]", "a port's name", id="95"),
        pytest.param(
            text("kubeNodePortRanges: [1, 2, 3, 4, 5, 6, 7, 8]"), "spec.kubeNodePortRanges", "at most 7", id="95-8"
        ),
        pytest.param(text("nftablesMode: Maybe"), "spec.nftablesMode", "want one of", id="94-mode"),
        pytest.param(text("iptablesBackend: nft"), "spec.iptablesBackend", "want one of", id="94-backend-case"),
        pytest.param(text("bpfLogFilters: {'a b': x}"), "spec.bpfLogFilters", "not an interface", id="98-filters"),
        pytest.param(text("featureGates: a"), "spec.featureGates", "name=value", id="98-gates"),
        pytest.param(text("logDebugFilenameRegex: '('"), "spec.logDebugFilenameRegex", "regular exp", id="98-debug"),
        pytest.param(text("externalNodesList: ['fd00::1']"), "spec.externalNodesList", "IPv4", id="96"),
        pytest.param(text("interfaceExclude: '/(/'"), "spec.interfaceExclude", "regular expression", id="98-regex"),
        pytest.param(text("prometheusMetricsHost: 'a b'"), "spec.prometheusMetricsHost", "an address", id="98-host"),
        pytest.param(text("serviceLoopPrevention: drop"), "spec.serviceLoopPrevention", "is written", id="99-loop"),
        pytest.param(text("workloadSourceSpoofing: any"), "spec.workloadSourceSpoofing", "is written", id="99-spoof"),
        pytest.param(text("interfacePrefx: cali"), "spec.interfacePrefx", "not recognized", id="unknown"),
    ],
)
def test_a_configuration_that_breaks_a_rule_says_which_and_where(document: str, path: str, what: str) -> None:
    found = the_fault(document)
    assert found.path.endswith(f" {path}")
    assert what in found.what
    assert found.line


@pytest.mark.parametrize("spec", ["defaultEndpointToHostAction: ACCEPT", "logPrefix: ''", "healthHost: null"])
def test_what_is_within_the_rules(spec: str) -> None:
    assert faults(text(spec)) == []


def test_every_setting_survives_a_document() -> None:
    """A configuration that says everything at its default is the same after it was written and read."""
    annotations = ", ".join(f"config.projectcalico.org/{setting.key}: ''" for setting in SETTINGS)
    found = a(FelixConfiguration, text("bpfLogFilters: {all: x}, routeTableRanges: [{min: 1, max: 2}]"))
    assert again(found) == found
    assert encode(found)["spec"]["routeTableRanges"] == [{"min": 1, "max": 2}]
    assert len(UNUSED_FIELDS) > len(SETTINGS)
    assert a(FelixConfiguration, text("", metadata=f"annotations: {{{annotations}}}")).node_selector == ""


@pytest.mark.parametrize(
    "ports",
    ["tcp:22", {"protocol": "TCP", "port": 22}, [{"protocol": "SCTP", "port": 22}], [{"port": 22}, "x"], [{"port": 0}]],
)
def test_stored_failsafe_ports_that_are_not_understood_are_neither_none_nor_others(ports: Any) -> None:
    key = Key(Kind.FELIX_CONFIGURATION, "", "default")
    head = {"apiVersion": "projectcalico.org/v3", "kind": "FelixConfiguration", "metadata": {"name": "default"}}
    spec = {"failsafeInboundHostPorts": ports, "logPrefix": "mine"}
    with pytest.raises(Misread) as error:
        decode_value(key, json.dumps({**head, "spec": spec}).encode())
    found = error.value.instead
    assert isinstance(found, FelixConfiguration)
    resolved = resolve([Source("datastore", found.values)])
    assert resolved.fatal == ("FailsafeInboundHostPorts",)
    assert resolved.settings.failsafe_inbound == DEFAULT_FAILSAFE_INBOUND
    assert resolved.settings.log_prefix == "mine"
