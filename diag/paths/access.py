"""What a runtime account must hold, and whether policies give it: grants, conditions, groups, roles, parents.

A policy that cannot be read, a condition, and a member who knows whom, leave a doubt: it counts only where
nothing else grants the same for certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.iam import BROWSING, CLOUD_SQL_CLIENT, FALLBACK_ROLES, KNOWN_ROLES, Policy
from diag.facts.world import World
from diag.report import Evidence
from diag.requirements.model import Destination, Requirements, Service
from diag.values import dataclass


@dataclass(frozen=True)
class Need:
    """A role that a service's account must hold in a project."""

    project: str
    role: str
    line: str
    """The key of the service that asks for it: `roles.0`, `reaches`."""
    destination: Destination | None = None
    """The destination that needs it; None for a declared role."""


def needs(service: Service, declared: Requirements) -> Iterator[Need]:
    """Each declared role, and the role that a socket to Cloud SQL needs in the instance's project [CON-03]."""
    for index, role in enumerate(service.roles):
        yield Need(service.project, role, f"roles.{index}")
    for index, destination in enumerate(service.reaches):
        instance = declared.sql_instances.get(destination.sql or "")
        if instance and destination.via in (None, "socket"):
            yield Need(instance.project, CLOUD_SQL_CLIENT, f"reaches.{index}", destination)


@dataclass(frozen=True)
class Held:
    """The account holds what was asked for."""

    role: str
    where: str
    """The resource whose policy grants it."""
    evidence: tuple[Evidence, ...]


Answer = Held | Gap | None
"""Held, or why that was not seen, or None: no policy that was read grants it."""


@dataclass(frozen=True)
class Wanted:
    """A role, or one of its permissions, as it is looked for in policies."""

    world: World
    role: str
    permission: str = ""
    """Where it is set, any role that has it will do."""
    literal: bool = False
    """Whether only that very role will do, not one that includes it."""

    def fits(self, role: str) -> bool:
        """Whether a role is what is wanted, or includes it; raises `Unseen`."""
        if self.permission:
            return self.permission in _permissions(self.world, role, frozenset({self.permission}))
        if role == self.role:
            return role.startswith("roles/") or bool(_permissions(self.world, role))
        if self.literal:
            return False
        asked = _permissions(self.world, self.role) - BROWSING
        return bool(asked) and asked <= _permissions(self.world, role, asked)


def held(account: str, wanted: Wanted, policies: Iterable[Policy | Gap]) -> Answer:
    """Whether one of the policies grants it to the account; the first doubt where none does for certain."""
    doubt: Gap | None = None
    for policy in policies:
        try:
            found = policy if isinstance(policy, Gap) else _in_policy(account, wanted, policy)
        except Unseen as unseen:
            found = unseen.gap
        if isinstance(found, Held):
            return found
        doubt = doubt or found
    return doubt


def _in_policy(account: str, wanted: Wanted, policy: Policy) -> Answer:
    doubt: Gap | None = None
    for binding in policy.grants(account):
        try:
            fits = wanted.fits(binding.role)
        except Unseen as unseen:
            doubt = doubt or unseen.gap
            continue
        if fits and not binding.condition:
            return Held(binding.role, policy.name, (policy.evidence(f"{binding.path}.role", binding.role),))
        if fits:
            doubt = doubt or _doubt(policy, binding.role, f"only under the condition {binding.condition!r}")
    return doubt or _perhaps(wanted, policy)


def _perhaps(wanted: Wanted, policy: Policy) -> Gap | None:
    """The doubt that groups and their like leave; the same for every account, and so worked out once."""
    key = wanted.permission or wanted.role
    if key not in policy.doubts:
        policy.doubts[key] = next(filter(None, (_of_member(wanted, policy, role) for role in policy.perhaps)), None)
    return policy.doubts[key]


def _of_member(wanted: Wanted, policy: Policy, role: str) -> Gap | None:
    try:
        fits = wanted.fits(role)
    except Unseen as unseen:
        return unseen.gap
    member = policy.perhaps[role]
    return _doubt(policy, role, f"to {member}; whether the account belongs to it was not seen") if fits else None


def _doubt(policy: Policy, role: str, why: str) -> Gap:
    said = f"{role} is granted on {policy.name} {why}"
    advice = f"grant {role} to the account itself, without a condition"
    return Gap(GapKind.UNDECIDED, said, policy.origin.call, advice=advice)


def in_project(world: World, project: str) -> Iterator[Policy | Gap]:
    """The policy of a project alone."""
    try:
        yield world.policy(project)
    except Unseen as unseen:
        yield unseen.gap


def in_secret(world: World, name: str) -> Iterator[Policy | Gap]:
    """The policy of a secret alone, by its full name; none of one that is not there."""
    try:
        secret = world.secret(name)
        if secret:
            yield world.secret_policy(secret)
    except Unseen as unseen:
        yield unseen.gap


def from_above(world: World, project: str) -> Iterator[Policy | Gap]:
    """The policy of the project, then those of the folders and the organization, each read when it is needed."""
    return chain(in_project(world, project), world.ancestor_policies(project))


def _permissions(world: World, role: str, asked: frozenset[str] | None = None) -> frozenset[str]:
    """What a role grants, nothing where it does not exist; raises `Unseen` when it was not seen.

    A predefined role always exists: one that was not found was not seen. A well-known role that could not be
    read is known as far as the `asked` permissions go.
    """
    if role in KNOWN_ROLES:
        return KNOWN_ROLES[role]
    known = frozenset().union(*KNOWN_ROLES.values())
    well_known = FALLBACK_ROLES.get(role) if asked is not None and asked <= known else None
    try:
        found = world.role(role)
    except Unseen:
        if well_known is None:
            raise
        return well_known
    if found is None and well_known is None and role.startswith("roles/"):
        raise Unseen(Gap(GapKind.NOT_FOUND, f"the definition of {role} was not found, and so not what it grants"))
    return found.permissions if found else well_known or frozenset()
