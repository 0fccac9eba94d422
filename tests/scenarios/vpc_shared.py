"""What the scenarios of the way out share: declarations, and the estate under all-traffic egress."""

from __future__ import annotations

from diag.calls import Json
from fixtures import ids, vpc
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
SERVING = {
    "netra-backend-staging": "netra-backend-staging-00096-h4d",
    "netra-auth-service": "netra-auth-service-00041-w8c",
}
CONNECTOR = "staging-connector"
BACKEND = SERVING["netra-backend-staging"]
FRONTEND = "netra-frontend-staging-00063-n2p"
OTHER_NETWORK = f"{ids.COMPUTE}/global/networks/other-vpc"


def reaching(destination: str) -> str:
    """A file in which the backend reaches this, and which declares the database."""
    services = f"services: {{netra-backend-staging: {{reaches: [{{{destination}}}]}}}}"
    return f"{HEAD}{services}\nsql_instances: {{staging-shared-postgres: {{}}}}\n"


INTERNET = reaching("internet: ['api.openai.com:443']")
PRIVATE = reaching("sql: staging-shared-postgres, via: private-ip")


def revision(estate: Estate, name: str = BACKEND) -> Json:
    """A revision that serves."""
    return estate.resource("run.revisions", name)


def connector(estate: Estate) -> Json:
    """The connector of the estate."""
    return estate.resource("vpcaccess.connectors", CONNECTOR)


def split(estate: Estate, percent: int = 10, tag: str = "") -> Json:
    """An older revision of the backend takes a share of the traffic; gives it back to be changed."""
    name = "netra-backend-staging-00095-b7t"
    new = estate.resource("run.revisions", BACKEND)
    old = estate.add("run.revisions", {**new, "name": f"{new['name'].rpartition('/')[0]}/{name}"})
    share = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": BACKEND, "percent": 100 - percent}
    shares = [share, {**share, "revision": name, "percent": percent, **({"tag": tag} if tag else {})}]
    estate.resource("run.services", "netra-backend-staging").update(traffic=shares, trafficStatuses=shares)
    return old


def all_traffic(estate: Estate) -> None:
    """Backend and auth send everything into the VPC."""
    for name in SERVING.values():
        revision(estate, name)["vpcAccess"]["egress"] = "ALL_TRAFFIC"


def together(*patches: Patch) -> Patch:
    """One patch after the other."""

    def apply(estate: Estate) -> None:
        for patch in patches:
            patch(estate)

    return apply


def sending_all(*patches: Patch) -> Patch:
    """All-traffic egress, and then one patch after the other."""
    return together(all_traffic, *patches)


def without_sockets(estate: Estate) -> None:
    """No revision attaches a Cloud SQL socket."""
    for name in SERVING.values():
        del revision(estate, name)["volumes"]
        del revision(estate, name)["containers"][0]["volumeMounts"]


def direct(estate: Estate) -> None:
    """Backend and auth leave by Direct VPC egress from the project's subnet."""
    for name in SERVING.values():
        place = {"network": "staging-vpc", "subnetwork": "staging-subnet"}
        revision(estate, name)["vpcAccess"] = {"networkInterfaces": [place], "egress": "PRIVATE_RANGES_ONLY"}


def direct_all_traffic(estate: Estate) -> None:
    """Backend and auth send everything into the VPC by Direct VPC egress."""
    direct(estate)
    all_traffic(estate)


def no_service(estate: Estate) -> None:
    """The backend is not there."""
    estate.remove("run.services", "netra-backend-staging")


def made_from_range(estate: Estate, cidr: str = "10.8.0.0/28") -> None:
    """The connector has a range in place of a subnet of its own."""
    connector = estate.resource("vpcaccess.connectors", "staging-connector")
    del connector["subnet"]
    connector["ipCidrRange"] = cidr


def nat(estate: Estate) -> Json:
    """The NAT of the estate."""
    found: Json = estate.resource("compute.routers", "staging-router")["nats"][0]
    return found


def only_backend(estate: Estate) -> None:
    """The auth service sends private ranges only, so that what the backend reaches counts alone."""
    revision(estate, SERVING["netra-auth-service"])["vpcAccess"]["egress"] = "PRIVATE_RANGES_ONLY"


def without_router(estate: Estate) -> None:
    """No Cloud Router at all."""
    estate.remove("compute.routers", "staging-router")


def default_route(estate: Estate) -> Json:
    """The default route."""
    return next(doc for doc in estate.resources["compute.routes"].values() if doc["destRange"] == "0.0.0.0/0")


def static_route(estate: Estate, name: str, cidr: str, **fields: object) -> None:
    """Adds a static route with a next hop of any kind."""
    doc = {**default_route(estate), "name": name, "destRange": cidr, "selfLink": f"{ids.COMPUTE}/global/routes/{name}"}
    del doc["nextHopGateway"]
    estate.add("compute.routes", {**doc, **fields})


def other_network(estate: Estate) -> None:
    """A second network, without peering."""
    doc = {**vpc.network(), "name": "other-vpc", "selfLink": OTHER_NETWORK, "peerings": []}
    estate.add("compute.networks", doc)


def subnetwork(estate: Estate, name: str, cidr: str, **fields: object) -> None:
    """Adds a subnet of staging-vpc in the region."""
    doc = {**vpc.subnetworks()[0], "name": name, "ipCidrRange": cidr, "selfLink": f"{ids.REGIONAL}/subnetworks/{name}"}
    estate.add("compute.subnetworks", {**doc, **fields})
