"""Certificates: the one in force covers the domain, of a kind and by a mechanism that can."""

from __future__ import annotations

from diag.report import Status
from fixtures import ids, lb
from fixtures.estate import Estate
from tests.scenarios.lb_arrivals import two_maps_take_whatever_comes
from tests.scenarios.lb_domains import no_rule_on_443
from tests.scenarios.lb_shared import API, HOST, balancer, https_proxy, manager_certificate, mapped
from tests.scenarios.scenario import Patch, Scenario

MISSING, IGNORED, WILDCARD = "lb.certificate-missing", "lb.certificate-ignored", "lb.wildcard-impossible"
COVERS = balancer('certificates: {covers: ["*.netrasystems.ai"]}')


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


def managed(status: str = "ACTIVE", domain: str = "ACTIVE", expires: str = "2035-11-28T05:12:44.000-08:00") -> Patch:
    """The managed certificate in this status, its first domain in that one."""

    def patch(estate: Estate) -> None:
        doc = lb.certificate("staging-cert", status, {HOST: domain, API: "ACTIVE"}, expires)
        estate.resources["compute.sslCertificates"]["staging-cert"] = doc

    return patch


def two_certificates(estate: Estate) -> None:
    """An old one that lacks the API, and the one for it behind."""
    names(HOST)(estate)
    doc = lb.certificate("api-cert", "ACTIVE", {API: "ACTIVE"}, "2035-11-28T05:12:44.000-08:00")
    estate.add("compute.sslCertificates", doc)
    https_proxy(estate)["sslCertificates"].append(lb.link("sslCertificates", "api-cert"))


def active_without_expiry(estate: Estate) -> None:
    del certificate(estate)["expireTime"]


def uploaded(estate: Estate, *found: str, expires: str = "2026-06-01T00:00:00.000-07:00") -> None:
    """One more certificate on the proxy, self-managed."""
    link = lb.link("sslCertificates", "own")
    doc = {"name": "own", "selfLink": link, "type": "SELF_MANAGED", "selfManaged": {}, "expireTime": expires}
    estate.add("compute.sslCertificates", {**doc, "subjectAlternativeNames": list(found)})
    https_proxy(estate)["sslCertificates"].append(link)


def never_issued_beside_a_wildcard(estate: Estate) -> None:
    never_issued(estate)
    uploaded(estate, "*.netrasystems.ai")


def expired_beside_a_wildcard(estate: Estate) -> None:
    certificate(estate)["expireTime"] = "2025-09-17T00:00:00Z"
    uploaded(estate, "*.netrasystems.ai")


def unattached_only(estate: Estate) -> None:
    uploaded(estate, "*.netrasystems.ai")
    https_proxy(estate)["sslCertificates"] = []


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


def uploaded_to_manager(**fields: object) -> Patch:
    """A certificate that was uploaded to Certificate Manager, whose answer names no kind."""

    def patch(estate: Estate) -> None:
        mapped(estate, ("PRIMARY", "new"))
        doc = manager_certificate(estate, "new", "*.netrasystems.ai")
        del doc["managed"]
        doc |= {"pemCertificate": "made up", **fields}

    return patch


def in_a_region(estate: Estate) -> None:
    """The proxy is regional, its certificate still one that Compute Engine manages."""
    for collection, name, field in (
        ("targetHttpsProxies", "staging-https-proxy", "target"),
        ("forwardingRules", "staging-https", ""),
    ):
        doc = estate.resource(f"compute.{collection}", name)
        doc |= {"selfLink": f"{ids.REGIONAL}/{collection}/{name}", "region": ids.REGIONAL}
        if field:
            estate.resource("compute.forwardingRules", "staging-https")[field] = doc["selfLink"]


