"""Certificates: the one in force covers the domain, is issued, and will be renewed."""

from __future__ import annotations

from diag.report import Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_routing import no_rule_on_443
from tests.scenarios.lb_shared import API, HOST, balancer, https_proxy, manager_certificate, mapped
from tests.scenarios.scenario import Patch, Scenario

MISSING, INACTIVE = "lb.certificate-missing", "lb.certificate-not-active"
EXPIRING, IGNORED, WILDCARD = "lb.certificate-expiring", "lb.certificate-ignored", "lb.wildcard-impossible"
COVERS = balancer('certificates: {covers: ["*.netrasystems.ai"]}')
SIXTY_DAYS = balancer("certificates: {expires_in: {warn: 80d, fail: 40d}}")
SOON = "2025-10-08T09:00:00.000-07:00"
"""About twenty days after the scenarios' moment."""
VERY_SOON = "2025-09-21T09:00:00.000-07:00"


def certificate(estate: Estate) -> dict[str, object]:
    return estate.resource("compute.sslCertificates", "staging-cert")


def names(*found: str) -> Patch:
    """The certificate holds these names."""

    def patch(estate: Estate) -> None:
        certificate(estate)["subjectAlternativeNames"] = list(found)

    return patch


def self_managed(*found: str, expires: str = "2026-06-01T00:00:00.000-07:00") -> Patch:
    """A certificate that was uploaded."""

    def patch(estate: Estate) -> None:
        doc = certificate(estate)
        del doc["managed"]
        doc.update({"type": "SELF_MANAGED", "selfManaged": {}, "expireTime": expires})
        doc["subjectAlternativeNames"] = list(found)

    return patch


def managed(status: str = "ACTIVE", domain: str = "ACTIVE", expires: str = "2025-11-28T05:12:44.000-08:00") -> Patch:
    """The managed certificate in this status, its first domain in that one."""

    def patch(estate: Estate) -> None:
        doc = lb.certificate("staging-cert", status, {HOST: domain, API: "ACTIVE"}, expires)
        estate.resources["compute.sslCertificates"]["staging-cert"] = doc

    return patch


def two_certificates(estate: Estate) -> None:
    """An old one that lacks the API, and the one for it behind."""
    names(HOST)(estate)
    doc = lb.certificate("api-cert", "ACTIVE", {API: "ACTIVE"}, "2025-11-28T05:12:44.000-08:00")
    estate.add("compute.sslCertificates", doc)
    https_proxy(estate)["sslCertificates"].append(lb.link("sslCertificates", "api-cert"))


def dangling_link(estate: Estate) -> None:
    https_proxy(estate)["sslCertificates"] = [lb.link("sslCertificates", "gone")]


def in_map(*entries: tuple[str, str], **managed: object) -> Patch:
    """A map with these entries; `new` covers the wildcard of one label."""

    def patch(estate: Estate) -> None:
        mapped(estate, *entries)
        manager_certificate(estate, "new", "*.netrasystems.ai", **managed)  # type: ignore[arg-type]

    return patch


def exact_entry_of_wrong_certificate(estate: Estate) -> None:
    """The exact entry wins over the wildcard's, though its certificate is for another name."""
    mapped(estate, (HOST, "other"), ("*.netrasystems.ai", "new"))
    manager_certificate(estate, "new", "*.netrasystems.ai")
    manager_certificate(estate, "other", "www.example.com")


def primary_of_wrong_certificate(estate: Estate) -> None:
    """PRIMARY stands only for hosts that no other entry names."""
    mapped(estate, ("PRIMARY", "other"), ("*.netrasystems.ai", "new"))
    manager_certificate(estate, "new", "*.netrasystems.ai")
    manager_certificate(estate, "other", "www.example.com")


def pending_entry(estate: Estate) -> None:
    in_map(("PRIMARY", "new"))(estate)
    estate.resource("certificatemanager.certificate_map_entries", "entry-0")["state"] = "PENDING"


def map_over_list(estate: Estate) -> None:
    in_map(("PRIMARY", "new"))(estate)
    https_proxy(estate)["sslCertificates"] = [lb.link("sslCertificates", "staging-cert")]


def map_over_broken_list(estate: Estate) -> None:
    managed("PROVISIONING_FAILED")(estate)
    map_over_list(estate)


def denied(key: str, first: Patch) -> Patch:
    """A call of the method is refused."""

    def patch(estate: Estate) -> None:
        first(estate)
        estate.gap(key, "denied")

    return patch


def healthy(estate: Estate) -> None:
    pass


def without_expiry(estate: Estate) -> None:
    managed()(estate)
    del certificate(estate)["expireTime"]


def never_issued(estate: Estate) -> None:
    doc = lb.certificate("staging-cert", "PROVISIONING", {HOST: "FAILED_NOT_VISIBLE", API: "PROVISIONING"})
    estate.resources["compute.sslCertificates"]["staging-cert"] = doc


def without_domain_status(estate: Estate) -> None:
    del estate.resource("compute.sslCertificates", "staging-cert")["managed"]["domainStatus"]


def manager(state: str, *attempts: str, expires: str = "2025-10-12T00:00:00.123456789Z", **fields: object) -> Patch:
    """A Certificate Manager certificate in that state, with the last attempt of each domain."""

    def patch(estate: Estate) -> None:
        info = [{"domain": f"{index}.netrasystems.ai", "state": attempt} for index, attempt in enumerate(attempts)]
        mapped(estate, ("PRIMARY", "new"))
        doc = manager_certificate(
            estate, "new", "*.netrasystems.ai", state=state, authorizationAttemptInfo=info, **fields
        )
        doc["expireTime"] = expires
        if not expires:
            del doc["expireTime"]

    return patch


