"""IAM policies, roles and projects, from API JSON (cloudresourcemanager v3, iam v1)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from diag.facts.base import Resource, dig
from diag.values import dataclass

KNOWN_ROLES: Mapping[str, frozenset[str]] = {
    "roles/cloudsql.client": frozenset({"cloudsql.instances.connect", "cloudsql.instances.get"}),
    "roles/run.serviceAgent": frozenset(),
}
"""Predefined roles whose permissions are documented, as far as a check asks for them [IAM-04]; others are read."""


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
        """Its bindings in the order of the API."""
        return tuple(
            Binding(
                self.text(f"bindings[{index}].role"),
                tuple(str(member) for member in self.items(f"bindings[{index}].members")),
                str(dig(item, "condition.title") or dig(item, "condition.expression") or ""),
                f"bindings[{index}]",
            )
            for index, item in enumerate(self.objects("bindings"))
        )


class Role(Resource):
    """A predefined or custom role."""

    @property
    def permissions(self) -> frozenset[str]:
        """What it includes."""
        return frozenset(str(item) for item in self.items("includedPermissions"))

    @property
    def deleted(self) -> bool:
        """Whether it was deleted and grants nothing any more."""
        return self.flag("deleted")


class Project(Resource):
    """A project, or a folder above it."""

    @property
    def number(self) -> str:
        """Its number; empty when the API gave none."""
        found = self.text("name").partition("/")[2]
        return found if found.isdigit() else ""

    @property
    def parent(self) -> str:
        """`folders/N` or `organizations/N`; empty when it has none, and then its own policy is complete."""
        return self.text("parent")
