"""Start-up, requests, size, scaling and ingress against what is declared."""

from __future__ import annotations

from diag.report import Status
from fixtures import run
from fixtures.estate import Estate
from tests.scenarios.run_shared import (
    DATABASE,
    HEAD,
    NAME,
    OLDER,
    SERVING,
    backend,
    denied_revisions,
    denied_services,
    never_ready,
    of_container,
    of_revision,
    of_service,
    removed,
    revision,
    service,
    sidecar,
    split,
)
from tests.scenarios.scenario import Patch, Scenario

TIMEOUT, WINDOW, WEAK = "run.request-timeout-too-short", "run.startup-window-too-short", "run.startup-probe-weak"
CPU, MEMORY, POOL = "run.cpu-too-small", "run.memory-too-small", "run.pool-over-instance-limit"
MIN, MAX, CONCURRENCY, INGRESS = "run.min-instances", "run.max-instances", "run.concurrency", "run.ingress-open"

LONG = backend("request_timeout: 600s")
SLOW = backend("startup_window: 600s")
ROUTED = "load_balancers: {staging: {domains: {staging.netrasystems.ai: {routes: {/: netra-backend-staging}}}}}\n"


def probe(**fields: object) -> Patch:
    """The backend's start-up probe with these fields and no others."""
    return of_container(startupProbe=dict(fields))


def limits(**fields: str) -> Patch:
    """The limits of the container that takes requests."""
    return of_container(resources={"limits": fields})


def scaling(**fields: object) -> Patch:
    """The scaling of the revision, with these fields and no others."""
    return of_revision(scaling=dict(fields))


def slower_older(estate: Estate) -> None:
    """A second serving revision has the platform's default time-out."""
    del split(estate)["timeout"]


def two_containers(estate: Estate) -> None:
    """The container that takes requests is the second one, and has less CPU than the first."""
    limits(cpu="2")(estate)
    sidecar(estate, resources={"limits": {"cpu": "8"}})
    revision(estate)["containers"].reverse()


def manual(instances: int) -> Patch:
    """Manual scaling, whatever the bounds say."""
    return of_service(scaling={"scalingMode": "MANUAL", "manualInstanceCount": instances})


def service_minimum(estate: Estate) -> None:
    scaling()(estate)
    service(estate)["scaling"] = {"scalingMode": "AUTOMATIC", "minInstanceCount": 2}


def service_maximum(estate: Estate) -> None:
    scaling(maxInstanceCount=100)(estate)
    service(estate)["scaling"] = {"scalingMode": "AUTOMATIC", "maxInstanceCount": 5}


def half_a_cpu(estate: Estate) -> None:
    limits(cpu="500m")(estate)
    of_revision(maxInstanceRequestConcurrency=None)(estate)


def open_without_address(estate: Estate) -> None:
    of_service(ingress="INGRESS_TRAFFIC_ALL", defaultUriDisabled=True)(estate)


def unobserved(estate: Estate) -> None:
    never_ready(estate)
    of_service(ingress="INGRESS_TRAFFIC_UNSPECIFIED")(estate)


def half_hidden(estate: Estate) -> None:
    """Of two serving revisions one is too small, and the other is not seen."""
    split(estate)
    limits(cpu="2")(estate)
    service(estate)["trafficStatuses"][1]["revision"] = "netra-backend-staging-00001-xyz"


def detached(estate: Estate) -> None:
    revision(estate)["volumes"] = []


def other_project(estate: Estate) -> None:
    """A database of that name in another project is another database."""
    instances = ["netra-production:us-central1:staging-shared-postgres"]
    revision(estate)["volumes"] = [{"name": "cloudsql", "cloudSqlInstance": {"instances": instances}}]


def pool(text: str, via: str = "socket") -> str:
    """Requirements with a pool of `text`, whose database is reached by `via`."""
    return backend(
        f"database_pool: {{instance: staging-shared-postgres, {text}}}",
        f"reaches: [{{sql: staging-shared-postgres, via: {via}}}]",
        rest=DATABASE,
    )


