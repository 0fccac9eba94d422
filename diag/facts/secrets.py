"""Secret Manager: secrets and versions by their metadata, never a value (secretmanager v1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, last, relative
from diag.facts.run_revision import Revision
from diag.values import dataclass

VERSION_STATES = frozenset({"ENABLED", "DISABLED", "DESTROYED"})
"""The states of a version; one without a state says nothing."""

LATEST = "latest"
"""The version with the highest number, whatever its state."""


@dataclass(frozen=True)
class SecretReference:
    """A secret that a revision takes, as a variable or in a volume [ATT-05]."""

    secret: str
    """Its full name, `projects/P/secrets/S`; the project may be given by its number."""
    version: str
    """`latest`, a number or an alias."""
    path: str
    """Where it stands in the revision's JSON."""
    used_as: str
    """As gcloud names the use: the variable, or the file `/secrets/key` that a container sees."""


class Secret(Resource):
    """A secret."""

    @property
    def asked_as(self) -> str:
        """The name by which its versions and its policy are asked for: with the project as it was asked for."""
        call = self.origin.call
        return f"{call['parent']}/secrets/{self.short}" if call.method.verb.lists else call["name"]

    @property
    def aliases(self) -> Mapping[str, str]:
        """Alias → number of a version [ATT-08]."""
        return {str(key): str(value) for key, value in self.mapping("versionAliases").items()}


class SecretVersion(Resource):
    """A version of a secret."""

    @property
    def state(self) -> Choice:
        """Only ENABLED can be read [ATT-08]."""
        return self.choice("state", VERSION_STATES)

    @property
    def number(self) -> int:
        """Its number; the highest is `latest`. Raises `Unseen` for a name without one."""
        if not self.short.isdigit():
            said = f"{self.name} is a version without a number"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return int(self.short)


def references(revision: Revision) -> Iterator[SecretReference]:
    """Every secret that a revision takes, variables first."""
    for variable in revision.env:
        if variable.secret:
            path = f"{variable.path}.valueSource.secretKeyRef"
            name = full_name(variable.secret, revision.project)
            yield SecretReference(name, variable.version or LATEST, path, variable.name)
    for index in range(len(revision.objects("volumes"))):
        path = f"volumes[{index}].secret"
        if revision.mapping(path):
            folder = revision.mounted_at(revision.text(f"volumes[{index}].name")) or "FOLDER"
            yield from _of_volume(revision, path, folder.rstrip("/"))


def _of_volume(revision: Revision, path: str, folder: str) -> Iterator[SecretReference]:
    named = revision.text(f"{path}.secret")
    if not named:
        raise Unseen(revision.malformed(path, {}))
    name = full_name(named, revision.project)
    items = [f"{path}.items[{index}]" for index in range(len(revision.objects(f"{path}.items")))]
    for item in items:
        file = f"{folder}/{revision.text(f'{item}.path')}"
        yield SecretReference(name, revision.text(f"{item}.version") or LATEST, item, file)
    if not items:
        yield SecretReference(name, LATEST, path, f"{folder}/{last(name)}")


def full_name(name: str, project: str) -> str:
    """`projects/P/secrets/S` of a name that may be short [ATT-05]."""
    return relative(name) if name.startswith("projects/") else f"projects/{project}/secrets/{name}"
