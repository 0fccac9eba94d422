"""Outcomes of probes → findings of the report: what was required and seen, and what a failure means."""

from __future__ import annotations

from collections.abc import Iterator

from diag.probes.explained import TITLES
from diag.probes.password import Password
from diag.probes.run import Outcome, ProbeResult
from diag.probes.vantage import is_private, sees_vpc
from diag.report import Evidence, Finding, Fix, JsonValue, ProbeDetails, Severity, Status, advised
from diag.values import dataclass

NOT_FROM_HERE = "not-from-here"
"""What is observed of a target that this vantage cannot speak about."""

_MEANING = {
    "dns": "a client finds no address and gets no further",
    "tcp": "nothing of the endpoint is reached: route, firewall, or nothing runs there",
    "tls": "the address is reached, and TLS that a client accepts does not come about",
    "request": "the way to the endpoint holds; what stands at its end does not answer as it must",
    "first-byte": "the way to the endpoint holds; what stands at its end does not answer as it must",
    "body": "the way to the endpoint holds; what it answers is not what is declared",
    "upgrade": "the way to the endpoint holds; it opens no WebSocket there",
    "ping": "the connection opens; what stands at its end does not answer",
    "hold": "WebSockets open, and are cut before their time",
    "startup": "the server is reached and opens no session",
    "auth": "the server is reached and lets this client not in",
    "query": "a session opens, and does not answer",
}
"""Phase → what its failure means for the path."""


@dataclass(frozen=True)
class Scene:
    """Where and when the probes ran."""

    vantage: str
    taken_at: str
    """RFC 3339, UTC."""


def finding(outcome: Outcome, scene: Scene) -> Finding:
    """The one finding of a probe: its worst attempt decides, whatever its addresses and samples."""
    probe, worst = outcome.probe, outcome.worst
    status, reason = _judged(outcome, scene)
    elsewhere = status is Status.UNKNOWN and worst.status is Status.FAIL
    return Finding(
        check=probe.check,
        status=status,
        severity=Severity.CRITICAL if probe.critical else Severity.HIGH,
        title=TITLES[probe.kind],
        resource=probe.name,
        required=_required(outcome),
        observed=NOT_FROM_HERE if elsewhere else _observed(worst),
        evidence=tuple(_evidence(outcome, scene)),
        declared_at=probe.declared_at,
        reason=reason,
        fix=() if status is Status.PASS else (_fix(outcome, elsewhere=elsewhere),),
        permission=_untried(outcome).permission,
        probe=ProbeDetails(
            phase=worst.phase,
            timings_s=dict(worst.timings),
            cause=worst.cause,
            address=str(worst.address) if worst.address else None,
            vantage=scene.vantage,
            samples=outcome.samples(),
            claim=worst.claim,
        ),
    )


def _judged(outcome: Outcome, scene: Scene) -> tuple[Status, str]:
    """The status of the whole probe and the reason, which names phase and address of what is not well."""
    worst, share, unjudged = outcome.worst, _share(outcome), outcome.probe.unjudged
    if unjudged and worst.status in (Status.PASS, Status.WARN):
        kind = outcome.probe.kind
        return Status.UNKNOWN, f"it answers, but expect.{', expect.'.join(unjudged)} is not judged by a {kind} probe"
    if worst.status is Status.PASS:
        return Status.PASS, "; ".join(filter(None, (worst.said, share)))
    where = f"{worst.phase} at {worst.address}" if worst.address else worst.phase
    told = f"{where}{f' ({share})' if share else ''}: {worst.said}"
    if worst.status is not Status.FAIL:
        return worst.status, told
    if _says_nothing(outcome, scene):
        return Status.UNKNOWN, f"{told}; from a {scene.vantage} that says nothing of the path of a service"
    return Status.FAIL, f"{told}. On this path {_MEANING[worst.phase]}"


