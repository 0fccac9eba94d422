"""A tiny synthetic bundle with an answer for every method of the table; no real project is in it."""

from __future__ import annotations

import json
from pathlib import Path

from diag.calls import METHODS, Call, Json, Verb

PROJECT = "synthetic-project"
REGION = "us-central1"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
LINK = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}"


def service(name: str) -> Json:
    """A Cloud Run service that leaves through a connector."""
    full = f"{PARENT}/services/{name}"
    return {
        "name": full,
        "uid": f"synthetic-{name}",
        "generation": "2",
        "observedGeneration": "2",
        "ingress": "INGRESS_TRAFFIC_ALL",
        "uri": f"https://{name}-synthetic.a.run.app",
        "latestCreatedRevision": f"{full}/revisions/{name}-00002-abc",
        "latestReadyRevision": f"{full}/revisions/{name}-00002-abc",
        "terminalCondition": {"type": "Ready", "state": "CONDITION_SUCCEEDED"},
        "createTime": "2025-09-15T10:00:00Z",
        "template": {
            "timeout": "600s",
            "vpcAccess": {"connector": f"{PARENT}/connectors/main", "egress": "ALL_TRAFFIC"},
            "containers": [{"image": "example.invalid/app", "resources": {"limits": {"cpu": "1", "memory": "512Mi"}}}],
        },
    }


def _scoped(collection: str, scope: str = "global") -> Json:
    items = [{"name": f"{collection.lower()}-{number}"} for number in (1, 2, 3)]
    return {"items": {"global": {}, scope: {collection: items}}}


_CERTIFICATE = f"projects/{PROJECT}/locations/global/certificates/web"
_MAP = f"projects/{PROJECT}/locations/global/certificateMaps/web"

_PLAIN: tuple[tuple[str, dict[str, str], Json], ...] = (
    ("run.services.list", {"parent": PARENT}, {"services": [service("api"), service("auth"), service("web")]}),
    ("run.services.get", {"name": f"{PARENT}/services/api"}, service("api")),
    (
        "run.revisions.get",
        {"name": f"{PARENT}/services/api/revisions/api-00002-abc"},
        {"name": f"{PARENT}/services/api/revisions/api-00002-abc", "service": "api", "timeout": "600s"},
    ),
    (
        "vpcaccess.connectors.list",
        {"parent": PARENT},
        {"connectors": [{"name": f"{PARENT}/connectors/{name}", "state": "READY"} for name in ("main", "spare")]},
    ),
    (
        "vpcaccess.connectors.get",
        {"name": f"{PARENT}/connectors/main"},
        {
            "name": f"{PARENT}/connectors/main",
            "network": "main-vpc",
            "ipCidrRange": "10.8.0.0/28",
            "state": "READY",
            "minInstances": 2,
            "maxInstances": 10,
            "machineType": "e2-micro",
        },
    ),
    (
        "sql.instances.list",
        {"project": PROJECT},
        {"items": [{"name": f"db-{number}", "region": REGION, "state": "RUNNABLE"} for number in (1, 2, 3)]},
    ),
    (
        "sql.instances.get",
        {"project": PROJECT, "instance": "db-1"},
        {
            "kind": "sql#instance",
            "name": "db-1",
            "project": PROJECT,
            "region": REGION,
            "state": "RUNNABLE",
            "databaseVersion": "POSTGRES_14",
            "settings": {"tier": "db-custom-2-7680", "settingsVersion": "7", "dataDiskSizeGb": "20"},
        },
    ),
    (
        "sql.operations.list",
        {"project": PROJECT, "instance": "db-1"},
        {"items": [{"name": f"operation-{number}", "status": "DONE"} for number in (1, 2, 3)]},
    ),
    ("sql.tiers.list", {"project": PROJECT}, {"items": [{"tier": "db-g1-small", "RAM": "1825361100"}]}),
    (
        "compute.networks.list",
        {"project": PROJECT},
        {"items": [{"name": f"vpc-{number}", "selfLink": f"{LINK}/global/networks/vpc-{number}"} for number in (1, 2)]},
    ),
    ("compute.routes.list", {"project": PROJECT}, {"items": [{"name": "default", "destRange": "0.0.0.0/0"}]}),
    ("certificatemanager.certificates.get", {"name": _CERTIFICATE}, {"name": _CERTIFICATE}),
    (
        "certificatemanager.certificate_map_entries.list",
        {"parent": _MAP},
        {"certificateMapEntries": [{"name": f"{_MAP}/certificateMapEntries/web", "certificates": [_CERTIFICATE]}]},
    ),
)

_INSTANCE = f"{PARENT}/instances/cache"
_SECRET = f"projects/{PROJECT}/secrets/database-url"
_POLICY = {"version": 1, "etag": "BwXk", "bindings": [{"role": "roles/viewer", "members": ["allUsers"]}]}
_METRIC = "run.googleapis.com/container/instance_count"

