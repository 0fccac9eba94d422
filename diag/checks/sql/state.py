"""Cloud SQL instances: there, running, with room on their disk, of the right version."""

from __future__ import annotations

import difflib

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, warns
from diag.checks.sql.instances import (
    Missing,
    Seen,
    all_instances,
    declared_instances,
    declaring,
    gcloud,
    on_declared,
    on_hosted,
)
from diag.checks.subjects import InstanceView
from diag.errors import Unseen
from diag.facts.base import Choice, same
from diag.facts.sql import ConnectionName, Instance, Version
from diag.facts.sql_settings import unsaid
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements, SqlInstance

SETTINGS_DOCS = "https://cloud.google.com/sql/docs/postgres/instance-settings"
START_DOCS = "https://cloud.google.com/sql/docs/postgres/start-stop-restart-instance"
UP = "cloudsql.googleapis.com/database/up"
VERSION_DOCS = "https://cloud.google.com/sql/docs/postgres/db-versions"


@check(
    "sql.instance-missing",
    Severity.CRITICAL,
    declared_instances,
    reads=("instances",),
    facts=("SQL-08",),
    docs=(SETTINGS_DOCS,),
)
def instance_missing(subject: Subject[Seen], world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance does not exist where it is declared.

    Clients name an instance by `project:region:instance`. When one part is wrong, no socket and no
    proxy finds the database.

    Reads the project's instances, and the instance's `region` and `connectionName`.

    Correct the name or region in diag.yaml, or create the instance.
    """
    match subject.item:
        case Gap() as gap:
            raise Unseen(gap)
        case Missing(wanted):
            return _not_there(wanted, world)
        case InstanceView(instance, SqlInstance() as wanted):
            return _placed(instance, wanted)
        case _:
            raise TypeError(f"{subject.resource} is not declared")


def _not_there(wanted: SqlInstance, world: World) -> Verdict:
    known = {instance.short: instance for instance in world.instances(wanted.project)}
    near = difflib.get_close_matches(wanted.name, known, n=1)
    hint = f"; did you mean {near[0]} in {known[near[0]].region}?" if near else ""
    look = f"gcloud sql instances list --project {wanted.project}"
    return fails(
        required="exists",
        observed="not found",
        reason=f"project {wanted.project} has no Cloud SQL instance {wanted.name}{hint}",
        evidence=tuple(known[name].evidence("name") for name in near),
        fix=(Fix(look, mutates=False),),
    )


def _placed(instance: Instance, wanted: SqlInstance) -> Verdict:
    found = ConnectionName.parse(instance.connection_name)
    if not instance.region or not found:
        raise unsaid(instance, "its region, or no connectionName of three parts")
    region = wanted.region or instance.region
    required, observed = str(ConnectionName(wanted.project, region, wanted.name)), instance.connection_name
    evidence = (instance.evidence("region"), instance.evidence("connectionName"))
    of_project = same(f"projects/{found.project}", f"projects/{wanted.project}")
    if of_project and found.instance == wanted.name and found.region == instance.region == region:
        return passes(required=required, observed=observed, evidence=evidence)
    return fails(
        required=required,
        observed=observed if observed != required else instance.region,
        reason=f"{wanted.name} is {observed} in {instance.region}: what is told {required} does not find it",
        evidence=evidence,
        declared_at=wanted.at("region"),
        fix=(Fix(gcloud("describe", instance, '--format "value(region, connectionName)"'), mutates=False),),
    )


@check(
    "sql.not-running",
    Severity.CRITICAL,
    all_instances,
    reads=("instances", f"metrics/{UP}"),
    always=True,
    facts=("SQL-01", "SQL-02", "SQL-03", "SQL-04", "SM-01"),
    docs=(START_DOCS,),
)
@on_hosted
def not_running(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance is not running.

    RUNNABLE alone does not mean that the database is up: the platform says it too of an instance that
    its owner stopped. It runs when it is RUNNABLE, its activation policy is ALWAYS, it is not suspended
    and its newest `database/up` says so.

    Reads the instance's `state`, `settings.activationPolicy` and `suspensionReason`, and the metric.

    Start a stopped instance; settle what suspended it; wait for maintenance to end.
    """
    instance = view.instance
    state, policy, reasons = instance.state, instance.activation_policy, instance.suspension_reasons
    evidence = [instance.evidence("state", state.value), instance.evidence("settings.activationPolicy", policy.value)]
    observed = f"{state.value}, activation policy {policy.value}"
    if reasons:
        evidence.append(instance.evidence("suspensionReason"))
        observed += f", suspended: {', '.join(reasons)}"
    known = {choice.read() for choice in (state, policy) if choice.value in choice.documented}
    bad = known - {"RUNNABLE", "ALWAYS", "SQL_INSTANCE_STATE_UNSPECIFIED", "SQL_ACTIVATION_POLICY_UNSPECIFIED"}
    required = "RUNNABLE, activation policy ALWAYS, up"
    if bad or reasons:
        why = _why_down(instance)
        return fails(required=required, observed=observed, reason=why, evidence=tuple(evidence), fix=_remedy(instance))
    _said(instance, state)
    _said(instance, policy)
    up, measured = _is_up(instance, world)
    details = {"required": required, "observed": f"{observed}, up {up:g}", "evidence": (*evidence, measured)}
    if up:
        return passes(**details)
    return fails(
        reason=f"{instance.short} is RUNNABLE, and its database does not answer the platform",
        fix=(Fix(gcloud("describe", instance), mutates=False),),
        **details,
    )


def _is_up(instance: Instance, world: World) -> tuple[float, Evidence]:
    """The newest point of `database/up`; raises `Unseen` without one [SM-01]."""
    series = world.series(UP, instance.project, by="database_id", value=f"{instance.project}:{instance.short}")
    points = sorted((point.end, point.value) for one in series for point in one.points)
    if not points:
        said = f"{instance.short} is RUNNABLE, and {UP} has no point in the window, so that nothing shows that it is up"
        raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call, advice="see whether its metrics arrive"))
    return points[-1][1], series[0].evidence("newest", points[-1][1])


