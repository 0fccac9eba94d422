"""Cloud SQL attachments: what serving revisions attach is there, and its socket can be opened."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.run.declared import update
from diag.checks.subjects import RevisionView, revisions
from diag.errors import Unseen
from diag.facts.run_revision import SqlSocket
from diag.facts.sql import ConnectionName, Instance
from diag.facts.world import World
from diag.report import Evidence, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

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
    def name(self) -> ConnectionName | None:
        """The connection name; None when the text is not one."""
        return ConnectionName.parse(self.socket.connection_name)

    @property
    def evidence(self) -> Evidence:
        """The connection name as the revision states it."""
        return self.view.revision.evidence(self.socket.path)


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


def attached_instance(name: ConnectionName, world: World) -> Instance | None:
    """The instance that a connection name means; None when it is proved not to be there. No region is any region."""
    found = world.instances(name.project).find(f"projects/{name.project}/instances/{name.instance}")
    return found if found and (not name.region or found.lies_in(name.region)) else None


@check(
    "sql.attachment-dangling",
    Severity.MEDIUM,
    attachments,
    reads=("services", "revisions", "instances"),
    always=True,
    facts=("ATT-01", "ATT-02", "SQL-08", "CON-14"),
    docs=(CONNECT_DOCS,),
)
def attachment_dangling(subject: Subject[Attachment], world: World, declared: Requirements) -> Verdict:
    """Revision attaches a Cloud SQL instance that does not exist.

    A revision is accepted whatever it attaches; the socket of an instance that is not there refuses
    every connection. A wrong region in the connection name is enough.

    Reads the attachments of every revision that takes traffic, the instances of the declared projects, and
    of another project each attached instance by itself.

    Correct the connection name, or remove the attachment.
    """
    item = subject.item
    view, text = item.view, item.socket.connection_name
    instance = attached_instance(item.name, world) if item.name else None
    if instance:
        evidence = (item.evidence, instance.evidence("connectionName"))
        return passes(required=f"{text} exists", observed="exists", evidence=evidence)
    what = "it is not in that region and project" if item.name else "this is not of the form project:region:instance"
    return fails(
        required=f"{text} exists",
        observed="not found",
        reason=f"{view.revision.short} attaches {text}: {what}, and its socket refuses every connection",
        evidence=(item.evidence,),
        fix=update(view.service, f"--remove-cloudsql-instances {text}"),
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

    Reads the connection names that serving revisions attach, and for a long one the database's kind:
    MySQL clients add nothing to the name, which may have 97 bytes then.

    Use an instance with a shorter name, or connect to its private address.
    """
    item = subject.item
    text = item.socket.connection_name
    length, limit = len(text.encode()), LONGEST_NAME
    if LONGEST_NAME < length <= LONGEST_NAME + len(POSTGRES_SOCKET):
        instance = attached_instance(item.name, world) if item.name else None
        if instance and instance.version.engine != "POSTGRES":
            limit += len(POSTGRES_SOCKET)
    details = {
        "required": f"a connection name of at most {limit} bytes",
        "observed": f"{length} bytes",
        "evidence": (item.evidence,),
    }
    if length <= limit:
        return passes(**details)
    view = item.view
    return fails(
        reason=f"{view.revision.short} cannot open the socket of {text}: its path would be "
        f"{length - limit} bytes longer than Linux allows",
        fix=update(view.service, f"--remove-cloudsql-instances {text}"),
        **details,
    )
