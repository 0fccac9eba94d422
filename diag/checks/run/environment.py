"""Environment variables as they are declared: there, with the value, from the secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes, skips
from diag.checks.run.declared import DeclaredRevision, on_revision, undecided, update
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import last, segment
from diag.facts.redacted import Traits, parse_traits
from diag.facts.world import World
from diag.report import Severity
from diag.requirements.model import Requirements, Service

ENV_DOCS = "https://cloud.google.com/run/docs/configuring/services/environment-variables"
SECRET_DOCS = "https://cloud.google.com/run/docs/configuring/services/secrets"

VALUE_DECLARED = "the declared value"
ANOTHER_VALUE = "another value"

# What a command may repeat: a single word or a short number, under a name that does not speak of a secret.
_SHOWABLE = re.compile(r"[a-z]{1,20}|[A-Z]{1,20}|\d{1,5}")
_SECRET_NAME = re.compile(r"pass|pwd|secret|token|key|cred|auth|salt|dsn|private|sign|session|cookie")


def occurrences(revision: run.Revision, name: str) -> tuple[run.EnvVar, ...]:
    """The variable of that name in every container that has it."""
    return tuple(variable for variable in revision.env if variable.name == name)


def traits_of(revision: run.Revision, variable: run.EnvVar) -> tuple[Traits, bool]:
    """The traits of a plain value, and whether the value itself was redacted; raises `Unseen` on another marker."""
    value = variable.value or ""
    redacted = parse_traits(value)
    if redacted is None and value.startswith("[redacted"):
        said = f"the value of {variable.name} of {revision.short} was redacted and left nothing to judge"
        raise Unseen(Gap(GapKind.UNDECIDED, said, revision.origin.call))
    return redacted or Traits.of(value), redacted is not None


@on_revision(
    "run.env-missing",
    Severity.HIGH,
    "env_present",
    applies=lambda wanted, declared: bool(wanted.env or wanted.env_present or wanted.secrets),
    facts=("ATT-04",),
    docs=(ENV_DOCS,),
)
def env_missing(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Iterator[Verdict]:
    """Declared environment variable is not set.

    A program that does not find its variable stops at its start, or goes on with a default that
    belongs to another environment.

    Reads the names of the variables of every container of the revision; one that must be present
    counts as absent when its value is empty.

    Set it with `--update-env-vars`, or `--update-secrets` for one that comes from a secret.
    """
    service, revision, wanted = subject.item.service, subject.item.revision, subject.item.wanted
    for name, line in _declared_names(wanted).items():
        field, place = line.partition(".")[0], wanted.at(line)
        found = occurrences(revision, name)
        empty = bool(found) and field == "env_present" and all(_is_empty(revision, item) for item in found)
        seen = tuple(revision.evidence(f"{item.path}.name") for item in found)
        if found and not empty:
            yield passes(required=f"{name} is set", observed="set", evidence=seen, declared_at=place)
            continue
        flag = f"--update-env-vars {name}={_value(name, wanted.env.get(name))}"
        if field == "secrets":
            flag = f"--update-secrets {name}={wanted.secrets[name]}:latest"
        yield fails(
            required=f"{name} is set",
            observed="empty" if empty else "not set",
            reason=f"the program in {revision.short} does not find {name}",
            evidence=seen or (revision.evidence(f"{revision.main_path}.env", sorted({e.name for e in revision.env})),),
            declared_at=place,
            fix=update(service, flag, revision, found[0].path if found else ""),
        )


def _declared_names(wanted: Service) -> dict[str, str]:
    """Each variable that the file names, with its line; a value or a secret says more than presence."""
    names = {name: f"env_present.{index}" for index, name in enumerate(wanted.env_present)}
    return names | {name: f"env.{name}" for name in wanted.env} | {name: f"secrets.{name}" for name in wanted.secrets}


def _is_empty(revision: run.Revision, variable: run.EnvVar) -> bool:
    return variable.secret is None and traits_of(revision, variable)[0].length == "0"


@on_revision("run.env-differs", Severity.HIGH, "env", facts=("ATT-04",), docs=(ENV_DOCS,))
def env_differs(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Iterator[Verdict]:
    """Environment variable has another value than declared.

    The service talks to another host, works in another mode or in another environment than the
    declared one.

    Compares the declared values with those of every container of the revision; the report never shows
    either. A value that comes from a secret is not read and so cannot be compared.

    Set it with `--update-env-vars`.
    """
    service, revision, wanted = subject.item.service, subject.item.revision, subject.item.wanted
    for name, value in wanted.env.items():
        place = wanted.at(f"env.{name}")
        found = occurrences(revision, name)
        required = f"{name} = {VALUE_DECLARED}"
        if not found:
            yield skips(f"{name} is not set; see run.env-missing", required=required, declared_at=place)
            continue
        compared = [(item, _compared(revision, item, value)) for item in found]
        gaps = [said for _, said in compared if isinstance(said, Gap)]
        others = [item for item, said in compared if said is False]
        if others:
            yield fails(
                required=required,
                observed=ANOTHER_VALUE,
                reason=f"the program in {revision.short} gets another {name} than declared",
                evidence=tuple(revision.evidence(f"{item.path}.value", ANOTHER_VALUE) for item in others),
                declared_at=place,
                fix=update(service, f"--update-env-vars {name}={_value(name, value)}", revision, others[0].path),
            )
        elif gaps:
            yield undecided(gaps[0], place)
        else:
            seen = tuple(revision.evidence(f"{item.path}.value", VALUE_DECLARED) for item in found)
            yield passes(required=required, observed=VALUE_DECLARED, evidence=seen, declared_at=place)


def _compared(revision: run.Revision, variable: run.EnvVar, wanted: str) -> bool | Gap:
    """Whether the variable has that value, or what keeps them from being compared."""
    if variable.secret:
        said = f"{variable.name} of {revision.short} comes from secret {last(variable.secret)}, which is not read"
        return Gap(GapKind.UNDECIDED, said, revision.origin.call)
    if variable.value == wanted:
        return True
    try:
        traits, redacted = traits_of(revision, variable)
    except Unseen as unseen:
        return unseen.gap
    if not redacted or not traits.may_be(wanted):
        return False
    said = f"the value of {variable.name} of {revision.short} is redacted; its length and shape are as declared"
    advice = "run diag live, or record again, with this file; declare a credential under `secrets` instead"
    return Gap(GapKind.UNDECIDED, said, revision.origin.call, advice=advice)


def _value(name: str, value: str | None) -> str:
    """The value for a command, where it is a plain word or number; else a word to be replaced."""
    if value and _SHOWABLE.fullmatch(value) and not _SECRET_NAME.search(name.casefold()):
        return value
    return "VALUE"


@on_revision("run.secret-not-used", Severity.HIGH, "secrets", facts=("ATT-05", "ATT-06"), docs=(SECRET_DOCS,))
def secret_not_used(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Iterator[Verdict]:
    """Variable does not come from the declared secret.

    A plain value can be read by whoever may see the service, stays when the secret is rotated, and
    often belongs to another environment.

    Reads which secret each declared variable of the revision refers to; never a secret's value.

    Set it with `--update-secrets`.
    """
    service, revision, wanted = subject.item.service, subject.item.revision, subject.item.wanted
    for name, secret in wanted.secrets.items():
        place, required = wanted.at(f"secrets.{name}"), f"{name} from secret {secret}"
        found = occurrences(revision, name)
        if not found:
            yield skips(f"{name} is not set; see run.env-missing", required=required, declared_at=place)
            continue
        sources = ", ".join(dict.fromkeys(_source(item) for item in found))
        seen = tuple(revision.evidence(f"{item.path}.valueSource", _source(item)) for item in found)
        try:
            wrong = [item for item in found if not _is_secret(service, item, secret)]
        except Unseen as unseen:
            yield undecided(unseen.gap, place)
            continue
        if not wrong:
            yield passes(required=required, observed=sources, evidence=seen, declared_at=place)
            continue
        yield fails(
            required=required,
            observed=sources,
            reason=f"{name} of {revision.short} does not follow secret {secret}",
            evidence=seen,
            declared_at=place,
            fix=update(service, f"--update-secrets {name}={secret}:latest", revision, wrong[0].path),
        )


def _source(variable: run.EnvVar) -> str:
    return f"secret {variable.secret}" if variable.secret else "a plain value"


def _is_secret(service: run.Service, variable: run.EnvVar, wanted: str) -> bool:
    """Whether the variable comes from the wanted secret; a short name is one of the service's own project [ATT-05]."""
    if variable.secret is None or last(variable.secret) != last(wanted):
        return False
    found, asked = (segment(name, "projects") or service.project for name in (variable.secret, wanted))
    known = {service.project_number: service.project} if service.project_number else {}
    found, asked = known.get(found, found), known.get(asked, asked)
    if found != asked and found.isdigit() != asked.isdigit() and not (known and service.project in (found, asked)):
        said = f"{variable.name} comes from {last(wanted)} of project {found}; whether that is {asked} was not seen"
        raise Unseen(Gap(GapKind.UNDECIDED, said, service.origin.call))
    return found == asked
