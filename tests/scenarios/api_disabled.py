"""APIs that are needed, and off."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.run_shared import HEAD, backend, denied_revisions, denied_services, no_services
from tests.scenarios.scenario import Patch, Scenario

CHECK = "api.disabled"
APIS = "serviceusage.services"
CONNECTOR = f"{HEAD}connectors: {{staging-connector: {{network: staging-vpc}}}}\n"
CACHE = f"{HEAD}redis_instances: {{staging-redis: {{}}}}\n"
BALANCER = f"{HEAD}load_balancers: {{staging: {{https_redirect: true}}}}\n"
SOCKET = backend(
    "reaches: [{sql: db, via: socket}]",
    name="netra-frontend-staging",
    rest="sql_instances: {db: {project: netra-data}}\n",
)
ALERT = f"{HEAD}alerts: [{{metric: run-errors}}]\n"
DIRECT = backend("egress: {network: projects/netra-staging/global/networks/staging-vpc}")
SECRET = f"{HEAD}secrets: [database-url]\n"


def together(*patches: Patch) -> Patch:
    """One patch after the other."""

    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def off(api: str) -> Patch:
    """The list of enabled APIs leaves it out."""

    def patch(estate: Estate) -> None:
        estate.remove(APIS, f"{api}.googleapis.com")

    return patch


def only(*apis: str) -> Patch:
    """No other API is on."""

    def patch(estate: Estate) -> None:
        kept = {f"{api}.googleapis.com" for api in apis}
        estate.resources[APIS] = {name: doc for name, doc in estate.resources[APIS].items() if name in kept}

    return patch


def state(api: str, value: str) -> Patch:
    """The list says another state of it."""
    return lambda estate: estate.resource(APIS, f"{api}.googleapis.com").update(state=value)


def unlisted(estate: Estate) -> None:
    """The list may not be read."""
    estate.gap(f"{APIS}.list", GapKind.DENIED)


def refused(key: str, api: str, project: str = ids.PROJECT) -> Patch:
    """Calls of the method come back since the API is off in that project."""

    def patch(estate: Estate) -> None:
        estate.gap(key, GapKind.DISABLED)
        gap = estate.gaps[key]
        advice = f"gcloud services enable {api}.googleapis.com --project {project}"
        estate.gaps[key] = type(gap)(gap.kind, gap.message, advice=advice)

    return patch


def hollow(estate: Estate) -> None:
    """The list is no list."""
    estate.hollow.add(f"{APIS}.list")


def partial(estate: Estate) -> None:
    """A page of the list is missing."""
    estate.partial(f"{APIS}.list")


def mapped(estate: Estate) -> None:
    """The proxy has a certificate map."""
    proxy = estate.resource("compute.targetHttpsProxies", "staging-https-proxy")
    place = f"projects/{ids.PROJECT}/locations/global/certificateMaps/staging"
    proxy["certificateMap"] = f"//certificatemanager.googleapis.com/{place}"


def of_manager(estate: Estate) -> None:
    """The proxy lists a certificate of Certificate Manager, as regional ones do."""
    proxy = estate.resource("compute.targetHttpsProxies", "staging-https-proxy")
    place = f"projects/{ids.PROJECT}/locations/us-central1/certificates/staging"
    proxy["sslCertificates"] = [f"//certificatemanager.googleapis.com/{place}"]


def blind(estate: Estate) -> None:
    """Proxies may not be read."""
    estate.gap("compute.targetHttpsProxies.aggregatedList", GapKind.DENIED)


SCENARIOS = (
    Scenario("everything is on", CHECK, Status.PASS, declared=CONNECTOR, resource="vpcaccess.googleapis.com"),
    Scenario("for a connector", CHECK, Status.FAIL, off("vpcaccess"), CONNECTOR, "vpcaccess.googleapis.com"),
    Scenario("for its network", CHECK, Status.FAIL, off("compute"), CONNECTOR, "compute.googleapis.com"),
    Scenario("for a cache", CHECK, Status.FAIL, off("redis"), CACHE, "redis.googleapis.com", "staging-redis"),
    Scenario("for a load balancer", CHECK, Status.FAIL, off("compute"), BALANCER, "compute.googleapis.com"),
    Scenario("for a service", CHECK, Status.FAIL, off("run"), backend(), "run.googleapis.com"),
    Scenario(
        "for a declared socket",
        CHECK,
        Status.FAIL,
        off("sqladmin"),
        SOCKET,
        "sqladmin.googleapis.com",
        "the socket of netra-frontend-staging",
    ),
    Scenario("for a secret", CHECK, Status.FAIL, off("secretmanager"), SECRET, "secretmanager.googleapis.com"),
    Scenario("for an alert", CHECK, Status.FAIL, off("monitoring"), ALERT, "monitoring.googleapis.com"),
    Scenario("for direct egress", CHECK, Status.FAIL, off("compute"), DIRECT, "compute.googleapis.com"),
    Scenario(
        "for a socket in view",
        CHECK,
        Status.FAIL,
        off("sqladmin"),
        resource="sqladmin.googleapis.com",
        says="socket of",
    ),
    Scenario("for a secret in view", CHECK, Status.FAIL, off("secretmanager"), resource="secretmanager.googleapis.com"),
    Scenario("for a connector in view", CHECK, Status.FAIL, off("vpcaccess"), resource="vpcaccess.googleapis.com"),
    Scenario("for no cache", CHECK, Status.PASS, off("redis"), CONNECTOR),
    Scenario("for no certificate map", CHECK, Status.PASS, off("certificatemanager"), CONNECTOR),
    Scenario(
        "for a certificate map",
        CHECK,
        Status.FAIL,
        together(mapped, off("certificatemanager")),
        CONNECTOR,
        "certificatemanager.googleapis.com",
    ),
    Scenario(
        "for a certificate of the manager",
        CHECK,
        Status.FAIL,
        together(of_manager, off("certificatemanager")),
        CONNECTOR,
        "certificatemanager.googleapis.com",
    ),
    Scenario("listed as off", CHECK, Status.FAIL, state("redis", "DISABLED"), CACHE, says="DISABLED"),
    Scenario("in a state never seen", CHECK, Status.UNKNOWN, state("redis", "FADING"), CACHE, says="FADING"),
    Scenario("without a state", CHECK, Status.UNKNOWN, state("redis", ""), CACHE),
    Scenario("the list may not be read", CHECK, Status.UNKNOWN, unlisted, CACHE, "redis.googleapis.com", "denied"),
    Scenario("the list is no list", CHECK, Status.UNKNOWN, hollow, CACHE, "redis.googleapis.com"),
    Scenario("a part of the list", CHECK, Status.UNKNOWN, together(partial, off("redis")), CACHE),
    Scenario(
        "a call proves it",
        CHECK,
        Status.FAIL,
        together(unlisted, refused("run.services.list", "run")),
        backend(),
        "run.googleapis.com",
        "SERVICE_DISABLED",
    ),
    Scenario(
        "a call proves it of the quota project",
        CHECK,
        Status.UNKNOWN,
        together(unlisted, refused("run.services.list", "run", "netra-tools")),
        backend(),
        "run.googleapis.com",
    ),
    Scenario("services may not be read", CHECK, Status.UNKNOWN, denied_services),
    Scenario("revisions may not be read", CHECK, Status.UNKNOWN, denied_revisions),
    Scenario("proxies may not be read", CHECK, Status.UNKNOWN, blind),
    Scenario("one of many", CHECK, Status.FAIL, together(no_services, only("run", "compute")), CACHE),
)
