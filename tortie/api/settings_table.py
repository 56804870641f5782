"""The table of settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tortie.api import setting_text as read
from tortie.api.setting import Evaluation, Setting, Spoofing, Switch
from tortie.api.settings_unused import Form
from tortie.model import (
    MAX_PORT,
    AgentSettings,
    DenyAction,
    EndpointToHostAction,
    LogSeverity,
    ServiceLoopPrevention,
    Settings,
    parse_address,
)

__all__ = ["BY_FIELD", "BY_KEY", "SETTINGS"]

_DEFAULT, _AGENT = Settings(), AgentSettings()
_MAX_INT = (1 << 63) - 1


INTERFACE_PREFIX = Setting(
    "InterfacePrefix",
    read.interface_prefixes,
    _DEFAULT.interface_prefixes,
    "what the names of workloads' interfaces begin with",
    fatal=True,
)
INTERFACE_EXCLUDE = Setting(
    "InterfaceExclude",
    read.interface_excludes,
    _DEFAULT.interface_exclude,
    "interfaces that no host endpoint matches: names, and regular expressions between slashes",
    zero=(),
)
ENDPOINT_TO_HOST = Setting(
    "DefaultEndpointToHostAction",
    read.choice(EndpointToHostAction),
    _DEFAULT.endpoint_to_host_action,
    "what becomes of a workload's packets to its own host, after its egress policy",
    fatal=True,
)
DENY_ACTION = Setting(
    "NftablesFilterDenyAction",
    read.choice(DenyAction),
    _DEFAULT.deny_action,
    "what becomes of a packet that is denied",
    fatal=True,
)
MARK_MASK = Setting(
    "NftablesMarkMask",
    read.mark_mask,
    _DEFAULT.mark_mask,
    "the bits of a packet's mark that may be used: at least two",
    Form.INTEGER,
    fatal=True,
)
IPV6 = Setting(
    "Ipv6Support",
    read.flag,
    _DEFAULT.ipv6_support,
    "whether IPv6 is enforced, which it always is",
    Form.FLAG,
    zero=False,
    has_effect=False,
)
FAILSAFE_INBOUND = Setting(
    "FailsafeInboundHostPorts",
    read.failsafes,
    _DEFAULT.failsafe_inbound,
    "ports of host endpoints that are always open to those who connect",
    Form.FAILSAFES,
    zero=(),
    fatal=True,
)
FAILSAFE_OUTBOUND = Setting(
    "FailsafeOutboundHostPorts",
    read.failsafes,
    _DEFAULT.failsafe_outbound,
    "ports that host endpoints may always connect to",
    Form.FAILSAFES,
    zero=(),
    fatal=True,
)
EXTERNAL_NODES = Setting(
    "ExternalNodesCIDRList",
    read.address_list,
    _DEFAULT.external_nodes,
    "hosts outside the cluster that may send encapsulated packets",
    Form.TEXTS,
    "externalNodesList",
    zero=(),
    fatal=True,
)
METADATA_ADDRESS = Setting(
    "MetadataAddr",
    read.address,
    parse_address("127.0.0.1"),
    "where OpenStack's metadata service listens; any other than the default tells that the host is one of OpenStack",
    zero=b"",
)
METADATA_PORT = Setting(
    "MetadataPort",
    read.whole(1, MAX_PORT),
    8775,
    "its TCP port; any other than the default tells the same",
    Form.INTEGER,
)
CLUSTER_TYPE = Setting(
    "ClusterType",
    read.text,
    "",
    "what ClusterInformation says the cluster is; `openstack` in it tells that its hosts are of OpenStack",
    in_documents=False,
)
ALLOW_VXLAN = Setting(
    "AllowVXLANPacketsFromWorkloads",
    read.flag,
    _DEFAULT.allow_vxlan_from_workloads,
    "whether workloads may send VXLAN",
    Form.FLAG,
    zero=False,
)
ALLOW_IPIP = Setting(
    "AllowIPIPPacketsFromWorkloads",
    read.flag,
    _DEFAULT.allow_ipip_from_workloads,
    "whether workloads may send IP in IP",
    Form.FLAG,
    zero=False,
)
VXLAN_PORT = Setting(
    "VXLANPort", read.whole(0, MAX_PORT), _DEFAULT.vxlan_port, "the UDP port of VXLAN", Form.INTEGER, "vxlanPort"
)
VXLAN_ENABLED: Setting[bool | None] = Setting(
    "VXLANEnabled",
    read.flag,
    _DEFAULT.vxlan_enabled,
    "whether hosts send each other VXLAN; where nobody says so, whether a pool of theirs has it",
    Form.FLAG,
    "vxlanEnabled",
    zero=False,
)
IPIP_ENABLED: Setting[bool | None] = Setting(
    "IpInIpEnabled",
    read.flag,
    _DEFAULT.ipip_enabled,
    "whether hosts send each other IP in IP; where nobody says so, whether a pool of theirs has it",
    Form.FLAG,
    "ipipEnabled",
    zero=False,
)
WIREGUARD = Setting(
    "WireguardEnabled",
    read.flag,
    default=False,
    meaning="whether hosts send each other WireGuard over IPv4",
    form=Form.FLAG,
    zero=False,
)
WIREGUARD_V6 = Setting(
    "WireguardEnabledV6",
    read.flag,
    default=False,
    meaning="whether hosts send each other WireGuard over IPv6",
    form=Form.FLAG,
    zero=False,
)
WIREGUARD_PORT = Setting(
    "WireguardListeningPort",
    read.whole(0, MAX_PORT),
    51820,
    "the UDP port of WireGuard over IPv4",
    Form.INTEGER,
)
WIREGUARD_PORT_V6 = Setting(
    "WireguardListeningPortV6",
    read.whole(0, MAX_PORT),
    51821,
    "the UDP port of WireGuard over IPv6",
    Form.INTEGER,
)
NO_INVALID_CHECK = Setting(
    "DisableConntrackInvalidCheck",
    read.flag,
    not _DEFAULT.drop_invalid,
    "whether packets that belong to no connection are left to policy instead of being dropped",
    Form.FLAG,
    zero=False,
)
SPOOFING = Setting(
    "WorkloadSourceSpoofing",
    read.choice(Spoofing),
    Spoofing.DISABLED,
    "whether workloads may ask to send from addresses that are not theirs",
    exact=True,
)
SERVICE_LOOP = Setting(
    "ServiceLoopPrevention",
    read.choice(ServiceLoopPrevention),
    _DEFAULT.service_loop_prevention,
    "what becomes of packets to service addresses that no service has",
    exact=True,
)
LOG_PREFIX = Setting(
    "LogPrefix",
    read.log_prefix,
    _DEFAULT.log_prefix,
    "what lines of Log rules begin with: `%t` tier, `%k` kind, `%n` name, `%p` namespace and name",
    zero="",
)
LOG_RATE = Setting("LogActionRateLimit", read.log_rate, None, "how many lines each Log rule may write, `10/minute`")
LOG_BURST = Setting(
    "LogActionRateLimitBurst", read.whole(0, 9999), 5, "how many lines may come at once", Form.INTEGER, zero=0
)
FLOW_SERVER = Setting("FlowLogsGoldmaneServer", read.text, "", "where flows are sent", zero="", has_effect=False)
FLOW_REPORTER = Setting(
    "FlowLogsLocalReporter",
    read.choice(Switch),
    Switch.DISABLED,
    "whether flows are told on a local socket",
    has_effect=False,
)
FLOW_FLUSH = Setting(
    "FlowLogsFlushInterval",
    read.seconds,
    _AGENT.flow_flush_seconds,
    "the time over which flows are summed up",
    Form.DURATION,
    zero=0.0,
    has_effect=False,
)
EVALUATION = Setting(
    "FlowLogsPolicyEvaluationMode",
    read.choice(Evaluation),
    Evaluation.CONTINUOUS,
    "whether what staged policies would do is kept up to date",
    has_effect=False,
)
CUT_ESTABLISHED = Setting(
    "CutEstablished",
    read.flag,
    _DEFAULT.cut_established,
    "Tortie's own: whether connections that policy no longer allows are ended",
    Form.FLAG,
    zero=False,
)
REFRESH = Setting(
    "NftablesRefreshInterval",
    read.seconds,
    _AGENT.refresh_seconds,
    "the time between two looks at the kernel's rules",
    Form.DURATION,
    zero=0.0,
)
INTERFACE_REFRESH = Setting(
    "InterfaceRefreshInterval",
    read.seconds,
    _AGENT.interface_refresh_seconds,
    "the time between two looks at the host's interfaces",
    Form.DURATION,
    zero=0.0,
)
NETLINK_TIMEOUT = Setting(
    "NetlinkTimeoutSecs",
    read.seconds,
    _AGENT.netlink_timeout_seconds,
    "how long the kernel may take to answer",
    Form.DURATION,
    "netlinkTimeout",
)
REPORTING = Setting(
    "ReportingIntervalSecs",
    read.seconds,
    _AGENT.reporting_seconds,
    "the time between two reports, on etcd, that the agent lives",
    Form.DURATION,
    "reportingInterval",
    zero=0.0,
)
REPORTING_TTL = Setting(
    "ReportingTTLSecs",
    read.seconds,
    _AGENT.reporting_ttl,
    "how long such a report counts",
    Form.DURATION,
    "reportingTTL",
)
REGION = Setting("OpenstackRegion", read.region, _AGENT.region, "the OpenStack region whose agents report together")
STATUS_PATH = Setting(
    "EndpointStatusPathPrefix",
    read.text,
    _AGENT.endpoint_status_path,
    "the directory that has the status files of workloads in its `endpoint-status`",
    zero="",
    live=False,
)
SYNC_PATH = Setting(
    "PolicySyncPathPrefix",
    read.text,
    _AGENT.policy_sync_path,
    "the directory of the sockets for layer 7",
    zero="",
    live=False,
    has_effect=False,
)
LOG_SEVERITY = Setting(
    "LogSeverityScreen", read.choice(LogSeverity), _AGENT.log_severity, "the least severe messages of the agent's log"
)
HEALTH_ENABLED = Setting(
    "HealthEnabled", read.flag, _AGENT.health.enabled, "whether health is told", Form.FLAG, zero=False, live=False
)
HEALTH_HOST = Setting("HealthHost", read.host, _AGENT.health.host, "where health is told", live=False)
HEALTH_PORT = Setting(
    "HealthPort", read.whole(0, MAX_PORT), _AGENT.health.port, "the TCP port of health", Form.INTEGER, live=False
)
HEALTH_TIMEOUTS = Setting(
    "HealthTimeoutOverrides",
    read.timeouts,
    _AGENT.health_timeouts,
    "how long a step of each part of the agent may take before it counts as hung, by the part's name",
    Form.TIMEOUTS,
    zero=MappingProxyType[str, float]({}),
)
WATCHDOG = Setting(
    "DataplaneWatchdogTimeout",
    read.seconds,
    _AGENT.watchdog_seconds,
    "how long a step of the agent's main loop may take before it counts as hung, at least 20 seconds; 0 for ever",
    Form.DURATION,
)
METRICS_ENABLED = Setting(
    "PrometheusMetricsEnabled",
    read.flag,
    _AGENT.metrics.enabled,
    "whether metrics are told",
    Form.FLAG,
    zero=False,
    live=False,
)
METRICS_HOST = Setting(
    "PrometheusMetricsHost", read.host, _AGENT.metrics.host, "where metrics are told", zero="", live=False
)
METRICS_PORT = Setting(
    "PrometheusMetricsPort",
    read.whole(0, MAX_PORT),
    _AGENT.metrics.port,
    "the TCP port of metrics",
    Form.INTEGER,
    live=False,
)

SETTINGS: tuple[Setting[Any], ...] = tuple(value for value in tuple(globals().values()) if isinstance(value, Setting))
"""Every setting that has an effect, in the order of this file. Source: api specification 1.12."""

BY_FIELD: Mapping[str, Setting[Any]] = MappingProxyType(
    {each.document_field: each for each in SETTINGS if each.in_documents}
)
BY_KEY: Mapping[str, Setting[Any]] = MappingProxyType({each.key.upper(): each for each in SETTINGS})
