"""A watch whose looks are scripted and whose clock moves when it waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from diag.history.turning import Patience
from diag.report import Finding, Origin, ProbeDetails, Report, Severity, Status
from diag.requirements.model import Connector, Domain, Egress, LoadBalancer, Requirements, Service, SqlInstance
from diag.requirements.model import Destination as To
from diag.watch.announce import Message
from diag.watch.loop import Seen, Watch
from diag.watch.memory import Forgetful, Memory
from diag.watch.periodic import Periodic
from tests.cli.conftest import diag

__all__ = ["diag"]

START = datetime(2026, 1, 1, tzinfo=UTC)
EMPTY = Report("netra-staging", "us-central1", None, Origin("live", "2026-01-01T00:00:00Z"), 0.0, ())
PLACE: dict[str, Any] = {"project": "netra-staging", "region": "us-central1"}

ESTATE = Requirements(
    **PLACE,
    services={
        name: Service(name=name, **PLACE, egress=Egress(connector="connector"), reaches=(To(sql="db"),))
        for name in ("backend", "auth")
    },
    connectors={"connector": Connector(name="connector", **PLACE, network="vpc")},
    sql_instances={"db": SqlInstance(name="db", **PLACE)},
    load_balancers={
        "edge": LoadBalancer(
            name="edge",
            project="netra-staging",
            domains={
                "api.example.com": Domain(name="api.example.com", routes={"/": "backend"}),
                "auth.example.com": Domain(name="auth.example.com", routes={"/": "auth"}),
            },
        )
    },
    sections={
        "probes": {
            "api": {"url": "https://api.example.com/"},
            "auth": {"url": "https://auth.example.com/"},
            "db": {"postgres": "/cloudsql/netra-staging:us-central1:db"},
            "other": {"url": "https://www.example.org/"},
        }
    },
)


def windowed(begin: float, end: float) -> Requirements:
    """The estate with one maintenance window."""
    at = [START + timedelta(seconds=seconds) for seconds in (begin, end)]
    return replace(ESTATE, maintenance=((at[0], at[1], "upgrade"),))


def probe(name: str, phase: str = "first-byte", check: str = "probe.http") -> Finding:
    """A failing probe."""
    details = ProbeDetails(phase, {}, "application", None, "here")
    return Finding(check, Status.FAIL, Severity.HIGH, "A probe", name, reason=f"{phase} failed", probe=details)


CONNECTOR = Finding(
    "vpc.connector-not-ready",
    Status.FAIL,
    Severity.CRITICAL,
    "VPC connector is not READY",
    "projects/netra-staging/locations/us-central1/connectors/connector",
)
DATABASE = probe("db", "tcp", "probe.postgres")
EVERY = (CONNECTOR, DATABASE, probe("api"), probe("auth"), probe("other"))


@dataclass
class Scene:
    """What fails from which second on, and what the watch did about it."""

    fails: Callable[[float, Finding], bool]
    declared: Requirements = ESTATE
    every: Sequence[Finding] = EVERY
    took_s: float = 0.0
    at: float = 0.0
    wholes: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    end: float = 0.0
    memory: Memory = field(default_factory=lambda: Forgetful(Patience(2, 3)))

    def whole(self) -> Report:
        self.wholes.append(self.at)
        return self._look(EMPTY, self.every)

    def probed(self, before: Report) -> Report:
        kept = tuple(finding for finding in before.findings if not finding.probe)
        return self._look(before, [one for one in self.every if one.probe], kept)

    def _look(self, report: Report, looked_at: Sequence[Finding], kept: tuple[Finding, ...] = ()) -> Report:
        self.starts.append(self.at)
        self.at += self.took_s
        found = [one if self.fails(self.at, one) else replace(one, status=Status.PASS) for one in looked_at]
        return replace(report, findings=(*kept, *found))

    def monotonic(self) -> float:
        return self.at

    def time(self) -> float:
        return (START + timedelta(seconds=self.at)).timestamp()

    def wait(self, seconds: float) -> bool:
        self.at += seconds
        return self.at > self.end

    def run(self, seconds: float, interval_s: float | None = 10.0, update: Periodic | None = None) -> list[str]:
        """Watches for that long; the titles of what was sent."""
        self.end = seconds
        Watch(self, self.memory, self, interval_s, self.seen.append, self.sent.append, update).run()
        return [message.title for message in self.sent]
