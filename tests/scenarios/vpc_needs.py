"""All-traffic egress without NAT: whether anything on the internet has to be reached."""

from __future__ import annotations

from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    made_from_range,
    only_backend,
    reaching,
    revision,
    sending_all,
    without_router,
    without_sockets,
)

NAT = "vpc.nat-missing"
CACHE = f"{reaching('redis: cache')}redis_instances: {{cache: {{}}}}\n"
GOOGLE = reaching("internet: ['secretmanager.googleapis.com:443']")


def unreached(estate: Estate) -> None:
    """Only the backend sends everything, attaches nothing, and there is no NAT."""
    sending_all(without_sockets, without_router, only_backend)(estate)


def access_off(estate: Estate) -> None:
    estate.resource("compute.subnetworks", "staging-connector-subnet")["privateIpGoogleAccess"] = False


def attaching(name: str, *, refused: bool = False) -> Patch:
    """The backend attaches the socket of this instance, and there is no NAT."""

    def patch(estate: Estate) -> None:
        sending_all(without_router, only_backend)(estate)
        revision(estate)["volumes"][0]["cloudSqlInstance"]["instances"] = [name]
        if refused:
            estate.gap("sql.instances.get", "denied")

    return patch


SCENARIOS = (
    Scenario(
        "an internet address",
        NAT,
        Status.FAIL,
        unreached,
        reaching("internet: ['203.0.113.9:443']"),
        says="203.0.113.9",
    ),
    Scenario("a private address", NAT, Status.PASS, unreached, reaching("internet: ['10.1.2.3:443']")),
    Scenario("Google APIs, with access", NAT, Status.PASS, unreached, GOOGLE),
    Scenario("signing in at Google", NAT, Status.PASS, unreached, reaching("internet: ['accounts.google.com:443']")),
    Scenario("a page of Google", NAT, Status.FAIL, unreached, reaching("internet: ['www.google.com:443']")),
    Scenario("Google APIs, without access", NAT, Status.FAIL, sending_all(unreached, access_off), GOOGLE),
    Scenario("Google APIs, from a hidden subnet", NAT, Status.UNKNOWN, sending_all(unreached, made_from_range), GOOGLE),
    Scenario(
        "Google APIs and others",
        NAT,
        Status.FAIL,
        unreached,
        reaching("internet: ['run.googleapis.com:443', 'a.example:443']"),
    ),
    Scenario(
        "the public address of a database",
        NAT,
        Status.FAIL,
        unreached,
        reaching("sql: staging-shared-postgres, via: public-ip"),
        says="5432",
    ),
    Scenario(
        "a declared socket that is not attached",
        NAT,
        Status.FAIL,
        unreached,
        reaching("sql: staging-shared-postgres, via: socket"),
        says="3307",
    ),
    Scenario("only a cache declared", NAT, Status.PASS, unreached, CACHE),
    Scenario(
        "a socket of another region than the database",
        NAT,
        Status.PASS,
        attaching("netra-staging:us-east1:staging-shared-postgres"),
    ),
    Scenario(
        "a socket of another project's database, refused",
        NAT,
        Status.UNKNOWN,
        attaching("hub-project:us-central1:db", refused=True),
    ),
)
