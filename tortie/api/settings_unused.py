"""How documents write settings, and the settings that they may have and that have no effect here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from tortie.api import setting_text as read

__all__ = ["OTHERS_KEYS", "UNUSED_CHECKS", "UNUSED_FIELDS", "UNUSED_KEYS", "WRITTEN", "Form", "unused_key"]


class Form(StrEnum):
    """How a document writes a setting."""

    TEXT = "text"
    FLAG = "true or false"
    INTEGER = "whole number"
    DURATION = "duration"
    TEXTS = "list of texts"
    PORTS = "list of ports"
    FAILSAFES = "list of protocol, port and net"
    TIMEOUTS = "list of name and timeout"
    MAPPING = "names and texts"
    OTHER = "as it is"


_UNUSED = {
    Form.FLAG: (
        "bpfConnectTimeLoadBalancingEnabled bpfDisableUnprivileged bpfEnabled bpfHostConntrackBypass"
        " bpfKubeProxyEndpointSlicesEnabled bpfKubeProxyIptablesCleanupEnabled bpfPolicyDebugEnabled"
        " debugDisableLogDropping endpointReportingEnabled flowLogsCollectorDebugTrace genericXDPEnabled"
        " prometheusGoMetricsEnabled prometheusProcessMetricsEnabled prometheusWireGuardMetricsEnabled"
        " removeExternalRoutes requireMTUFile routeSyncDisabled sidecarAccelerationEnabled usageReportingEnabled"
        " useInternalDataplaneDriver wireguardHostEncryptionEnabled"
        " wireguardThreadingEnabled xdpEnabled"
    ),
    Form.INTEGER: (
        "bpfExportBufferSizeMB bpfExtToServiceConnmark bpfMaglevMaxEndpointsPerService bpfMaglevMaxServices"
        " bpfMapSizeConntrack bpfMapSizeConntrackCleanupQueue bpfMapSizeIPSets bpfMapSizeIfState bpfMapSizeNATAffinity"
        " bpfMapSizeNATBackend bpfMapSizeNATFrontend bpfMapSizePerCpuConntrack bpfMapSizeRoute debugPort"
        " deviceRouteProtocol externalNetworkRoutingRulePriority goGCThreshold goMaxProcs goMemoryLimitMB ipipMTU"
        " iptablesMarkMask maxIpsetSize vxlanMTU vxlanMTUV6 vxlanVNI wireguardMTU wireguardMTUV6"
        " wireguardRoutingRulePriority"
    ),
    Form.DURATION: (
        "bpfKubeProxyMinSyncPeriod debugSimulateCalcGraphHangAfter"
        " debugSimulateDataplaneApplyDelay debugSimulateDataplaneHangAfter endpointReportingDelay"
        " ipsetsRefreshInterval iptablesLockProbeInterval iptablesLockTimeout iptablesPostWriteCheckInterval"
        " iptablesRefreshInterval liveMigrationRouteConvergenceTime routeRefreshInterval"
        " usageReportingInitialDelay usageReportingInterval wireguardKeepAlive xdpRefreshInterval"
    ),
    Form.TEXTS: "bpfDSROptoutCIDRs bpfExcludeCIDRsFromNAT bpfForceTrackPacketsFromIfaces",
    Form.TEXT: (
        "awsSrcDstCheck bpfAttachType bpfCTLBLogFilter bpfConnectTimeLoadBalancing bpfConntrackLogLevel"
        " bpfConntrackMode bpfDataIfacePattern bpfDisableGROForIfaces bpfEnforceRPF bpfExternalServiceMode"
        " bpfHostNetworkedNATWithoutCTLB bpfJITHardening bpfL3IfacePattern bpfLogLevel bpfMapSizeConntrackScaling"
        " bpfPSNATPorts bpfProfiling bpfRedirectToPeer cgroupV2Path chainInsertMode dataplaneDriver debugHost"
        " debugMemoryProfilePath deviceRouteSourceAddress deviceRouteSourceAddressIPv6 featureDetectOverride"
        " featureGates floatingIPs ipForwarding iptablesBackend iptablesFilterAllowAction iptablesFilterDenyAction"
        " iptablesLockFilePath iptablesMangleAllowAction iptablesNATOutgoingInterfaceFilter istioAmbientMode"
        " istioDSCPMark logDebugFilenameRegex logFilePath logSeverityFile logSeveritySys mtuIfacePattern"
        " natOutgoingAddress natOutgoingExclusions natPortRange nftablesFilterAllowAction nftablesFlowTableOffload"
        " nftablesMangleAllowAction nftablesMode programClusterRoutes prometheusMetricsCAFile"
        " prometheusMetricsCertFile prometheusMetricsClientAuth prometheusMetricsKeyFile routeSource"
        " windowsManageFirewallRules windowsNetworkName wireguardInterfaceName wireguardInterfaceNameV6"
    ),
    Form.PORTS: "kubeNodePortRanges",
    Form.MAPPING: "bpfLogFilters",
    Form.OTHER: "routeTableRange routeTableRanges",
}
UNUSED_FIELDS: Mapping[str, Form] = MappingProxyType(
    {field: form for form, fields in _UNUSED.items() for field in fields.split()}
)
"""Fields of documents that Tortie takes and that have no effect: they steer other dataplanes, routing or encryption."""
_ALLOW = read.words("Accept Return")
_SEVERITY = read.words("Trace Debug Info Warning Error Fatal")
_CLIENTS = "NoClientCert RequireAnyClientCert VerifyClientCertIfGiven RequireAndVerifyClientCert"
UNUSED_CHECKS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "bpfEnforceRPF": read.words("Disabled Strict Loose"),
        "bpfLogFilters": read.log_filters,
        "bpfLogLevel": read.words("Off Info Debug"),
        "chainInsertMode": read.words("Insert Append"),
        "featureDetectOverride": read.pairs,
        "featureGates": read.pairs,
        "ipForwarding": read.words("Enabled Disabled"),
        "iptablesBackend": read.words("Legacy NFT Auto", exact=True),
        "iptablesFilterAllowAction": _ALLOW,
        "iptablesFilterDenyAction": read.words("Drop Reject"),
        "iptablesMangleAllowAction": _ALLOW,
        "kubeNodePortRanges": read.port_ranges,
        "logDebugFilenameRegex": read.regular_expression,
        "logSeverityFile": _SEVERITY,
        "logSeveritySys": _SEVERITY,
        "nftablesFilterAllowAction": _ALLOW,
        "nftablesFlowTableOffload": read.words("All Disabled"),
        "nftablesMangleAllowAction": _ALLOW,
        "nftablesMode": read.words("Enabled Disabled Auto"),
        "prometheusMetricsClientAuth": read.words(_CLIENTS, exact=True),
    }
)
"""What documents are held to all the same. Source: rules 94, 95 and 98 of the API."""
WRITTEN = MappingProxyType(
    {
        "bpfConnectTimeLoadBalancing": "TCP",
        "bpfHostNetworkedNATWithoutCTLB": "Enabled",
        "floatingIPs": "Disabled",
        "nftablesMode": "Auto",
        "nftablesFlowTableOffload": "Disabled",
    }
)
"""What every configuration that Calico writes says, whether or not its author did; nobody is told of these.

