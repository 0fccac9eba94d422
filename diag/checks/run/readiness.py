"""Cloud Run services: there, settled, and running their newest revision."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.subjects import ServiceView, service_name, services
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import brief, last
from diag.facts.run_messages import meaning_of
from diag.facts.run_reasons import Meaning
from diag.facts.run_revision import CONDITION_STATES
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements, Service

DEPLOY_DOCS = "https://cloud.google.com/run/docs/troubleshooting"
REVISION_DOCS = "https://cloud.google.com/run/docs/managing/revisions"
SERVICE_DOCS = "https://cloud.google.com/run/docs/managing/services"
LOG_NOT_READ = ("the revision's log",)
SHOWN_OF_MESSAGE = 240
"""Characters of the platform's message in a reason; the evidence has more."""


def every_declared_service(world: World, declared: Requirements) -> Iterator[Subject[Service] | Gap]:
    """Each declared service, there or not."""
    for wanted in declared.services.values():
        yield Subject(service_name(wanted), wanted, wanted.at(), wanted.critical)


@check("run.service-missing", Severity.CRITICAL, every_declared_service, reads=("services",), docs=(SERVICE_DOCS,))
def service_missing(subject: Subject[Service], world: World, declared: Requirements) -> Verdict:
    """Cloud Run service does not exist.

    Nothing answers for a service that is not there, and every check of its settings has nothing to
    judge. Often the name is misspelt in the file, or the service runs in another region.

    Reads the services of each declared region.

    Deploy it, or correct its name or region in the requirements file.
    """
    wanted = subject.item
    listing = world.services(wanted.region or "", wanted.project)
    found = listing.find(subject.resource)
    if found:
        return passes(required="exists", observed="exists", evidence=(found.evidence("name"),))
    near = _near(wanted.name, sorted(service.short for service in listing))
    elsewhere = list(_other_regions(wanted, world, declared))
    hints = [f"did you mean {near}?"] if near else []
    hints += [f"there is a service of that name in {', '.join(elsewhere)}"] if elsewhere else []
    return fails(
        required="exists",
        observed=f"not found; near: {near}" if near else "not found",
        reason="; ".join([f"no service {wanted.name} in {wanted.region} of {wanted.project}", *hints]),
        fix=(
            Fix(f"gcloud run services list --region {wanted.region} --project {wanted.project}", mutates=False),
            Fix(f"gcloud run deploy {wanted.name} --region {wanted.region} --project {wanted.project} --image IMAGE"),
        ),
    )


def _near(name: str, names: Sequence[str]) -> str | None:
    """The name most like it, else one that contains it or is contained in it."""
    like = difflib.get_close_matches(name, names, n=1)
    return like[0] if like else next((other for other in names if other in name or name in other), None)


def _other_regions(wanted: Service, world: World, declared: Requirements) -> Iterator[str]:
    """Other declared regions that have a service of that name; a hint, so what was not seen is left out."""
    for project, region in declared.scopes():
        if (project, region) == (wanted.project, wanted.region):
            continue
        try:
            names = [service.short for service in world.services(region, project)]
        except Unseen:
            continue
        if wanted.name in names:
            yield region if project == wanted.project else f"{project} / {region}"


@check(
    "run.not-ready",
    Severity.CRITICAL,
    services,
    reads=("services",),
    always=True,
    facts=("RDY-01", "RDY-02", "RDY-03", "RDY-05", "RDY-06", "RDY-08"),
    docs=(DEPLOY_DOCS,),
)
def not_ready(subject: Subject[ServiceView], world: World, declared: Requirements) -> Verdict:
    """Cloud Run service is not ready.

    A service is settled and good only when nothing is being rolled out, its Ready condition has
    succeeded, the platform has worked through the last change, and the newest revision is the one
    that became ready. Anything else means that what was deployed last is not, or not yet, what runs.

    Reads the service's `reconciling`, `terminalCondition`, `generation`, `observedGeneration`,
    `latestCreatedRevision` and `latestReadyRevision`.

    Do what the condition's reason and message ask for; the finding says what they mean.
    """
    service = subject.item.service
    faults = _unsettled(service)
    seen = tuple(service.evidence(path) for path in _SETTLED_BY if service.doc_text(path))
    if not faults:
        return passes(required="settled and ready", observed="ready", evidence=seen)
    failed = [service.terminal, *service.conditions]
    meaning = _meaning(condition for condition in failed if condition)
    return fails(
        required="settled and ready",
        observed="; ".join(faults),
        reason=_because(f"{service.short} does not run what was deployed last", service.terminal, meaning),
        evidence=seen,
        fix=_remedies(meaning, service, last(service.latest_created)),
        not_consulted=LOG_NOT_READ,
    )


_SETTLED_BY = (
    "reconciling",
    "terminalCondition.state",
    "terminalCondition.reason",
    "terminalCondition.revisionReason",
    "terminalCondition.message",
    "generation",
    "observedGeneration",
    "latestCreatedRevision",
    "latestReadyRevision",
)


