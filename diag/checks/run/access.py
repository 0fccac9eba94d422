"""What the accounts of Cloud Run may do: roles of the runtime account, and of Cloud Run's own agent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.run.declared import DeclaredRevision, on_revision, read, undecided
from diag.checks.run.identity import IDENTITY_DOCS
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.iam import CLOUD_SQL_CLIENT, CONNECT, RUN_AGENT, SECRET_ACCESSOR, default_account, run_agent
from diag.facts.run import Revision
from diag.facts.secrets import full_name, references
from diag.facts.sql import ConnectionName
from diag.facts.world import World
from diag.paths.access import Answer, Held, Need, Wanted, from_above, held, in_project, in_secret, needs
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements, Service

GRANT_DOCS = "https://cloud.google.com/iam/docs/granting-changing-revoking-access"
AGENT_DOCS = "https://cloud.google.com/iam/docs/service-agents"
CONNECT_DOCS = "https://cloud.google.com/sql/docs/postgres/connect-run"


def asks_for_roles(service: Service, declared: Requirements) -> bool:
    """Whether the file asks that the service's account holds anything."""
    return any(True for _ in needs(service, declared))


@on_revision(
    "run.role-missing",
    Severity.CRITICAL,
    "roles",
    applies=asks_for_roles,
    also_reads=("projects", "project_policy", "ancestor_policies", "folders", "roles", "secret_policies"),
    facts=("CON-03", "ATT-09", "IAM-03", "IAM-04"),
    docs=(IDENTITY_DOCS, CONNECT_DOCS, GRANT_DOCS),
)
def role_missing(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Iterator[Verdict]:
    """The runtime account lacks a role.

    Whatever the container asks of Google Cloud it asks as its account: without `roles/cloudsql.client` the
    socket of Cloud SQL refuses every connection, without `roles/secretmanager.secretAccessor` no instance
    starts with its secrets.

    Reads the account of each serving revision, the project's IAM policy, the definitions of the roles that
    the account holds and, where that does not decide, the policies of its secrets, folders and
    organization. A role that includes the declared one will do, and so will a grant of the secret accessor
    on every secret that the service takes. A condition, or a group whose members are not seen, is unknown.

    Grant the role to the account.
    """
    item = subject.item
    account = runtime_account(item.revision, world)
    for need in _needs(item, declared):
        place = item.wanted.at(need.line)
        try:
            yield _judged(need, item, account, world, declared)
        except Unseen as unseen:
            yield undecided(unseen.gap, place)


def runtime_account(revision: Revision, world: World) -> str:
    """The e-mail address of the account that a revision runs as [ATT-09]; raises `Unseen`."""
    return last(revision.service_account) or default_account(world.project_of(revision.project).number)


def _needs(item: DeclaredRevision, declared: Requirements) -> Iterator[Need]:
    """What is needed of this revision's account, each once: a declared role may be what a socket needs as well."""
    found = list(needs(item.wanted, declared))
    roles = {(need.project, need.role) for need in found if need.destination is None}
    for need in found:
        if need.destination is None:
            yield need
        elif (need.project, need.role) not in roles and _by_socket(need, item.revision, declared):
            roles.add((need.project, need.role))
            yield need


def _by_socket(need: Need, revision: Revision, declared: Requirements) -> bool:
    """Whether the destination is reached by the socket: as declared, or by what the revision attaches."""
    if need.destination is None or need.destination.via:
        return need.destination is not None
    instance = declared.sql_instances[need.destination.sql or ""]
    wanted = ConnectionName(instance.project, instance.region or "", instance.name)
    attached = (ConnectionName.parse(name) for name in revision.sql_attachments)
    return any(name is not None and name.fits(wanted) for name in attached)


def _judged(need: Need, item: DeclaredRevision, account: str, world: World, declared: Requirements) -> Verdict:
    answers = _answers(need, item, account, world, declared)
    lacking = [what for what, answer in answers.items() if answer is None]
    seen = read(item.revision, "serviceAccount", account)
    details = {"required": _required(need), "declared_at": item.wanted.at(need.line)}
    if lacking:
        return fails(
            observed=f"{account} lacks {', '.join(lacking)}",
            reason=f"nothing grants {', '.join(lacking)} to the account of {item.revision.short}: {_effect(need)}",
            evidence=(seen, *_roles_held(account, need.project, world)),
            fix=(grant(need.project, account, need.role),),
            **details,
        )
    for answer in answers.values():
        if isinstance(answer, Gap):
            raise Unseen(answer)
    found = [answer for answer in answers.values() if isinstance(answer, Held)]
    observed = "; ".join(dict.fromkeys(f"{one.role} on {one.where}" for one in found))
    return passes(observed=observed, evidence=(seen, *(item for one in found for item in one.evidence)), **details)


def _required(need: Need) -> str:
    if need.destination:
        return f"{' and '.join(sorted(CONNECT))} on projects/{need.project}, as {need.role} holds them"
    also = ", or on each secret that it takes" if need.role == SECRET_ACCESSOR else ""
    return f"{need.role} on projects/{need.project}{also}"


def _effect(need: Need) -> str:
    effects = {
        CLOUD_SQL_CLIENT: "the socket of Cloud SQL refuses every connection",
        SECRET_ACCESSOR: "its secrets cannot be read, and no instance starts with them",
    }
    return effects.get(need.role, "the calls that need it are refused")


def _answers(
    need: Need, item: DeclaredRevision, account: str, world: World, declared: Requirements
) -> Mapping[str, Answer]:
    """What is asked for, and whether the account holds it."""
    if need.destination:
        wanted = {name: Wanted(world, need.role, name) for name in sorted(CONNECT)}
        return {name: held(account, one, from_above(world, need.project)) for name, one in wanted.items()}
    if need.role == SECRET_ACCESSOR:
        return _secret_access(account, item, world, declared)
    return {need.role: held(account, Wanted(world, need.role), from_above(world, need.project))}


def _secret_access(account: str, item: DeclaredRevision, world: World, declared: Requirements) -> Mapping[str, Answer]:
    """The secret accessor: on the project, else on every secret that the service takes, else from above."""
    wanted, project = Wanted(world, SECRET_ACCESSOR), item.wanted.project
    wide = held(account, wanted, in_project(world, project))
    if isinstance(wide, Held):
        return {SECRET_ACCESSOR: wide}
    own = {name: held(account, wanted, in_secret(world, name)) for name in _secrets_taken(item, world, declared)}
    if own and all(isinstance(answer, Held) for answer in own.values()):
        return own
    above = held(account, wanted, world.ancestor_policies(project))
    if isinstance(above, Held) or not own:
        return {SECRET_ACCESSOR: above if isinstance(above, Held) else wide or above}
    return {
        f"{SECRET_ACCESSOR} on secret {last(name)}": answer if isinstance(answer, Held) else answer or wide or above
        for name, answer in own.items()
    }


def _secrets_taken(item: DeclaredRevision, world: World, declared: Requirements) -> list[str]:
    """The full names of the secrets that the service takes or should; of all in the file where it names none."""
    names = [reference.secret for reference in references(item.revision)]
    names += [full_name(name, item.wanted.project) for name in item.wanted.secrets.values()]
    names = names or [full_name(name, declared.project) for name in declared.sections.get("secrets", ())]
    # A secret that is not there is reported by run.secret-missing, and needs no grant.
    return [name for name in dict.fromkeys(world.secret_named(name) for name in names) if _is_there(name, world)]


def _is_there(name: str, world: World) -> bool:
    try:
        return world.secret(name) is not None
    except Unseen:
        return True


def _roles_held(account: str, project: str, world: World) -> tuple[Evidence, ...]:
    """The roles that the project's policy gives the account, as far as it was seen."""
    try:
        policy = world.policy(project)
        return (policy.evidence("bindings", sorted({binding.role for binding in policy.grants(account)})),)
    except Unseen:
        return ()


def grant(project: str, account: str, role: str) -> Fix:
    """The command that grants a role of a project to an account."""
    return Fix(f"gcloud projects add-iam-policy-binding {project} --member serviceAccount:{account} --role {role}")


def agents(world: World, declared: Requirements) -> Iterator[Subject[str] | Gap]:
    """Each project in view in which a Cloud Run service was seen."""
    for project in dict.fromkeys(project for project, _ in declared.scopes()):
        listings = [world.services(region, place) for place, region in declared.scopes() if place == project]
        if any(listing.resources for listing in listings):
            yield Subject(f"projects/{project}", project)
        else:
            yield from (gap for listing in listings for gap in listing.gaps)


@check(
    "run.service-agent-missing",
    Severity.HIGH,
    agents,
    reads=("services", "projects", "project_policy", "ancestor_policies", "folders"),
    always=True,
    facts=("ATT-10",),
    docs=(AGENT_DOCS,),
)
def service_agent_missing(subject: Subject[str], world: World, declared: Requirements) -> Verdict:
    """Cloud Run's own agent lost its role.

    Cloud Run pulls images, attaches networks and reads settings as its service agent. Without
    `roles/run.serviceAgent` deployments fail, and so does the start of new instances.

    Reads the project's number and IAM policy and, where that does not grant the role, the policies of its
    folders and organization.

    Grant the role to the agent again.
    """
    project = subject.item
    agent = run_agent(world.project_of(project).number)
    match held(agent, Wanted(world, RUN_AGENT, literal=True), from_above(world, project)):
        case Gap() as gap:
            raise Unseen(gap)
        case Held() as found:
            return passes(required=RUN_AGENT, observed=f"{RUN_AGENT} on {found.where}", evidence=found.evidence)
        case None:
            return fails(
                required=RUN_AGENT,
                observed=f"{agent} does not hold it",
                reason=f"Cloud Run cannot act in {project}: deployments and new instances fail",
                evidence=_roles_held(agent, project, world),
                fix=(grant(project, agent, RUN_AGENT),),
            )
