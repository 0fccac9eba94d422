"""Which service a route arrives at: behind endpoint groups, masks and several load balancers."""

from __future__ import annotations

from diag.report import Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_shared import (
    API,
    HOST,
    balancer,
    matcher,
    neg,
    routes,
    second_balancer,
    url_map,
)
from tests.scenarios.scenario import Patch, Scenario

WRONG = "lb.wrong-service"
AUTH = routes("/auth/*: netra-auth-service")


def to_a_bucket(estate: Estate) -> None:
    matcher(estate)["pathRules"][1]["service"] = lb.link("backendBuckets", "assets")


def neg_of_app_engine(estate: Estate) -> None:
    group = neg(estate)
    del group["cloudRun"]
    group["appEngine"] = {"service": "default"}


def neg_of_something_new(estate: Estate) -> None:
    group = neg(estate)
    del group["cloudRun"]
    group["cloudQuantum"] = {"service": "default"}


def neg_that_names_nothing(estate: Estate) -> None:
    neg(estate)["cloudRun"] = {}


def neg_by_mask(mask: str) -> Patch:
    def patch(estate: Estate) -> None:
        neg(estate)["cloudRun"] = {"urlMask": mask}

    return patch


def service_gone(estate: Estate) -> None:
    estate.remove("run.services", "netra-auth-service")


def no_backend(estate: Estate) -> None:
    estate.resource("compute.backendServices", "staging-auth")["backends"] = []


def neg_elsewhere(estate: Estate) -> None:
    group = neg(estate)
    group["selfLink"] = group["selfLink"].replace("us-central1", "us-east1")
    group["region"] = group["region"].replace("us-central1", "us-east1")
    estate.resource("compute.backendServices", "staging-auth")["backends"][0]["group"] = group["selfLink"]


def service_elsewhere(estate: Estate) -> None:
    """A service of the name in us-east1, where the NEG lies."""
    neg_elsewhere(estate)
    found = dict(estate.resource("run.services", "netra-auth-service"))
    found["name"] = found["name"].replace("us-central1", "us-east1")
    estate.put("run.services", "netra-auth-service-east", found)


def no_such_service(estate: Estate) -> None:
    neg(estate)["cloudRun"]["service"] = "netra-auth-servise"


def no_such_service_nor_answer(estate: Estate) -> None:
    no_such_service(estate)
    denied_services(estate)
    estate.gap("run.services.get", "denied")


def tag_gone(estate: Estate) -> None:
    neg(estate)["cloudRun"]["tag"] = "green"


def neg_of_type(kind: str, **fields: object) -> Patch:
    """A NEG of that kind in place of the serverless one."""

    def patch(estate: Estate) -> None:
        group = neg(estate)
        del group["cloudRun"]
        group.update({"networkEndpointType": kind, **fields})

    return patch


def one_map_names_the_other_domain(estate: Estate) -> None:
    """Two load balancers take whatever comes; one of them names the API's domain."""
    url_map(estate)["hostRules"] = [{"hosts": [API], "pathMatcher": "api"}]
    second_balancer(estate, [], "staging-auth")


def two_maps_name_it(estate: Estate) -> None:
    second_balancer(estate, [HOST], "staging-frontend")


def two_maps_take_whatever_comes(estate: Estate) -> None:
    url_map(estate)["hostRules"] = []
    second_balancer(estate, [], "staging-auth")


def other_map_for_other_domains(estate: Estate) -> None:
    second_balancer(estate, ["shop.example.com"], "staging-frontend")


def denied_services(estate: Estate) -> None:
    estate.gap("run.services.list", "denied")


SCENARIOS = (
    Scenario("a bucket", WRONG, Status.FAIL, to_a_bucket, AUTH, says="backend bucket assets"),
    Scenario("App Engine", WRONG, Status.FAIL, neg_of_app_engine, AUTH, says="App Engine"),
    Scenario("a new kind of backend", WRONG, Status.UNKNOWN, neg_of_something_new, AUTH, says="a kind of backend"),
    Scenario("a NEG that names nothing", WRONG, Status.UNKNOWN, neg_that_names_nothing, AUTH, says="no Cloud Run"),
    Scenario(
        "a NEG that names nothing", "lb.backend-empty", Status.UNKNOWN, neg_that_names_nothing, says="no Cloud Run"
    ),
    Scenario(
        "a mask of the path, no such service",
        WRONG,
        Status.SKIP,
        neg_by_mask("/<service>"),
        AUTH,
        says="auth in us-central1 does not exist",
    ),
    Scenario(
        "a mask that does not match",
        WRONG,
        Status.FAIL,
        neg_by_mask("<service>.example.com"),
        AUTH,
        says="does not match",
    ),
    Scenario(
        "a mask that needs more of the path",
        WRONG,
        Status.UNKNOWN,
        neg_by_mask("/auth/<service>"),
        AUTH,
        says="reaches several",
    ),
    Scenario("the service is gone", WRONG, Status.SKIP, service_gone, AUTH, says="lb.backend-empty"),
    Scenario("no backend", WRONG, Status.SKIP, no_backend, AUTH, says="lb.backend-empty"),
    Scenario("the service of another region", WRONG, Status.FAIL, service_elsewhere, AUTH, says="us-east1"),
    Scenario("a region without it", WRONG, Status.SKIP, neg_elsewhere, AUTH, says="lb.backend-empty"),
    Scenario("a name that no service has", WRONG, Status.SKIP, no_such_service, AUTH, says="lb.backend-empty"),
    Scenario("another name, services denied", WRONG, Status.FAIL, no_such_service_nor_answer, AUTH, says="servise"),
    Scenario("the tag is gone", WRONG, Status.SKIP, tag_gone, AUTH, says="lb.backend-empty"),
    Scenario("virtual machines", WRONG, Status.FAIL, neg_of_type("GCE_VM_IP_PORT"), AUTH, says="GCE_VM_IP_PORT"),
    Scenario(
        "a name on the internet", WRONG, Status.UNKNOWN, neg_of_type("INTERNET_FQDN_PORT"), AUTH, says="leads out"
    ),
    Scenario(
        "a published service",
        WRONG,
        Status.UNKNOWN,
        neg_of_type("PRIVATE_SERVICE_CONNECT", pscTargetService="us-central1-run.googleapis.com"),
        AUTH,
        says="leads out",
    ),
    Scenario(
        "the one that names another domain of the balancer",
        WRONG,
        Status.PASS,
        one_map_names_the_other_domain,
        balancer(domains=f"{{{HOST}: {{routes: {{/: netra-frontend-staging}}}}, {API}: {{}}}}"),
    ),
    Scenario("another map names it too", WRONG, Status.FAIL, two_maps_name_it, AUTH, says="other-urls"),
    Scenario("DNS decides", WRONG, Status.UNKNOWN, two_maps_take_whatever_comes, AUTH, says="DNS decides"),
    Scenario("another map for other domains", WRONG, Status.PASS, other_map_for_other_domains, AUTH),
    Scenario("services denied", WRONG, Status.UNKNOWN, denied_services, AUTH),
)
