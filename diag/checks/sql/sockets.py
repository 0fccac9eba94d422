"""Cloud SQL sockets: attached where declared, to an instance that is there and can be reached that way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.sql.instances import gcloud
from diag.checks.subjects import RevisionView, instance_name, revisions, service_name
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import last
from diag.facts.run_revision import SqlSocket
from diag.facts.sql import ConnectionName, Instance
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Destination, Requirements, Service, SqlInstance

CONNECT_DOCS = "https://cloud.google.com/sql/docs/postgres/connect-run"
POSTGRES_SOCKET = "/.s.PGSQL.5432"
"""What PostgreSQL clients add to the folder `/cloudsql/CONNECTION_NAME` [ATT-03]; MySQL ones add nothing."""
LONGEST_NAME = 107 - len("/cloudsql/") - len(POSTGRES_SOCKET)
"""83 bytes: what a Linux socket path of 107 leaves for the connection name [CON-12]."""


@dataclass(frozen=True)
class Attachment:
    """A socket that a serving revision attaches."""

    view: RevisionView
    socket: SqlSocket

    @property
    def evidence(self) -> Evidence:
        """The connection name as the revision states it."""
        return self.view.revision.evidence(self.socket.path)


@dataclass(frozen=True)
class Used:
    """An instance that is used by its socket: attached by serving revisions, or declared `via: socket`."""

    name: str
    """Its full name, `projects/P/instances/I`."""
    region: str | None
    users: tuple[str, ...]
    """Short names of the revisions that attach it, and of the services that declare it."""
    wanted: SqlInstance | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Wish:
    """`via: socket` of a declared service; `view` is the serving revision that must attach the instance."""

    service: Service
    destination: Destination
    instance: SqlInstance
    view: RevisionView | None
    """None when the service is proved absent."""


def attachments(world: World, declared: Requirements) -> Iterator[Subject[Attachment] | Gap]:
    """Each Cloud SQL socket of each serving revision in view."""
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        try:
            sockets = {socket.connection_name: socket for socket in subject.item.revision.sql_sockets}
        except Unseen as unseen:
            yield unseen.gap
            continue
        for socket in sockets.values():
            item = Attachment(subject.item, socket)
            yield Subject(subject.resource, item, subject.declared_at, subject.critical)


def used_by_socket(world: World, declared: Requirements) -> Iterator[Subject[Used] | Gap]:
    """Each instance that a serving revision attaches or a service declares `via: socket`, once."""
    users: dict[tuple[str, str | None], list[str]] = {}
    evidence: dict[tuple[str, str | None], list[Evidence]] = {}
    for subject in attachments(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        parts = ConnectionName.parse(subject.item.socket.connection_name)
        if parts:
            key = (f"projects/{parts.project}/instances/{parts.instance}", parts.region)
            users.setdefault(key, []).append(subject.item.view.revision.short)
            evidence.setdefault(key, []).append(subject.item.evidence)
    wanted = {instance_name(item): item for item in declared.sql_instances.values()}
    for service, _, instance in _wishes(declared):
        users.setdefault((instance_name(instance), instance.region), []).append(service.name)
    for (name, region), by in users.items():
        seen = tuple(evidence.get((name, region), ()))
        instance_wanted = wanted.get(name)
        place = instance_wanted.at() if instance_wanted else None
        critical = bool(instance_wanted and instance_wanted.critical)
        yield Subject(name, Used(name, region, tuple(dict.fromkeys(by)), instance_wanted, seen), place, critical)


def _wishes(declared: Requirements) -> Iterator[tuple[Service, Destination, SqlInstance]]:
    for service in declared.services.values():
        for destination in service.reaches:
            instance = declared.sql_instances.get(destination.sql or "")
            if instance and destination.via == "socket":
                yield service, destination, instance


def socket_wishes(world: World, declared: Requirements) -> Iterator[Subject[Wish] | Gap]:
    """Each serving revision of each service that declares `via: socket`, for each such instance."""
    for service, destination, instance in _wishes(declared):
        place, critical = destination.at("via"), service.critical
        try:
            found = world.services(service.region or "", service.project).find(service_name(service))
            views = [RevisionView(found, revision, service) for revision in world.serving(found)] if found else []
        except Unseen as unseen:
            yield unseen.gap
            continue
        if not found:
            yield Subject(service_name(service), Wish(service, destination, instance, None), place, critical)
        for view in views:
            yield Subject(view.revision.name, Wish(service, destination, instance, view), place, critical)


def _instance_of(name: ConnectionName, world: World, declared: Requirements) -> Instance | None:
    """The instance that a connection name means; None when it is proved not to be there."""
    if name.project not in declared.projects():
        said = f"{name} lies in project {name.project}, whose instances this run did not read"
        advice = f"declare it in sql_instances with `project: {name.project}`"
        raise Unseen(Gap(GapKind.NOT_COLLECTED, said, advice=advice))
    found = world.instances(name.project).find(f"projects/{name.project}/instances/{name.instance}")
    return found if found and found.region == name.region else None


@check(
    "sql.socket-needs-public-ip",
    Severity.CRITICAL,
    used_by_socket,
    reads=("services", "revisions", "instances"),
    always=True,
    facts=("CON-02", "CON-11", "MSG-12"),
    docs=(CONNECT_DOCS,),
)
def socket_needs_public_ip(subject: Subject[Used], world: World, declared: Requirements) -> Verdict:
    """Cloud SQL socket leads to an instance without a public address.

    The socket that Cloud Run attaches connects to the instance's public address. A revision may attach an
    instance with a private address alone, and then every connection fails: the instance
    `does not have IP of type "PUBLIC"`.

    Reads `settings.ipConfiguration.ipv4Enabled` of each instance that a serving revision attaches, or that
    a service reaches `via: socket`.

    Give it a public address without authorised networks, or connect to its private address.
    """
    used = subject.item
    project, region = used.name.split("/")[1], used.region or (used.wanted and used.wanted.region) or ""
    where = ConnectionName(project, region, last(used.name))
    instance = _instance_of(where, world, declared)
    if instance is None:
        report = "sql.instance-missing" if used.wanted else "sql.attachment-dangling"
        return skips(f"{where} does not exist: {report} reports it", evidence=used.evidence)
    public = instance.has_public_address
    seen = instance.evidence(
        "settings.ipConfiguration.ipv4Enabled",
        public,
        default=not instance.doc_text("settings.ipConfiguration.ipv4Enabled"),
    )
    evidence = (seen, *used.evidence)
    if public:
        return passes(required="a public address", observed="has one", evidence=evidence)
    return fails(
        required="a public address",
        observed="no public address",
        reason=f"{', '.join(used.users)} uses the socket of {instance.short}, which connects to its public address: "
        "every connection fails",
        evidence=evidence,
        fix=(Fix(gcloud("patch", instance, "--assign-ip")),),
    )


@check(
    "sql.socket-not-attached",
    Severity.CRITICAL,
    socket_wishes,
    reads=("services", "revisions"),
    facts=("ATT-01", "ATT-03"),
    docs=(CONNECT_DOCS,),
)
def socket_not_attached(subject: Subject[Wish], world: World, declared: Requirements) -> Verdict:
    """Revision does not attach the Cloud SQL instance that it reaches by socket.

    Without the attachment the container has no `/cloudsql/…` socket, and the application fails to
    connect whatever its configuration says.

    Reads `volumes[].cloudSqlInstance.instances` and `containers[].volumeMounts` of every revision that
    takes traffic.

    Attach the instance to the service.
    """
    wish, view = subject.item, subject.item.view
    if view is None:
        return skips(f"{wish.service.name} does not exist: run.service-missing reports it")
    sockets = view.revision.sql_sockets
    required = f"{wish.instance.project}:{wish.instance.region or 'REGION'}:{wish.instance.name}"
    right = [socket for socket in sockets if _means(socket.connection_name, wish.instance)]
    observed = ", ".join(socket.connection_name for socket in right or sockets) or "none"
    evidence = tuple(view.revision.evidence(socket.path) for socket in right or sockets)
    if any(socket.mounted for socket in right):
        return passes(required=required, observed=observed, evidence=evidence)
    lacks = "has it as a volume that no container mounts" if right else "does not attach it"
    return fails(
        required=required,
        observed=f"{observed}, not mounted" if right else observed,
        reason=f"{view.revision.short} {lacks}: there is no /cloudsql/{required} in its containers",
        evidence=evidence or (view.revision.evidence("volumes", "no Cloud SQL volume"),),
        fix=(Fix(f"{_update(view.service)} --add-cloudsql-instances {required}"),),
    )


def _means(connection_name: str, wanted: SqlInstance) -> bool:
    """Whether a connection name is that of a declared instance; without a declared region, in any."""
    found = ConnectionName.parse(connection_name)
    return found == ConnectionName(wanted.project, wanted.region or (found.region if found else ""), wanted.name)


@check(
    "sql.attachment-dangling",
    Severity.MEDIUM,
    attachments,
    reads=("services", "revisions", "instances"),
    always=True,
    facts=("ATT-01", "SQL-08", "CON-14"),
    docs=(CONNECT_DOCS,),
)
def attachment_dangling(subject: Subject[Attachment], world: World, declared: Requirements) -> Verdict:
    """Revision attaches a Cloud SQL instance that does not exist.

    A revision is accepted whatever it attaches; the socket of an instance that is not there refuses
    every connection. A wrong region in the connection name is enough.

    Reads the attachments of every revision that takes traffic, and the instances of the declared projects.

    Correct the connection name, or remove the attachment.
    """
    view, text = subject.item.view, subject.item.socket.connection_name
    name = ConnectionName.parse(text)
    instance = _instance_of(name, world, declared) if name else None
    if instance:
        evidence = (subject.item.evidence, instance.evidence("connectionName"))
        return passes(required=f"{text} exists", observed="exists", evidence=evidence)
    what = "it is not in that region and project" if name else "this is not of the form project:region:instance"
    return fails(
        required=f"{text} exists",
        observed="not found",
        reason=f"{view.revision.short} attaches {text}: {what}, and its socket refuses every connection",
        evidence=(subject.item.evidence,),
        fix=(Fix(f"{_update(view.service)} --remove-cloudsql-instances {text}"),),
    )


@check(
    "sql.socket-path-too-long",
    Severity.HIGH,
    attachments,
    reads=("services", "revisions", "instances"),
    always=True,
    facts=("CON-12", "CON-13", "ATT-03"),
    docs=(CONNECT_DOCS,),
)
def socket_path_too_long(subject: Subject[Attachment], world: World, declared: Requirements) -> Verdict:
    """Cloud SQL socket path is longer than Linux allows.

    A socket path holds 107 bytes; `/cloudsql/` and `/.s.PGSQL.5432` leave 83 for the connection name.
    The socket of a longer one cannot be opened, whatever else is right.

    Reads the connection names that serving revisions attach, and for a long one the database's kind.

    Use an instance with a shorter name, or connect to its private address.
    """
    text = subject.item.socket.connection_name
    length, limit = len(text.encode()), LONGEST_NAME
    if LONGEST_NAME < length <= LONGEST_NAME + len(POSTGRES_SOCKET):
        name = ConnectionName.parse(text)
        instance = _instance_of(name, world, declared) if name else None
        if instance and instance.version.engine != "POSTGRES":
            limit += len(POSTGRES_SOCKET)
    details = {
        "required": f"a connection name of at most {limit} bytes",
        "observed": f"{length} bytes",
        "evidence": (subject.item.evidence,),
    }
    if length <= limit:
        return passes(**details)
    view = subject.item.view
    return fails(
        reason=f"{view.revision.short} cannot open the socket of {text}: its path would be "
        f"{length - limit} bytes longer than Linux allows",
        fix=(Fix(f"{_update(view.service)} --remove-cloudsql-instances {text}"),),
        **details,
    )


def _update(service: run.Service) -> str:
    return f"gcloud run services update {service.short} --region {service.region}"
