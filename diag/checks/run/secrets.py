"""Secrets that are declared, and those that revisions take: there, with the version that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.run.declared import Nothing, if_any, serving_of, update
from diag.checks.run.environment import SECRET_DOCS
from diag.checks.subjects import RevisionView
from diag.errors import Unseen
from diag.facts.base import Listing, last, segment
from diag.facts.secrets import LATEST, Secret, SecretReference, SecretVersion, full_name, references
from diag.facts.world import World
from diag.report import Evidence, Fix, JsonValue, Place, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

VERSIONS_DOCS = "https://cloud.google.com/secret-manager/docs/secret-versions"
READS = ("services", "revisions", "secret_versions")
ANY = ""
"""A use that names no version: any enabled one will do."""


@dataclass(frozen=True)
class Use:
    """One use of a secret: by a line of the file, or by a revision."""

    version: str
    """`latest`, a number, an alias, or `ANY`."""
    user: str
    """Short name of the revision; empty for a line of the file."""
    place: Place | None = None
    evidence: tuple[Evidence, ...] = ()
    view: RevisionView | None = None
    reference: SecretReference | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether it asks for a version by its number."""
        return self.version.isdigit()

    def __str__(self) -> str:
        wanted = f"version {self.version}" if self.version else "an enabled version"
        return f"{wanted} for {self.user}" if self.user else wanted


@dataclass(frozen=True)
class Taken:
    """A secret and every use of it."""

    name: str
    """Its full name, `projects/P/secrets/S`."""
    uses: tuple[Use, ...]

    @property
    def where(self) -> str:
        """The project, for a command."""
        return f"--project {segment(self.name, 'projects')}"


def taken(world: World, declared: Requirements) -> Iterator[Subject[Taken | Nothing] | Gap]:
    """Each secret of the file and of the declared services' serving revisions, once."""
    uses: dict[str, list[Use]] = {}
    for name, use in _declared(declared):
        uses.setdefault(world.secret_named(name), []).append(use)
    for service in declared.services.values():
        for subject in serving_of(world, service):
            match subject.item:
                case Nothing():
                    yield Subject(subject.resource, subject.item, service.at(), service.critical)
                case RevisionView() as view:
                    try:
                        for name, use in _of_revision(view):
                            uses.setdefault(world.secret_named(name), []).append(use)
                    except Unseen as unseen:
                        yield Subject(subject.resource, Nothing(unseen.gap), service.at(), service.critical)
    for name, found in uses.items():
        place = next((use.place for use in found if use.place), None)
        yield Subject(name, Taken(name, tuple(found)), place)
    for project in declared.projects():
        if any(segment(name, "projects") == project for name in uses):
            yield from world.secrets(project).gaps


def _declared(declared: Requirements) -> Iterator[tuple[str, Use]]:
    for index, name in enumerate(declared.sections.get("secrets", ())):
        yield full_name(name, declared.project), Use(ANY, "", declared.at(f"secrets.{index}"))
    for service in declared.services.values():
        for variable, name in service.secrets.items():
            yield full_name(name, service.project), Use(ANY, "", service.at(f"secrets.{variable}"))


def _of_revision(view: RevisionView) -> Iterator[tuple[str, Use]]:
    for one in references(view.revision):
        seen = view.revision.evidence(one.path)
        yield one.secret, Use(one.version, view.revision.short, evidence=(seen,), view=view, reference=one)


def asked_for(use: Use, secret: Secret, versions: Listing[SecretVersion]) -> SecretVersion | None:
    """The version that a use asks for; None when it is proved absent, else raises `Unseen`."""
    if use.version in (ANY, LATEST):
        found = versions.whole() if use.version == LATEST else versions.resources
        if found:
            return max(found, key=lambda version: version.number)
    else:
        number = use.version if use.version.isdigit() else secret.aliases.get(use.version, "")
        if not number.isdigit():
            return None
        for version in versions:
            if version.number == int(number):
                return version
    if not versions.whole() and not versions.absent:
        said = f"the list of {versions.what} came back empty, and nothing confirmed that there is none"
        raise Unseen(Gap(GapKind.PARTIAL, said, advice="run diag again"))
    return None


