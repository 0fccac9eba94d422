"""What the Cloud Run scenarios share: declarations of one service, and pieces of its estate."""

from __future__ import annotations

from collections.abc import Sequence

from diag.calls import Json
from fixtures import run
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
NAME = "netra-backend-staging"
SERVING = "netra-backend-staging-00096-h4d"
OLDER = "netra-backend-staging-00095-b7t"
NEWER = "netra-backend-staging-00097-k7m"
DATABASE = "sql_instances: {staging-shared-postgres: {}}\n"


def backend(*lines: str, name: str = NAME, rest: str = "") -> str:
    """Requirements with one service that has these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"{HEAD}services:\n  {name}:\n{body}{rest}" if lines else f"{HEAD}services: {{{name}: {{}}}}\n{rest}"


def service(estate: Estate) -> Json:
    """The backend service."""
    return estate.resource("run.services", NAME)


def revision(estate: Estate, name: str = SERVING) -> Json:
    """A revision of the backend, the one that serves unless named."""
    return estate.resource("run.revisions", name)


def container(estate: Estate) -> Json:
    """The container of the backend that takes requests."""
    found: Json = revision(estate)["containers"][0]
    return found


def of_service(**fields: object) -> Patch:
    """The backend service with these fields; None takes a field away."""

    def patch(estate: Estate) -> None:
        _set(service(estate), fields)

    return patch


def of_revision(**fields: object) -> Patch:
    """The serving revision with these fields; None takes a field away."""

    def patch(estate: Estate) -> None:
        _set(revision(estate), fields)

    return patch


def of_container(**fields: object) -> Patch:
    """The container that takes requests with these fields; None takes a field away."""

    def patch(estate: Estate) -> None:
        _set(container(estate), fields)

    return patch


def _set(doc: Json, fields: dict[str, object]) -> None:
    for name, value in fields.items():
        if value is None:
            doc.pop(name, None)
        else:
            doc[name] = value


def variable(name: str, value: str | None = None, **fields: object) -> Patch:
    """The backend's variable of that name with a plain value, or with other fields."""

    def patch(estate: Estate) -> None:
        others = [item for item in container(estate)["env"] if item["name"] != name]
        plain = {} if value is None else {"value": value}
        container(estate)["env"] = [*others, {"name": name, **plain, **fields}]

    return patch


def from_secret(secret: str) -> Json:
    """The source of a variable that comes from a secret."""
    return {"secretKeyRef": {"secret": secret, "version": "latest"}}


def without_variable(name: str) -> Patch:
    """The backend without that variable."""

    def patch(estate: Estate) -> None:
        container(estate)["env"] = [item for item in container(estate)["env"] if item["name"] != name]

    return patch


def sidecar(estate: Estate, **fields: object) -> None:
    """A second container without a port."""
    revision(estate)["containers"].append({"name": "proxy", "image": container(estate)["image"], **fields})


def split(estate: Estate, other: str = OLDER, percent: int = 10) -> Json:
    """Adds a second serving revision that takes `percent` of the traffic, and gives its JSON."""
    added = estate.add("run.revisions", run.redeployed(revision(estate), other, "2025-09-11T08:00:00.000000Z"))
    shares = [(SERVING, 100 - percent), (other, percent)]
    service(estate)["traffic"] = pinned(*shares)
    service(estate)["trafficStatuses"] = pinned(*shares)
    return added


def pinned(*shares: tuple[str, int]) -> Sequence[Json]:
    """Traffic by revision."""
    kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
    return [{"type": kind, "revision": name, "percent": percent} for name, percent in shares]


def never_ready(estate: Estate) -> None:
    """The first deployment of the service failed: no revision ever became ready, and none takes traffic."""
    failed = {"type": "Ready", "state": "CONDITION_FAILED", "revisionReason": "HEALTH_CHECK_CONTAINER_ERROR"}
    revision(estate)["conditions"] = [failed]
    line = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}
    terminal = {"type": "Ready", "state": "CONDITION_FAILED", "reason": "REVISION_FAILED"}
    of_service(latestReadyRevision=None, trafficStatuses=[line], terminalCondition=terminal)(estate)


def denied_services(estate: Estate) -> None:
    """Nobody may list or get the services."""
    estate.gap("run.services.list", "denied")
    estate.gap("run.services.get", "denied")


def denied_revisions(estate: Estate) -> None:
    """Nobody may get the revisions."""
    estate.gap("run.revisions.get", "denied")


def no_services(estate: Estate) -> None:
    """The list comes back empty."""
    estate.resources["run.services"].clear()


def removed(estate: Estate) -> None:
    """The backend service is gone, and a `get` says so."""
    estate.remove("run.services", NAME)
