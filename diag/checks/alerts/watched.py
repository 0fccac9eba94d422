"""What each word of `alerts.metric` means: the metrics that exist for it, their units, and what is watched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from diag.calls import Gap, GapKind
from diag.checks.sql.limit import connection_limit, memory_of
from diag.checks.subjects import instance_name
from diag.errors import Unseen
from diag.facts.alert_reading import promql_name
from diag.facts.sql import Instance
from diag.facts.sql_limits import GIB
from diag.facts.world import World
from diag.metrics import ALIGNERS
from diag.report import Fix
from diag.requirements.kinds import Bound
from diag.requirements.model import Requirements
from diag.values import dataclass, field

RATIO, PERCENT, ERRORS = "ratio", "percent", "errors"
CONNECTIONS, MEMORY, DISK = "connections", "bytes of memory", "bytes of disk"
OTHER = "another figure"
"""The unit of a metric that exists and speaks of the same thing, and cannot be compared."""

SQL = "cloudsql.googleapis.com/database"
BACKENDS, NETWORK_CONNECTIONS = f"{SQL}/postgresql/num_backends", f"{SQL}/network/connections"


@dataclass(frozen=True)
class Word:
    """One word of `alerts.metric`."""

    section: str
    """The section of the file whose resources it watches; empty for what only the application measures."""
    units: Mapping[str, str]
    """The metrics that exist for it, as PromQL writes them, with their units."""
    meant: re.Pattern[str]
    """Names of metrics that are meant for it; those without a unit do not exist, or show something else."""
    hint: re.Pattern[str] | None = None
    """For what only the application measures: what a name says that speaks of it."""


def _units(**of: str) -> Mapping[str, str]:
    return {promql_name(name): unit for name, unit in of.items()}


_SQL = re.escape(promql_name(f"{SQL}/"))
_POSTGRES = {
    **_units(**{BACKENDS: CONNECTIONS}),
    **_units(**{f"{BACKENDS}_by_{what}": OTHER for what in ("state", "application")}),
}
_TIME = r"(?:time(?!out)|second|latenc|duration|took|elapsed|_m?s\b)"

WORDS: Mapping[str, Word] = {
    "connector-utilization": Word(
        "connectors",
        _units(**{"vpcaccess.googleapis.com/connector/cpu/utilizations": RATIO}),
        re.compile(r"vpcaccess_googleapis_com:connector_(?!instances$|(?:sent|received)_)"),
    ),
    "sql-connections": Word("sql_instances", _POSTGRES, re.compile(rf"{_SQL}\w*(?:connections|backends)")),
    "sql-cpu": Word(
        "sql_instances",
        _units(**{f"{SQL}/cpu/utilization": RATIO}),
        re.compile(rf"{_SQL}cpu_(?!usage_time|reserved)"),
    ),
    "sql-memory": Word(
        "sql_instances",
        _units(
            **{
                f"{SQL}/memory/utilization": RATIO,
                f"{SQL}/memory/components": PERCENT,
                f"{SQL}/memory/usage": MEMORY,
                f"{SQL}/memory/total_usage": MEMORY,
            }
        ),
        re.compile(rf"{_SQL}memory_(?!quota)"),
    ),
    "sql-disk": Word(
        "sql_instances",
        _units(**{f"{SQL}/disk/utilization": RATIO, f"{SQL}/disk/bytes_used": DISK}),
        re.compile(rf"{_SQL}disk_(?:util|usage|used|full|free|size)"),
    ),
    "run-errors": Word(
        "services",
        _units(**{"run.googleapis.com/request_count": ERRORS}),
        re.compile(r"run_googleapis_com:\w*(?:error|failure)"),
    ),
    "startup-phase-time": Word(
        "", {}, re.compile(r"run_googleapis_com:container_startup"), re.compile(r"(?i)phase|start.?up")
    ),
    "connection-time": Word(
        "", {}, re.compile(rf"(?i)cloudsql_googleapis_com:\w*conn\w*{_TIME}"), re.compile(rf"(?i)conn.*{_TIME}")
    ),
}

QUOTAS: Mapping[str, str] = {MEMORY: promql_name(f"{SQL}/memory/quota"), DISK: promql_name(f"{SQL}/disk/quota")}
"""By what an absolute figure is divided to become a share."""


@dataclass(frozen=True)
class Target:
    """A resource that an alert must watch."""

    name: str
    """Its short name; empty where none is declared: then any policy on the right metric will do."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of its monitored resource."""
    instance: Instance | None = None
    gap: Gap | None = None
    """Why the instance was not seen."""


