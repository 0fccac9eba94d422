"""What a revision is: the account it runs as, and the image it runs."""

from __future__ import annotations

import re

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes
from diag.checks.run.declared import DeclaredRevision, on_every_revision, on_revision, read, update
from diag.checks.subjects import RevisionView
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements

IDENTITY_DOCS = "https://cloud.google.com/run/docs/configuring/services/service-identity"
IMAGE_DOCS = "https://cloud.google.com/run/docs/deploying"

_DEFAULT_ACCOUNT = re.compile(r"(\d+)-compute@developer\.gserviceaccount\.com")


@on_revision(
    "run.service-account-wrong",
    Severity.MEDIUM,
    "service_account",
    applies=lambda wanted, declared: True,
    facts=("ATT-09",),
    docs=(IDENTITY_DOCS,),
)
def service_account_wrong(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Service runs as another account than it should.

    Roles are granted to the account: another one lacks them, and the project's default account often
    holds far more than the service needs.

    Reads the revision's `serviceAccount`; unset is the project's default account.

    Deploy with `--service-account`, an account of the service's own.
    """
    revision, required = subject.item.revision, subject.item.required
    account = last(revision.service_account)
    observed = account or "the project's default account"
    seen = (read(revision, "serviceAccount", observed),)
    own = required or "an account of its own"
    if _is_wanted(account, required, subject.item):
        return passes(required=own, observed=observed, evidence=seen)
    what = f"the roles of {required} do not hold for it" if required else "other services share its roles"
    return fails(
        required=own,
        observed=observed,
        reason=f"{revision.short} calls Cloud SQL, Secret Manager and every other API as {observed}: {what}",
        evidence=seen,
        fix=update(subject.item.service, f"--service-account {required or 'ACCOUNT'}"),
    )


def _is_wanted(account: str, required: str | None, item: DeclaredRevision) -> bool:
    """Whether the account is the declared one; without a declaration, whether it is not the default one [ATT-09]."""
    if required is None:
        return bool(account) and not _DEFAULT_ACCOUNT.fullmatch(account)
    default = _DEFAULT_ACCOUNT.fullmatch(required)
    if account or not default:
        return account == required
    number = item.service.project_number
    if not number:
        said = f"{item.revision.short} runs as the default account of its project, whose number was not seen"
        raise Unseen(Gap(GapKind.UNDECIDED, said, item.revision.origin.call))
    return default[1] == number


@on_every_revision("run.image-unpinned", Severity.LOW, docs=(IMAGE_DOCS,))
def image_unpinned(subject: Subject[RevisionView], world: World, declared: Requirements) -> Verdict:
    """Image is named by a tag that moves.

    A tag can be pointed at another image at any time: what runs may differ from what was built and
    tested, and nothing in the revision shows which image the tag meant.

    Reads the image of every container of the revision.

    Deploy images by digest: `IMAGE@sha256:…`.
    """
    service, revision = subject.item.service, subject.item.revision
    moving = {path: image for path, image in revision.images.items() if not _pinned(image)}
    seen = tuple(revision.evidence(path) for path in revision.images)
    if not moving:
        return passes(required="a digest", observed="a digest", evidence=seen)
    images = list(dict.fromkeys(moving.values()))
    show = tuple(Fix(_digest_of(image), mutates=False) for image in images)
    deploy = f"gcloud run services update {service.short} --region {service.region} --image {_name(images[0])}@DIGEST"
    return fails(
        required="a digest",
        observed=", ".join(images),
        reason=f"the tag may mean another image by now: what {revision.short} runs may differ from what was built",
        evidence=seen,
        fix=(*show, Fix(deploy)),
    )


def _pinned(image: str) -> bool:
    return bool(re.search(r"@sha256:[0-9a-f]+$", image))


def _name(image: str) -> str:
    """The image without its tag; a colon before the last slash belongs to a port."""
    path, _, tail = image.rpartition("/")
    name = tail.partition(":")[0]
    return f"{path}/{name}" if path else name


def _digest_of(image: str) -> str:
    return f"gcloud artifacts docker images describe {image} --format='value(image_summary.digest)'"
