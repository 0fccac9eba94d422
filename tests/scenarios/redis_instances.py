"""Memorystore for Redis: there, ready, on the right network, with clients that are told the right things."""

from __future__ import annotations

from diag.calls import GapKind
from diag.checks.redis.usage import CLIENTS, MEMORY
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.metrics_shared import refused as metrics_refused
from tests.scenarios.metrics_shared import steady, without_series
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import BACKEND, direct, other_network, revision

NAME = "staging-redis"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
MISSING, READY, NETWORK = "redis.instance-missing", "redis.not-ready", "redis.network-wrong"
HOST, AUTH, FULL, MANY = "redis.host-differs", "redis.auth-mismatch", "redis.memory-high", "redis.clients-high"


def declared(**settings: object) -> str:
    lines = ", ".join(f"{key}: {value}" for key, value in settings.items())
    return f"{HEAD}redis_instances: {{{NAME}: {{{lines}}}}}\n"


DECLARED = declared()
REACHED = f"{DECLARED}services: {{netra-backend-staging: {{reaches: [{{redis: {NAME}}}]}}}}\n"


def with_(**fields: object) -> Patch:
    return lambda estate: estate.resource("redis.instances", NAME).update(fields)


def gone(estate: Estate) -> None:
    estate.remove("redis.instances", NAME)


def refused(estate: Estate) -> None:
    estate.gap("redis.instances.list", GapKind.DENIED)
    estate.gap("redis.instances.get", GapKind.DENIED)


def told(name: str, value: str) -> Patch:
    """The backend's variable has this value."""

    def patch(estate: Estate) -> None:
        variables = revision(estate)["containers"][0]["env"]
        next(item for item in variables if item["name"] == name)["value"] = value

    return patch


def without_credentials(estate: Estate) -> None:
    container = revision(estate)["containers"][0]
    container["env"] = [item for item in container["env"] if item["name"] != "REDIS_URL"]


def variable(name: str, **source: object) -> Patch:
    """The backend has one more variable."""
    return lambda estate: revision(estate)["containers"][0]["env"].append({"name": name, **source})


def empty_password(estate: Estate) -> None:
    without_credentials(estate)
    variable("REDIS_PASSWORD", value="")(estate)


def sent_in_vain(estate: Estate) -> None:
    with_(authEnabled=False)(estate)
    variable("REDIS_PASSWORD", valueSource={"secretKeyRef": {"secret": "redis-password", "version": "latest"}})(estate)


def switched_off(estate: Estate) -> None:
    with_(authEnabled=False)(estate)
    variable("REDIS_AUTH", value="false")(estate)


def beside_a_proxy(host: str) -> Patch:
    """The backend is told a local address, and has a second container."""

    def patch(estate: Estate) -> None:
        told("REDIS_HOST", host)(estate)
        containers = estate.resource("run.revisions", BACKEND)["containers"]
        containers.append({"name": "proxy", "image": "us-docker.pkg.dev/netra-staging/app/proxy"})

    return patch


def hidden(length: str) -> Patch:
    return told("REDIS_HOST", f"[redacted: {length} characters]")


def with_replicas(read: str) -> Patch:
    """The instance has a read endpoint, and the backend is told where to read."""

    def patch(estate: Estate) -> None:
        with_(tier="STANDARD_HA", readEndpoint="10.166.204.84", readEndpointPort=6379)(estate)
        variable("REDIS_READ_HOST", value=read)(estate)

    return patch


def plain_url(url: str) -> Patch:
    def patch(estate: Estate) -> None:
        without_credentials(estate)
        revision(estate)["containers"][0]["env"].append({"name": "REDIS_URL", "value": url})

    return patch


def on_another_network(estate: Estate) -> None:
    other_network(estate)
    with_(authorizedNetwork="projects/netra-staging/global/networks/other-vpc")(estate)


def no_egress(estate: Estate) -> None:
    del revision(estate)["vpcAccess"]


def together(*patches: Patch) -> Patch:
    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


