"""Cloud SQL sockets: attached where declared, to an instance that is there and can be reached that way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.sql.instances import gcloud
from diag.checks.subjects import RevisionView, declared_revisions, revisions
from diag.errors import Unseen
from diag.facts.base import same
from diag.facts.sql import ConnectionName, Instance
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements, SqlInstance

CONNECT_DOCS = "https://cloud.google.com/sql/docs/postgres/connect-run"
LONGEST_CONNECTION_NAME = 83
"""107 usable bytes of a Linux socket path less `/cloudsql/` and `/.s.PGSQL.5432` [CON-12]."""


@dataclass(frozen=True)
class Attachment:
    """A socket to a Cloud SQL instance: attached by serving revisions, or declared `via: socket`."""

    connection_name: str
    users: tuple[str, ...]
    """Short names of the revisions that attach it."""
    view: RevisionView | None = None
    wanted: SqlInstance | None = None


def attachments(world: World, declared: Requirements) -> Iterator[Subject[Attachment] | Gap]:
    """Each connection name that a serving revision attaches, once for each revision."""
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        try:
            names = subject.item.revision.sql_attachments
        except Unseen as unseen:
            yield unseen.gap
            continue
        for name in dict.fromkeys(names):
            item = Attachment(name, (subject.item.revision.short,), subject.item)
            yield Subject(subject.resource, item, subject.declared_at, subject.critical)


def socketed_instances(world: World, declared: Requirements) -> Iterator[Subject[Attachment] | Gap]:
    """Each instance that is used by socket: attached by serving revisions, or declared so."""
    users: dict[str, list[str]] = {}
    for subject in attachments(world, declared):
        if isinstance(subject, Gap):
            yield subject
        else:
            users.setdefault(subject.item.connection_name, []).extend(subject.item.users)
    wanted = {_connection_name(item): item for item in _declared_by_socket(declared)}
    for name in dict.fromkeys([*users, *wanted]):
        item = wanted.get(name)
        found = ConnectionName.parse(name)
        resource = f"projects/{found.project}/instances/{found.instance}" if found else name
        place, critical = (item.at(), item.critical) if item else (None, False)
        yield Subject(resource, Attachment(name, tuple(users.get(name, ())), None, item), place, critical)


def _declared_by_socket(declared: Requirements) -> Iterator[SqlInstance]:
    named = {
        entry.sql
        for service in declared.services.values()
        for entry in service.reaches
        if entry.sql and entry.via == "socket"
    }
    yield from (item for item in declared.sql_instances.values() if item.name in named)


def _connection_name(item: SqlInstance) -> str:
    return f"{item.project}:{item.region}:{item.name}"


def attached_instance(name: str, world: World) -> Instance | None:
    """The instance of a connection name; None when it is proved absent there; raises `Unseen` otherwise."""
    parts = ConnectionName.parse(name)
    if parts is None:
        raise Unseen(Gap(GapKind.UNDECIDED, f"{name!r} is not of the form project:region:instance"))
    if not any(same(f"projects/{parts.project}", f"projects/{project}") for project in world.instance_projects):
        said = f"{name} lies in project {parts.project}, which this run did not read"
        raise Unseen(Gap(GapKind.NOT_COLLECTED, said, advice=f"diag sql --project {parts.project}"))
    found = world.instances(parts.project).find(f"projects/{parts.project}/instances/{parts.instance}")
    return found if found and found.region == parts.region else None


@check(
    "sql.socket-needs-public-ip",
    Severity.CRITICAL,
    socketed_instances,
    reads=("services", "revisions", "instances"),
    always=True,
    facts=("CON-02", "CON-11"),
    docs=(CONNECT_DOCS,),
)
def socket_needs_public_ip(subject: Subject[Attachment], world: World, declared: Requirements) -> Verdict:
    """Cloud SQL socket to an instance without a public address.

    The built-in attachment of Cloud Run connects to the instance's public address. An instance with a
    private address alone accepts the attachment, and every connection through it fails.

    Reads `settings.ipConfiguration.ipv4Enabled` of each instance that is attached or declared `via: socket`.

    Give it a public address without authorised networks, or connect by its private address.
    """
    name = subject.item.connection_name
    instance = attached_instance(name, world)
    if instance is None:
        return skips(f"{name} does not exist: see sql.attachment-dangling and sql.instance-missing")
    public = instance.has_public_address
    evidence = (instance.evidence("settings.ipConfiguration.ipv4Enabled", public),)
    if public:
        return passes(required="a public address", observed="has a public address", evidence=evidence)
    users = ", ".join(subject.item.users) or "what is declared `via: socket`"
    return fails(
        required="a public address",
        observed="no public address",
        reason=f"no connection of {users} through the socket of {instance.short} succeeds",
        evidence=evidence,
        fix=(Fix(gcloud("patch", instance, "--assign-ip")),),
    )


def by_socket(world: World, declared: Requirements) -> Iterator[Subject[Attachment] | Gap]:
    """Each serving revision of a service that declares `via: socket`, once for each such instance."""
    for subject in declared_revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        wanted = subject.item.wanted
        for entry in wanted.reaches if wanted else ():
            item = declared.sql_instances.get(entry.sql or "")
            if item and entry.via == "socket":
                view = Attachment(_connection_name(item), (), subject.item, item)
                yield Subject(subject.resource, view, entry.at("sql"), subject.critical)


@check(
    "sql.socket-not-attached",
    Severity.CRITICAL,
    by_socket,
    reads=("services", "revisions"),
    facts=("ATT-01",),
    docs=(CONNECT_DOCS,),
)
def socket_not_attached(subject: Subject[Attachment], world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance is not attached to a serving revision.

    Without the attachment there is no `/cloudsql/…` socket in the container, and the program fails to
    connect whatever its configuration says.

    Reads `volumes[].cloudSqlInstance.instances` of every revision that takes traffic.

    Attach the instance to the service.
    """
    view, name = subject.item.view, subject.item.connection_name
    if view is None:
        raise TypeError(f"{subject.resource} is judged without its revision")
    attached = view.revision.sql_attachments
    shown = ", ".join(attached) or "none"
    details = {"required": name, "observed": shown, "evidence": (view.revision.evidence("volumes", shown),)}
    if name in attached:
        return passes(**details)
    service = view.service
    return fails(
        reason=f"{view.revision.short} has no socket to {name}",
        fix=(
            Fix(
                f"gcloud run services update {service.short} --region {service.region} --add-cloudsql-instances {name}"
            ),
        ),
        **details,
    )


