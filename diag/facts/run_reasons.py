"""What Cloud Run's condition reasons and failure messages mean, and what to do: data, by documented value.

A message says more than a reason, so it is asked first. Commands hold `{service}`, `{region}`,
`{project}` and `{revision}` for `Meaning.commands` to fill in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
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

MESSAGES: tuple[tuple[str, Meaning], ...] = (
    (
        r"memory limit of .*exceeded",
        Meaning(
            "the container needs more memory than its limit",
            "raise the limit or find what fills it",
            (LOG,),
            ("gcloud run services update {service} --region {region} --memory SIZE",),
            fact="MSG-05",
        ),
    ),
    (
        r"container called exit\(",
        Meaning("the process ended itself", "read the log lines before the exit for the reason", (LOG,), fact="MSG-04"),
    ),
    (
        r"uncaught signal|container terminated on signal",
        Meaning("the process was ended by a signal", "read the log lines before it", (LOG,), fact="MSG-06"),
    ),
    (
        r"startup (tcp|http|grpc) probe failed",
        Meaning(
            "the start-up probe was exhausted before the container was ready",
            "read the log; see run.startup-window-too-short when it needs longer",
            (LOG,),
            fact="MSG-02",
        ),
    ),
    (
        r"liveness (http|grpc) probe failed",
        Meaning(
            "the liveness probe failed and the container was restarted",
            "see that the probed path answers while the service is busy",
            (LOG,),
            fact="MSG-03",
        ),
    ),
    (
        r"failed to start and (?:then )?listen on the port",
        Meaning(
            "the container exited, or did not listen on 0.0.0.0:$PORT before its start-up window ended",
            "read its log from the start of the container; see run.startup-window-too-short when it needs longer",
            (LOG,),
            fact="MSG-01",
        ),
    ),
    (
        r"permission denied on secret|secretmanager\.versions\.access",
        Meaning(
            "the runtime account may not read a secret that the revision names",
            "grant it roles/secretmanager.secretAccessor on that secret",
            (REVISION,),
            (
                "gcloud secrets add-iam-policy-binding SECRET --member serviceAccount:ACCOUNT "
                "--role roles/secretmanager.secretAccessor",
            ),
            fact="ATT-07",
        ),
    ),
    (
        r"secret .*not found|secret version .*is in (destroyed|disabled) state",
        Meaning(
            "a secret, or the version asked for, does not exist or is not enabled",
            "correct the name or the version, or add a version",
            ("gcloud secrets list --project {project}",),
            fact="ATT-08",
        ),
    ),
    (
        r"image '[^']*' not found",
        Meaning(
            "the image path leads to no image",
            "push the image, or deploy one that exists",
            changes=("gcloud run services update {service} --region {region} --image IMAGE",),
            fact="RDY-05",
        ),
    ),
    (
        r"must have permission to read the image",
        Meaning(
            "the image may not be pulled",
            f"let {AGENT} read the repository (roles/artifactregistry.reader)",
            (REVISION,),
            fact="RDY-05",
        ),
    ),
    (
        r"vpc connector .*(does not exist|not ready)|permission to use the vpc connector",
        Meaning(
            "the VPC connector is missing, not ready, or may not be used",
            "see vpc.connector-missing and vpc.connector-not-ready",
            ("gcloud compute networks vpc-access connectors list --region {region}",),
            fact="VPC-17",
        ),
    ),
    (
        r"insufficient free ip addresses in the subnetwork",
        Meaning(
            "the subnet of its Direct VPC egress has no free address",
            "use a larger subnet; see vpc.subnet-too-small",
            ("gcloud compute networks subnets list --project {project}",),
            fact="DVE-05",
        ),
    ),
    (
        r'does not have ip of type "?public',
        Meaning(
            "the Cloud SQL socket needs a public address and the instance has none",
            "see sql.socket-needs-public-ip",
            ("gcloud sql instances list --project {project}",),
            fact="MSG-12",
        ),
    ),
    (
        r"/cloudsql/\S* ?.*(no such file or directory|connection refused)|cloudsql connection failed",
        Meaning(
            "the Cloud SQL socket could not be used",
            "see sql.socket-not-attached and sql.socket-needs-public-ip",
            (REVISION,),
            fact="MSG-13",
        ),
    ),
    (
        r"remaining connection slots are reserved|too many clients already",
        Meaning("the database takes no more connections", "see sql.connection-budget", (LOG,), fact="MSG-14"),
    ),
    (
        r"aborted because there was no available instance",
        Meaning(
            "no instance was free: maximum instances, start-up time or concurrency",
            "see run.max-instances and how long a start takes",
            (LOG,),
            fact="MSG-07",
        ),
    ),
    (
        r"http response was malformed or connection to the instance had an error",
        Meaning(
            "the application closed the connection, crashed, or was restarted",
            "read its log at that time",
            (LOG,),
            fact="MSG-08",
        ),
    ),
    (
        r"instance failed the readiness check",
        Meaning("the instance did not pass its readiness probe", "read its log at that time", (LOG,), fact="MSG-09"),
    ),
)
"""Stable fragments of messages (regular expressions, any case), the most telling first [MSG-01..14]."""


def meaning_of(reason: str, message: str) -> Meaning | None:
    """What a condition's reason and message mean; None when neither is one that is known here."""
    for fragment, meaning in MESSAGES:
        if re.search(fragment, message, re.IGNORECASE):
            return meaning
    return REASONS.get(reason)