def _said(instance: Instance, choice: Choice) -> None:
    """Raise `Unseen` for a value that the documentation does not know, and for one that says nothing."""
    if choice.read().endswith("_UNSPECIFIED"):
        said = f"{choice.where} is not stated, so that nothing shows whether the database runs"
        raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call))


_DOWN = {
    "SUSPENDED": "the platform suspended it, and every connection fails until the cause is settled",
    "PENDING_DELETE": "it is being deleted",
    "PENDING_CREATE": "it is still being created",
    "MAINTENANCE": "it is down for maintenance",
    "ONLINE_MAINTENANCE": "it is in maintenance",
    "FAILED": "its creation or recovery failed, or its database has a problem that the platform could not settle",
    "REPAIRING": "a node of the read pool is being repaired and may refuse connections",
}


def _why_down(instance: Instance) -> str:
    if instance.suspension_reasons:
        return f"{_DOWN['SUSPENDED']}: {', '.join(instance.suspension_reasons)}"
    stopped = f"its owner stopped it (activation policy {instance.activation_policy}): clients are refused"
    return _DOWN.get(instance.state.value, stopped)


def _remedy(instance: Instance) -> tuple[Fix, ...]:
    if instance.state.value == "RUNNABLE" and not instance.suspension_reasons:
        return (Fix(gcloud("patch", instance, "--activation-policy ALWAYS")),)
    return (Fix(gcloud("describe", instance), mutates=False),)


