"""What a finding on a load balancer says besides its status: where it was declared, how grave it is, what to type."""

from __future__ import annotations

import pytest

from diag.report import Finding, Severity, Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_arrivals import service_elsewhere
from tests.scenarios.lb_backends import dangling_backend, five_minutes
from tests.scenarios.lb_certificates import in_map, names, self_managed
from tests.scenarios.lb_renewal import IN_71_DAYS, SOON
from tests.scenarios.lb_routing import auth_to_frontend, longer_rule_elsewhere
from tests.scenarios.lb_settings import no_policy, policy, serves_in_clear
from tests.scenarios.lb_shared import API, HEAD, HOST, matcher, rule
from tests.scenarios.scenario import Patch, Scenario, findings, unchanged

DECLARED = f"""{HEAD}load_balancers:
  staging:
    domains:
      {HOST}:
        routes:
          /: netra-frontend-staging
          /auth/*: netra-auth-service
      {API}: {{}}
    deprecated_domains:
      - legacy.netrasystems.ai
      - {API}
    certificates:
      covers:
        - {HOST}
        - www.netrasystems.ai
      expires_in: {{warn: 90d}}
    minimum_tls: "1.2"
    request_timeout: 600s
    health_check:
      path: /health
    https_redirect: true
"""
AUTH_SERVICE = "services: {netra-auth-service: {}}\n"


def one(check: str, status: Status, patch: Patch = unchanged, declared: str = DECLARED, resource: str = "") -> Finding:
    """The one finding of that status that a check gives of a patched estate; `resource` as its name ends."""
    found = findings(Scenario("", check, status, patch, declared))
    end = resource and f"/{resource}"
    (wanted,) = [each for each in found if each.status is status and f"/{each.resource}".endswith(end)]
    return wanted


def line(text: str) -> int:
    """The line of the requirements that begins with this text."""
    return next(number for number, each in enumerate(DECLARED.splitlines(), 1) if each.strip().startswith(text))


def no_certificates(estate: Estate) -> None:
    estate.resource("compute.targetHttpsProxies", "staging-https-proxy")["sslCertificates"] = []


@pytest.mark.parametrize(
    ("check", "patch", "resource", "declared"),
    [
        ("lb.wrong-service", auth_to_frontend, f"{HOST}/auth/*", "/auth/*:"),
        ("lb.certificate-missing", names("x.example.com"), HOST, f"{HOST}:"),
        ("lb.certificate-missing", unchanged, "www.netrasystems.ai", "- www.netrasystems.ai"),
        ("lb.deprecated-domain", unchanged, API, f"- {API}"),
        ("lb.tls-too-old", no_policy, "staging-https-proxy", "minimum_tls:"),
        ("lb.http-not-redirected", serves_in_clear, HOST, "https_redirect:"),
        ("lb.request-timeout-too-short", five_minutes, "staging-auth", "request_timeout:"),
        ("lb.health-check-useless", unchanged, "staging", "health_check:"),
    ],
)
def test_a_failure_is_blamed_on_the_line_that_asks_for_it(
    check: str, patch: Patch, resource: str, declared: str
) -> None:
    place = one(check, Status.FAIL, patch, resource=resource).declared_at
    assert place
    assert place.line == line(declared)


def test_thresholds_of_a_certificate_are_blamed_on_the_line_that_declares_them() -> None:
    found = one("lb.certificate-expiring", Status.WARN, IN_71_DAYS)
    assert found.declared_at
    assert found.declared_at.line == line("expires_in:")
    assert one("lb.certificate-expiring", Status.PASS, declared=HEAD).declared_at is None


@pytest.mark.parametrize(
    "declared",
    [
        DECLARED.replace("  staging:\n", "  staging:\n    critical: true\n"),
        DECLARED.replace(f"{HOST}:\n", f"{HOST}:\n        critical: true\n", 1),
    ],
)
def test_a_critical_balancer_or_domain_raises_its_certificate_by_one_level(declared: str) -> None:
    soon = self_managed(HOST, API, expires=SOON)
    assert one("lb.certificate-expiring", Status.WARN, soon).severity is Severity.HIGH
    assert one("lb.certificate-expiring", Status.WARN, soon, declared).severity is Severity.CRITICAL


def test_a_critical_service_raises_nothing_else() -> None:
    declared = DECLARED + AUTH_SERVICE.replace("{}", "{critical: true}")
    assert one("lb.tls-too-old", Status.FAIL, no_policy, declared).severity is Severity.MEDIUM


def test_the_rule_that_took_a_part_of_a_route_is_named() -> None:
    found = one("lb.wrong-service", Status.FAIL, longer_rule_elsewhere)
    assert found.required == "netra-auth-service"
    assert found.observed == "netra-backend-staging in us-central1 by staging-backend"
    assert "path rule /auth/admin/* of staging-urls (host rule staging.netrasystems.ai)" in found.reason
    assert [item.field for item in found.evidence][:3] == ["target", "hostRules[0]", "pathMatchers[0].pathRules[2]"]


