"""Start-up and requests: how long a container and a request may take, and what guards a start."""

from __future__ import annotations

import math

from diag.checks.check import Subject, Verdict, fails, passes
from diag.checks.run.declared import DeclaredRevision, on_revision, read, update
from diag.facts import run
from diag.facts.world import World
from diag.report import Evidence, Severity
from diag.requirements.model import Requirements

TIMEOUT_DOCS = "https://cloud.google.com/run/docs/configuring/request-timeout"
PROBE_DOCS = "https://cloud.google.com/run/docs/configuring/healthchecks"

LONGEST_REQUEST_S = 3600
"""The longest request time-out that Cloud Run takes [RUN-01]."""
UNDISPUTED_WINDOW_S = 240
"""The longest start-up window that every page of the documentation allows [PRB-07]."""


@on_revision(
    "run.request-timeout-too-short",
    Severity.HIGH,
    "request_timeout",
    facts=("RUN-01", "RUN-02", "RUN-03"),
    docs=(TIMEOUT_DOCS,),
)
def request_timeout_too_short(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Request time-out is shorter than declared.

    A request that takes longer is answered with 504 and its connection is closed; a WebSocket or a
    stream is one request and is cut at the same moment.

    Reads the revision's `timeout`; unset is 300 seconds.

    Raise it with `--timeout`; 3600 seconds is the most that Cloud Run takes.
    """
    revision, required = subject.item.revision, subject.item.required
    seen = (read(revision, "timeout", f"{revision.timeout:g}s"),)
    if revision.timeout >= required:
        return passes(required=f"{required:g}s", observed=f"{revision.timeout:g}s", evidence=seen)
    limit = f"; {LONGEST_REQUEST_S}s is the most that Cloud Run takes" if required > LONGEST_REQUEST_S else ""
    return fails(
        required=f"{required:g}s",
        observed=f"{revision.timeout:g}s",
        reason=f"{revision.short} answers 504 and closes a WebSocket after {revision.timeout:g} s{limit}",
        evidence=seen,
        fix=update(subject.item.service, f"--timeout {math.ceil(min(required, LONGEST_REQUEST_S))}"),
    )


@on_revision(
    "run.startup-window-too-short",
    Severity.CRITICAL,
    "startup_window",
    facts=("PRB-02", "PRB-03", "PRB-05", "PRB-07", "PRB-08", "PRB-11"),
    docs=(PROBE_DOCS,),
)
def startup_window_too_short(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Start-up probe gives up before the declared window ends.

    A container that is not ready when its start-up probe gives up is shut down and started again from
    nothing: a start that needs longer never ends. Without a probe of its own the platform gives up
    after 240 seconds.

    Reads the start-up probe in force, the platform's default included: failureThreshold ×
    periodSeconds. The initial delay is not counted.

    Give the container a start-up probe whose failureThreshold × periodSeconds is the window.
    """
    revision, required = subject.item.revision, subject.item.required
    probe = revision.startup_probe
    observed = f"{probe.window}s ({probe.failure_threshold} × {probe.period} s, {_named(probe)})"
    seen = _probe_evidence(revision, probe)
    if probe.window < required:
        flags = _probe_flags(revision, probe, required)
        return fails(
            required=f"{required:g}s",
            observed=observed,
            reason=f"a container of {revision.short} that needs longer than {probe.window} s to start is shut down "
            "and never becomes ready",
            evidence=seen,
            fix=update(subject.item.service, flags, revision),
        )
    disputed = probe.window > UNDISPUTED_WINDOW_S
    note = (
        "the current documentation allows a window of up to 600 s, the API's own text 240 s; "
        "the next deployment shows which holds"
    )
    return passes(required=f"{required:g}s", observed=observed, evidence=seen, reason=note if disputed else "")


@on_revision(
    "run.startup-probe-weak", Severity.HIGH, "startup_window", facts=("PRB-01", "PRB-08", "PRB-09"), docs=(PROBE_DOCS,)
)
def startup_probe_weak(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Only a TCP probe guards a start that takes long.

    A TCP probe passes as soon as the port is open: a server that listens first and connects to its
    database later is called ready, takes traffic and answers with errors. Every revision looks ready
    within seconds, whatever state it is in.

    Reads the start-up probe in force, the platform's default included.

    Give the container an HTTP or gRPC start-up probe on a path that answers only when it can serve.
    """
    revision = subject.item.revision
    probe = revision.startup_probe
    seen = _probe_evidence(revision, probe)
    if probe.kind in ("http", "grpc"):
        return passes(required="an HTTP or gRPC start-up probe", observed=_named(probe), evidence=seen)
    flags = _probe_flags(revision, probe, subject.item.required)
    return fails(
        required="an HTTP or gRPC start-up probe",
        observed=_named(probe),
        reason=f"{revision.short} is called ready as soon as its port is open, before it can answer",
        evidence=seen,
        fix=update(subject.item.service, flags, revision),
        not_consulted=("whether the server opens its port only when it can answer",),
    )


def _named(probe: run.Probe) -> str:
    if probe.kind == "default":
        return "the platform's default TCP probe"
    return f"{probe.kind.upper() if probe.kind != 'grpc' else 'gRPC'} probe{f' of {probe.path}' if probe.path else ''}"


def _probe_evidence(revision: run.Revision, probe: run.Probe) -> tuple[Evidence, ...]:
    at = f"{revision.main_path}.startupProbe"
    return (
        read(
            revision, at, f"{_named(probe)}, failureThreshold {probe.failure_threshold}, periodSeconds {probe.period}"
        ),
    )


def _probe_flags(revision: run.Revision, probe: run.Probe, window: float) -> str:
    """The flag for a window of at least `window` seconds; keeps period and handler, unless it is TCP."""
    period = probe.period if probe.kind != "default" and 1 <= probe.period <= UNDISPUTED_WINDOW_S else 10
    path = probe.path or "PATH"
    handler = (
        f"grpc.port={revision.port}" if probe.kind == "grpc" else f"httpGet.path={path},httpGet.port={revision.port}"
    )
    times = f"periodSeconds={period},timeoutSeconds={min(probe.timeout, period)}"
    return f"--startup-probe {handler},{times},failureThreshold={math.ceil(window / period)}"
