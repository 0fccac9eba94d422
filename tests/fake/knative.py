"""A Cloud Run v2 service in the v1 (Knative) shape that `gcloud run services describe` reads."""

from __future__ import annotations

from diag.calls import Json

_PREFIX = "run.googleapis.com/"


def as_knative(service: Json) -> Json:
    """The `serving.knative.dev/v1` view of a v2 service: what gcloud shows of it, not every field."""
    _, project, _, region, _, name = service["name"].split("/")
    template = service.get("template", {})
    latest = service.get("latestCreatedRevision", "").rpartition("/")[2]
    ready = service.get("latestReadyRevision", "").rpartition("/")[2]
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": project,
            "labels": {"cloud.googleapis.com/location": region, **service.get("labels", {})},
            "annotations": {_PREFIX + "ingress": _ingress(service.get("ingress", ""))},
            "generation": int(service.get("generation", "1")),
            "uid": service.get("uid", ""),
            "creationTimestamp": service.get("createTime", "1970-01-01T00:00:00Z"),
        },
        "spec": {"template": _template(template), "traffic": [{"latestRevision": True, "percent": 100}]},
        "status": {
            "url": service.get("uri", ""),
            "address": {"url": service.get("uri", "")},
            "observedGeneration": int(service.get("observedGeneration", "1")),
            "latestCreatedRevisionName": latest,
            "latestReadyRevisionName": ready,
            "traffic": [{"revisionName": ready, "percent": 100, "latestRevision": True}],
            "conditions": [_condition(service.get("terminalCondition", {}))],
        },
    }


def _template(template: Json) -> Json:
    access = template.get("vpcAccess", {})
    annotations = {
        _PREFIX + "vpc-access-connector": access.get("connector", "").rpartition("/")[2],
        _PREFIX + "vpc-access-egress": access.get("egress", "").lower().replace("_", "-"),
    }
    return {
        "metadata": {"annotations": {key: value for key, value in annotations.items() if value}},
        "spec": {
            "containerConcurrency": template.get("maxInstanceRequestConcurrency", 80),
            "timeoutSeconds": int(str(template.get("timeout", "300s")).removesuffix("s")),
            "serviceAccountName": template.get("serviceAccount", ""),
            "containers": [_container(item) for item in template.get("containers", [])],
        },
    }


def _container(container: Json) -> Json:
    environment = [
        {"name": item["name"], "value": item.get("value", "")}
        for item in container.get("env", [])
        if "valueSource" not in item
    ]
    limits = container.get("resources", {}).get("limits", {})
    return {"image": container.get("image", ""), "env": environment, "resources": {"limits": limits}}


def _condition(condition: Json) -> Json:
    states = {"CONDITION_SUCCEEDED": "True", "CONDITION_FAILED": "False"}
    return {"type": "Ready", "status": states.get(condition.get("state", ""), "Unknown")}


def _ingress(value: str) -> str:
    return {"INGRESS_TRAFFIC_INTERNAL_ONLY": "internal"}.get(
        value, "internal-and-cloud-load-balancing" if "LOAD_BALANCER" in value else "all"
    )
