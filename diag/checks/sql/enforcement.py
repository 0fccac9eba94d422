"""Who may connect to a Cloud SQL instance at all: connectors alone, or plain TCP too."""

from __future__ import annotations

from collections.abc import Iterator

from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.sql.instances import Seen, declared_instance, gcloud, on_hosted
from diag.checks.subjects import InstanceView
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements, Service


def reached_by_tcp(world: World, declared: Requirements) -> Iterator[Subject[Seen]]:
    """Each declared instance that a declared service reaches by plain TCP."""
    for key, wanted in declared.sql_instances.items():
        if any(_by_tcp(service, key) for service in declared.services.values()):
            yield declared_instance(wanted, world)


def _by_tcp(service: Service, instance: str) -> bool:
    return any(item.sql == instance and item.via in ("private-ip", "public-ip") for item in service.reaches)


@check(
    "sql.connector-enforced",
    Severity.HIGH,
    reached_by_tcp,
    reads=("instances",),
    facts=("SET-15",),
    docs=("https://cloud.google.com/sql/docs/postgres/connect-connectors",),
)
@on_hosted
def connector_enforced(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """The database refuses plain TCP, by which a service reaches it.

    With connectors required only the socket of Cloud Run, the Auth Proxy and the language connectors
    are let in, by whatever address.

    Reads `settings.connectorEnforcement`, for instances that a declared service reaches by private or
    public address.

    Connect by socket or a connector, or stop requiring connectors.
    """
    instance = view.instance
    users = [
        service for service in declared.services.values() if view.wanted and _by_tcp(service, _key(view, declared))
    ]
    names = " and ".join(service.name for service in users)
    details = {
        "required": "plain TCP is let in",
        "observed": "REQUIRED" if instance.connectors_only else "NOT_REQUIRED",
        "evidence": (instance.evidence("settings.connectorEnforcement"),),
        "declared_at": next((service.at("reaches") for service in users), None),
    }
    if not instance.connectors_only:
        return passes(**details)
    fix = (Fix(gcloud("patch", instance, "--connector-enforcement NOT_REQUIRED")),)
    return fails(reason=f"{instance.short} refuses the plain TCP connections of {names}", fix=fix, **details)


def _key(view: InstanceView, declared: Requirements) -> str:
    return next(key for key, wanted in declared.sql_instances.items() if wanted is view.wanted)