@check(
    "sql.attachment-dangling",
    Severity.MEDIUM,
    attachments,
    reads=("services", "revisions", "instances"),
    always=True,
    facts=("ATT-01", "SQL-08"),
    docs=(CONNECT_DOCS,),
)
def attachment_dangling(subject: Subject[Attachment], world: World, declared: Requirements) -> Verdict:
    """Revision attaches a Cloud SQL instance that does not exist.

    The attachment is accepted whatever it names; its socket then refuses every connection. A wrong
    region in the connection name is enough.

    Reads the attachments of every revision that takes traffic, and the instances of the project.

    Correct the connection name, or remove the attachment.
    """
    name, view = subject.item.connection_name, subject.item.view
    details = {"required": f"{name} exists"}
    if view is None:
        raise TypeError(f"{subject.resource} is judged without its revision")
    seen = view.revision.evidence("volumes", name)
    instance = attached_instance(name, world)
    if instance:
        return passes(observed="exists", evidence=(seen, instance.evidence("connectionName")), **details)
    service = view.service
    remove = f"gcloud run services update {service.short} --region {service.region} --remove-cloudsql-instances {name}"
    return fails(
        observed="not found",
        reason=f"{view.revision.short} attaches {name}, and there is no such instance in that project and region",
        evidence=(seen,),
        fix=(Fix(remove),),
        **details,
    )


@check(
    "sql.socket-path-too-long",
    Severity.HIGH,
    socketed_instances,
    reads=("services", "revisions"),
    always=True,
    facts=("CON-12", "CON-13"),
    docs=(CONNECT_DOCS,),
)
def socket_path_too_long(subject: Subject[Attachment], world: World, declared: Requirements) -> Verdict:
    """Cloud SQL socket path is longer than Linux allows.

    A socket path holds 107 bytes; `/cloudsql/` and `/.s.PGSQL.5432` leave 83 for the connection name. A
    longer one cannot be bound, whatever else is right.

    Reads the connection names that serving revisions attach, or that are declared `via: socket`.

    Use a shorter instance name, or connect by TCP.
    """
    name = subject.item.connection_name
    details = {
        "required": f"a connection name of at most {LONGEST_CONNECTION_NAME} bytes",
        "observed": f"{len(name.encode())} bytes",
    }
    if len(name.encode()) <= LONGEST_CONNECTION_NAME:
        return passes(**details)
    return fails(reason=f"the socket of {name} cannot be made, and every connection by it fails", **details)