Source: calicoctl specification 16; api specification 4.2.
"""
_RENAMED = {
    "ipipMTU": "IpInIpMtu",
    "wireguardKeepAlive": "WireguardPersistentKeepAlive",
    "iptablesLockProbeInterval": "IptablesLockProbeIntervalMillis",
    "iptablesLockTimeout": "IptablesLockTimeoutSecs",
    "iptablesPostWriteCheckInterval": "IptablesPostWriteCheckIntervalSecs",
    "endpointReportingDelay": "EndpointReportingDelaySecs",
    "usageReportingInitialDelay": "UsageReportingInitialDelaySecs",
    "usageReportingInterval": "UsageReportingIntervalSecs",
}


def unused_key(field: str) -> str:
    """Return the own name of a setting that has no effect."""
    return _RENAMED.get(field, field[0].upper() + field[1:])


UNUSED_KEYS: Mapping[str, str] = MappingProxyType({unused_key(field).upper(): field for field in UNUSED_FIELDS})
"""By their own name in upper case, as the environment has it."""

_OTHERS = "DatastoreType EtcdAddr EtcdCaFile EtcdCertFile EtcdEndpoints EtcdKeyFile EtcdScheme FelixHostname"
OTHERS_KEYS = frozenset(word.upper() for word in _OTHERS.split())
"""Settings that tell an agent who it is and where its datastore is; they are read before all others."""
