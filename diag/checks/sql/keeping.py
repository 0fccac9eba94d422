"""How a Cloud SQL instance is kept: available, backed up, protected, on a supported version, with its flags."""

from __future__ import annotations

from collections.abc import Callable

from diag.checks.check import Check, Verdict, check, fails, passes, skips, warns
from diag.checks.sql.instances import (
    declared_instances,
    gcloud,
    on_hosted,
)
from diag.checks.sql.state import SETTINGS_DOCS
from diag.checks.subjects import InstanceView
from diag.facts.sql import Instance
from diag.facts.sql_settings import SHARED_CORE
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements

BACKUP_DOCS = "https://cloud.google.com/sql/docs/postgres/backup-recovery/backups"
HA_DOCS = "https://cloud.google.com/sql/docs/postgres/high-availability"


@check(
    "sql.availability-wrong",
    Severity.MEDIUM,
    declared_instances,
    reads=("instances",),
    facts=("SET-03", "X-40"),
    docs=(HA_DOCS,),
)
@on_hosted
def availability_wrong(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance is less available than declared.

    A zonal instance is down as long as its zone is; a regional one fails over to another zone.

    Reads `settings.availabilityType`. Without a declaration a zonal instance warns.

    Make it regional (the instance restarts).
    """
    instance, wanted = view.instance, view.wanted.availability if view.wanted else None
    found = instance.availability.read()
    details = {
        "required": (wanted or "regional").upper(),
        "observed": found,
        "evidence": (
            instance.evidence(
                "settings.availabilityType", found, default=not instance.text("settings.availabilityType")
            ),
        ),
        "declared_at": view.wanted.at("availability") if view.wanted else None,
    }
    if found == "REGIONAL" or wanted == "zonal":
        return passes(**details)
    verdict = fails if wanted else warns
    reason = f"{instance.short} is down for as long as its zone is: nothing stands by in another one"
    return verdict(reason=reason, fix=(Fix(gcloud("patch", instance, "--availability-type REGIONAL")),), **details)


def _guard(
    id: str,
    field: str,
    path: str,
    held: Callable[[Instance], bool],
    why: str,
    flags: str,
    doc: str,
    *,
    of_replicas: bool,
) -> Check:
    """A check of one switch: on is good, off fails where it is declared and warns elsewhere."""

    @on_hosted
    def judge(view: InstanceView, world: World, declared: Requirements) -> Verdict:
        instance, wanted = view.instance, getattr(view.wanted, field, None)
        if instance.is_replica and not of_replicas:
            return skips(
                f"{instance.short} is a replica: its primary holds this", evidence=(instance.evidence("instanceType"),)
            )
        if wanted is False:
            return skips(f"{field} is declared false for {instance.short}, so that nothing is asked")
        on = held(instance)
        details = {
            "required": "on",
            "observed": "on" if on else "off",
            "evidence": (instance.evidence(path, on, default=not instance.doc_text(path)),),
            "declared_at": view.wanted.at(field) if view.wanted else None,
        }
        if on:
            return passes(**details)
        verdict = fails if wanted else warns
        fix = (Fix(gcloud("patch", instance, flags)),)
        return verdict(reason=f"{instance.short}: {why}", fix=fix, **details)

    judge.__doc__ = doc
    return check(
        id,
        Severity.MEDIUM,
        declared_instances,
        reads=("instances",),
        facts=("SET-06", "SET-09", "SET-10", "SET-16"),
        docs=(BACKUP_DOCS,),
    )(judge)


backups_off = _guard(
    "sql.backups-off",
    "backups",
    "settings.backupConfiguration.enabled",
    lambda instance: instance.backups,
    "what is lost or deleted by mistake cannot be brought back",
    "--backup-start-time 03:00",
    """Automated backups are off.

    Without a backup nothing brings back what was deleted or damaged.

    Reads `settings.backupConfiguration.enabled`. Without a declaration it warns; replicas are skipped.

    Switch backups on.
    """,
    of_replicas=False,
)

pitr_off = _guard(
    "sql.pitr-off",
    "point_in_time_recovery",
    "settings.backupConfiguration.pointInTimeRecoveryEnabled",
    lambda instance: instance.recovers_to_any_moment,
    "everything since the last backup is lost when it has to be restored",
    "--enable-point-in-time-recovery",
    """Point-in-time recovery is off.

    A backup brings back one moment of the day; with the log of transactions any moment can be restored.

    Reads `settings.backupConfiguration`. Without a declaration it warns; replicas are skipped.

    Switch it on (backups have to be on).
    """,
    of_replicas=False,
)

deletion_unprotected = _guard(
    "sql.deletion-unprotected",
    "deletion_protection",
    "settings.deletionProtectionEnabled",
    lambda instance: instance.protected_from_deletion,
    "one command deletes it, its backups included",
    "--deletion-protection",
    """Nothing keeps the instance from being deleted.

    A deleted instance takes its automated backups with it.

    Reads `settings.deletionProtectionEnabled`. Without a declaration it warns.

    Switch deletion protection on.
    """,
    of_replicas=True,
)

autoresize_off = _guard(
    "sql.autoresize-off",
    "",
    "settings.storageAutoResize",
    lambda instance: instance.auto_grows,
    "its disk does not grow by itself, and a full disk stops the database",
    "--storage-auto-increase",
    """The disk does not grow by itself.

    A full disk stops the database.

    Reads `settings.storageAutoResize`, whose default is on. It warns.

    Switch automatic growth on.
    """,
    of_replicas=True,
)


@check(
    "sql.shared-core",
    Severity.MEDIUM,
    declared_instances,
    reads=("instances",),
    facts=("SET-04", "X-40"),
    docs=(SETTINGS_DOCS,),
)
@on_hosted
def shared_core(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance has a shared core.

    db-f1-micro and db-g1-small share their CPU, allow few connections and are outside the SLA.

    Reads `settings.tier`. It warns.

    Choose a tier with dedicated cores (the instance restarts).
    """
    instance = view.instance
    details = {
        "required": "a tier with dedicated cores",
        "observed": instance.tier,
        "evidence": (instance.evidence("settings.tier"),),
    }
    if instance.tier not in SHARED_CORE:
        return passes(**details)
    fix = (Fix(gcloud("patch", instance, "--tier db-custom-2-7680")),)
    return warns(reason=f"{instance.short} shares its CPU with others and is outside the SLA", fix=fix, **details)
