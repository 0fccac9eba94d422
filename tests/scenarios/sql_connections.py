"""The connection budget: several services and revisions, limits by flag, tier and chain."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.sql_network import BACKEND, INSTANCE, instance, services_refused, sql
from tests.scenarios.sql_sockets import OLD, REVISION, of_an_unreadable_project

AUTH = "netra-auth-service"
AUTH_REVISION = "netra-auth-service-00041-w8c"


def pools(**sizes: str) -> str:
    """A file with a pool for each of the services, `backend` and `auth`."""
    names = {"backend": BACKEND, "auth": AUTH}
    lines = [f"  {names[key]}:\n    database_pool: {{instance: {INSTANCE}, {size}}}\n" for key, size in sizes.items()]
    return f"{sql('')}services:\n{''.join(lines)}"


BOTH = pools(backend="size: 10, max_overflow: 15", auth="size: 5, max_overflow: 5, workers: 2")


def settings(**fields: object) -> Patch:
    return instance(lambda doc: doc["settings"].update(fields))


def flag(value: int) -> Patch:
    return settings(
        databaseFlags=[{"name": "max_connections", "value": str(value)}, {"name": "work_mem", "value": "8"}]
    )


def both(*patches: Patch) -> Patch:
    def patch(estate: Estate) -> None:
        for one in patches:
            one(estate)

    return patch


def scaling(name: str, **fields: object) -> Patch:
    return lambda estate: estate.resource("run.services", name)["scaling"].update(fields)


def unbounded(estate: Estate) -> None:
    estate.resource("run.revisions", REVISION)["scaling"].pop("maxInstanceCount")


def two_revisions(estate: Estate) -> None:
    old = deepcopy(estate.resource("run.revisions", REVISION))
    old["name"] = old["name"].replace(REVISION, OLD)
    estate.add("run.revisions", old)
    estate.resource("run.services", BACKEND)["trafficStatuses"] = [
        {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": name, "percent": 50} for name in (REVISION, OLD)
    ]


def canary(estate: Estate) -> None:
    """Two revisions serve, one of them a tenth."""
    two_revisions(estate)
    for share, percent in zip(estate.resource("run.services", BACKEND)["trafficStatuses"], (90, 10), strict=True):
        share["percent"] = percent


def gone(name: str, collection: str = "run.services") -> Patch:
    def patch(estate: Estate) -> None:
        estate.remove(collection, name)

    return patch


def services_unseen(estate: Estate) -> None:
    services_refused(estate)
    estate.gap("run.services.get", GapKind.DENIED)


def replica(tier: str, listed: bool = True) -> Patch:
    """The instance gets a replica of that tier."""

    def patch(estate: Estate) -> None:
        primary = estate.resource("sql.instances", INSTANCE)
        primary["replicaNames"] = ["staging-replica"]
        doc: Json = deepcopy(primary)
        doc |= {"name": "staging-replica", "masterInstanceName": f"netra-staging:{INSTANCE}", "replicaNames": []}
        doc["selfLink"] = doc["selfLink"].replace(INSTANCE, "staging-replica")
        doc["settings"]["tier"] = tier
        primary["settings"].update(databaseFlags=[], tier="db-custom-1-3840")
        if listed:
            estate.add("sql.instances", doc)

    return patch


def primary_elsewhere(estate: Estate) -> None:
    """The instance reads from a server outside Cloud SQL, of which no tier is known."""
    doc = estate.resource("sql.instances", INSTANCE)
    doc["masterInstanceName"] = "netra-staging:on-premises"
    doc["settings"]["databaseFlags"] = []
    link = doc["selfLink"].replace(INSTANCE, "on-premises")
    estate.add(
        "sql.instances",
        {"name": "on-premises", "selfLink": link, "instanceType": "ON_PREMISES_INSTANCE", "settings": {"tier": ""}},
    )


def listed_tier(name: str, ram: str) -> Patch:
    def patch(estate: Estate) -> None:
        settings(tier=name, databaseFlags=[])(estate)
        estate.add("sql.tiers", {"kind": "sql#tier", "tier": name, "RAM": ram, "region": ["us-central1"]})

    return patch


def mysql(doc: Json) -> None:
    doc["databaseVersion"] = "MYSQL_8_0"
    doc["settings"]["databaseFlags"] = []


def least(connections: int, expect: Status, name: str, patch: Callable[[Estate], None], says: str = "") -> Scenario:
    declared = sql(f"max_connections: {connections}")
    return Scenario(name, "sql.max-connections-too-low", expect, patch, declared, INSTANCE, says)


BUDGET = "sql.connection-budget"
SCENARIOS = (
    # The backend may take 15 × 1 × (10 + 15) = 375 and the auth service 4 × 2 × (5 + 5) = 80.
    Scenario("two services fit twice", BUDGET, Status.PASS, flag(913), BOTH, INSTANCE, "375"),
    Scenario(
        "two services do not fit during a rollout", BUDGET, Status.WARN, flag(912), BOTH, INSTANCE, "455 × 2 = 910"
    ),
    Scenario("two services just fit", BUDGET, Status.WARN, flag(458), BOTH, INSTANCE),
    Scenario("one connection short", BUDGET, Status.FAIL, flag(457), BOTH, INSTANCE, "455 connections"),
    Scenario(
        "the service's maximum is the smaller",
        BUDGET,
        Status.PASS,
        both(flag(100), scaling(BACKEND, maxInstanceCount=1)),
        pools(backend="size: 10, max_overflow: 15"),
        says="1 instance × 1 × (10 + 15) = 25",
    ),
    Scenario(
        "two serving revisions add up",
        BUDGET,
        Status.FAIL,
        both(flag(400), two_revisions),
        pools(backend="size: 10, max_overflow: 15"),
        says="2 revisions of 15 + 15 = 30 instances × 1 × (10 + 15) = 750",
    ),
    Scenario(
        "a canary runs beside the revision that it is to replace, as in a rollout",
        BUDGET,
        Status.PASS,
        both(flag(753), canary),
        pools(backend="size: 10, max_overflow: 15"),
        says="15 + 15 = 30 instances",
    ),
    Scenario(
        "a canary with a maximum of its own does not double it",
        BUDGET,
        Status.PASS,
        both(
            flag(753),
            canary,
            lambda estate: estate.resource("run.revisions", OLD)["scaling"].update(maxInstanceCount=1),
        ),
        pools(backend="size: 10, max_overflow: 15"),
        says="15 + 1 = 16 instances",
    ),
    Scenario(
        "a rollout of either revision of a split takes more than both",
        BUDGET,
        Status.WARN,
        both(
            flag(752),
            canary,
            lambda estate: estate.resource("run.revisions", OLD)["scaling"].update(maxInstanceCount=1),
        ),
        pools(backend="size: 10, max_overflow: 15"),
        says="up to 750 connections",
    ),
    Scenario(
        "a canary and another service during a rollout",
        BUDGET,
        Status.WARN,
        both(flag(912), canary),
        BOTH,
        says="750 of netra-backend-staging + 160 of netra-auth-service = 910",
    ),
    Scenario(
        "two serving revisions share the service's maximum",
        BUDGET,
        Status.WARN,
        both(flag(400), two_revisions, scaling(BACKEND, maxInstanceCount=15)),
        pools(backend="size: 10, max_overflow: 15"),
        says="2 revisions of 15 + 15 = 30, 15 of the service: 15 instances",
    ),
    Scenario(
        "a fixed number of instances",
        BUDGET,
        Status.PASS,
        both(flag(103), scaling(BACKEND, scalingMode="MANUAL", manualInstanceCount=2)),
        pools(backend="size: 10, max_overflow: 15"),
        says="2 instances",
    ),
    Scenario(
        "a fixed number that is not told",
        BUDGET,
        Status.UNKNOWN,
        scaling(BACKEND, scalingMode="MANUAL"),
        pools(backend="size: 10, max_overflow: 15"),
        INSTANCE,
    ),
    Scenario("one service without a maximum", BUDGET, Status.WARN, unbounded, BOTH, INSTANCE, "100 or more"),
    Scenario(
        "the bounded one is too much already", BUDGET, Status.FAIL, both(flag(50), unbounded), BOTH, INSTANCE, "80"
    ),
    Scenario("a service does not exist", BUDGET, Status.SKIP, gone(AUTH), BOTH, INSTANCE, "run.service-missing"),
    Scenario(
        "the other is too much without it", BUDGET, Status.FAIL, both(flag(300), gone(AUTH)), BOTH, INSTANCE, "375"
    ),
    Scenario(
        "the instance does not exist",
        BUDGET,
        Status.SKIP,
        gone(INSTANCE, "sql.instances"),
        BOTH,
        INSTANCE,
        "sql.instance-missing",
    ),
    Scenario(
        "one of two serving revisions has no maximum",
        BUDGET,
        Status.WARN,
        both(two_revisions, unbounded),
        pools(backend="size: 1, max_overflow: 0"),
        INSTANCE,
        "100 or more",
    ),
    Scenario(
        "another attached instance that was not seen is no concern of this one",
        BUDGET,
        Status.PASS,
        of_an_unreadable_project,
        pools(backend="size: 10, max_overflow: 15"),
        INSTANCE,
    ),
    Scenario(
        "a share of the traffic is not told",
        BUDGET,
        Status.UNKNOWN,
        both(two_revisions, lambda e: e.resource("run.services", BACKEND)["trafficStatuses"].pop()),
        pools(backend="size: 10, max_overflow: 15"),
        INSTANCE,
        "does not name",
    ),
    Scenario("services were refused", BUDGET, Status.UNKNOWN, services_unseen, BOTH, INSTANCE),
    Scenario(
        "a limit that is no number",
        BUDGET,
        Status.UNKNOWN,
        settings(databaseFlags=[{"name": "max_connections", "value": "many"}]),
        BOTH,
    ),
    Scenario("of MySQL without a flag", BUDGET, Status.UNKNOWN, instance(mysql), BOTH, says="MYSQL_8_0"),
    least(400, Status.PASS, "7.5 GiB give 400", settings(tier="db-custom-2-7680", databaseFlags=[])),
    least(400, Status.FAIL, "just below 7.5 GiB give 200", settings(tier="db-custom-2-7424", databaseFlags=[]), "200"),
    least(25, Status.PASS, "db-f1-micro gives 25", settings(tier="db-f1-micro", databaseFlags=[])),
    least(26, Status.FAIL, "db-f1-micro gives no more", settings(tier="db-f1-micro", databaseFlags=[]), "25"),
    least(500, Status.PASS, "the list of tiers says 16 GiB", listed_tier("db-perf-optimized-N-2", "17179869184")),
    least(501, Status.FAIL, "16 GiB give no more", listed_tier("db-perf-optimized-N-2", "17179869184"), "500"),
    least(1, Status.UNKNOWN, "a tier without RAM", listed_tier("db-perf-optimized-N-2", "0"), "RAM"),
    least(
        1, Status.UNKNOWN, "2 GiB are not documented", settings(tier="db-custom-1-2048", databaseFlags=[]), "2.00 GiB"
    ),
    least(600, Status.PASS, "the largest of the chain counts", replica("db-custom-8-30720")),
    least(400, Status.PASS, "a primary outside Cloud SQL does not count", primary_elsewhere),
    least(1, Status.UNKNOWN, "a replica that was not seen", replica("db-custom-8-30720", listed=False)),
    least(1, Status.UNKNOWN, "no tier", instance(lambda doc: doc["settings"].update(databaseFlags=[], tier=""))),
)
