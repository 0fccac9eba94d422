"""Calls for secrets: by the list of their project, by name where a list proves nothing, then their versions."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Answer, Call, Gap, Json
from diag.facts.base import dig, last, segment
from diag.facts.secrets import full_name
from diag.plan.planned import Planned
from diag.plan.reading import dicts, missing, objects
from diag.requirements.model import Requirements, Service
from diag.values import dataclass


def after_secrets(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is read of each secret that is declared, or that a declared service takes."""
    names = set(declared_secrets(plan.declared))
    for revision, found in plan.answered("run.revisions.get"):
        names |= secrets_of(revision, found) if declared_service(plan, revision) else set()
    yield from _of_secrets(plan, names)


def after_revision(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is read of each secret that it takes, if its service is declared."""
    yield from _of_secrets(plan, secrets_of(call, answer) if declared_service(plan, call) else set())


def declared_service(plan: Planned, revision: Call) -> Service | None:
    """The declared service that a revision belongs to."""
    project, region, name = (segment(revision["name"], part) for part in ("projects", "locations", "services"))
    found = plan.declared.services.get(name or "")
    return found if found and (found.project, found.region) == (project, region) else None


def after_secret(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Its versions."""
    if isinstance(answer, Answer):
        yield _versions(call["name"])


def after_versions(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """That a secret has no version at all has to be confirmed."""
    if isinstance(answer, Answer) and not objects(answer, "versions"):
        yield Call.of("secretmanager.versions.get", name=f"{call['parent']}/versions/latest")


def _of_secrets(plan: Planned, names: set[str]) -> Iterator[Call]:
    found = resolve(plan, names)
    yield from (_versions(name) for name in sorted(found.there))
    yield from (Call.of("secretmanager.secrets.get", name=name) for name in sorted(found.unlisted))


def _versions(secret: str) -> Call:
    return Call.of("secretmanager.versions.list", parent=secret)


@dataclass(frozen=True)
class Resolved:
    """Secrets by what the lists of the projects in view say of them."""

    there: frozenset[str] = frozenset()
    """Full names of those that a list shows, with the project as the list was asked for it."""
    unlisted: frozenset[str] = frozenset()
    """Full names of those that have to be asked for by name."""


def resolve(plan: Planned, names: set[str]) -> Resolved:
    """What the lists say of these secrets; nothing until the last list has arrived."""
    listings = [Call.of("secretmanager.secrets.list", parent=f"projects/{id}") for id in plan.declared.projects()]
    if not all(listing in plan.answers for listing in listings):
        return Resolved()
    elsewhere = set(names)
    there: set[str] = set()
    unlisted: set[str] = set()
    for listing in listings:
        listed = plan.once(listing, _listed)
        own = {name for name in elsewhere if segment(name, "projects") in listed.projects}
        elsewhere -= own
        wanted = {f"{listing['parent']}/secrets/{last(name)}" for name in own}
        shown = {name for name in wanted if last(name) in listed.names}
        there |= shown
        unlisted |= missing(wanted - shown, listed.docs, plan.answers[listing])
    return Resolved(frozenset(there), frozenset(unlisted | elsewhere))


@dataclass(frozen=True)
class _Listed:
    docs: list[Json]
    names: frozenset[str]
    """Short names of the secrets."""
    projects: frozenset[str]
    """The id by which the project was asked for, and the number by which it answered [G-05]."""


def _listed(call: Call, answer: Answer | Gap) -> _Listed:
    docs = objects(answer, "secrets")
    full = [str(dig(doc, "name") or "") for doc in docs]
    projects = {last(call["parent"]), *(segment(name, "projects") or "" for name in full)}
    return _Listed(docs, frozenset(last(name) for name in full), frozenset(projects))


def declared_secrets(declared: Requirements) -> Iterator[str]:
    """The full name of each secret of the file."""
    for name in declared.sections.get("secrets", ()):
        yield full_name(name, declared.project)
    for service in declared.services.values():
        yield from (full_name(name, service.project) for name in service.secrets.values())


def secrets_of(call: Call, answer: Answer | Gap) -> set[str]:
    """The full names of the secrets in a revision's variables and volumes [ATT-05]."""
    doc = answer.doc if isinstance(answer, Answer) else {}
    containers = [variable for container in dicts(doc, "containers") for variable in dicts(container, "env")]
    found = [dig(variable, "valueSource.secretKeyRef.secret") for variable in containers]
    found += [dig(volume, "secret.secret") for volume in dicts(doc, "volumes")]
    return {full_name(str(name), segment(call["name"], "projects") or "") for name in found if name}