def test_the_map_is_edited_where_it_lies() -> None:
    found = one(
        "lb.wrong-service", Status.FAIL, service_elsewhere, f"{DECLARED}services: {{netra-auth-service: {{}}}}\n"
    )
    assert [fix.command for fix in found.fix] == [
        "gcloud compute url-maps edit staging-urls --global --project netra-staging"
    ]


def test_what_names_a_backend_service_that_is_not_there_is_the_evidence() -> None:
    found = one("lb.backend-empty", Status.FAIL, dangling_backend)
    assert found.observed == "does not exist"
    assert [item.field for item in found.evidence] == ["pathMatchers[0].pathRules[1].service"]


def test_the_hop_that_cuts_a_request_is_named_and_the_others_are_evidence() -> None:
    def patch(estate: Estate) -> None:
        five_minutes(estate)
        matcher(estate)["pathRules"][1]["routeAction"] = {"timeout": {"seconds": "400", "nanos": 500_000_000}}

    found = one("lb.request-timeout-too-short", Status.FAIL, patch)
    assert found.observed == "300s by revision netra-auth-service-00041-w8c"
    assert [item.value for item in found.evidence] == ["400.5s", "300s", "serverless NEG"]
    assert len(found.fix) == 2


def test_the_backend_that_a_route_rule_sends_to_has_the_rules_time_out() -> None:
    def patch(estate: Estate) -> None:
        application = matcher(estate)
        del application["pathRules"]
        first = rule(10, "staging-auth", {"prefixMatch": "/auth/"})
        application["routeRules"] = [{**first, "routeAction": {"timeout": {"seconds": "30"}}}]

    assert "30s by the time-out of a rule" in str(one("lb.request-timeout-too-short", Status.FAIL, patch).observed)


def test_a_default_that_stands_for_an_absent_field_is_evidence_as_such() -> None:
    (sslpolicy,) = one("lb.tls-too-old", Status.FAIL, no_policy).evidence
    assert (sslpolicy.field, sslpolicy.default) == ("sslPolicy", True)
    version = one("lb.tls-too-old", Status.FAIL, policy(profile="MODERN")).evidence[1]
    assert (version.field, version.value, version.default) == ("minTlsVersion", "TLS_1_0", True)


def test_a_certificate_is_added_to_the_mechanism_in_force() -> None:
    of_map = one("lb.certificate-missing", Status.FAIL, in_map(("www.example.com", "new")), resource=f"{HOST}")
    assert "maps entries create" in of_map.fix[0].command
    assert "--map staging-map --project netra-staging" in of_map.fix[0].command
    of_list = one("lb.certificate-missing", Status.FAIL, names(API), resource=HOST)
    assert of_list.fix[0].command.endswith("--ssl-certificates staging-cert,NEW_CERTIFICATE")
    assert one("lb.certificate-missing", Status.FAIL, no_certificates, resource=HOST).observed == "no certificate"


def test_an_unserved_domain_names_the_proxy_that_nothing_leads_to() -> None:
    found = findings(
        Scenario(
            "",
            "lb.domain-unserved",
            Status.FAIL,
            lambda estate: estate.resource("compute.forwardingRules", "staging-https").update(portRange="8443-8443"),
            DECLARED,
        )
    )
    assert all("--target-https-proxy staging-https-proxy" in each.fix[0].command for each in found)
    assert {each.resource for each in found} == {HOST, API} == set(lb.url_map()["hostRules"][0]["hosts"]) | {API}


def record(kind: str, *data: str) -> Patch:
    """The host has this record, in place of one of its type or beside the others."""

    def patch(estate: Estate) -> None:
        records = estate.resources["dns.resourceRecordSets"]
        own = [key for key, doc in records.items() if (doc["name"], doc["type"]) == (f"{HOST}.", kind)]
        doc = {"kind": "dns#resourceRecordSet", "name": f"{HOST}.", "type": kind, "ttl": 300, "rrdatas": list(data)}
        estate.put("dns.resourceRecordSets", own[0] if own else kind, doc)

    return patch


def no_record(estate: Estate) -> None:
    records = estate.resources["dns.resourceRecordSets"]
    estate.resources["dns.resourceRecordSets"] = {k: doc for k, doc in records.items() if doc["name"] != f"{HOST}."}


@pytest.mark.parametrize(
    ("patch", "command"),
    [
        (record("A", "198.51.100.9"), f"update {HOST}. --zone netrasystems --project netra-staging --type A --ttl 300"),
        (record("AAAA", "2001:db8::5"), f"delete {HOST}. --zone netrasystems --project netra-staging --type AAAA"),
        (no_record, f"create {HOST}. --zone netrasystems --project netra-staging --type A --ttl 300"),
    ],
    ids=["another address", "an address of IPv6", "no record"],
)
def test_a_record_is_pointed_made_or_taken_away(patch: Patch, command: str) -> None:
    (fix,) = one("lb.dns-elsewhere", Status.FAIL, patch, resource=HOST).fix
    assert fix.command.startswith(f"gcloud dns record-sets {command}")
