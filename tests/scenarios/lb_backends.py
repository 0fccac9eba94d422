"""Backend services: something behind them that answers long enough."""

from __future__ import annotations

from diag.calls import Json
from diag.report import Status
from fixtures import ids, lb
from fixtures.estate import Estate
from tests.scenarios.lb_arrivals import (
    denied_services,
    neg_by_mask,
    neg_of_app_engine,
    no_backend,
    other_map_for_other_domains,
    service_gone,
)
from tests.scenarios.lb_domains import denied_maps, no_rule_on_443
from tests.scenarios.lb_shared import (
    HOST,
    balancer,
    matcher,
    neg,
    routes,
    vm_backend,
)
from tests.scenarios.scenario import Patch, Scenario

EMPTY, TIMEOUT = "lb.backend-empty", "lb.request-timeout-too-short"
BY_MASK = balancer(
    "request_timeout: 600s", domains=f"{{{HOST}: {{routes: {{/auth/netra-auth-service: netra-auth-service}}}}}}"
)
TEN_MINUTES = balancer("request_timeout: 600s")


def neg_gone(estate: Estate) -> None:
    estate.remove("compute.networkEndpointGroups", "staging-auth-neg")


def unreached(estate: Estate) -> None:
    """A backend service without a backend that no URL map names."""
    service = estate.resource("compute.backendServices", "staging-auth")
    link = lb.link("backendServices", "spare")
    estate.add("compute.backendServices", {**service, "name": "spare", "selfLink": link, "backends": []})


def tag_gone(estate: Estate) -> None:
    neg(estate)["cloudRun"]["tag"] = "green"


def dangling_backend(estate: Estate) -> None:
    estate.remove("compute.backendServices", "staging-auth")


def partial_backends(estate: Estate) -> None:
    dangling_backend(estate)
    estate.partial("compute.backendServices.aggregatedList")


def new_endpoint_type(estate: Estate) -> None:
    neg(estate)["networkEndpointType"] = "SERVERLESS_2"


def other_project(estate: Estate) -> None:
    matcher(estate)["pathRules"][1]["service"] = (
        "https://www.googleapis.com/compute/v1/projects/shared/global/backendServices/auth"
    )


def new_kind_of_group(estate: Estate) -> None:
    group = f"{ids.REGIONAL}/computeSwarms/swarm"
    estate.resource("compute.backendServices", "staging-auth")["backends"][0]["group"] = group


def virtual_machines(estate: Estate) -> None:
    vm_backend(estate)


def revision(estate: Estate, service: str = "netra-auth-service") -> dict[str, object]:
    """The revision of a service that takes traffic."""
    name = str(estate.resource("run.services", service)["latestReadyRevision"]).rpartition("/")[2]
    return estate.resource("run.revisions", name)


def five_minutes(estate: Estate) -> None:
    revision(estate)["timeout"] = "300s"


def default_timeout(estate: Estate) -> None:
    revision(estate).pop("timeout", None)


def rule_cuts(estate: Estate) -> None:
    auth = matcher(estate)["pathRules"][1]
    auth["routeAction"] = {"timeout": {"seconds": "45"}}


def machines_for_30s(estate: Estate) -> None:
    vm_backend(estate, timeoutSec=30)


def machines_by_default(estate: Estate) -> None:
    del vm_backend(estate)["timeoutSec"]


def machines_for_600s(estate: Estate) -> None:
    vm_backend(estate, timeoutSec=600)


def odd_timeout(estate: Estate) -> None:
    revision(estate)["timeout"] = "ten minutes"


def denied_revisions(estate: Estate) -> None:
    estate.gap("run.revisions.get", "denied")


def two_groups(estate: Estate) -> None:
    """A second region whose service has a shorter time-out would bind; here it does not exist."""
    group = dict(neg(estate))
    group["selfLink"] = str(group["selfLink"]).replace("us-central1", "us-east1")
    group |= {"name": "east-neg", "region": ids.REGIONAL.replace("us-central1", "us-east1")}
    group["selfLink"] = group["selfLink"].rpartition("/")[0] + "/east-neg"
    estate.add("compute.networkEndpointGroups", group)
    estate.resource("compute.backendServices", "staging-auth")["backends"].append({"group": group["selfLink"]})


def short_and_missing(estate: Estate) -> None:
    two_groups(estate)
    five_minutes(estate)


def tagged(estate: Estate) -> None:
    """The NEG names the tag of a revision that takes no traffic, and gives up earlier."""
    service = estate.resource("run.services", "netra-auth-service")
    old = {**revision(estate), "name": f"{service['name']}/revisions/netra-auth-service-00040-old", "timeout": "120s"}
    estate.add("run.revisions", old)
    kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
    share = {"type": kind, "revision": "netra-auth-service-00040-old", "tag": "old"}
    service["trafficStatuses"] = [*service["trafficStatuses"], share]
    neg(estate)["cloudRun"]["tag"] = "old"


def mask_of_short_service(estate: Estate) -> None:
    five_minutes(estate)
    neg_by_mask("/auth/<service>")(estate)


def passthrough(*backends: Json) -> Patch:
    """A passthrough load balancer: a forwarding rule that names a backend service itself."""

    def patch(estate: Estate) -> None:
        scheme = {"loadBalancingScheme": "EXTERNAL_PASSTHROUGH", "region": ids.REGIONAL}
        link = f"{ids.REGIONAL}/backendServices/mail"
        found = {**estate.resource("compute.forwardingRules", "staging-https"), **scheme, "name": "mail"}
        del found["target"]
        found |= {"selfLink": f"{ids.REGIONAL}/forwardingRules/mail", "portRange": "25-25", "backendService": link}
        estate.add("compute.forwardingRules", found)
        estate.add("compute.backendServices", {"name": "mail", "selfLink": link, "backends": list(backends), **scheme})

    return patch


