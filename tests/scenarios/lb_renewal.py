"""Certificates in use: issued, and renewed in time."""

from __future__ import annotations

from diag.report import Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_certificates import (
    certificate,
    denied,
    healthy,
    managed,
    map_over_list,
    never_issued,
    self_managed,
    uploaded,
)
from tests.scenarios.lb_shared import HOST, balancer, https_proxy, manager_certificate, mapped, second_balancer
from tests.scenarios.scenario import Patch, Scenario

INACTIVE, EXPIRING = "lb.certificate-not-active", "lb.certificate-expiring"
EIGHTY_DAYS = balancer("certificates: {expires_in: {warn: 80d, fail: 40d}}")
OWN_THRESHOLDS = balancer("certificates: {expires_in: {warn: 70d, fail: 40d}}")
SOON = "2025-10-08T09:00:00.000-07:00"
"""About twenty days after the scenarios' moment."""
VERY_SOON = "2025-09-21T09:00:00.000-07:00"
ISSUE = {"reason": "AUTHORIZATION_ISSUE", "details": "the CNAME is missing"}
FAILED = {
    "domain": "a.netrasystems.ai",
    "state": "FAILED",
    "failureReason": "CONFIG",
    "troubleshooting": {"issues": ["CNAME_MISMATCH"]},
}
LATER = "2025-11-30T00:00:00Z"
IN_71_DAYS = managed(expires="2025-11-28T05:12:44.000-08:00")


def unattached(estate: Estate) -> None:
    """An expired certificate for every name, and one that failed: no proxy names either."""
    uploaded(estate, "*.netrasystems.ai", expires="2025-01-01T00:00:00Z")
    https_proxy(estate)["sslCertificates"].pop()
    doc = lb.certificate("spare", "PROVISIONING_FAILED", {"x.netrasystems.ai": "FAILED_NOT_VISIBLE"})
    estate.add("compute.sslCertificates", doc)


def another_of_the_proxy(estate: Estate) -> None:
    """A certificate for another name, on the proxy that serves the declared domains."""
    uploaded(estate, "shop.example.com", expires="2025-12-01T00:00:00Z")


def of_another_balancer(estate: Estate) -> None:
    second_balancer(estate, ["shop.example.com"], "staging-frontend")
    uploaded(estate, "shop.example.com", expires="2025-11-20T00:00:00Z")
    link = https_proxy(estate)["sslCertificates"].pop()
    estate.resource("compute.targetHttpsProxies", "other-proxy")["sslCertificates"] = [link]


def expired_without_domain_status(estate: Estate) -> None:
    managed(expires="2025-09-01T00:00:00Z")(estate)
    without_domain_status(estate)


def map_over_broken_list(estate: Estate) -> None:
    managed("PROVISIONING_FAILED")(estate)
    map_over_list(estate)


def without_expiry(estate: Estate) -> None:
    managed()(estate)
    del certificate(estate)["expireTime"]


def without_domain_status(estate: Estate) -> None:
    del estate.resource("compute.sslCertificates", "staging-cert")["managed"]["domainStatus"]


def manager(state: str, *attempts: str, expires: str = "2025-10-12T00:00:00.123456789Z", **fields: object) -> Patch:
    """A Certificate Manager certificate in that state, with the last attempt of each domain."""

    def patch(estate: Estate) -> None:
        info = [{"domain": f"{index}.netrasystems.ai", "state": attempt} for index, attempt in enumerate(attempts)]
        mapped(estate, ("PRIMARY", "new"))
        doc = manager_certificate(
            estate, "new", "*.netrasystems.ai", state=state, **{"authorizationAttemptInfo": info, **fields}
        )
        doc["expireTime"] = expires
        if not expires:
            del doc["expireTime"]

    return patch