@check(
    "run.secret-missing",
    Severity.CRITICAL,
    taken,
    reads=READS,
    facts=("ATT-05", "ATT-07", "ATT-08"),
    docs=(SECRET_DOCS, VERSIONS_DOCS),
)
@if_any
def secret_missing(subject: Subject[Taken], world: World, declared: Requirements) -> Verdict:
    """A secret, or the version asked for, does not exist.

    An instance whose secret cannot be read does not start; a deployment that asks for it is refused.

    Reads, by metadata alone, each secret of the file and each that a declared service's serving revision
    takes as a variable or a volume, with the version that it asks for: `latest`, a number or an alias. The
    value is never read.

    Create the secret, or add its first version. The platform numbers versions itself: a number that is not
    there cannot be added, so ask for one that is, or for `latest`; an alias is set on the secret.
    """
    name, uses = subject.item.name, subject.item.uses
    details = {"required": _required(uses), "evidence": _evidence(uses)}
    secret = world.secret(name)
    if secret is None:
        create = f"gcloud secrets create {last(name)} {subject.item.where} --replication-policy automatic"
        why = f"there is no secret {last(name)}: {_effect(uses)}"
        return fails(observed="not found", reason=why, fix=(Fix(create), _add(subject.item)), **details)
    answers = [(use, _seen(use, secret, world.secret_versions(secret))) for use in uses]
    absent = [use for use, answer in answers if answer is None]
    if absent:
        what = ", ".join(dict.fromkeys(f"no version {use.version}" if use.version else "no version" for use in absent))
        why = f"secret {secret.short} has {what}: {_effect(absent)}"
        return fails(observed=what, reason=why, fix=_provide(subject.item, secret, absent, world), **details)
    for _, answer in answers:
        if isinstance(answer, Gap):
            raise Unseen(answer)
    return passes(observed="there", **details)


@check(
    "run.secret-disabled",
    Severity.CRITICAL,
    taken,
    reads=READS,
    facts=("ATT-05", "ATT-07", "ATT-08"),
    docs=(SECRET_DOCS, VERSIONS_DOCS),
)
@if_any
def secret_disabled(subject: Subject[Taken], world: World, declared: Requirements) -> Verdict:
    """The version of a secret that is asked for is not enabled.

    A version that is disabled or destroyed cannot be read: an instance that takes it does not start. `latest`
    is the version with the highest number, whatever its state.

    Reads the state of the version that each use asks for; a secret that the file only names needs any
    enabled version. The value is never read.

    Enable the version again, or add one.
    """
    item = subject.item
    secret = world.secret(item.name)
    if secret is None:
        return skips(f"there is no secret {last(item.name)}; see run.secret-missing")
    versions = world.secret_versions(secret)
    answers = [(use, _in_force(use, secret, versions)) for use in item.uses]
    found = [(use, answer) for use, answer in answers if isinstance(answer, SecretVersion)]
    wrong = [(use, version) for use, version in found if version.state.value in ("DISABLED", "DESTROYED")]
    details = {"required": _required(item.uses), "observed": _states(wrong or found)}
    seen = tuple(dict.fromkeys(version.evidence("state") for _, version in wrong or found))
    if wrong:
        return fails(
            reason=f"secret {secret.short}: {_states(wrong)}: {_effect([use for use, _ in wrong])}",
            evidence=(*_evidence(item.uses), *seen),
            fix=_enable(item, secret, wrong, world),
            **details,
        )
    for _, answer in answers:
        if isinstance(answer, Gap):
            raise Unseen(answer)
    if not found:
        return skips(f"secret {secret.short} has no such version; see run.secret-missing")
    return passes(evidence=(*_evidence(item.uses), *seen), **details)


