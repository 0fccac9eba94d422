"""Calls for what accounts may do: beyond the project's own policy only where that does not decide it."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Answer, Call, Gap
from diag.errors import Unseen
from diag.facts.base import Origin, dig, last, segment
from diag.facts.iam import KNOWN_ROLES, RUN_AGENT, SECRET_ACCESSOR, Policy, default_account, run_agent
from diag.facts.secrets import full_name
from diag.paths.access import Need, needs
from diag.plan.planned import Planned
from diag.plan.secrets import declared_secrets, declared_service, resolve, secrets_of

_PROJECT_POLICY = "cloudresourcemanager.projects.getIamPolicy"
_POLICIES = (
    _PROJECT_POLICY,
    "cloudresourcemanager.folders.getIamPolicy",
    "cloudresourcemanager.organizations.getIamPolicy",
)


def after_project(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What the project's policy leaves open, of its Cloud Run agent and of every revision's account."""
    yield from _of_agent(plan, last(call.target))
    yield from after_secrets(plan, call, answer)


def after_secrets(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is left open of every revision's account."""
    for revision, found in plan.answered("run.revisions.get"):
        yield from after_revision(plan, revision, found)


def after_revision(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What the project's policy leaves open of its account: policies above and of secrets, and what roles hold."""
    for need, account in _undecided(plan, call, answer):
        yield from _above(plan, need.project)
        yield from _roles(plan, need, account)
        if need.role == SECRET_ACCESSOR:
            yield from _secret_policies(plan, call, answer)


def after_folder(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The policy of what lies above it."""
    yield from _parent(answer)


def after_policy(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is in each role that a folder or organization grants to an account that is still open."""
    for revision, found in plan.answered("run.revisions.get"):
        for need, account in _undecided(plan, revision, found):
            yield from _roles(plan, need, account)


def after_secret_policy(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is in each role that it grants."""
    policy = plan.once(call, _policy)
    yield from _definitions({binding.role for binding in policy.bindings} if policy else set())


def _undecided(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[tuple[Need, str]]:
    """What the account of a declared service's revision needs, and its project's own policy does not surely grant."""
    service = declared_service(plan, call)
    account = _account(plan, call, answer)
    for need in needs(service, plan.declared) if service and account else ():
        place = Call.of(_PROJECT_POLICY, resource=f"projects/{need.project}")
        if place in plan.answers and not _grants(plan.once(place, _policy), account, need.role):
            yield need, account


def _account(plan: Planned, call: Call, answer: Answer | Gap) -> str:
    """The account that a revision runs as; empty while it is not known."""
    if isinstance(answer, Gap):
        return ""
    named = last(str(dig(answer.doc, "serviceAccount") or ""))
    number = _number(plan, segment(call["name"], "projects") or "")
    return named or (default_account(number) if number else "")


def _number(plan: Planned, project: str) -> str:
    answer = plan.answers.get(Call.of("cloudresourcemanager.projects.get", name=f"projects/{project}"))
    return last(str(dig(answer.doc, "name") or "")) if isinstance(answer, Answer) else ""


def _policy(call: Call, answer: Answer | Gap) -> Policy | None:
    """The policy, if it can be read."""
    if isinstance(answer, Gap):
        return None
    policy = Policy(answer.doc, Origin(call, ""), call.target)
    try:
        return policy if policy.bindings else None
    except Unseen:
        return None


def _grants(policy: Policy | None, account: str, role: str) -> bool:
    """Whether a policy surely grants the account that very role; a custom one may be deleted."""
    if policy is None or not role.startswith("roles/"):
        return False
    return any(binding.role == role and not binding.condition for binding in policy.grants(account))


def _of_agent(plan: Planned, project: str) -> Iterator[Call]:
    place = Call.of(_PROJECT_POLICY, resource=f"projects/{project}")
    number = _number(plan, project)
    if number and place in plan.answers and not _grants(plan.once(place, _policy), run_agent(number), RUN_AGENT):
        yield from _above(plan, project)


def _above(plan: Planned, project: str) -> Iterator[Call]:
    """The policy of the folder or organization above a project, which its own policy does not show."""
    answer = plan.answers.get(Call.of("cloudresourcemanager.projects.get", name=f"projects/{project}"))
    if answer is not None:
        yield from _parent(answer)


def _parent(answer: Answer | Gap) -> Iterator[Call]:
    parent = str(dig(answer.doc, "parent") or "") if isinstance(answer, Answer) else ""
    if parent.startswith("folders/"):
        yield Call.of("cloudresourcemanager.folders.getIamPolicy", resource=parent)
        yield Call.of("cloudresourcemanager.folders.get", name=parent)
    elif parent.startswith("organizations/"):
        yield Call.of("cloudresourcemanager.organizations.getIamPolicy", resource=parent)


def _roles(plan: Planned, need: Need, account: str) -> Iterator[Call]:
    """What is in the role that is needed, and in those that the account holds, or may hold."""
    yield from _definitions({need.role})
    for call in [call for key in _POLICIES for call, _ in plan.answered(key)]:
        policy = plan.once(call, _policy)
        if policy and plan.first_time((call, account)):
            yield from _definitions({binding.role for binding in policy.grants(account)})
        if policy and plan.first_time(call):
            yield from _definitions(set(policy.perhaps))


def _definitions(roles: set[str]) -> Iterator[Call]:
    yield from (Call.of("iam.roles.get", name=role) for role in sorted(roles - KNOWN_ROLES.keys()) if "/" in role)


def _secret_policies(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The policy of each secret that the service takes, once it is known to be there."""
    service = declared_service(plan, call)
    names = secrets_of(call, answer)
    names |= {full_name(name, service.project) for name in service.secrets.values()} if service else set()
    found = resolve(plan, names or set(declared_secrets(plan.declared)))
    asked = {name: Call.of("secretmanager.secrets.get", name=name) for name in found.unlisted}
    there = {name for name, get in asked.items() if isinstance(plan.answers.get(get), Answer)}
    for name in sorted(found.there | there):
        yield Call.of("secretmanager.secrets.getIamPolicy", resource=name)