@check(
    "sql.out-of-disk",
    Severity.CRITICAL,
    all_instances,
    reads=("instances",),
    always=True,
    facts=("SQL-05", "SET-06", "G-03"),
    docs=(SETTINGS_DOCS,),
)
@on_hosted
def out_of_disk(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance is shut down for want of disk.

    When its data disk is almost used up, the platform shuts the database down to protect the data. A
    disk that has reached the limit of its automatic growth is on the way there.

    Reads `outOfDiskReport`, `settings.dataDiskSizeGb`, `storageAutoResize` and `storageAutoResizeLimit`.
    The platform reports only on instances that its disk job looked at: without a report, a RUNNABLE
    state shows that the instance was not shut down.

    Give it a larger disk, or raise the limit.
    """
    instance = view.instance
    required = "room on the data disk"
    disk = instance.disk_state
    if disk and disk.read() == "SOFT_SHUTDOWN":
        least = instance.integer("outOfDiskReport.sqlMinRecommendedIncreaseSizeGb")
        advice = f"; the platform recommends at least {least} GB more" if least else ""
        return fails(
            required=required,
            observed="SOFT_SHUTDOWN",
            reason=f"{instance.short} refuses connections because its data disk is almost used up{advice}",
            evidence=(instance.evidence("outOfDiskReport"),),
            fix=(Fix(gcloud("patch", instance, f"--storage-size {_larger(instance, least)}")),),
        )
    if disk and disk.read() != "NORMAL":
        raise Unseen(Gap(GapKind.UNDECIDED, f"{disk.where} is not stated", instance.origin.call))
    if not disk and instance.state.read() != "RUNNABLE":
        said = f"{instance.name} has no out-of-disk report and is {instance.state}: see sql.not-running"
        raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call))
    seen = instance.evidence("outOfDiskReport") if disk else instance.evidence("state")
    return _growth(instance, required, "NORMAL" if disk else "no out-of-disk report", seen)


def _larger(instance: Instance, least: int | None) -> str:
    size = instance.disk_size_gb
    return f"{size + (least or max(10, size // 4))}GB" if size else "SIZE"


def _growth(instance: Instance, required: str, state: str, seen: Evidence) -> Verdict:
    """Whether the disk may still grow by itself, given that it is not full now."""
    limit = instance.auto_grow_limit_gb if instance.auto_grows else 0
    unread = ("the metric cloudsql.googleapis.com/database/disk/utilization",)
    if not limit:
        return passes(required=required, observed=state, evidence=(seen,), not_consulted=unread)
    size = instance.disk_size_gb
    if size is None:
        raise unsaid(instance, "the size of the data disk")
    evidence = (
        seen,
        instance.evidence("settings.dataDiskSizeGb"),
        instance.evidence("settings.storageAutoResizeLimit"),
    )
    if limit <= size:
        return warns(
            required=required,
            observed=f"{state}; {size} GB of at most {limit} GB",
            reason=f"the disk of {instance.short} does not grow by itself beyond {limit} GB; when it fills up, "
            "the platform shuts the database down",
            evidence=evidence,
            fix=(Fix(gcloud("patch", instance, f"--storage-auto-increase-limit {limit * 2}")),),
            not_consulted=unread,
        )
    observed = f"{state}; {size} GB of at most {limit} GB"
    return passes(required=required, observed=observed, evidence=evidence, not_consulted=unread)


@check(
    "sql.version-too-old",
    Severity.MEDIUM,
    declaring("database_version"),
    reads=("instances",),
    docs=(VERSION_DOCS,),
)
@on_declared
def version_too_old(instance: Instance, wanted: SqlInstance, world: World) -> Verdict:
    """Database version is below the declared one.

    The application was built for a version that this server does not have.

    Reads `databaseVersion`, and `databaseInstalledVersion` where a minor version is declared. Editions of
    SQL Server have no order: another one than declared is unknown.

    Upgrade the instance, or declare the version that the application needs.
    """
    named = wanted.database_version or ""
    least = Version.parse(named)
    if least is None:
        raise Unseen(Gap(GapKind.UNDECIDED, f"{named} is not a version that can be compared; write POSTGRES_14"))
    found, installed = instance.version, instance.installed_version
    evidence = [instance.evidence("databaseVersion")]
    is_prefix = least.number[: len(found.number)] == found.number and len(found.number) < len(least.number)
    if found.engine == least.engine and is_prefix:
        if installed is None or len(installed.number) < len(least.number):
            said = f"{instance.name} is {instance.text('databaseVersion')}; the API does not say which minor version"
            raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call))
        found = installed
        evidence.append(instance.evidence("databaseInstalledVersion"))
    details = {
        "required": f"{named} or newer",
        "observed": evidence[-1].value,
        "evidence": tuple(evidence),
        "declared_at": wanted.at("database_version"),
    }
    if found.engine == least.engine and found.number >= least.number:
        if least.edition and found.edition != least.edition:
            said = f"{instance.name} has the edition {found.edition}, not {least.edition}; editions have no order"
            raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call, advice=f"declare {details['observed']}"))
        return passes(**details)
    if found.engine != least.engine:
        look = Fix(gcloud("describe", instance, '--format "value(databaseVersion)"'), mutates=False)
        return fails(
            reason=f"{instance.short} is another database than the application expects", fix=(look,), **details
        )
    return fails(
        reason=f"{instance.short} is older than the application expects",
        fix=(Fix(gcloud("patch", instance, f"--database-version {named}")),),
        **details,
    )
