"""What Cloud Run's condition reasons mean, and what to do: data, by documented value.

Messages say more: `run_messages` asks them first. Commands hold `{service}`, `{region}`,
`{project}` and `{revision}` for `Meaning.commands` to fill in.
"""

from __future__ import annotations

from collections.abc import Mapping

from diag.values import dataclass


@dataclass(frozen=True)
class Meaning:
    """One documented reason or message: what happened and what to do about it."""

    means: str
    """A clause that can follow a comma or a semicolon; no full stop."""
    do: str
    commands: tuple[str, ...] = ()
    """Templates of gcloud commands that only read."""
    changes: tuple[str, ...] = ()
    """Templates of gcloud commands that change something; capitals stand for what only the user knows."""
    fact: str = ""
    """Id of the platform fact."""

    @property
    def sentence(self) -> str:
        """What it means and what to do, in one line."""
        return f"{self.means}: {self.do}"


LOG = "gcloud run services logs read {service} --region {region} --limit 100"
REVISION = "gcloud run revisions describe {revision} --region {region}"
SERVICE = "gcloud run services describe {service} --region {region}"
AGENT = "the service agent service-PROJECT_NUMBER@serverless-robot-prod.iam.gserviceaccount.com"

REASONS: Mapping[str, Meaning] = {
    # Reasons common to all conditions [RDY-05]
    "UNKNOWN": Meaning("the platform names no reason", "read the message and the log", (LOG,), fact="RDY-05"),
    "REVISION_FAILED": Meaning(
        "the new revision could not be brought up", "see run.revision-failed for its own reason", (LOG,), fact="RDY-05"
    ),
    "PROGRESS_DEADLINE_EXCEEDED": Meaning(
        "the roll-out did not finish in its time",
        "see in the log what the container was waiting for while it started",
        (LOG,),
        fact="RDY-05",
    ),
    "CONTAINER_MISSING": Meaning(
        "the image path leads to no image",
        "push the image, or deploy one that exists",
        changes=("gcloud run services update {service} --region {region} --image IMAGE",),
        fact="RDY-05",
    ),
    "CONTAINER_PERMISSION_DENIED": Meaning(
        "the image may not be pulled",
        f"let {AGENT} read the repository (roles/artifactregistry.reader)",
        changes=(
            "gcloud artifacts repositories add-iam-policy-binding REPOSITORY --location {region} --member "
            "serviceAccount:service-PROJECT_NUMBER@serverless-robot-prod.iam.gserviceaccount.com "
            "--role roles/artifactregistry.reader",
        ),
        fact="RDY-05",
    ),
    "CONTAINER_IMAGE_UNAUTHORIZED": Meaning(
        "the image is not authorised by the Binary Authorization policy",
        "attest the image, or deploy one that is",
        ("gcloud container binauthz policy export --project {project}",),
        fact="RDY-05",
    ),
    "CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED": Meaning(
        "the Binary Authorization check itself failed",
        "see whether its API is on and its policy can be read, then deploy again",
        ("gcloud container binauthz policy export --project {project}",),
        fact="RDY-05",
    ),
    "ENCRYPTION_KEY_PERMISSION_DENIED": Meaning(
        "the encryption key may not be used",
        f"grant {AGENT} roles/cloudkms.cryptoKeyEncrypterDecrypter on the key",
        (REVISION,),
        fact="RDY-05",
    ),
    "ENCRYPTION_KEY_CHECK_FAILED": Meaning(
        "the permission on the encryption key could not be checked",
        "see whether the key exists, is enabled and lies in the same region",
        (REVISION,),
        fact="RDY-05",
    ),
    "SECRETS_ACCESS_CHECK_FAILED": Meaning(
        "a secret that the revision names is missing, has no such version, or may not be read by its account [ATT-07]",
        "grant the runtime account roles/secretmanager.secretAccessor on the secret, or correct its name or version",
        (REVISION,),
        (
            "gcloud secrets add-iam-policy-binding SECRET --member serviceAccount:ACCOUNT "
            "--role roles/secretmanager.secretAccessor",
        ),
        fact="RDY-05",
    ),
    "WAITING_FOR_OPERATION": Meaning("another operation has to end first", "wait for it", (SERVICE,), fact="RDY-05"),
    "IMMEDIATE_RETRY": Meaning("the platform is trying again now", "wait, then look again", (SERVICE,), fact="RDY-05"),
    "POSTPONED_RETRY": Meaning(
        "this attempt failed and the platform will try again later", "read the message", (SERVICE,), fact="RDY-05"
    ),
    "INTERNAL": Meaning(
        "an error inside the platform",
        "deploy again; if it stays, look at https://status.cloud.google.com and ask support",
        (SERVICE,),
        fact="RDY-05",
    ),
    "VPC_NETWORK_NOT_FOUND": Meaning(
        "the network or subnet that the revision names does not exist",
        "correct the network, or make it; see vpc.egress-wrong",
        ("gcloud compute networks list --project {project}",),
        fact="RDY-05",
    ),
    # Reasons of revisions [RDY-06]
    "PENDING": Meaning("the revision is waiting to be brought up", "wait, then look again", (REVISION,), fact="RDY-06"),
    "RESERVE": Meaning(
        "the revision is in reserve: it takes no traffic and runs no instance", "route traffic to it", fact="RDY-06"
    ),
    "RETIRED": Meaning("the revision is retired", "route traffic to a newer one", fact="RDY-06"),
    "RETIRING": Meaning("the revision is being retired", "wait, then look again", (REVISION,), fact="RDY-06"),
    "RECREATING": Meaning("the revision is being made again", "wait, then look again", (REVISION,), fact="RDY-06"),
    "HEALTH_CHECK_CONTAINER_ERROR": Meaning(
        "the container did not pass its start-up check: it exited, or did not listen on its port in time",
        "read its log from the start of the container; see run.startup-window-too-short when it needs longer",
        (LOG,),
        fact="RDY-06",
    ),
    "CUSTOMIZED_PATH_RESPONSE_PENDING": Meaning(
        "the path of the start-up probe does not answer well; the platform keeps trying",
        "see that the path exists and answers 200 to 399",
        (LOG,),
        fact="RDY-06",
    ),
    "MIN_INSTANCES_NOT_PROVISIONED": Meaning(
        "its minimum of instances is reserved and not live, because it takes no traffic",
        "route traffic to it, or wait for the switch of traffic to end",
        (SERVICE,),
        fact="RDY-06",
    ),
    "ACTIVE_REVISION_LIMIT_REACHED": Meaning(
        "there are as many active revisions as are allowed",
        "delete revisions that nothing uses, or remove their traffic tags",
        ("gcloud run revisions list --service {service} --region {region}",),
        fact="RDY-06",
    ),
    "NO_DEPLOYMENT": Meaning(
        "nothing was deployed (a reason of older versions of the API)", "deploy again", (SERVICE,), fact="RDY-06"
    ),
    "HEALTH_CHECK_SKIPPED": Meaning(
        "its health was not checked: manual scaling asks for no instance",
        "ask for instances, if it is to serve",
        changes=("gcloud run services update {service} --region {region} --scaling 1",),
        fact="RDY-06",
    ),
    "MIN_INSTANCES_WARMING": Meaning(
        "it waits for its minimum of instances to start before traffic moves",
        "wait, then look again",
        (LOG,),
        fact="RDY-06",
    ),
}
"""What each documented `reason` or `revisionReason` means."""
