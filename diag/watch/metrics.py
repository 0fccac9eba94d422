"""The newest look as OpenMetrics: `diag_` names, base units, labels that the requirements bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from diag import __version__
from diag.report import Finding, Status
from diag.watch.board import Posted

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(posted: Posted | None) -> bytes:
    """The text of a scrape."""
    registry = CollectorRegistry()
    registry.register(_Families(posted))
    return bytes(generate_latest(registry))  # type: ignore[no-untyped-call]


class _Families(Collector):
    def __init__(self, posted: Posted | None) -> None:
        self._posted = posted

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("diag", "The program.", value={"version": __version__})
        if self._posted is None:
            return
        yield from _of_looks(self._posted)
        yield from _of_findings(self._posted)
        yield from _of_probes([finding for finding in self._posted.report.findings if finding.probe])
        yield from _of_gate(self._posted)


def _of_looks(posted: Posted) -> Iterator[Metric]:
    yield GaugeMetricFamily("diag_healthy", "1 when nothing fails or is unknown.", value=float(posted.healthy))
    yield GaugeMetricFamily("diag_fresh", "1 when the last look came about in time.", value=float(posted.fresh))
    yield GaugeMetricFamily("diag_history_kept", "1 when the last look is in the history.", value=float(posted.kept))
    last = GaugeMetricFamily("diag_last_look_timestamp_seconds", "When the newest look ended.", unit="seconds")
    last.add_metric([], posted.at_s)
    took = GaugeMetricFamily("diag_look_duration_seconds", "How long the newest look took.", unit="seconds")
    took.add_metric([], posted.report.duration_s)
    yield from (last, took)
    yield CounterMetricFamily("diag_looks", "Looks since the start.", value=posted.looks)
    yield CounterMetricFamily("diag_failed_looks", "Looks that did not come about.", value=posted.troubles)
    turns = CounterMetricFamily("diag_turns", "States that turned, by the state after it.", labels=["status"])
    for status in Status:
        turns.add_metric([status.value], posted.turns[status.value])
    yield turns


def _of_findings(posted: Posted) -> Iterator[Metric]:
    counts = Counter((finding.check, finding.status.value) for finding in posted.report.findings)
    family = GaugeMetricFamily("diag_findings", "Findings of a check by status.", labels=["check", "status"])
    for (check, status), count in sorted(counts.items()):
        family.add_metric([check, status], count)
    yield family


def _of_probes(probes: list[Finding]) -> Iterator[Metric]:
    up = GaugeMetricFamily("diag_probe_up", "1 when the probe passes or warns, 0 when not.", labels=["probe"])
    phases = GaugeMetricFamily(
        "diag_probe_phase_seconds", "Duration of a phase.", labels=["probe", "phase"], unit="seconds"
    )
    for finding in probes:
        up.add_metric([finding.resource], float(finding.status in (Status.PASS, Status.WARN)))
        for phase, seconds in (finding.probe.timings_s if finding.probe else {}).items():
            phases.add_metric([finding.resource, phase], seconds)
    yield from (up, phases)


def _of_gate(posted: Posted) -> Iterator[Metric]:
    tally = posted.tally
    yield GaugeMetricFamily("diag_gate_passed", "Requirements that pass.", value=tally.passed)
    yield GaugeMetricFamily("diag_gate_counted", "Requirements that count.", value=tally.counted)
    ratio = GaugeMetricFamily("diag_gate_pass_ratio", "Share that passes.", unit="ratio")
    ratio.add_metric([], tally.rate)
    yield ratio
    complete = GaugeMetricFamily(
        "diag_category_complete", "1 when nothing of a category fails or is unknown.", labels=["category"]
    )
    for one in tally.categories:
        complete.add_metric([one.name], float(one.complete))
    yield complete
