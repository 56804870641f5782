"""Settings of many places: which counts, what is reported, what needs a new start (API specification, 1.12)."""

from __future__ import annotations

import pytest

from tortie.api import Resolved, Source, environment_source, file_source, resolve, restart_keys
from tortie.model import (
    AgentSettings,
    DenyAction,
    EndpointToHostAction,
    Family,
    Listen,
    LogRate,
    LogSeverity,
    RateUnit,
    ServiceLoopPrevention,
    Settings,
    parse_prefix,
)


def told(**values: str) -> Resolved:
    return resolve([Source("here", values)])


def test_nothing_told_is_every_default() -> None:
    assert resolve([]) == Resolved(Settings(), AgentSettings())


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"INTERFACEPREFIX": "cali,tap"}, Settings(interface_prefixes=("cali", "tap"), openstack=True)),
        ({"InterfaceExclude": "/^docker/"}, Settings(interface_exclude=("/^docker/",))),
        ({"InterfaceExclude": "none"}, Settings(interface_exclude=())),
        (
            {"DefaultEndpointToHostAction": "accept"},
            Settings(endpoint_to_host_action=EndpointToHostAction.ACCEPT),
        ),
        ({"NftablesFilterDenyAction": "REJECT"}, Settings(deny_action=DenyAction.REJECT)),
        ({"NftablesMarkMask": "0xff"}, Settings(mark_mask=0xFF)),
        ({"Ipv6Support": "false"}, Settings(ipv6_support=False)),
        ({"FailsafeInboundHostPorts": "none"}, Settings(failsafe_inbound=())),
        ({"FailsafeOutboundHostPorts": "NONE"}, Settings(failsafe_outbound=())),
        ({"ExternalNodesCIDRList": "10.0.0.0/8"}, Settings(external_nodes=(parse_prefix("10.0.0.0/8"),))),
        ({"AllowVXLANPacketsFromWorkloads": "1"}, Settings(allow_vxlan_from_workloads=True)),
        ({"AllowIPIPPacketsFromWorkloads": "y"}, Settings(allow_ipip_from_workloads=True)),
        ({"VXLANPort": "4790"}, Settings(vxlan_port=4790)),
        ({"VXLANEnabled": "true"}, Settings(vxlan_enabled=True)),
        ({"VXLANEnabled": "false"}, Settings(vxlan_enabled=False)),
        ({"IpInIpEnabled": "none"}, Settings(ipip_enabled=False)),
        ({"WireguardEnabled": "true"}, Settings(wireguard_ports=((Family.V4, 51820),))),
        (
            {"WireguardEnabledV6": "true", "WireguardListeningPortV6": "9"},
            Settings(wireguard_ports=((Family.V6, 9),)),
        ),
        ({"WireguardListeningPort": "9"}, Settings()),
        ({"DisableConntrackInvalidCheck": "true"}, Settings(drop_invalid=False)),
        ({"WorkloadSourceSpoofing": "any"}, Settings(workload_source_spoofing=True)),
        ({"ServiceLoopPrevention": "Disabled"}, Settings(service_loop_prevention=ServiceLoopPrevention.DISABLED)),
        ({"LogPrefix": "x %n"}, Settings(log_prefix="x %n")),
        ({"LogPrefix": "none"}, Settings(log_prefix="")),
        ({"LogActionRateLimit": "5/hour"}, Settings(log_rate=LogRate(5, RateUnit.HOUR, 5))),
        (
            {"LogActionRateLimit": "5/hour", "LogActionRateLimitBurst": "9"},
            Settings(log_rate=LogRate(5, RateUnit.HOUR, 9)),
        ),
        ({"LogActionRateLimitBurst": "9"}, Settings()),
        ({"FlowLogsGoldmaneServer": "goldmane:7443"}, Settings(flow_logs=True)),
        ({"FlowLogsLocalReporter": "Enabled"}, Settings(flow_logs=True)),
        ({"CutEstablished": "true"}, Settings(cut_established=True)),
        ({"LogPrefix": "  "}, Settings()),
    ],
)
def test_what_each_setting_does(values: dict[str, str], settings: Settings) -> None:
    found = resolve([Source("here", values)])
    assert found.settings == settings
    assert found.agent == AgentSettings()
    assert all("has no effect" in problem.what for problem in found.problems)


