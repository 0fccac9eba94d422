"""Methods of how a project is run: metrics, logs, IAM, secrets, services in use, alerts."""

from __future__ import annotations

from diag.methods.method import Method, Verb

_POLICY_VERSION = {"options": {"requested_policy_version": 3}}
"""Without it a policy comes without its conditions, as if they were not there."""


def _policy(api: str, key: str, topic: str, package: str, service: str, client: str, path: str) -> Method:
    """`getIamPolicy` of one kind of resource; the answer is a policy and names nothing."""
    return Method(
        key=key,
        topic=topic,
        api=f"{api}.googleapis.com",
        name="GetIamPolicy",
        verb=Verb.GET_IAM_POLICY,
        permission=key.replace("cloudresourcemanager", "resourcemanager"),
        client=f"{package}.{client}.get_iam_policy",
        http=f"{path}:getIamPolicy",
        rpc=f"/{service}/GetIamPolicy",
        named_by="",
        constant=_POLICY_VERSION,
        post=api == "cloudresourcemanager",
    )


def _resources(kind: str, client: str, verb: Verb, name: str) -> Method:
    """Projects, folders and organizations of Resource Manager v3."""
    service = f"google.cloud.resourcemanager.v3.{client}"
    path = f"resourcemanager_v3.services.{kind}.{client}Client"
    if verb is Verb.GET_IAM_POLICY:
        key = f"cloudresourcemanager.{kind}.getIamPolicy"
        topic = "project_policy" if kind == "projects" else "ancestor_policies"
        return _policy(
            "cloudresourcemanager", key, topic, "resourcemanager_v3", service, path.partition(".")[2], "/v3/{resource}"
        )
    return Method(
        key=f"cloudresourcemanager.{kind}.get",
        topic=kind,
        api="cloudresourcemanager.googleapis.com",
        name=name,
        verb=verb,
        permission=f"resourcemanager.{kind}.get",
        client=f"{path}.get_{kind[:-1]}",
        http="/v3/{name}",
        rpc=f"/{service}/{name}",
    )


def _monitoring(key: str, topic: str, service: str, function: str, name: str, permission: str, items: str) -> Method:
    client = "".join(part.capitalize() for part in service.split("_"))
    return Method(
        key=key,
        topic=topic,
        api="monitoring.googleapis.com",
        name=name,
        verb=Verb.LIST,
        permission=permission,
        client=f"monitoring_v3.services.{service}.{client}Client.{function}",
        http="/v3/{name}/" + items,
        rpc=f"/google.monitoring.v3.{client}/{name}",
        items=items,
        partial=("executionErrors",) if topic == "metrics" else (),
        named_by="" if topic == "metrics" else "name",
    )


def _secrets(key: str, topic: str, verb: Verb, function: str, name: str, http: str, items: str = "") -> Method:
    return Method(
        key=key,
        topic=topic,
        api="secretmanager.googleapis.com",
        name=name,
        verb=verb,
        permission=key,
        client=f"secretmanager_v1.services.secret_manager_service.SecretManagerServiceClient.{function}",
        http=http,
        rpc=f"/google.cloud.secretmanager.v1.SecretManagerService/{name}",
        items=items,
    )


_LOG_ENTRIES = Method(
    key="logging.entries.list",
    topic="log_entries",
    api="logging.googleapis.com",
    name="ListLogEntries",
    verb=Verb.LIST,
    permission="logging.logEntries.list",
    client="logging_v2.services.logging_service_v2.LoggingServiceV2Client.list_log_entries",
    http="/v2/entries:list",
    rpc="/google.logging.v2.LoggingServiceV2/ListLogEntries",
    items="entries",
    named_by="",
    most=10_000,
    post=True,
)

_ROLES = Method(
    key="iam.roles.get",
    topic="roles",
    api="iam.googleapis.com",
    name="GetRole",
    verb=Verb.GET,
    permission="iam.roles.get",
    client="iam_admin_v1.services.iam.IAMClient.get_role",
    http="/v1/{name}",
    rpc="/google.iam.admin.v1.IAM/GetRole",
)

_SERVICES_IN_USE = Method(
    key="serviceusage.services.list",
    topic="apis",
    api="serviceusage.googleapis.com",
    name="ListServices",
    verb=Verb.LIST,
    permission="serviceusage.services.list",
    client="service_usage_v1.services.service_usage.ServiceUsageClient.list_services",
    http="/v1/{parent}/services",
    rpc="/google.api.serviceusage.v1.ServiceUsage/ListServices",
    items="services",
)

_PERMISSIONS = Method(
    key="cloudresourcemanager.projects.testIamPermissions",
    topic="permissions",
    api="cloudresourcemanager.googleapis.com",
    name="TestIamPermissions",
    verb=Verb.TEST_IAM_PERMISSIONS,
    permission="",
    client="resourcemanager_v3.services.projects.ProjectsClient.test_iam_permissions",
    http="/v3/{resource}:testIamPermissions",
    rpc="/google.cloud.resourcemanager.v3.Projects/TestIamPermissions",
    named_by="",
    post=True,
)

OPERATING = (
    _monitoring(
        "monitoring.timeSeries.list",
        "metrics",
        "metric_service",
        "list_time_series",
        "ListTimeSeries",
        "monitoring.timeSeries.list",
        "timeSeries",
    ),
    _monitoring(
        "monitoring.alertPolicies.list",
        "alert_policies",
        "alert_policy_service",
        "list_alert_policies",
        "ListAlertPolicies",
        "monitoring.alertPolicies.list",
        "alertPolicies",
    ),
    _monitoring(
        "monitoring.notificationChannels.list",
        "notification_channels",
        "notification_channel_service",
        "list_notification_channels",
        "ListNotificationChannels",
        "monitoring.notificationChannels.list",
        "notificationChannels",
    ),
    _LOG_ENTRIES,
    _resources("projects", "Projects", Verb.GET, "GetProject"),
    _resources("projects", "Projects", Verb.GET_IAM_POLICY, "GetIamPolicy"),
    _resources("folders", "Folders", Verb.GET, "GetFolder"),
    _resources("folders", "Folders", Verb.GET_IAM_POLICY, "GetIamPolicy"),
    _resources("organizations", "Organizations", Verb.GET_IAM_POLICY, "GetIamPolicy"),
    _PERMISSIONS,
    _ROLES,
    _SERVICES_IN_USE,
    _secrets(
        "secretmanager.secrets.list",
        "secrets",
        Verb.LIST,
        "list_secrets",
        "ListSecrets",
        "/v1/{parent}/secrets",
        "secrets",
    ),
    _secrets("secretmanager.secrets.get", "secrets", Verb.GET, "get_secret", "GetSecret", "/v1/{name}"),
    _secrets(
        "secretmanager.versions.list",
        "secret_versions",
        Verb.LIST,
        "list_secret_versions",
        "ListSecretVersions",
        "/v1/{parent}/versions",
        "versions",
    ),
    _secrets(
        "secretmanager.versions.get",
        "secret_versions",
        Verb.GET,
        "get_secret_version",
        "GetSecretVersion",
        "/v1/{name}",
    ),
    _policy(
        "secretmanager",
        "secretmanager.secrets.getIamPolicy",
        "secret_policies",
        "secretmanager_v1",
        "google.cloud.secretmanager.v1.SecretManagerService",
        "services.secret_manager_service.SecretManagerServiceClient",
        "/v1/{resource}",
    ),
)