SCENARIOS = (
    Scenario("healthy, nothing declared", INACTIVE, Status.PASS),
    Scenario("one that no proxy names", INACTIVE, Status.PASS, unattached),
    Scenario("self-managed", INACTIVE, Status.SKIP, self_managed(HOST), says="no provisioning status"),
    Scenario("never issued", INACTIVE, Status.FAIL, never_issued, resource="staging-cert", says="every A and AAAA"),
    Scenario("a dead name", INACTIVE, Status.FAIL, managed(domain="FAILED_CAA_FORBIDDEN"), says="pki.goog"),
    Scenario("renewal failed", INACTIVE, Status.FAIL, managed("RENEWAL_FAILED"), says="RENEWAL_FAILED"),
    Scenario("a status never seen", INACTIVE, Status.UNKNOWN, managed("ASLEEP"), says="ASLEEP"),
    Scenario("a domain status never seen", INACTIVE, Status.UNKNOWN, managed(domain="ASLEEP"), says="ASLEEP"),
    Scenario("no domain status", INACTIVE, Status.UNKNOWN, without_domain_status, resource="staging-cert"),
    Scenario("a manager's certificate", INACTIVE, Status.PASS, manager("ACTIVE", "AUTHORIZED")),
    Scenario("renewing", INACTIVE, Status.PASS, manager("PROVISIONING", "AUTHORIZING"), says="renewing"),
    Scenario("first provisioning", INACTIVE, Status.FAIL, manager("PROVISIONING", "AUTHORIZING", expires="")),
    Scenario("expired, not renewed", INACTIVE, Status.FAIL, manager("PROVISIONING", expires="2025-09-01T00:00:00Z")),
    Scenario("an issue", INACTIVE, Status.FAIL, manager("PROVISIONING", provisioningIssue=ISSUE), says="CNAME"),
    Scenario("a failed attempt", INACTIVE, Status.FAIL, manager("PROVISIONING", "FAILED"), says="0.netrasystems.ai"),
    Scenario(
        "why it failed", INACTIVE, Status.FAIL, manager("ACTIVE", authorizationAttemptInfo=[FAILED]), says="CNAME_M"
    ),
    Scenario("given up", INACTIVE, Status.FAIL, manager("FAILED")),
    Scenario("a manager's state never seen", INACTIVE, Status.UNKNOWN, manager("ASLEEP")),
    Scenario("an ignored one", INACTIVE, Status.SKIP, map_over_broken_list, resource="staging-cert"),
    Scenario(
        "certificates denied", INACTIVE, Status.UNKNOWN, denied("compute.sslCertificates.aggregatedList", healthy)
    ),
    Scenario("healthy, nothing declared", EXPIRING, Status.PASS),
    Scenario(
        "twenty days, self-managed", EXPIRING, Status.WARN, self_managed(HOST, expires=SOON), says="nothing renews"
    ),
    Scenario("three days, self-managed", EXPIRING, Status.FAIL, self_managed(HOST, expires=VERY_SOON)),
    Scenario(
        "expired", EXPIRING, Status.FAIL, self_managed(HOST, expires="2025-09-01T09:00:00.000-07:00"), says="expired at"
    ),
    Scenario("renewal overdue", EXPIRING, Status.WARN, managed(expires=SOON), says="overdue"),
    Scenario("renewal long overdue", EXPIRING, Status.FAIL, managed(expires=VERY_SOON), says="overdue"),
    Scenario("a dead name", EXPIRING, Status.FAIL, managed(domain="FAILED_NOT_VISIBLE"), says="will block the renewal"),
    Scenario("renewal failed", EXPIRING, Status.FAIL, managed("RENEWAL_FAILED"), says="failed"),
    Scenario("a failed attempt", EXPIRING, Status.FAIL, manager("ACTIVE", "FAILED", expires=LATER), says="will block"),
    Scenario("a manager's certificate", EXPIRING, Status.PASS, manager("ACTIVE", expires=LATER)),
    Scenario(
        "declared thresholds", EXPIRING, Status.WARN, IN_71_DAYS, EIGHTY_DAYS, resource="staging-cert", says="80 days"
    ),
    Scenario(
        "declared thresholds for all of the proxy",
        EXPIRING,
        Status.WARN,
        another_of_the_proxy,
        EIGHTY_DAYS,
        "own",
        "80 days",
    ),
    Scenario(
        "declared thresholds without a domain",
        EXPIRING,
        Status.WARN,
        IN_71_DAYS,
        balancer("certificates: {expires_in: {warn: 80d}}", domains="{}"),
        says="sooner than declared",
    ),
    Scenario("another balancer's certificate", EXPIRING, Status.PASS, of_another_balancer, OWN_THRESHOLDS),
    Scenario("one that no proxy names", EXPIRING, Status.PASS, unattached),
    Scenario("an issue", EXPIRING, Status.FAIL, manager("PROVISIONING", provisioningIssue=ISSUE, expires=LATER)),
    Scenario("expired, in a state never seen", EXPIRING, Status.FAIL, expired_without_domain_status, says="expired"),
    Scenario("a status never seen", EXPIRING, Status.UNKNOWN, managed("ASLEEP"), says="ASLEEP"),
    Scenario("never issued", EXPIRING, Status.SKIP, never_issued, says="lb.certificate-not-active"),
    Scenario("no expiry", EXPIRING, Status.UNKNOWN, without_expiry, says="expireTime"),
    Scenario("an odd expiry", EXPIRING, Status.UNKNOWN, managed(expires="soon"), says="expireTime"),
)
