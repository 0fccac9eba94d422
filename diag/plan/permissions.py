"""The IAM permissions that the calls of some topics need, and the call that asks which of them are held."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Call
from diag.methods import METHODS
from diag.values import dataclass

_ABOVE = ("resourcemanager.folders.", "resourcemanager.organizations.")
"""Permissions that a role of a project cannot hold: they are granted on the folder or the organization."""
_AT_ONCE = 100
"""Permissions that one `testIamPermissions` takes."""


@dataclass(frozen=True)
class Permissions:
    """What the calls of some topics need, sorted."""

    project: tuple[str, ...]
    """For a custom role of the project."""
    above: tuple[str, ...]
    """For a role on the folder or organization; without them, what is granted there stays unknown."""


def permissions(topics: frozenset[str]) -> Permissions:
    """The permissions of every call that can be made for these topics."""
    families = {topic.partition("/")[0] for topic in topics}
    methods = [method for method in METHODS.values() if method.topic in families]
    needed = {name for method in methods for name in (method.permission, *method.also) if name}
    above = {name for name in needed if name.startswith(_ABOVE)}
    return Permissions(tuple(sorted(needed - above)), tuple(sorted(above)))


def preflight(project: str, topics: frozenset[str]) -> Iterator[Call]:
    """The calls that ask which of the permissions the account holds [IAM-02]."""
    needed = permissions(topics).project
    for start in range(0, len(needed), _AT_ONCE):
        asked = {f"permissions[{index}]": name for index, name in enumerate(needed[start : start + _AT_ONCE])}
        yield Call.of("cloudresourcemanager.projects.testIamPermissions", resource=f"projects/{project}", **asked)
