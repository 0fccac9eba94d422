"""How to run the probes where the services run: commands to type; nothing is deployed from here."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diag.errors import UsageError
from diag.probes.declared import Probe
from diag.probes.vantage import REGION_VARIABLE
from diag.report import Fix
from diag.requirements.model import Egress, Requirements, Service
from diag.values import dataclass

_MAX_ARGUMENT = 30_000
"""Bytes of the requirements that a job is given in its arguments."""


@dataclass(frozen=True)
class Job:
    """A Cloud Run job that stands where some services stand."""

    services: tuple[str, ...]
    commands: tuple[Fix, ...]
    notes: tuple[str, ...]


def jobs(declared: Requirements, probes: Sequence[Probe]) -> tuple[Job, ...]:
    """One job for each way out that the declared services have; raises `UsageError` when none is declared.

    `--merge` of its report is typed with the files and the environment that `declared` was read from.
    """
    if not declared.services:
        raise UsageError(
            "no service is declared whose place the job could take; write `services: {NAME: {egress: {connector: C}}}`"
        )
    alike: dict[object, list[Service]] = {}
    for service in declared.services.values():
        alike.setdefault((service.project, service.region, service.egress, service.service_account), []).append(service)
    payload = _payload(declared, probes)
    return tuple(_job(declared, group, probes, payload) for group in alike.values())


def page(found: Sequence[Job]) -> str:
    """The commands as a script to read and run, with what each is for."""
    lines = [
        "# Nothing was deployed. These commands create a Cloud Run job that probes from inside, run it,",
        "# and bring its report back. DIAG_IMAGE is an image that holds diag, a shell and base64.",
        ': "${DIAG_IMAGE:?set it to an image with diag}"',
    ]
    for job in found:
        lines += ["", f"# In the place of {', '.join(job.services)}"]
        lines += [f"# {note}" for note in job.notes]
        lines += [fix.command for fix in job.commands]
    return "\n".join(lines) + "\n"


def page_json(found: Sequence[Job]) -> str:
    """The same as a JSON document."""
    plain = [
        {
            "services": list(job.services),
            "commands": [{"command": fix.command, "mutates": fix.mutates} for fix in job.commands],
            "notes": list(job.notes),
        }
        for job in found
    ]
    return json.dumps({"schema_version": 1, "jobs": plain}, indent=2) + "\n"


def _job(declared: Requirements, group: Sequence[Service], probes: Sequence[Probe], payload: str) -> Job:
    first = group[0]
    name = f"diag-probe-{first.name}"[:49].rstrip("-")
    region = first.region or "REGION"
    where = f"--region {region} --project {first.project}"
    chosen = " ".join(shlex.quote(probe.name) for probe in probes)
    script = f"printf %s {payload} | base64 -d | diag probe -r /dev/stdin --format json {chosen} | tr -d '\\n'; echo"
    deploy = [
        f'gcloud run jobs deploy {name} --image "$DIAG_IMAGE" {where}',
        *_place(declared, first),
        *_needs(group, probes),
        f"--set-env-vars {REGION_VARIABLE}={region} --max-retries 0 --task-timeout 15m",
        f"--command sh --args {shlex.quote(f'^@^-c@{script}')}",
    ]
    log = (
        f'resource.type="cloud_run_job" AND resource.labels.job_name="{name}" AND logName:"run.googleapis.com%2Fstdout"'
    )
    file = f"{name}.json"
    commands = (
        Fix(" \\\n  ".join(deploy)),
        Fix(f"gcloud run jobs execute {name} {where} --wait"),
        Fix(
            f"gcloud logging read {shlex.quote(log)} --project {first.project} --freshness 1h --limit 1000 "
            f"--format json > {file}",
            mutates=False,
        ),
        Fix(f"diag probe {chosen} {_same(declared)} --merge {file}", mutates=False),
        Fix(f"gcloud run jobs delete {name} {where} --quiet"),
    )
    return Job(tuple(service.name for service in group), commands, tuple(_notes(group, probes)))


def _same(declared: Requirements) -> str:
    """The options that name the same requirements again."""
    env = [f"--env {shlex.quote(declared.environment)}"] if declared.environment else []
    return " ".join([*(f"-r {shlex.quote(file)}" for file in declared.files), *env])


def _place(declared: Requirements, service: Service) -> Iterator[str]:
    """The flags that put the job where the service is: account and way out."""
    if service.service_account:
        yield f"--service-account {service.service_account}"
    egress = service.egress or Egress()
    if egress.connector:
        yield f"--vpc-connector {_connector(declared, service, egress.connector)}"
    if egress.network:
        yield f"--network {egress.network}"
    if egress.subnet:
        yield f"--subnet {egress.subnet}"
    if egress.mode and (egress.connector or egress.network or egress.subnet):
        yield f"--vpc-egress {egress.mode}"


def _connector(declared: Requirements, service: Service, name: str) -> str:
    connector = declared.connectors.get(name)
    if connector is None or (connector.project, connector.region) == (service.project, service.region):
        return name
    return f"projects/{connector.project}/locations/{connector.region}/connectors/{name}"


def _needs(group: Sequence[Service], probes: Sequence[Probe]) -> Iterator[str]:
    """What the probes need in the container: sockets to Cloud SQL, and passwords that a service has as secrets."""
    sockets = [probe.path.removeprefix("/cloudsql/") for probe in probes if _is_cloud_socket(probe)]
    if sockets:
        yield f"--set-cloudsql-instances {','.join(dict.fromkeys(sockets))}"
    secrets = _secrets(group, probes)
    if secrets:
        taken = ",".join(f"{variable}={_reference(secret)}:latest" for variable, secret in secrets.items())
        yield f'--set-secrets "{taken}"' if "$" in taken else f"--set-secrets {taken}"


def _is_cloud_socket(probe: Probe) -> bool:
    return probe.host is None and probe.path.startswith("/cloudsql/")


def _secrets(group: Sequence[Service], probes: Sequence[Probe]) -> dict[str, str]:
    """Variable → secret, short where it is the job's own project's.

    Cloud Run reads it for the container, whose own way to Secret Manager may be what is broken.
    """
    known = {variable: secret for service in group for variable, secret in service.secrets.items()}
    wanted = [probe.password_env for probe in probes if probe.password_env]
    named = {variable: known[variable] for variable in wanted if variable in known}
    named |= {variable: secret for secret, variable in _variables(probes).items()}
    own = f"projects/{group[0].project}/secrets/"
    return {variable: secret.removeprefix(own) for variable, secret in named.items()}


def _variables(probes: Sequence[Probe]) -> dict[str, str]:
    """Full name of each secret that a probe names → the variable that holds it in the container."""
    secrets = dict.fromkeys(probe.password_secret for probe in probes if probe.password_secret)
    return {secret: f"DIAG_PASSWORD_{number}" for number, secret in enumerate(secrets, 1)}


def _reference(secret: str) -> str:
    """As `--set-secrets` takes it: a secret of another project by the number of that project alone."""
    found = re.fullmatch(r"projects/([^/]+)/secrets/(.+)", secret)
    if not found or found.group(1).isdigit():
        return secret
    project, name = found.groups()
    return f"projects/$(gcloud projects describe {project} --format 'value(projectNumber)')/secrets/{name}"


def _notes(group: Sequence[Service], probes: Sequence[Probe]) -> Iterator[str]:
    if not group[0].egress:
        yield "it declares no egress, so the job leaves directly; compare with what `diag vpc` shows of the service"
    if not group[0].region:
        yield "REGION stands for its region, which is not declared"
    secrets = _secrets(group, probes)
    for probe in probes:
        if probe.password_env and probe.password_env not in secrets:
            yield f"{probe.name}: add --set-secrets {probe.password_env}=SECRET:latest for its password"
        if probe.ca_file:
            yield f"{probe.name}: its ca_file is not in the image; the system's store is used there"
    yield from _grants(group, probes)


def _grants(group: Sequence[Service], probes: Sequence[Probe]) -> Iterator[str]:
    """What the job's account needs before the job can be deployed, unless a service with it takes the same secret."""
    project, account = group[0].project, group[0].service_account or "ACCOUNT"
    known = {secret for service in group for secret in service.secrets.values()}
    for secret in _variables(probes):
        if secret in known or secret.removeprefix(f"projects/{project}/secrets/") in known:
            continue
        _, owner, _, name = secret.split("/")
        yield (
            f"its account must be let to read {name}, and nothing else: gcloud secrets add-iam-policy-binding {name} "
            f"--project {owner} --member serviceAccount:{account} --role roles/secretmanager.secretAccessor"
        )


