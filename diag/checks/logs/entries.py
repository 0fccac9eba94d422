"""What the checks of logs share: the entries of each project, and whose declaration a line falls under."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diag.calls import Gap
from diag.checks.subjects import instance_name, service_name
from diag.errors import Unseen
from diag.facts.base import same
from diag.facts.logs import LogEntry
from diag.facts.world import World
from diag.report import Evidence
from diag.requirements.model import Requirements, Service, SqlInstance
from diag.values import dataclass


@dataclass(frozen=True)
class Log:
    """The entries that were read of one project, the newest first, and why there may be more."""

    project: str
    entries: Sequence[LogEntry]
    gaps: tuple[Gap, ...]
    declared_gaps: tuple[Gap, ...]
    """The same, and why there may be more lines that only declared patterns look for."""
    taken_at: str
    counts: bool
    """Whether it shows anything: an empty one of a project of which nothing else was seen does not."""

    @property
    def searched(self) -> str:
        """How much was looked at."""
        return f"{len(self.entries)} {'entry' if len(self.entries) == 1 else 'entries'} searched"

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """How many entries were read."""
        return (
            Evidence(
                "logging.googleapis.com",
                "ListLogEntries",
                "entries",
                self.searched,
                self.taken_at,
                f"projects/{self.project}",
            ),
        )


NOTHING_SEEN = "nothing at all was seen of this project, so that its empty log shows nothing"


def logs(world: World, declared: Requirements) -> Iterator[Log | Gap]:
    """The log of each project in view; a gap for one that could not be read."""
    for project in declared.projects():
        try:
            entries = world.log_entries(project)
            gaps, declared_gaps = world.log_gaps(project), world.log_gaps(project, declared=True)
            counts = bool(entries) or world.saw_something
            yield Log(project, entries, gaps, declared_gaps, world.taken_at, counts)
        except Unseen as unseen:
            yield unseen.gap


def declaration(resource: str, declared: Requirements) -> Service | SqlInstance | None:
    """The declared service or instance of that full name."""
    for service in declared.services.values():
        if same(service_name(service), resource):
            return service
    return next((one for one in declared.sql_instances.values() if same(instance_name(one), resource)), None)
