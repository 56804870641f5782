"""A report as Prometheus metrics; those with a counterpart in the reference system bear its names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from .enforce import RuleCount
from .report import Report

__all__ = ["CONTENT_TYPE", "metrics_text"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_RESYNC = {"wait-for-ready": 1, "resync": 2, "in-sync": 3}
_RULE_LABELS = ("rule", "action", "direction", "tier", "owner")


def metrics_text(report: Report, counts: Iterable[RuleCount]) -> bytes:
    """Return what a scrape gets. Source of the felix_ names: enforcement.md 7.9."""
    registry = CollectorRegistry()
    registry.register(_Snapshot((*_state(report), *_rules(counts))))
    return generate_latest(registry)


class _Snapshot:
    """A collector of metrics that were made already."""

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Return the metrics."""
        return self._metrics


def _state(report: Report) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "felix_resync_state", "Datastore: 1 does not answer, 2 listing, 3 in sync", _RESYNC[report.datastore]
    )
    yield GaugeMetricFamily(
        "felix_active_local_endpoints", "Workload endpoints of this host", report.sizes.get("endpoints", 0)
    )
    yield GaugeMetricFamily("tortie_ready", "1 where policy of the datastore is in force", int(report.ready))
    yield GaugeMetricFamily(
        "tortie_undecodable_resources", "Stored resources that cannot be understood", len(report.undecodable)
    )
    yield GaugeMetricFamily(
        "tortie_quarantined_resources", "Resources that the kernel refuses, closed", len(report.quarantined)
    )
    yield GaugeMetricFamily("tortie_apply_seconds", "Time of the last change to the kernel", report.apply_seconds)
    yield CounterMetricFamily("tortie_applies", "Changes carried to the kernel", report.applies)
    yield CounterMetricFamily("felix_int_dataplane_failures", "Times the kernel refused or failed", report.failures)
    yield CounterMetricFamily("tortie_repairs", "Times the table was changed by others, and mended", report.repairs)
    yield CounterMetricFamily("tortie_connections_ended", "Connections that policy no longer allows", report.cuts)
    yield CounterMetricFamily(
        "felix_nflog_logs_received", "Packets that Log rules sent to the agent", report.packets_logged
    )
    yield CounterMetricFamily("tortie_packets_lost", "Logged packets that no line tells of", report.packets_lost)
    rows = GaugeMetricFamily("tortie_compiled_rows", "Rows of each table of the compiled policy", labels=["table"])
    for table, size in report.sizes.items():
        rows.add_metric([table], size)
    yield rows


def _rules(counts: Iterable[RuleCount]) -> Iterator[Metric]:
    packets = CounterMetricFamily("tortie_rule_packets", "Packets that a rule decided", labels=_RULE_LABELS)
    octets = CounterMetricFamily("tortie_rule_bytes", "Bytes of these packets", labels=_RULE_LABELS)
    for count in counts:
        labels = (count.rule, count.action, count.direction, count.tier, count.owner)
        packets.add_metric(labels, count.packets)
        octets.add_metric(labels, count.bytes)
    yield packets
    yield octets