MAINTENANCE = {"startTime": "2025-09-18T08:20:00Z", "endTime": "2025-09-18T08:40:00Z"}
EARLIER = {"startTime": "2025-09-17T08:20:00Z", "endTime": "2025-09-17T08:40:00Z"}

SCENARIOS = (
    Scenario("there", MISSING, Status.PASS, declared=DECLARED, resource=NAME),
    Scenario("gone, and a get confirms it", MISSING, Status.FAIL, gone, DECLARED, NAME),
    Scenario("refused", MISSING, Status.UNKNOWN, refused, DECLARED),
    Scenario("READY", READY, Status.PASS, declared=DECLARED, resource=NAME),
    Scenario("failing over", READY, Status.FAIL, with_(state="FAILING_OVER"), DECLARED, says="FAILING_OVER"),
    Scenario("a state never seen", READY, Status.UNKNOWN, with_(state="DREAMING"), DECLARED, says="DREAMING"),
    Scenario(
        "a state that is not told", READY, Status.UNKNOWN, with_(state="STATE_UNSPECIFIED"), DECLARED, says="its state"
    ),
    Scenario("maintained within the window", READY, Status.FAIL, with_(maintenanceSchedule=MAINTENANCE), DECLARED),
    Scenario("maintained a day before", READY, Status.PASS, with_(maintenanceSchedule=EARLIER), DECLARED),
    Scenario("gone", READY, Status.SKIP, gone, DECLARED, says="redis.instance-missing"),
    Scenario("refused", READY, Status.UNKNOWN, refused, DECLARED),
    Scenario("the declared network", NETWORK, Status.PASS, declared=declared(network="staging-vpc")),
    Scenario("another network", NETWORK, Status.FAIL, on_another_network, declared(network="staging-vpc")),
    Scenario("its client leaves into it", NETWORK, Status.PASS, declared=REACHED, says="staging-vpc"),
    Scenario("its client leaves into it directly", NETWORK, Status.PASS, direct, REACHED),
    Scenario("its client leaves into another", NETWORK, Status.FAIL, on_another_network, REACHED, says="other-vpc"),
    Scenario("its client has no VPC egress", NETWORK, Status.FAIL, no_egress, REACHED, says="no VPC egress"),
    Scenario("nothing declared", NETWORK, Status.SKIP, declared=DECLARED),
    Scenario("revisions refused", NETWORK, Status.UNKNOWN, lambda e: e.gap("run.revisions.get", "denied"), REACHED),
    Scenario("the right host and port", HOST, Status.PASS, resource=BACKEND),
    Scenario("another host", HOST, Status.FAIL, told("REDIS_HOST", "10.166.204.99"), says="10.166.204.99"),
    Scenario("another port", HOST, Status.FAIL, told("REDIS_PORT", "6380"), says="REDIS_PORT"),
    Scenario("a line break is another finding", HOST, Status.PASS, told("REDIS_HOST", "10.166.204.83\n")),
    Scenario("a local name", HOST, Status.FAIL, told("REDIS_HOST", "localhost"), says="localhost"),
    Scenario("a local address", HOST, Status.FAIL, told("REDIS_HOST", "127.0.0.1"), says="127.0.0.1"),
    Scenario(
        "a local name, and another container", HOST, Status.UNKNOWN, beside_a_proxy("localhost"), says="container"
    ),
    Scenario("a local address, and another container", HOST, Status.UNKNOWN, beside_a_proxy("127.0.0.1")),
    Scenario("a name in small letters", HOST, Status.FAIL, variable("redis_host", value="10.9.9.9"), says="10.9.9.9"),
    Scenario("hidden, and none of its shape", HOST, Status.FAIL, hidden("1-7"), says="another value"),
    Scenario("hidden, and of its shape", HOST, Status.UNKNOWN, hidden("8-15"), says="redacted"),
    Scenario("a name", HOST, Status.UNKNOWN, told("REDIS_HOST", "cache.internal"), says="name"),
    Scenario("no instance in view", HOST, Status.UNKNOWN, refused),
    Scenario("the declared host", HOST, Status.PASS, declared=declared(host="10.166.204.83"), resource=NAME),
    Scenario("another declared host", HOST, Status.FAIL, declared=declared(host="10.0.0.9"), resource=NAME),
    Scenario("its read endpoint", HOST, Status.PASS, with_replicas("10.166.204.84"), resource=BACKEND),
    Scenario("another read endpoint", HOST, Status.FAIL, with_replicas("10.166.204.85"), resource=BACKEND),
    Scenario("a host with its port", HOST, Status.PASS, told("REDIS_HOST", "10.166.204.83:6379"), resource=BACKEND),
    Scenario("a host with another port", HOST, Status.FAIL, told("REDIS_HOST", "10.166.204.83:6380"), resource=BACKEND),
    Scenario("AUTH on, as declared", AUTH, Status.PASS, declared=declared(auth="true"), resource=NAME),
    Scenario("AUTH off, and declared on", AUTH, Status.FAIL, with_(authEnabled=False), declared(auth="true")),
    Scenario("AUTH on, and declared off", AUTH, Status.FAIL, declared=declared(auth="false")),
    Scenario("its client has a URL", AUTH, Status.PASS, declared=REACHED, says="REDIS_URL"),
    Scenario("its client has no credentials", AUTH, Status.FAIL, without_credentials, REACHED, says="AUTH string"),
    Scenario(
        "its client speaks plain Redis where TLS is demanded",
        AUTH,
        Status.FAIL,
        together(with_(transitEncryptionMode="SERVER_AUTHENTICATION"), plain_url("redis://10.166.204.83:6378")),
        REACHED,
        says="TLS is demanded",
    ),
    Scenario(
        "its client connects to the plain port",
        AUTH,
        Status.FAIL,
        with_(transitEncryptionMode="SERVER_AUTHENTICATION", port=6378),
        REACHED,
        says="TLS is demanded on 6378",
    ),
    Scenario("its client has an empty password", AUTH, Status.FAIL, empty_password, REACHED, says="AUTH string"),
    Scenario("AUTH off, and a client sends it", AUTH, Status.FAIL, sent_in_vain, REACHED, says="AUTH is off"),
    Scenario("AUTH off, and a client says so", AUTH, Status.PASS, switched_off, REACHED),
    Scenario(
        "AUTH off, and a client sends it to another",
        AUTH,
        Status.PASS,
        sent_in_vain,
        REACHED.replace("reaches: [", "reaches: [{redis: queue}, ").replace(
            "redis_instances: {", "redis_instances: {queue: {}, "
        ),
    ),
    Scenario("AUTH off, and a URL may hold none", AUTH, Status.PASS, with_(authEnabled=False), REACHED),
    Scenario("refused", AUTH, Status.UNKNOWN, refused, REACHED),
    Scenario("31 %", FULL, Status.PASS, declared=DECLARED, resource=NAME, says="31 %"),
    Scenario("90 %", FULL, Status.WARN, steady(MEMORY, 0.9), DECLARED),
    Scenario("97 %", FULL, Status.FAIL, steady(MEMORY, 0.97), DECLARED),
    Scenario("no series", FULL, Status.UNKNOWN, without_series(MEMORY), DECLARED, says="no point"),
    Scenario("refused", FULL, Status.UNKNOWN, metrics_refused, DECLARED),
    Scenario("24 of 65000", MANY, Status.PASS, declared=DECLARED, says="of 65000"),
    Scenario("60000 of 65000", MANY, Status.WARN, steady(CLIENTS, 60_000), DECLARED),
    Scenario("64000 of 65000", MANY, Status.FAIL, steady(CLIENTS, 64_000), DECLARED),
    Scenario("no series", MANY, Status.UNKNOWN, without_series(CLIENTS), DECLARED),
    Scenario("refused", MANY, Status.UNKNOWN, metrics_refused, DECLARED),
)