ISSUE = {"reason": "AUTHORIZATION_ISSUE", "details": "the CNAME is missing"}
LATER = "2025-11-30T00:00:00Z"

SCENARIOS = (
    Scenario("healthy", MISSING, Status.PASS, declared=balancer()),
    Scenario("by the second of the list", MISSING, Status.PASS, two_certificates, balancer()),
    Scenario("one label", MISSING, Status.PASS, self_managed("*.netrasystems.ai"), balancer()),
    Scenario("two labels", MISSING, Status.FAIL, self_managed("*.ai"), balancer(), HOST, "*.ai"),
    Scenario(
        "the apex", MISSING, Status.FAIL, self_managed("*.netrasystems.ai"), balancer(domains="{netrasystems.ai: {}}")
    ),
    Scenario("one name lacks", MISSING, Status.FAIL, names(HOST), balancer(), API, HOST),
    Scenario("in a map", MISSING, Status.PASS, in_map(("*.netrasystems.ai", "new")), balancer()),
    Scenario("in a map, PRIMARY", MISSING, Status.PASS, in_map(("PRIMARY", "new")), balancer()),
    Scenario("no entry", MISSING, Status.FAIL, in_map(("www.example.com", "new")), balancer(), HOST, "no certificate"),
    Scenario("the exact entry wins", MISSING, Status.FAIL, exact_entry_of_wrong_certificate, balancer(), HOST),
    Scenario("the wildcard before PRIMARY", MISSING, Status.PASS, primary_of_wrong_certificate, balancer()),
    Scenario("a pending entry", MISSING, Status.WARN, pending_entry, balancer(), HOST, "PENDING"),
    Scenario(
        "list denied",
        MISSING,
        Status.UNKNOWN,
        denied("compute.sslCertificates.aggregatedList", healthy),
        balancer(),
    ),
    Scenario("a link to nothing", MISSING, Status.FAIL, dangling_link, balancer(), HOST, "no certificate that exists"),
    Scenario("never issued", MISSING, Status.SKIP, never_issued, balancer(), HOST, "lb.certificate-not-active"),
    Scenario("not served", MISSING, Status.SKIP, no_rule_on_443, balancer(), HOST, "lb.domain-unserved"),
    Scenario("a declared wildcard", MISSING, Status.PASS, self_managed("*.netrasystems.ai"), COVERS),
    Scenario("a declared wildcard lacks", MISSING, Status.FAIL, self_managed(HOST, API), COVERS, "*.netrasystems.ai"),
    Scenario(
        "entries denied",
        MISSING,
        Status.UNKNOWN,
        denied("certificatemanager.certificate_map_entries.list", in_map(("PRIMARY", "new"))),
        balancer(),
        HOST,
    ),
    Scenario(
        "certificates denied",
        MISSING,
        Status.UNKNOWN,
        denied("certificatemanager.certificates.get", in_map(("PRIMARY", "new"))),
        balancer(),
        HOST,
    ),
    Scenario("an empty map", MISSING, Status.UNKNOWN, in_map(), balancer(), HOST, "empty"),
    Scenario("healthy, nothing declared", INACTIVE, Status.PASS),
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
        "declared thresholds", EXPIRING, Status.WARN, declared=SIXTY_DAYS, resource="staging-cert", says="80 days"
    ),
    Scenario("never issued", EXPIRING, Status.SKIP, never_issued, says="lb.certificate-not-active"),
    Scenario("no expiry", EXPIRING, Status.UNKNOWN, without_expiry, says="expireTime"),
    Scenario("an odd expiry", EXPIRING, Status.UNKNOWN, managed(expires="soon"), says="expireTime"),
    Scenario("healthy", IGNORED, Status.PASS),
    Scenario("a map alone", IGNORED, Status.PASS, in_map(("PRIMARY", "new"))),
    Scenario(
        "a map over a list", IGNORED, Status.FAIL, map_over_list, resource="staging-https-proxy", says="staging-cert"
    ),
    Scenario("denied", IGNORED, Status.UNKNOWN, denied("compute.targetHttpsProxies.aggregatedList", healthy)),
    Scenario("DNS authorization", WILDCARD, Status.PASS, in_map(("PRIMARY", "new")), COVERS),
    Scenario("self-managed", WILDCARD, Status.PASS, self_managed("*.netrasystems.ai"), COVERS),
    Scenario("classic managed", WILDCARD, Status.FAIL, declared=COVERS, says="classic"),
    Scenario(
        "load-balancer authorization",
        WILDCARD,
        Status.FAIL,
        in_map(("PRIMARY", "new"), dnsAuthorizations=[]),
        COVERS,
        says="load-balancer authorization",
    ),
    Scenario("a private CA", WILDCARD, Status.PASS, in_map(("PRIMARY", "new"), issuanceConfig="ca"), COVERS),
    Scenario(
        "it could, and does not", WILDCARD, Status.SKIP, self_managed(HOST), COVERS, says="lb.certificate-missing"
    ),
    Scenario("denied", WILDCARD, Status.UNKNOWN, denied("compute.sslCertificates.aggregatedList", healthy), COVERS),
)
