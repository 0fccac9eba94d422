"""IAM policies, roles and projects, from API JSON (cloudresourcemanager v3, iam v1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, dig, segment
from diag.values import dataclass

CLOUD_SQL_CLIENT = "roles/cloudsql.client"
SECRET_ACCESSOR = "roles/secretmanager.secretAccessor"
RUN_AGENT = "roles/run.serviceAgent"

CONNECT = frozenset({"cloudsql.instances.connect", "cloudsql.instances.get"})
ACCESS = frozenset({"secretmanager.versions.access"})

KNOWN_ROLES: Mapping[str, frozenset[str]] = {CLOUD_SQL_CLIENT: CONNECT, SECRET_ACCESSOR: ACCESS}
"""Predefined roles whose permissions are documented [IAM-04]: they are not asked for."""

_OTHER_THINGS: Mapping[str, tuple[str, ...]] = {
    "artifactregistry": ("reader", "writer"),
    "bigquery": ("dataEditor", "dataViewer", "jobUser", "user"),
    "clouddebugger": ("agent",),
    "cloudprofiler": ("agent",),
    "cloudtasks": ("enqueuer",),
    "cloudtrace": ("agent",),
    "compute": ("networkUser", "networkViewer", "viewer"),
    "datastore": ("user", "viewer"),
    "errorreporting": ("writer",),
    "eventarc": ("eventReceiver",),
    "iam": ("serviceAccountTokenCreator", "serviceAccountUser"),
    "logging": ("logWriter", "viewer"),
    "monitoring": ("metricWriter", "viewer"),
    "pubsub": ("publisher", "subscriber"),
    "redis": ("editor", "viewer"),
    "run": ("invoker",),
    "secretmanager": ("secretVersionAdder", "viewer"),
    "storage": ("objectAdmin", "objectCreator", "objectUser", "objectViewer", "admin"),
    "vpcaccess": ("user",),
}
"""Predefined roles of other products, which runtime accounts often hold."""

FALLBACK_ROLES: Mapping[str, frozenset[str]] = {
    **{f"roles/{product}.{name}": frozenset[str]() for product, names in _OTHER_THINGS.items() for name in names},
    "roles/browser": frozenset(),
    "roles/viewer": frozenset({"cloudsql.instances.get"}),
    "roles/cloudsql.viewer": frozenset({"cloudsql.instances.get"}),
    "roles/cloudsql.instanceUser": frozenset({"cloudsql.instances.get"}),
    "roles/owner": CONNECT | ACCESS,
    "roles/editor": CONNECT,
    "roles/cloudsql.admin": CONNECT,
    "roles/cloudsql.editor": CONNECT,
    "roles/secretmanager.admin": ACCESS,
}
"""What other roles hold of those permissions, where their definition could not be read.
https://cloud.google.com/sql/docs/postgres/iam-roles, https://cloud.google.com/secret-manager/docs/access-control"""

BROWSING = frozenset({"resourcemanager.projects.get", "resourcemanager.projects.list"})
"""Permissions that most predefined roles carry so that a console can show the project; no role is about them."""


def default_account(number: str) -> str:
    """The account of a revision that names none, by its project's number [ATT-09]."""
    return f"{number}-compute@developer.gserviceaccount.com"


def run_agent(number: str) -> str:
    """Cloud Run's own account in a project, by the project's number [ATT-10]."""
    return f"service-{number}@serverless-robot-prod.iam.gserviceaccount.com"


STAGES = frozenset({"ALPHA", "BETA", "GA", "DEPRECATED", "DISABLED", "EAP"})

_NEVER = frozenset({"user", "serviceAccount", "deleted"})
"""Kinds of members that are no service account, or another one than was asked for."""
_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
EVERYBODY = ""


@dataclass(frozen=True)
class Binding:
    """Who holds a role, and on what condition."""

    role: str
    members: tuple[str, ...]
    """`serviceAccount:a@b`, `group:…`, `allUsers`, …"""
    condition: str
    """The title or expression of its condition; empty when it holds without one."""
    path: str
    """Where it stands in the policy's JSON."""


class Policy(Resource):
    """An IAM policy of a project, folder, organization or secret."""

    @cached_property
    def bindings(self) -> tuple[Binding, ...]:
        """Its bindings in the order of the API; raises `Unseen` for an answer that is no policy at all.

        A secret has none of its own unless somebody gave it one; everything above holds at least its owners.
        """
        if not self.doc and segment(self.name, "secrets") is None:
            said = f"the IAM policy of {self.name} came back empty, without even an etag"
            raise Unseen(Gap(GapKind.PARTIAL, said, self.origin.call, advice="run diag again"))
        return tuple(
            Binding(
                self.text(f"bindings[{index}].role"),
                tuple(str(member) for member in self.items(f"bindings[{index}].members")),
                _condition(item),
                f"bindings[{index}]",
            )
            for index, item in enumerate(self.objects("bindings"))
        )

    def grants(self, account: str) -> tuple[Binding, ...]:
        """Every binding that names a service account (its e-mail address) or everybody; some hold on a condition."""
        return (*self._named.get(f"serviceaccount:{account.lower()}", ()), *self._named.get(EVERYBODY, ()))

    @cached_property
    def perhaps(self) -> Mapping[str, str]:
        """Roles that members hold of whom it is not seen whether an account is one of them → the first such member."""
        found: dict[str, str] = {}
        for binding in self.bindings:
            for member in binding.members:
                if member.partition(":")[0] not in _NEVER | _EVERYBODY:
                    found.setdefault(binding.role, member)
        return found

    @cached_property
    def _named(self) -> Mapping[str, list[Binding]]:
        """Bindings by service account, those of everybody under a name of their own."""
        found: dict[str, list[Binding]] = {}
        for binding in self.bindings:
            for member in binding.members:
                key = EVERYBODY if member in _EVERYBODY else member.lower()
                found.setdefault(key, []).append(binding)
        return found

    @cached_property
    def doubts(self) -> dict[str, Gap | None]:
        """What was found out about `perhaps`, by what was asked: it is the same for every account."""
        return {}


def _condition(binding: object) -> str:
    if not dig(binding, "condition"):
        return ""
    return str(dig(binding, "condition.title") or dig(binding, "condition.expression") or "without a name")


class Role(Resource):
    """A predefined or custom role."""

    @cached_property
    def permissions(self) -> frozenset[str]:
        """What it grants: nothing once it is deleted or disabled."""
        if self.flag("deleted") or self._stage.read() == "DISABLED":
            return frozenset()
        return frozenset(str(item) for item in self.items("includedPermissions"))

    @property
    def _stage(self) -> Choice:
        return self.choice("stage", STAGES, "ALPHA")


class Project(Resource):
    """A project, or a folder above it."""

    @property
    def number(self) -> str:
        """Its number; raises `Unseen` when the API gave none."""
        found = self.text("name").partition("/")[2]
        if not found.isdigit():
            said = f"the answer about {self.name} does not say its number"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return found

    @property
    def parent(self) -> str:
        """`folders/N` or `organizations/N`; empty when it has none, and then its own policy is complete."""
        if not self.doc:
            said = f"the answer about {self.name} is empty and does not say what lies above"
            raise Unseen(Gap(GapKind.PARTIAL, said, self.origin.call))
        parent = self.text("parent")
        if parent and not re.fullmatch(r"(?:folders|organizations)/\w+", parent, re.ASCII):
            raise Unseen(self.malformed("parent", parent))
        return parent
