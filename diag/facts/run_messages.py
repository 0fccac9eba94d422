"""What the failure messages of Cloud Run mean, and what to do: data, by a stable fragment of the text [MSG-01..14]."""

from __future__ import annotations

import re

from diag.facts.run_reasons import AGENT, LOG, REASONS, REVISION, Meaning

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
        r"startup (tcp|http|grpc) probe failed|failed the configured startup probe checks|startup probes timed out",
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
        r"exec format error|must support amd64/linux",
        Meaning(
            "the image is built for another processor than Cloud Run's (linux/amd64)",
            "build it for linux/amd64 and deploy it",
            changes=("gcloud run services update {service} --region {region} --image IMAGE",),
            fact="MSG-01",
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
        r"vpc (access )?connector .*(does not exist|not ready|not in ready state)|permission to use the vpc connector",
        Meaning(
            "the VPC connector is missing, not ready, or may not be used",
            "see vpc.connector-missing and vpc.connector-not-ready",
            ("gcloud compute networks vpc-access connectors list --region {region}",),
            fact="VPC-17",
        ),
    ),
    (
        r"\bnetworks?/\S+ (was )?(not found|does not exist)|vpc network \S+ (was )?not found",
        REASONS["VPC_NETWORK_NOT_FOUND"],
    ),
    (
        r"total allowable (cpu|memory)|in order to set the requested total (cpu|memory)",
        Meaning(
            "maximum instances × CPU or memory is more than the project's quota in the region",
            "lower the maximum instances, or ask for more quota",
            changes=("gcloud run services update {service} --region {region} --max-instances COUNT",),
            fact="SCL-01",
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
    folded = message.casefold()
    for fragment, meaning in MESSAGES:
        if re.search(fragment, folded):
            return meaning
    return REASONS.get(reason)