def _says_nothing(outcome: Outcome, scene: Scene) -> bool:
    """Whether the target lies where this vantage cannot look: a private network, a container's socket."""
    probe, worst = outcome.probe, outcome.worst
    if worst.phase != "tcp" or sees_vpc(scene.vantage):
        return False
    if probe.host is None:
        return probe.path.startswith("/cloudsql/")
    return bool(worst.address and is_private(worst.address.host))


def _share(outcome: Outcome) -> str:
    """How many addresses and samples are as bad as the worst, when not all are."""
    counted, bad = outcome.counted, outcome.worst.status
    like = [one for one in counted if one.status is bad]
    parts = []
    if bad is not Status.PASS and len(like) < len(counted):
        addresses = {one.address for one in counted}
        what = f"samples at {outcome.worst.address}" if len(addresses) == 1 else "attempts over all addresses"
        parts.append(f"{len(like)} of {len(counted)} {what}")
    if len(counted) < outcome.probe.samples:
        parts.append(f"only {len(counted)} of {outcome.probe.samples} samples were taken in time")
    if outcome.not_tried:
        parts.append(f"{outcome.not_tried} further addresses were not tried")
    return ", ".join(parts)


def _required(outcome: Outcome) -> JsonValue:
    probe = outcome.probe
    required: dict[str, JsonValue] = {"target": probe.target, "within_s": probe.within}
    if probe.kind == "http":
        required["status"] = probe.status or "2xx"
        required.update({f"json.{path}": value for path, value in probe.json.items()})
    if probe.service:
        required["service"] = probe.service
    if probe.hold:
        required["hold_s"] = probe.hold
    return required


def _observed(worst: ProbeResult) -> JsonValue:
    return {**worst.seen, "took_s": round(worst.took, 3)}


def _evidence(outcome: Outcome, scene: Scene) -> Iterator[Evidence]:
    """What was seen, what was claimed (and measured by nobody), and how each other address answered."""
    probe, worst = outcome.probe, outcome.worst
    method = {"http": "GET", "websocket": "GET", "postgres": "connect", "redis": "PING"}.get(probe.kind, "look up")
    if probe.kind == "tls":
        method = "handshake"
    for field, value in worst.seen.items():
        yield Evidence("probe", method, field, value, scene.taken_at, probe.target)
    for field, value in worst.claims.items():
        yield Evidence("probe", method, f"claimed {field}", value, scene.taken_at, probe.target)
    for one in {str(one.address): one for one in outcome.attempts}.values():
        if one.address != worst.address:
            said = f"{one.status.value}: {one.said}" if one.said else one.status.value
            yield Evidence("probe", method, f"address {one.address}", said, scene.taken_at, probe.target)


def _untried(outcome: Outcome) -> Password:
    """The password that is why the probe is unknown; an empty one where it is something else."""
    password, worst = outcome.probe.password, outcome.worst
    why = worst.status is Status.UNKNOWN and worst.phase == "auth" and password and password.value is None
    return password if password and why else Password(None)


def _fix(outcome: Outcome, *, elsewhere: bool) -> Fix:
    advice = _untried(outcome).advice
    if advice:
        return advised(advice)
    return Fix(_look(outcome, elsewhere=elsewhere), mutates=False)


def _look(outcome: Outcome, *, elsewhere: bool) -> str:
    """What to type next."""
    probe, phase = outcome.probe, outcome.worst.phase
    if elsewhere:
        return f"diag probe {probe.name} --in-vpc"
    where = f"[{probe.host}]" if ":" in (probe.host or "") else probe.host
    if phase == "dns":
        return f"dig +trace {probe.host}"
    if phase == "tls" and probe.kind != "postgres":
        return f"openssl s_client -connect {where}:{probe.port} -servername {probe.host} -showcerts </dev/null"
    if probe.kind == "http":
        return f"curl -sv -o /dev/null {_quoted(probe.target)}"
    return "diag check"


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