@pytest.mark.parametrize(
    ("values", "agent"),
    [
        ({"NftablesRefreshInterval": "0"}, AgentSettings(refresh_seconds=0.0)),
        ({"InterfaceRefreshInterval": "1m"}, AgentSettings(interface_refresh_seconds=60.0)),
        ({"NetlinkTimeoutSecs": "2.5"}, AgentSettings(netlink_timeout_seconds=2.5)),
        ({"ReportingIntervalSecs": "none"}, AgentSettings(reporting_seconds=0.0)),
        ({"ReportingTTLSecs": "45"}, AgentSettings(reporting_ttl=45.0)),
        ({"ReportingTTLSecs": "100ms"}, AgentSettings(reporting_ttl=0.1)),
        ({"OpenstackRegion": "east-1"}, AgentSettings(region="east-1")),
        ({"OpenstackRegion": "east/../1"}, AgentSettings()),
        ({"DataplaneWatchdogTimeout": "2m"}, AgentSettings(watchdog_seconds=120.0)),
        ({"EndpointStatusPathPrefix": "none"}, AgentSettings(endpoint_status_path="")),
        ({"PolicySyncPathPrefix": "/var/run/nodeagent"}, AgentSettings(policy_sync_path="/var/run/nodeagent")),
        ({"FlowLogsFlushInterval": "15"}, AgentSettings(flow_flush_seconds=15.0)),
        ({"FlowLogsPolicyEvaluationMode": "None"}, AgentSettings(evaluate_staged=False)),
        ({"LogSeverityScreen": "debug"}, AgentSettings(log_severity=LogSeverity.DEBUG)),
        (
            {"HealthEnabled": "true", "HealthPort": "1", "HealthHost": "10.0.0.1"},
            AgentSettings(health=Listen(enabled=True, host="10.0.0.1", port=1)),
        ),
        (
            {"PrometheusMetricsEnabled": "true", "PrometheusMetricsPort": "2"},
            AgentSettings(metrics=Listen(enabled=True, host="", port=2)),
        ),
        ({"HealthTimeoutOverrides": "a=1m"}, AgentSettings(health_timeouts={"a": 60.0})),
    ],
)
def test_what_each_setting_of_the_agent_does(values: dict[str, str], agent: AgentSettings) -> None:
    found = resolve([Source("here", values)])
    assert (found.agent, found.settings) == (agent, Settings())
    assert all("has no effect" in each.what or "want letters" in each.what for each in found.problems)


def test_places_are_merged_setting_by_setting() -> None:
    found = resolve([Source("high", {"LogPrefix": "a"}), Source("low", {"LogPrefix": "b", "VXLANPort": "1"})])
    assert (found.settings.log_prefix, found.settings.vxlan_port) == ("a", 1)
    assert found.given == {"LogPrefix": ("a", "high LogPrefix"), "VXLANPort": ("1", "low VXLANPort")}


@pytest.mark.parametrize(
    ("environ", "refused"),
    [
        ({"FELIX_VXLANPORT": "many"}, {"FELIX_VXLANPORT": "`many`: want a whole number from 0 to 65535"}),
        ({"felix_VxlanPort": "many"}, {"felix_VxlanPort": "`many`: want a whole number from 0 to 65535"}),
        ({"FELIX_VXLANPORT": "1", "FELIX_ODD": "x"}, {}),
        ({"FELIX_FLOWLOGSFLUSHINTERVAL": "x"}, {}),  # without effect
    ],
)
def test_a_strict_place_is_refused_what_nobody_understands(environ: dict[str, str], refused: dict[str, str]) -> None:
    found = resolve([environment_source(environ)])
    assert {each.path: each.what for each in found.refused} == refused


def test_what_a_strict_place_says_is_read_only_where_it_counts() -> None:
    low = environment_source({"FELIX_VXLANPORT": "many"})
    assert resolve([Source("high", {"VXLANPort": "1"}), low]).refused == ()
    assert resolve([Source("high", {"VXLANPort": "x"}), low]).refused == ()


