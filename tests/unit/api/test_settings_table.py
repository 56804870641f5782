"""The table of settings against the API specification, 1.12: names, defaults, which are fatal."""

from __future__ import annotations

import pytest

from tortie.api.setting_form import from_text
from tortie.api.settings_table import BY_FIELD, BY_KEY, SETTINGS
from tortie.api.settings_unused import OTHERS_KEYS, UNUSED_FIELDS, UNUSED_KEYS

FATAL = (
    "interfacePrefix defaultEndpointToHostAction nftablesFilterDenyAction nftablesMarkMask failsafeInboundHostPorts"
    " failsafeOutboundHostPorts externalNodesList"
)
SPECIFIED = (
    "dataplaneDriver useInternalDataplaneDriver bpfEnabled nftablesMode iptablesBackend ipv6Support interfacePrefix"
    " interfaceExclude chainInsertMode defaultEndpointToHostAction iptablesFilterAllowAction nftablesFilterAllowAction"
    " iptablesMangleAllowAction nftablesMangleAllowAction iptablesFilterDenyAction nftablesFilterDenyAction"
    " iptablesRefreshInterval nftablesRefreshInterval iptablesPostWriteCheckInterval iptablesLockProbeInterval"
    " ipsetsRefreshInterval maxIpsetSize interfaceRefreshInterval netlinkTimeout iptablesMarkMask nftablesMarkMask"
    " nftablesFlowTableOffload failsafeInboundHostPorts failsafeOutboundHostPorts kubeNodePortRanges"
    " externalNodesList allowVXLANPacketsFromWorkloads allowIPIPPacketsFromWorkloads disableConntrackInvalidCheck"
    " workloadSourceSpoofing bpfEnforceRPF serviceLoopPrevention ipForwarding logPrefix logActionRateLimit"
    " logActionRateLimitBurst logFilePath logSeverityFile logSeverityScreen logSeveritySys logDebugFilenameRegex"
    " bpfLogLevel bpfLogFilters policySyncPathPrefix flowLogsFlushInterval flowLogsGoldmaneServer"
    " flowLogsLocalReporter flowLogsPolicyEvaluationMode flowLogsCollectorDebugTrace prometheusMetricsEnabled"
    " prometheusMetricsHost prometheusMetricsPort prometheusGoMetricsEnabled prometheusProcessMetricsEnabled"
    " prometheusWireGuardMetricsEnabled prometheusMetricsCAFile prometheusMetricsCertFile prometheusMetricsKeyFile"
    " prometheusMetricsClientAuth healthEnabled healthHost healthPort healthTimeoutOverrides reportingInterval"
    " reportingTTL endpointReportingEnabled endpointReportingDelay endpointStatusPathPrefix xdpEnabled"
    " genericXDPEnabled xdpRefreshInterval featureDetectOverride featureGates"
)
"""Every field of the table in 1.12, but nodeSelector."""


@pytest.mark.parametrize("field", SPECIFIED.split())
def test_every_field_of_the_specification_is_known(field: str) -> None:
    assert (field in BY_FIELD) != (field in UNUSED_FIELDS)


def test_which_settings_are_fatal() -> None:
    assert {setting.document_field for setting in SETTINGS if setting.fatal} == set(FATAL.split())


def test_a_name_means_one_setting() -> None:
    assert len(BY_KEY) == len(SETTINGS)
    assert {each.key for each in SETTINGS} - {each.key for each in BY_FIELD.values()} == {"ClusterType"}
    assert not BY_KEY.keys() & UNUSED_KEYS.keys()
    assert not OTHERS_KEYS & (BY_KEY.keys() | UNUSED_KEYS.keys())


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_a_setting_says_what_it_means_and_writes_its_form(setting: object) -> None:
    found = next(each for each in SETTINGS if each is setting)
    assert found.meaning
    assert found.meaning[-1] != "."
    assert from_text("\x00", found.form) == "\x00" or isinstance(from_text("\x00", found.form), list)