def _seen(use: Use, secret: Secret, versions: Listing[SecretVersion]) -> SecretVersion | Gap | None:
    try:
        return asked_for(use, secret, versions)
    except Unseen as unseen:
        return unseen.gap


def _in_force(use: Use, secret: Secret, versions: Listing[SecretVersion]) -> SecretVersion | Gap | None:
    """The version that a use asks for, its state known; an enabled one where any will do."""
    if use.version == ANY:
        enabled = [version for version in versions if version.state.value == "ENABLED"]
        if enabled:
            return max(enabled, key=lambda version: version.number)
    try:
        found = asked_for(use, secret, versions)
        for version in versions.whole() if use.version == ANY else filter(None, [found]):
            version.state.read()
    except Unseen as unseen:
        return unseen.gap
    return found


def _required(uses: Sequence[Use]) -> JsonValue:
    return ", ".join(dict.fromkeys(str(use) for use in uses))


def _evidence(uses: Sequence[Use]) -> tuple[Evidence, ...]:
    return tuple(item for use in uses for item in use.evidence)


def _effect(uses: Sequence[Use]) -> str:
    users = ", ".join(dict.fromkeys(use.user for use in uses if use.user))
    return f"new instances of {users} do not start" if users else "what takes it does not start"


def _states(found: Sequence[tuple[Use, SecretVersion]]) -> str:
    """`version 2 is DISABLED (latest)`."""
    latest = {version.number for use, version in found if use.version == LATEST}
    said = (
        f"version {version.number} is {version.state}{' (latest)' if version.number in latest else ''}"
        for _, version in found
    )
    return ", ".join(dict.fromkeys(said))


def _add(item: Taken) -> Fix:
    return Fix(f"gcloud secrets versions add {last(item.name)} {item.where} --data-file=FILE")


def _provide(item: Taken, secret: Secret, absent: Sequence[Use], world: World) -> tuple[Fix, ...]:
    """What gives each use a version: one that is there in place of a number that is not, an alias, or a first one."""
    numbers = [version.number for version in world.secret_versions(secret) if version.state.value == "ENABLED"]
    if not numbers:
        return (_add(item), *(fix for use in absent for fix in _ask_for(use, LATEST) if use.is_pinned))
    there = str(max(numbers))
    fixes = [Fix(f"gcloud secrets versions list {last(item.name)} {item.where}", mutates=False)]
    for use in absent:
        if use.is_pinned:
            fixes += _ask_for(use, there)
        elif use.version not in (ANY, LATEST):
            alias = f"--update-version-aliases {use.version}={there}"
            fixes.append(Fix(f"gcloud secrets update {last(item.name)} {item.where} {alias}"))
    return tuple(dict.fromkeys(fixes))


def _ask_for(use: Use, version: str) -> tuple[Fix, ...]:
    """The command that lets the revision's service take another version of the secret."""
    if use.view is None or use.reference is None:
        return ()
    service, revision, one = use.view.service, use.view.revision, use.reference
    own = segment(one.secret, "projects") in (service.project, service.project_number)
    flag = f"--update-secrets {one.used_as}={last(one.secret) if own else one.secret}:{version}"
    return update(service, flag, revision, one.path if one.path.startswith("containers") else "")


def _enable(item: Taken, secret: Secret, wrong: Sequence[tuple[Use, SecretVersion]], world: World) -> tuple[Fix, ...]:
    """Enabling what is disabled; in place of what is destroyed, and so gone, another version."""
    where = f"--secret {last(item.name)} {item.where}"
    numbers = dict.fromkeys(version.number for _, version in wrong if version.state.value == "DISABLED")
    fixes = tuple(Fix(f"gcloud secrets versions enable {number} {where}") for number in numbers)
    pinned = [use for use, version in wrong if use.is_pinned and version.state.value == "DESTROYED"]
    return (*fixes, *_provide(item, secret, pinned, world)) if pinned else fixes or (_add(item),)