def _payload(declared: Requirements, probes: Sequence[Probe]) -> str:
    """The part of the requirements that the probes need, in base64; JSON is YAML."""
    variables = _variables(probes)
    document = {
        "version": 1,
        "project": declared.project,
        **({"region": declared.region} if declared.region else {}),
        "probes": {probe.name: _declaration(probe, declared, variables) for probe in probes},
    }
    hosts = {probe.host for probe in probes}
    routes = {
        domain.name: {"routes": dict(domain.routes)}
        for balancer in declared.load_balancers.values()
        for domain in balancer.domains.values()
        if domain.name in hosts and domain.routes
    }
    if routes:
        document["load_balancers"] = {"declared": {"domains": routes}}
        document["services"] = {name: {} for name in declared.services}
    packed = base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()
    if len(packed) > _MAX_ARGUMENT:
        raise UsageError("the probes are too many for the arguments of one job; name some: diag probe NAME --in-vpc")
    return packed


def _declaration(probe: Probe, declared: Requirements, variables: Mapping[str, str]) -> dict[str, Any]:
    """The probe as the file may hold it, less what belongs to this machine or to the gate; its secret as a variable."""
    data: Mapping[str, Any] = declared.sections["probes"][probe.name]
    elsewhere = ("ca_file", "category", "expect", "password_secret")
    plain = {key: value for key, value in data.items() if key not in elsewhere}
    if probe.password_secret:
        plain["password_env"] = variables[probe.password_secret]
    expect = dict(data.get("expect", {}))
    for key in ("within", "hold"):
        if key in expect:
            expect[key] = f"{expect[key]:.3f}".rstrip("0").rstrip(".") + "s"
    return {**plain, "expect": expect} if expect else plain