STARTUP: tuple[Scenario, ...] = (
    Scenario("as long as declared", TIMEOUT, Status.PASS, declared=LONG, resource=SERVING),
    Scenario("the default", TIMEOUT, Status.FAIL, of_revision(timeout=None), LONG, SERVING, "300s"),
    Scenario("too short", TIMEOUT, Status.FAIL, of_revision(timeout="599s"), LONG, SERVING),
    Scenario("every revision that serves", TIMEOUT, Status.FAIL, slower_older, LONG, OLDER),
    Scenario("beyond the platform", TIMEOUT, Status.FAIL, declared=backend("request_timeout: 2h"), says="is the most"),
    Scenario("no duration", TIMEOUT, Status.UNKNOWN, of_revision(timeout=600), LONG, SERVING),
    Scenario("a missing service", TIMEOUT, Status.SKIP, removed, LONG, NAME, "run.service-missing"),
    Scenario("never ready", TIMEOUT, Status.SKIP, never_ready, LONG, NAME, "run.not-ready"),
    Scenario("half a second short", TIMEOUT, Status.FAIL, of_revision(timeout="599.5s"), LONG, SERVING, "599.5s"),
    Scenario("refused", TIMEOUT, Status.UNKNOWN, denied_revisions, LONG, SERVING),
    Scenario("the services are refused", TIMEOUT, Status.UNKNOWN, denied_services, LONG, NAME),
    Scenario("long enough", WINDOW, Status.PASS, declared=backend("startup_window: 240s"), resource=SERVING),
    Scenario("shorter than declared", WINDOW, Status.FAIL, declared=SLOW, says="240s (24 × 10 s"),
    Scenario("no probe", WINDOW, Status.FAIL, of_container(startupProbe=None), SLOW, says="default TCP probe"),
    Scenario("the default probe, returned", WINDOW, Status.FAIL, of_container(startupProbe=run.default_probe()), SLOW),
    Scenario(
        "up to ten minutes is disputed",
        WINDOW,
        Status.PASS,
        probe(httpGet={"path": "/ready"}, periodSeconds=10, failureThreshold=60),
        SLOW,
        says="240 s",
    ),
    Scenario(
        "the initial delay does not count",
        WINDOW,
        Status.FAIL,
        probe(httpGet={}, periodSeconds=10, failureThreshold=30, initialDelaySeconds=300),
        SLOW,
        says="300s",
    ),
    Scenario("no number", WINDOW, Status.UNKNOWN, probe(httpGet={}, periodSeconds="ten"), SLOW, SERVING),
    Scenario("a handler never seen", WINDOW, Status.UNKNOWN, probe(exec={"command": ["true"]}), SLOW, SERVING),
    Scenario("refused", WINDOW, Status.UNKNOWN, denied_revisions, SLOW),
    Scenario("an HTTP probe", WEAK, Status.PASS, declared=SLOW, resource=SERVING),
    Scenario("a gRPC probe", WEAK, Status.PASS, probe(grpc={"port": 8080}), SLOW),
    Scenario("no probe", WEAK, Status.FAIL, of_container(startupProbe=None), SLOW, SERVING, "default TCP probe"),
    Scenario(
        "a TCP probe",
        WEAK,
        Status.FAIL,
        probe(tcpSocket={"port": 8080}, periodSeconds=10, failureThreshold=60),
        SLOW,
        SERVING,
        "TCP probe",
    ),
    Scenario("a handler never seen", WEAK, Status.UNKNOWN, probe(exec={"command": ["true"]}), SLOW, SERVING),
    Scenario("refused", WEAK, Status.UNKNOWN, denied_revisions, SLOW),
)