_OPERATING: tuple[tuple[str, dict[str, str], Json], ...] = (
    ("redis.instances.list", {"parent": PARENT}, {"instances": [{"name": _INSTANCE}, {"name": f"{_INSTANCE}-2"}]}),
    ("redis.instances.get", {"name": _INSTANCE}, {"name": _INSTANCE, "state": "READY", "port": 6379}),
    (
        "compute.networks.getEffectiveFirewalls",
        {"project": PROJECT, "network": "vpc-1"},
        {"firewalls": [{"name": "allow", "direction": "INGRESS", "priority": 1000}]},
    ),
    (
        "compute.backendServices.getHealth",
        {"project": PROJECT, "backend_service": "web", "resource_group_reference_resource.group": f"{LINK}/x"},
        {"kind": "compute#backendServiceGroupHealth", "healthStatus": [{"healthState": "HEALTHY"}]},
    ),
    (
        "compute.regionBackendServices.getHealth",
        {
            "project": PROJECT,
            "region": REGION,
            "backend_service": "web",
            "resource_group_reference_resource.group": f"{LINK}/x",
        },
        {"kind": "compute#backendServiceGroupHealth", "healthStatus": [{"healthState": "UNHEALTHY"}]},
    ),
    ("dns.managedZones.list", {"project": PROJECT}, {"managedZones": [{"name": f"zone-{n}"} for n in (1, 2)]}),
    (
        "dns.resourceRecordSets.list",
        {"project": PROJECT, "managedZone": "zone-1"},
        {"rrsets": [{"name": f"{name}.example.invalid.", "type": "A"} for name in ("a", "b")]},
    ),
    (
        "networkmanagement.connectivityTests.list",
        {"parent": f"projects/{PROJECT}/locations/global"},
        {"resources": [{"name": f"projects/{PROJECT}/locations/global/connectivityTests/t{n}"} for n in (1, 2)]},
    ),
    (
        "monitoring.timeSeries.list",
        {
            "name": f"projects/{PROJECT}",
            "filter": f'metric.type="{_METRIC}"',
            "interval.start_time": "2025-09-16T16:45:03Z",
            "interval.end_time": "2025-09-16T17:45:03Z",
            "aggregation.alignment_period": "60s",
            "aggregation.per_series_aligner": "ALIGN_MAX",
        },
        {"timeSeries": [{"metric": {"type": _METRIC, "labels": {"state": state}}} for state in ("active", "idle")]},
    ),
    (
        "monitoring.alertPolicies.list",
        {"name": f"projects/{PROJECT}"},
        {"alertPolicies": [{"name": f"projects/{PROJECT}/alertPolicies/{number}"} for number in (1, 2)]},
    ),
    (
        "monitoring.notificationChannels.list",
        {"name": f"projects/{PROJECT}"},
        {"notificationChannels": [{"name": f"projects/{PROJECT}/notificationChannels/{number}"} for number in (1, 2)]},
    ),
    (
        "logging.entries.list",
        {"resource_names[0]": f"projects/{PROJECT}", "filter": "severity>=ERROR", "order_by": "timestamp desc"},
        {
            "entries": [
                {"insertId": f"synthetic-{number}", "textPayload": "Container called exit(3)."} for number in (1, 2)
            ]
        },
    ),
    (
        "cloudresourcemanager.projects.get",
        {"name": f"projects/{PROJECT}"},
        {"name": "projects/123456789012", "projectId": PROJECT, "state": "ACTIVE"},
    ),
    ("cloudresourcemanager.projects.getIamPolicy", {"resource": f"projects/{PROJECT}"}, _POLICY),
    ("cloudresourcemanager.folders.get", {"name": "folders/12"}, {"name": "folders/12", "parent": "organizations/3"}),
    ("cloudresourcemanager.folders.getIamPolicy", {"resource": "folders/12"}, _POLICY),
    ("cloudresourcemanager.organizations.getIamPolicy", {"resource": "organizations/3"}, _POLICY),
    (
        "cloudresourcemanager.projects.testIamPermissions",
        {"resource": f"projects/{PROJECT}", "permissions[0]": "run.services.list"},
        {"permissions": ["run.services.list"]},
    ),
    ("iam.roles.get", {"name": "roles/cloudsql.client"}, {"name": "roles/cloudsql.client", "stage": "GA"}),
    (
        "serviceusage.services.list",
        {"parent": f"projects/{PROJECT}", "filter": "state:ENABLED"},
        {"services": [{"name": f"projects/1/services/{api}", "state": "ENABLED"} for api in ("run", "compute")]},
    ),
    (
        "secretmanager.secrets.list",
        {"parent": f"projects/{PROJECT}"},
        {"secrets": [{"name": _SECRET}, {"name": f"{_SECRET}-2"}]},
    ),
    ("secretmanager.secrets.get", {"name": _SECRET}, {"name": _SECRET}),
    (
        "secretmanager.versions.list",
        {"parent": _SECRET},
        {"versions": [{"name": f"{_SECRET}/versions/{number}", "state": "ENABLED"} for number in (2, 1)]},
    ),
    (
        "secretmanager.versions.get",
        {"name": f"{_SECRET}/versions/latest"},
        {"name": f"{_SECRET}/versions/2", "state": "ENABLED"},
    ),
    ("secretmanager.secrets.getIamPolicy", {"resource": _SECRET}, _POLICY),
)

_SCOPED = (
    (
        method.key,
        {"project": PROJECT},
        _scoped(method.items, f"regions/{REGION}" if method.items in ("subnetworks", "routers") else "global"),
    )
    for method in METHODS.values()
    if method.verb is Verb.AGGREGATED_LIST
)

ANSWERS: dict[Call, Json] = {
    Call.of(key, **request): answer for key, request, answer in (*_PLAIN, *_OPERATING, *_SCOPED)
}
"""One recorded call of every method."""


def write_bundle(folder: Path, answers: dict[Call, Json] = ANSWERS, gaps: dict[Call, Json] | None = None) -> Path:
    """Writes a bundle as `diag record` lays it out and returns its folder."""
    manifest = {"format": "diag-bundle", "version": 1, "tool": "0.1.0", "project": PROJECT, "region": REGION}
    manifest |= {"taken_at": "2025-09-16T17:45:03Z", "calls": len(answers), "synthetic": True}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    entries = [(call, {"answer": answer}) for call, answer in answers.items()]
    entries += [(call, {"gap": gap}) for call, gap in (gaps or {}).items()]
    for number, (call, content) in enumerate(entries):
        path = folder / "calls" / call.method.key / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"method": call.method.key, "request": dict(call.request), **content}))
    return folder