def test_an_empty_text_says_nothing() -> None:
    found = resolve([Source("high", {"LogPrefix": ""}), Source("low", {"LogPrefix": "b"})])
    assert found.settings.log_prefix == "b"


def test_a_bad_value_counts_as_the_default_and_not_as_what_a_lower_place_says() -> None:
    found = resolve([Source("high", {"VXLANPort": "many"}), Source("low", {"VXLANPort": "1"})])
    assert found.settings.vxlan_port == 4789
    (problem,) = found.problems
    assert problem.path == "high VXLANPort"
    assert "`many`" in problem.what
    assert found.fatal == ()


@pytest.mark.parametrize("key", ["InterfacePrefix", "FailsafeInboundHostPorts", "NftablesMarkMask"])
def test_with_some_settings_nobody_must_guess(key: str) -> None:
    assert told(**{key: "!"}).fatal == (key,)


def test_none_is_refused_where_a_setting_cannot_be_nothing() -> None:
    assert told(InterfacePrefix="none").fatal == ("InterfacePrefix",)
    assert told(NftablesMarkMask="none").fatal == ("NftablesMarkMask",)


@pytest.mark.parametrize(
    ("name", "what", "mend"),
    [
        ("InterfacePrefx", "nobody knows a setting `InterfacePrefx`", "did you mean `InterfacePrefix`?"),
        ("Qwertyuiop", "nobody knows", "remove it"),
        ("BPFEnabled", "the setting `BPFEnabled` has no effect here", "remove it"),
    ],
)
def test_what_has_no_effect_is_told(name: str, what: str, mend: str) -> None:
    (problem,) = told(**{name: "x"}).problems
    assert what in problem.what
    assert mend in problem.mend
    assert problem.path == f"here {name}"


@pytest.mark.parametrize(
    ("key", "text", "count"),
    [
        ("InterfaceExclude", "/^docker/", 0),
        ("Ipv6Support", "true", 0),
        ("ServiceLoopPrevention", "Reject", 0),
        ("NftablesFilterDenyAction", "Reject", 0),
        ("LogPrefix", "x", 0),
    ],
)
def test_a_setting_that_nothing_reads_is_told_where_it_is_not_its_default(key: str, text: str, count: int) -> None:
    assert len(told(**{key: text}).problems) == count


def test_what_an_agent_is_told_before_all_settings_is_no_problem() -> None:
    assert resolve([environment_source({"FELIX_DATASTORETYPE": "etcdv3", "felix_FelixHostname": "n1"})]).problems == ()


def test_what_calico_writes_into_every_configuration_is_no_problem() -> None:
    assert told(FloatingIPs="Disabled", NFTablesMode="auto").problems == ()
    assert len(told(FloatingIPs="Enabled", NFTablesMode="Disabled").problems) == 2


@pytest.mark.scenario(151)
@pytest.mark.parametrize(("mode", "told_of"), [("Auto", False), ("Enabled", False), ("Disabled", True)])
def test_nftables_enforces_whatever_the_mode_says(mode: str, *, told_of: bool) -> None:
    problems = told(NFTablesMode=mode).problems
    assert [each.path for each in problems] == (["here NFTablesMode"] if told_of else [])
    assert all("only nftables enforces" in each.what for each in problems)


def test_a_file_says_where_it_is_wrong() -> None:
    source, problems = file_source("# comment\n[global]\nLogPrefix = a = b\nnonsense\n; x\n= y\nVXLANPort=1\n", "f.cfg")
    assert source.values == {"LogPrefix": "a = b", "VXLANPort": "1"}
    assert [(problem.file, problem.line) for problem in problems] == [("f.cfg", 4), ("f.cfg", 6)]


def test_what_needs_a_new_start() -> None:
    before, after = told(HealthPort="1", LogPrefix="a"), told(HealthPort="2", LogPrefix="b")
    assert restart_keys(before, after) == ("HealthPort",)
    assert restart_keys(after, told(HealthPort="2")) == ()
    assert restart_keys(told(), told(HealthPort="9099")) == ()