SIZE: tuple[Scenario, ...] = (
    Scenario("as declared", CPU, Status.PASS, declared=backend("cpu: 4"), resource=SERVING),
    Scenario("less", CPU, Status.FAIL, limits(cpu="2"), backend("cpu: 4"), SERVING),
    Scenario("in thousandths", CPU, Status.PASS, limits(cpu="4000m"), backend("cpu: 4")),
    Scenario("the default", CPU, Status.FAIL, of_container(resources={}), backend("cpu: 4"), says="1"),
    Scenario("what is not seen hides nothing", CPU, Status.FAIL, half_hidden, backend("cpu: 4"), SERVING),
    Scenario("of the container that takes requests", CPU, Status.FAIL, two_containers, backend("cpu: 4"), says="2"),
    Scenario("not a number", CPU, Status.UNKNOWN, limits(cpu="nan"), backend("cpu: 4"), SERVING),
    Scenario("refused", CPU, Status.UNKNOWN, denied_revisions, backend("cpu: 4")),
    Scenario("as declared", MEMORY, Status.PASS, declared=backend("memory: 6Gi"), resource=SERVING),
    Scenario("in another unit", MEMORY, Status.PASS, limits(memory="6144Mi"), backend("memory: 6Gi")),
    Scenario("decimal units are smaller", MEMORY, Status.FAIL, limits(memory="6G"), backend("memory: 6Gi")),
    Scenario("the default", MEMORY, Status.FAIL, of_container(resources={}), backend("memory: 6Gi"), says="512Mi"),
    Scenario("a unit never seen", MEMORY, Status.UNKNOWN, limits(memory="6Xi"), backend("memory: 6Gi"), SERVING),
    Scenario("refused", MEMORY, Status.UNKNOWN, denied_revisions, backend("memory: 6Gi")),
    Scenario("fits", POOL, Status.PASS, declared=pool("size: 10, max_overflow: 15, workers: 4"), resource=SERVING),
    Scenario(
        "too many workers",
        POOL,
        Status.FAIL,
        declared=pool("size: 10, max_overflow: 15, workers: 5"),
        resource=SERVING,
        says="4 workers of 25 fit",
    ),
    Scenario("by private address", POOL, Status.SKIP, declared=pool("size: 200", "private-ip"), says="private-ip"),
    Scenario("not attached", POOL, Status.SKIP, detached, pool("size: 200"), says="sql.socket-not-attached"),
    Scenario("of another project", POOL, Status.SKIP, other_project, pool("size: 200"), says="does not attach"),
    Scenario("volumes of another shape", POOL, Status.UNKNOWN, of_revision(volumes={}), pool("size: 200"), SERVING),
    Scenario("refused", POOL, Status.UNKNOWN, denied_revisions, pool("size: 10")),
)

INSTANCES: tuple[Scenario, ...] = (
    Scenario("kept", MIN, Status.PASS, declared=backend("min_instances: 1"), resource=SERVING),
    Scenario("not kept", MIN, Status.FAIL, scaling(), backend("min_instances: 1"), SERVING),
    Scenario("kept by the service", MIN, Status.PASS, service_minimum, backend("min_instances: 2")),
    Scenario("none by manual scaling", MIN, Status.FAIL, manual(0), backend("min_instances: 1")),
    Scenario("manual scaling", MIN, Status.PASS, manual(3), backend("min_instances: 3")),
    Scenario(
        "a mode never seen",
        MIN,
        Status.UNKNOWN,
        of_service(scaling={"scalingMode": "LUNAR"}),
        backend("min_instances: 1"),
        SERVING,
    ),
    Scenario("refused", MIN, Status.UNKNOWN, denied_revisions, backend("min_instances: 1")),
    Scenario("bounded", MAX, Status.PASS, declared=backend("max_instances: 15"), resource=SERVING),
    Scenario("above", MAX, Status.FAIL, declared=backend("max_instances: 14"), resource=SERVING),
    Scenario("unset", MAX, Status.FAIL, scaling(), backend("max_instances: 15"), says="unset"),
    Scenario("unset, and much declared", MAX, Status.UNKNOWN, scaling(), backend("max_instances: 100"), SERVING),
    Scenario(
        "manual scaling without a number",
        MAX,
        Status.UNKNOWN,
        of_service(scaling={"scalingMode": "MANUAL"}),
        backend("max_instances: 15"),
        SERVING,
    ),
    Scenario("the smaller of two holds", MAX, Status.PASS, service_maximum, backend("max_instances: 5")),
    Scenario("manual scaling", MAX, Status.FAIL, manual(20), backend("max_instances: 15")),
    Scenario(
        "a mode never seen",
        MAX,
        Status.UNKNOWN,
        of_service(scaling={"scalingMode": "LUNAR"}),
        backend("max_instances: 15"),
        SERVING,
    ),
    Scenario("refused", MAX, Status.UNKNOWN, denied_revisions, backend("max_instances: 15")),
    Scenario("bounded", CONCURRENCY, Status.PASS, declared=backend("concurrency: 20"), resource=SERVING),
    Scenario("above", CONCURRENCY, Status.FAIL, declared=backend("concurrency: 19"), resource=SERVING),
    Scenario(
        "the default",
        CONCURRENCY,
        Status.FAIL,
        of_revision(maxInstanceRequestConcurrency=None),
        backend("concurrency: 79"),
        says="80",
    ),
    Scenario("the default below one CPU", CONCURRENCY, Status.PASS, half_a_cpu, backend("concurrency: 1")),
    Scenario(
        "no number",
        CONCURRENCY,
        Status.UNKNOWN,
        of_revision(maxInstanceRequestConcurrency=True),
        backend("concurrency: 20"),
        SERVING,
    ),
    Scenario("refused", CONCURRENCY, Status.UNKNOWN, denied_revisions, backend("concurrency: 20")),
)