def standard_tier(estate: Estate) -> None:
    """A classic load balancer of the standard tier: its forwarding rule lies in a region, its proxy in none."""
    doc = estate.resource("compute.forwardingRules", "staging-https")
    doc |= {"selfLink": f"{ids.REGIONAL}/forwardingRules/staging-https", "region": ids.REGIONAL}
    doc |= {"loadBalancingScheme": "EXTERNAL", "networkTier": "STANDARD"}


def regional_of_manager(estate: Estate) -> None:
    in_a_region(estate)
    name = f"projects/{ids.PROJECT}/locations/us-central1/certificates/new"
    manager_certificate(estate, "new", "*.netrasystems.ai")["name"] = name
    https_proxy(estate)["sslCertificates"] = [f"//certificatemanager.googleapis.com/{name}"]


def map_over_list(estate: Estate) -> None:
    in_map(("PRIMARY", "new"))(estate)
    https_proxy(estate)["sslCertificates"] = [lb.link("sslCertificates", "staging-cert")]


def denied(key: str, first: Patch) -> Patch:
    """A call of the method is refused."""

    def patch(estate: Estate) -> None:
        first(estate)
        estate.gap(key, "denied")

    return patch


def healthy(estate: Estate) -> None:
    pass


def never_issued(estate: Estate) -> None:
    doc = lb.certificate("staging-cert", "PROVISIONING", {HOST: "FAILED_NOT_VISIBLE", API: "PROVISIONING"})
    estate.resources["compute.sslCertificates"]["staging-cert"] = doc


SCENARIOS = (
    Scenario(
        "managed, on a regional proxy",
        MISSING,
        Status.FAIL,
        in_a_region,
        balancer(),
        says="no certificate, so TLS fails",
    ),
    Scenario("of the manager, on a regional proxy", MISSING, Status.PASS, regional_of_manager, balancer()),
    Scenario("managed, on a regional rule of the standard tier", MISSING, Status.PASS, standard_tier, balancer()),
    Scenario("uploaded to the manager", MISSING, Status.PASS, uploaded_to_manager(), balancer()),
    Scenario("of a kind never seen", MISSING, Status.UNKNOWN, uploaded_to_manager(quantumManaged={}), balancer()),
    Scenario("healthy", MISSING, Status.PASS, declared=balancer()),
    Scenario("in force, its end not told", MISSING, Status.PASS, active_without_expiry, balancer()),
    Scenario("by the second of the list", MISSING, Status.PASS, two_certificates, balancer()),
    Scenario("one never issued, another that covers", MISSING, Status.PASS, never_issued_beside_a_wildcard, balancer()),
    Scenario("one that no proxy names", MISSING, Status.FAIL, unattached_only, balancer(), HOST, "no certificate"),
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
    Scenario(
        "expired",
        MISSING,
        Status.SKIP,
        self_managed(HOST, API, expires="2025-09-17T00:00:00Z"),
        balancer(),
        HOST,
        "has expired: see lb.certificate-expiring",
    ),
    Scenario("one expired, another in force", MISSING, Status.PASS, expired_beside_a_wildcard, balancer()),
    Scenario(
        "a declared wildcard that has expired",
        MISSING,
        Status.SKIP,
        self_managed("*.netrasystems.ai", expires="2025-09-17T00:00:00Z"),
        COVERS,
        "*.netrasystems.ai",
        "lb.certificate-expiring",
    ),
    Scenario("not served", MISSING, Status.SKIP, no_rule_on_443, balancer(), HOST, "lb.domain-unserved"),
    Scenario("a declared wildcard", MISSING, Status.PASS, self_managed("*.netrasystems.ai"), COVERS),
    Scenario("a declared wildcard lacks", MISSING, Status.FAIL, self_managed(HOST, API), COVERS, "*.netrasystems.ai"),
    Scenario("a declared wildcard, DNS decides", MISSING, Status.UNKNOWN, two_maps_take_whatever_comes, COVERS),
    Scenario("a wildcard that cannot be", MISSING, Status.FAIL, declared=COVERS, resource="*.netrasystems.ai"),
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