def _unsettled(service: run.Service) -> list[str]:
    """What keeps the service from being settled and good [RDY-01].

    Raises `Unseen` when nothing does, as far as it can be seen, and not everything can.
    """
    terminal = service.terminal if service.terminal and service.terminal.type == "Ready" else None
    asked, done = service.generation, service.observed_generation
    created, ready = service.latest_created, service.latest_ready
    faults = []
    if terminal and terminal.state.value in _NOT_GOOD:
        faults.append(f"Ready is {terminal.state}{f' ({terminal.reason})' if terminal.reason else ''}")
    if service.reconciling:
        faults.append("a change is still being rolled out")
    if asked is not None and done is not None and asked != done:
        faults.append(f"generation {asked} was asked for and {done} is in force")
    if created and created != ready and (ready or faults):
        faults.append(f"the newest revision is {last(created)}, the newest ready one {last(ready) or 'none'}")
    if faults:
        return faults
    if terminal is None:
        raise Unseen(_undecided(service, "has no Ready condition"))
    _state(service, terminal)
    if asked is None or done is None or not created or not ready:
        raise Unseen(_undecided(service, "does not say which generation and revision are in force"))
    return []


_NOT_GOOD = CONDITION_STATES - {"STATE_UNSPECIFIED", "CONDITION_SUCCEEDED"}


def _state(resource: run.Service | run.Revision, condition: run.Condition) -> str:
    state = condition.state.read()
    if state == "STATE_UNSPECIFIED":
        raise Unseen(_undecided(resource, "has a Ready condition without a state"))
    return state


def _undecided(resource: run.Service | run.Revision, what: str) -> Gap:
    show = f"gcloud run services describe {resource.name.split('/services/')[1].split('/')[0]}"
    advice = f"{show} --region {resource.region}"
    return Gap(GapKind.UNDECIDED, f"{resource.short} {what}", resource.origin.call, advice=advice)


@check(
    "run.revision-failed",
    Severity.CRITICAL,
    services,
    reads=("services", "revisions"),
    always=True,
    facts=("RDY-01", "RDY-06", "MSG-01", "MSG-02"),
    docs=(DEPLOY_DOCS, REVISION_DOCS),
)
def revision_failed(subject: Subject[ServiceView], world: World, declared: Requirements) -> Verdict:
    """Newest revision is not ready and an older one serves.

    The deployment did not take: users still get the older revision, and every setting that was
    changed since is not in force, however the service's template reads.

    Reads the Ready condition of the service's newest revision, and which revisions take traffic.

    Do what its reason and message ask for, then deploy again; or go back for good to the older one.
    """
    service = subject.item.service
    if not service.latest_created:
        raise Unseen(_undecided(service, "names no newest revision"))
    newest = world.revision(service.latest_created)
    if newest is None:
        raise Unseen(_undecided(service, f"names {last(service.latest_created)} as its newest, and it is not there"))
    if newest.ready is None:
        raise Unseen(_undecided(newest, "has no Ready condition"))
    state = _state(newest, newest.ready)
    serving = [last(name) for name in service.serving]
    seen = (*_conditions_of(newest), service.evidence("trafficStatuses", ", ".join(serving)))
    if state == "CONDITION_SUCCEEDED":
        return passes(required="newest revision ready", observed=state, evidence=seen)
    older = [name for name in serving if name != newest.short]
    if not serving or (not older and _unsettled(service)):
        return skips(f"no older revision of {service.short} serves; see run.not-ready", evidence=seen)
    who = f"{', '.join(older)} serves instead" if older else "no older revision stands in for it"
    meaning = _meaning([newest.ready, *newest.conditions])
    logged = f"; its log: {newest.log_uri}" if newest.log_uri else ""
    return fails(
        required="newest revision ready",
        observed=f"{state}{f' ({newest.ready.reason})' if newest.ready.reason else ''}",
        reason=_because(f"{newest.short} is not ready and {who}", newest.ready, meaning) + logged,
        evidence=seen,
        fix=_remedies(meaning, service, newest.short),
        not_consulted=LOG_NOT_READ,
    )


def _conditions_of(revision: run.Revision) -> tuple[Evidence, ...]:
    """State, reason and message of the Ready condition, where they stand."""
    at = next(index for index, item in enumerate(revision.conditions) if item.type == "Ready")
    fields = ("state", "reason", "revisionReason", "message")
    paths = [f"conditions[{at}].{field}" for field in fields]
    return tuple(revision.evidence(path) for path in paths if revision.doc_text(path))


def _meaning(conditions: Iterable[run.Condition]) -> Meaning | None:
    """The first known meaning among conditions that have not succeeded; a reason that only points on comes last.

    What a condition says by the way (severity INFO: it has no traffic yet, say) explains no failure.
    """
    failed = [item for item in conditions if item.state.value != "CONDITION_SUCCEEDED" and item.severity != "INFO"]
    known = [(item, meaning) for item in failed if (meaning := meaning_of(item.reason, item.message))]
    known.sort(key=lambda pair: (pair[0].severity == "WARNING", pair[0].reason in ("REVISION_FAILED", "UNKNOWN")))
    return known[0][1] if known else None


def _because(what: str, condition: run.Condition | None, meaning: Meaning | None) -> str:
    message = str(brief(condition.message.strip(), SHOWN_OF_MESSAGE)) if condition else ""
    said = f'; the platform says "{message}"' if message else ""
    return f"{what}{said}{f'. That means {meaning.sentence}' if meaning else ''}"


def _remedies(meaning: Meaning | None, service: run.Service, revision: str) -> tuple[Fix, ...]:
    reading = meaning.commands if meaning else ("gcloud run services describe {service} --region {region}",)
    names = {"service": service.short, "region": service.region, "project": service.project, "revision": revision}
    changing = meaning.changes if meaning else ()
    return (
        *(Fix(command.format(**names), mutates=False) for command in reading),
        *(Fix(command.format(**names)) for command in changing),
    )