CALLERS: tuple[Scenario, ...] = (
    Scenario("as declared", INGRESS, Status.PASS, declared=backend("ingress: internal-and-cloud-load-balancing")),
    Scenario(
        "narrower",
        INGRESS,
        Status.PASS,
        of_service(ingress="INGRESS_TRAFFIC_INTERNAL_ONLY"),
        backend("ingress: internal-and-cloud-load-balancing"),
    ),
    Scenario(
        "wider",
        INGRESS,
        Status.FAIL,
        of_service(ingress="INGRESS_TRAFFIC_ALL"),
        backend("ingress: internal-and-cloud-load-balancing"),
        NAME,
    ),
    Scenario("wider than internal", INGRESS, Status.FAIL, declared=backend("ingress: internal"), resource=NAME),
    Scenario(
        "past the load balancer",
        INGRESS,
        Status.FAIL,
        of_service(ingress="INGRESS_TRAFFIC_ALL"),
        backend(rest=ROUTED),
        NAME,
        "past the load balancer of staging.netrasystems.ai",
    ),
    Scenario(
        "open as declared", INGRESS, Status.PASS, of_service(ingress="INGRESS_TRAFFIC_ALL"), backend("ingress: all")
    ),
    Scenario(
        "open as declared, past the load balancer",
        INGRESS,
        Status.FAIL,
        of_service(ingress="INGRESS_TRAFFIC_ALL"),
        backend("ingress: all", rest=ROUTED),
        says="only by the load balancer",
    ),
    Scenario(
        "named by a route alone", INGRESS, Status.FAIL, of_service(ingress="INGRESS_TRAFFIC_ALL"), HEAD + ROUTED, NAME
    ),
    Scenario(
        "a domain without routes may lead anywhere",
        INGRESS,
        Status.FAIL,
        of_service(ingress="INGRESS_TRAFFIC_ALL"),
        backend(rest="load_balancers: {staging: {domains: {staging.netrasystems.ai: {}}}}\n"),
        NAME,
    ),
    Scenario("the default address is off", INGRESS, Status.PASS, open_without_address, backend(rest=ROUTED), NAME),
    Scenario("switched off and still wider", INGRESS, Status.FAIL, open_without_address, backend("ingress: internal")),
    Scenario("never ready", INGRESS, Status.SKIP, unobserved, backend(rest=ROUTED), NAME, "run.not-ready"),
    Scenario("not observed", INGRESS, Status.UNKNOWN, of_service(ingress=None), backend(rest=ROUTED), NAME),
    Scenario(
        "a value never seen",
        INGRESS,
        Status.UNKNOWN,
        of_service(ingress="INGRESS_TRAFFIC_LUNAR"),
        backend("ingress: all"),
        NAME,
    ),
    Scenario("a missing service", INGRESS, Status.SKIP, removed, backend("ingress: internal"), NAME),
    Scenario("refused", INGRESS, Status.UNKNOWN, denied_services, backend("ingress: internal")),
)

SCENARIOS: tuple[Scenario, ...] = (*STARTUP, *SIZE, *INSTANCES, *CALLERS)