def targets(word: Word, world: World, declared: Requirements) -> Iterator[Target | str]:
    """What is to be watched: the declared resources; why there is nothing to watch, in place of one."""
    found: list[Target | str] = []
    if word.section == "connectors":
        for connector in declared.connectors.values():
            labels = _labels(connector.project, connector.region, connector_name=connector.name)
            found.append(Target(connector.name, labels))
    elif word.section == "services":
        for service in declared.services.values():
            found.append(Target(service.name, _labels(service.project, service.region, service_name=service.name)))
    elif word.section == "sql_instances":
        found += _instances(world, declared)
    yield from found or [Target("")]


def _labels(project: str, region: str | None, **own: str) -> Mapping[str, str]:
    place = {"location": region, "region": region} if region else {}
    return {"project_id": project, **place, **own}


def _instances(world: World, declared: Requirements) -> Iterator[Target | str]:
    """The declared instances; where none is declared, the limits of the one in view hold."""
    if not declared.sql_instances:
        listing = world.instances()
        only = listing.resources[0] if len(listing.resources) == 1 else None
        yield Target("", instance=only, gap=next(iter(listing.gaps), None))
    for wanted in declared.sql_instances.values():
        labels = _labels(wanted.project, wanted.region, database_id=f"{wanted.project}:{wanted.name}")
        try:
            found = world.instances(wanted.project).find(instance_name(wanted))
        except Unseen as unseen:
            yield Target(wanted.name, labels, gap=unseen.gap)
            continue
        missing = f"{wanted.name} does not exist: sql.instance-missing reports it"
        yield Target(wanted.name, labels, found) if found else missing


def units_of(word: str, target: Target) -> Mapping[str, str]:
    """The metrics that exist for a word and a target, with their units; raises `Unseen`.

    Connections of MySQL and SQL Server are another metric than those of PostgreSQL [SM-07, SM-10].
    """
    if word != "sql-connections":
        return WORDS[word].units
    if target.gap:
        raise Unseen(target.gap)
    if target.instance is None or target.instance.version.engine == "POSTGRES":
        return WORDS[word].units
    return _units(**{NETWORK_CONNECTIONS: CONNECTIONS})


def right_metrics(word: str, target: Target) -> str:
    """The metrics that exist for a word and a target, as a phrase; raises `Unseen`."""
    known = {promql_name(name): name for name in ALIGNERS} | {promql_name(NETWORK_CONNECTIONS): NETWORK_CONNECTIONS}
    named = [known[name] for name in units_of(word, target) if name in known]
    return " or ".join(named) or "a metric of the project's own logs"


_RESOURCES = {
    "connectors": "vpc_access_connector",
    "sql_instances": "cloudsql_database",
    "services": "cloud_run_revision",
}


def create(word: str, above: Bound | None, project: str) -> tuple[Fix, ...]:
    """The commands that create a policy for a word; from a file, where flags do not say enough."""
    command = f"gcloud alpha monitoring policies create --project {project}"
    metric = next((name for name in ALIGNERS if WORDS[word].units.get(promql_name(name)) == RATIO), None)
    if metric is None or above is None or above.unit != "ratio":
        of_logs = Fix(f"gcloud logging metrics create {word} --project {project} --config-from-file FILE")
        from_file = Fix(f"{command} --policy-from-file FILE")
        return (of_logs, from_file) if WORDS[word].hint else (from_file,)
    watched = f'resource.type="{_RESOURCES[WORDS[word].section]}" AND metric.type="{metric}"'
    aggregation = f'{{"alignmentPeriod": "60s", "perSeriesAligner": "{ALIGNERS[metric]}"}}'
    flags = (
        f"--display-name {word} --combiner OR --condition-display-name {word} --condition-filter '{watched}' "
        f"--aggregation '{aggregation}' --if '> {above.value:g}' --duration 300s --notification-channels CHANNEL"
    )
    return (Fix(f"{command} {flags}"),)


def limit_of(unit: str, target: Target, world: World) -> float:
    """What an absolute figure of that unit is at most; raises `Unseen`."""
    if target.gap:
        raise Unseen(target.gap)
    if target.instance is None:
        said = f"it is not told which Cloud SQL instance's limit turns {unit} into a share"
        raise Unseen(Gap(GapKind.UNDECIDED, said, advice="declare it under sql_instances"))
    if unit == CONNECTIONS:
        return connection_limit(target.instance, world).total
    size = memory_of(target.instance, world) if unit == MEMORY else (target.instance.disk_size_gb or 0) * GIB
    if size <= 0:
        said = f"{target.name} does not say how many {unit} it has"
        raise Unseen(Gap(GapKind.MALFORMED, said, target.instance.origin.call))
    return size
