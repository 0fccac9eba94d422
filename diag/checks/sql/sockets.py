"""Cloud SQL sockets that are relied on: attached where declared, and to an instance that they can reach."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.run.declared import update
from diag.checks.sql.attachments import CONNECT_DOCS, attached_instance, attachments
from diag.checks.sql.instances import gcloud
from diag.checks.subjects import RevisionView, instance_name, service_name
from diag.errors import Unseen
from diag.facts.run_revision import SqlSocket
from diag.facts.sql import ConnectionName
from diag.facts.world import World
from diag.report import Evidence, Fix, Place, Severity
from diag.requirements.model import Destination, Requirements, Service, SqlInstance
from diag.values import dataclass

IPV4 = "settings.ipConfiguration.ipv4Enabled"


@dataclass(frozen=True)
class Use:
    """One use of a socket: by a revision that attaches it, or by a service that declares `via: socket`."""

    name: ConnectionName
    """Without a region where the file declares none and nothing is attached."""
    user: str
    place: Place | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Used:
    """An instance that is used by its socket, and every use of it."""

    name: ConnectionName
    uses: tuple[Use, ...]
    wanted: SqlInstance | None
    """The declared instance of that project and name."""

    @property
    def users(self) -> str:
        """Short names of the revisions and services."""
        return ", ".join(dict.fromkeys(use.user for use in self.uses))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The attachments."""
        return tuple(item for use in self.uses for item in use.evidence)


@dataclass(frozen=True)
class Wish:
    """`via: socket` of a declared service."""

    service: Service
    destination: Destination
    instance: SqlInstance

    @property
    def name(self) -> ConnectionName:
        """The connection name of the declared instance; without a region where the file declares none."""
        return ConnectionName(self.instance.project, self.instance.region or "", self.instance.name)


@dataclass(frozen=True)
class Wished:
    """A wish, and the serving revision that must attach the instance."""

    wish: Wish
    seen: RevisionView | Gap | str
    """Why there is none, when the service is absent or never ran; the gap when it or its revisions were not seen."""


def wishes(declared: Requirements) -> Iterator[Wish]:
    """Each `via: socket` of the file."""
    for service in declared.services.values():
        for destination in service.reaches:
            instance = declared.sql_instances.get(destination.sql or "")
            if instance and destination.via == "socket":
                yield Wish(service, destination, instance)


def used_by_socket(world: World, declared: Requirements) -> Iterator[Subject[Used] | Gap]:
    """Each instance that a serving revision attaches or a service declares `via: socket`, once."""
    uses: list[Use] = []
    for subject in attachments(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif subject.item.name:
            user, evidence = subject.item.view.revision.short, subject.item.evidence
            uses.append(Use(subject.item.name, user, evidence=(evidence,)))
    for wish in wishes(declared):
        name = next((use.name for use in uses if use.name.fits(wish.name)), wish.name)
        uses.append(Use(name, wish.service.name, wish.destination.at("via")))
    for name in dict.fromkeys(use.name for use in uses):
        yield _used(name, tuple(use for use in uses if use.name == name), declared)


def _used(name: ConnectionName, uses: tuple[Use, ...], declared: Requirements) -> Subject[Used]:
    full = f"projects/{name.project}/instances/{name.instance}"
    wanted = next((item for item in declared.sql_instances.values() if instance_name(item) == full), None)
    place = next((use.place for use in uses if use.place), wanted.at() if wanted else None)
    return Subject(full, Used(name, uses, wanted), place, bool(wanted and wanted.critical))


def wished_sockets(world: World, declared: Requirements) -> Iterator[Subject[Wished]]:
    """Each serving revision of each service that declares `via: socket`, for each such instance."""
    for wish in wishes(declared):
        for resource, seen in _serving(wish.service, world):
            yield Subject(resource, Wished(wish, seen), wish.destination.at("via"), wish.service.critical)


def _serving(wanted: Service, world: World) -> Iterator[tuple[str, RevisionView | Gap | str]]:
    """The serving revisions of a declared service by full name; its own name and why, where there is none."""
    try:
        service = world.services(wanted.region or "", wanted.project).find(service_name(wanted))
        none = service.never_ran if service else f"{wanted.name} does not exist: run.service-missing reports it"
        revisions = world.serving(service) if service and not none else ()
    except Unseen as unseen:
        yield service_name(wanted), unseen.gap
        return
    if service is None or none:
        yield service_name(wanted), none
    else:
        yield from ((revision.name, RevisionView(service, revision, wanted)) for revision in revisions)


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
    instance = attached_instance(used.name, world)
    if instance is None:
        return _nowhere(used)
    public = instance.has_public_address
    evidence = (instance.evidence(IPV4, public, default=not instance.doc_text(IPV4)), *used.evidence)
    if public:
        return passes(required="a public address", observed="has one", evidence=evidence)
    return fails(
        required="a public address",
        observed="no public address",
        reason=f"the socket of {instance.short} connects to its public address: every connection of {used.users} fails",
        evidence=evidence,
        fix=(Fix(gcloud("patch", instance, "--assign-ip")),),
    )


def _nowhere(used: Used) -> Verdict:
    """No instance has that connection name: it is declared to be there, or a revision attaches it in vain."""
    if used.wanted and used.name.region in ("", used.wanted.region):
        return skips(f"{used.name.instance} does not exist: sql.instance-missing reports it")
    why = f"{used.name} does not exist: sql.attachment-dangling reports it"
    return skips(why, resource=str(used.name), evidence=used.evidence)


@check(
    "sql.socket-not-attached",
    Severity.CRITICAL,
    wished_sockets,
    reads=("services", "revisions"),
    facts=("ATT-01", "ATT-02", "ATT-03"),
    docs=(CONNECT_DOCS,),
)
def socket_not_attached(subject: Subject[Wished], world: World, declared: Requirements) -> Verdict:
    """Revision does not attach the Cloud SQL instance that it reaches by socket.

    Without the attachment the container has no `/cloudsql/…` socket, and the application fails to
    connect whatever its configuration says.

    Reads `volumes[].cloudSqlInstance.instances` and `containers[].volumeMounts` of every revision that
    takes traffic.

    Attach the instance to the service.
    """
    wish = subject.item.wish
    match subject.item.seen:
        case str() as why:
            return skips(why)
        case Gap() as gap:
            raise Unseen(gap)
        case view:
            return _attached(view, wish)


def _attached(view: RevisionView, wish: Wish) -> Verdict:
    revision, sockets = view.revision, view.revision.sql_sockets
    required = str(wish.name) if wish.name.region else f"{wish.name.project}:REGION:{wish.name.instance}"
    right = [socket for socket in sockets if _fits(socket, wish)]
    observed = ", ".join(socket.connection_name for socket in right or sockets) or "none"
    evidence = tuple(revision.evidence(socket.path) for socket in right or sockets)
    if any(socket.mounted for socket in right):
        return passes(required=required, observed=observed, evidence=evidence)
    lacks = "has it as a volume that no container mounts at /cloudsql" if right else "does not attach it"
    return fails(
        required=required,
        observed=f"{observed}, not mounted" if right else observed,
        reason=f"{revision.short} {lacks}: there is no /cloudsql/{required} in its containers",
        evidence=evidence or (revision.evidence("volumes", "no Cloud SQL volume"),),
        fix=update(view.service, f"--add-cloudsql-instances {required}"),
    )


def _fits(socket: SqlSocket, wish: Wish) -> bool:
    name = ConnectionName.parse(socket.connection_name)
    return name is not None and name.fits(wish.name)