SCENARIOS = (
    Scenario("healthy, nothing declared", EMPTY, Status.PASS),
    Scenario("virtual machines", EMPTY, Status.PASS, virtual_machines),
    Scenario("one that nothing leads to", EMPTY, Status.PASS, unreached),
    Scenario("no backend", EMPTY, Status.FAIL, no_backend, resource="staging-auth", says="no backend"),
    Scenario("the NEG is gone", EMPTY, Status.FAIL, neg_gone, resource="staging-auth", says="staging-auth-neg"),
    Scenario("the service is gone", EMPTY, Status.FAIL, service_gone, says="netra-auth-service"),
    Scenario("the tag is gone", EMPTY, Status.FAIL, tag_gone, says="green"),
    Scenario("the backend service is gone", EMPTY, Status.FAIL, dangling_backend, says="does not exist"),
    Scenario(
        "a mask, worked out for a declared route",
        EMPTY,
        Status.FAIL,
        neg_by_mask("/<service>"),
        routes("/auth/*: netra-auth-service"),
        says="auth, which does not exist",
    ),
    Scenario("a mask, nothing declared", EMPTY, Status.SKIP, neg_by_mask("/<service>"), says="URL mask"),
    Scenario("a passthrough balancer", EMPTY, Status.FAIL, passthrough(), resource="mail", says="no backend"),
    Scenario(
        "a passthrough balancer with machines",
        EMPTY,
        Status.PASS,
        passthrough({"group": f"{ids.COMPUTE}/zones/us-central1-b/instanceGroups/mail"}),
    ),
    Scenario("App Engine", EMPTY, Status.SKIP, neg_of_app_engine, says="App Engine"),
    Scenario("backend services partial", EMPTY, Status.UNKNOWN, partial_backends, resource="staging-auth"),
    Scenario("an endpoint type never seen", EMPTY, Status.UNKNOWN, new_endpoint_type, says="SERVERLESS_2"),
    Scenario("a kind of group never seen", EMPTY, Status.UNKNOWN, new_kind_of_group, says="computeSwarms"),
    Scenario("another project's backend", EMPTY, Status.UNKNOWN, other_project, says="shared"),
    Scenario("services denied", EMPTY, Status.UNKNOWN, denied_services),
    Scenario("URL maps denied", EMPTY, Status.UNKNOWN, denied_maps),
    Scenario("healthy", TIMEOUT, Status.PASS, declared=TEN_MINUTES),
    Scenario("the revision cuts", TIMEOUT, Status.FAIL, five_minutes, TEN_MINUTES, "staging-auth", "300s by revision"),
    Scenario("its default cuts", TIMEOUT, Status.FAIL, default_timeout, TEN_MINUTES, says="300s by revision"),
    Scenario("a rule cuts", TIMEOUT, Status.FAIL, rule_cuts, TEN_MINUTES, says="45s by the time-out of a rule"),
    Scenario(
        "virtual machines", TIMEOUT, Status.FAIL, machines_for_30s, TEN_MINUTES, says="backend service staging-auth"
    ),
    Scenario("virtual machines by default", TIMEOUT, Status.FAIL, machines_by_default, TEN_MINUTES, says="30s"),
    Scenario("virtual machines, long enough", TIMEOUT, Status.PASS, machines_for_600s, TEN_MINUTES),
    Scenario(
        "more than the platform allows",
        TIMEOUT,
        Status.SKIP,
        declared=balancer("request_timeout: 2h"),
        says="req.infeasible",
    ),
    Scenario("the service is gone", TIMEOUT, Status.SKIP, service_gone, TEN_MINUTES, says="lb.backend-empty"),
    Scenario("not served", TIMEOUT, Status.SKIP, no_rule_on_443, TEN_MINUTES, says="lb.domain-unserved"),
    Scenario("no domain, one balancer", TIMEOUT, Status.PASS, declared=balancer("request_timeout: 600s", domains="{}")),
    Scenario(
        "no domain, two balancers",
        TIMEOUT,
        Status.UNKNOWN,
        other_map_for_other_domains,
        balancer("request_timeout: 600s", domains="{}"),
        says="which load balancer",
    ),
    Scenario("a mask, no declared route", TIMEOUT, Status.SKIP, mask_of_short_service, TEN_MINUTES, says="URL mask"),
    Scenario("a mask, by a declared route", TIMEOUT, Status.FAIL, mask_of_short_service, BY_MASK, says="300s by"),
    Scenario("App Engine", TIMEOUT, Status.SKIP, neg_of_app_engine, TEN_MINUTES, says="does not read"),
    Scenario("the tag's revision cuts", TIMEOUT, Status.FAIL, tagged, TEN_MINUTES, says="120s by revision"),
    Scenario("a region is missing", TIMEOUT, Status.SKIP, two_groups, TEN_MINUTES, "staging-auth", "us-east1"),
    Scenario("a region is missing, the other cuts", TIMEOUT, Status.FAIL, short_and_missing, TEN_MINUTES),
    Scenario("an odd duration", TIMEOUT, Status.UNKNOWN, odd_timeout, TEN_MINUTES, "staging-auth"),
    Scenario("one of two services does not exist", TIMEOUT, Status.SKIP, two_groups, TEN_MINUTES, "staging-auth"),
    Scenario("revisions denied", TIMEOUT, Status.UNKNOWN, denied_revisions, TEN_MINUTES),
)
