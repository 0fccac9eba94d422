"""What a finding on Cloud SQL says besides its status: where it was declared, how grave it is, what to type."""

from __future__ import annotations

import pytest

from diag.report import Finding, Severity, Status
from tests.scenarios.scenario import Patch, Scenario, findings, unchanged
from tests.scenarios.sql_connections import BOTH, both, flag, scaling, unbounded
from tests.scenarios.sql_network import BACKEND, BY_SOCKET, HEAD, INSTANCE, attaching, instance, ip, sql
from tests.scenarios.sql_sockets import WITHOUT_REGION, nothing_attached_and_private

SQL = f"gcloud sql instances patch {INSTANCE} --project netra-staging"
RUN = f"gcloud run services update {BACKEND} --region us-central1"


def one(check: str, status: Status, patch: Patch, declared: str = HEAD) -> Finding:
    """The one finding of that status that a check gives of a patched estate."""
    found = findings(Scenario("", check, status, patch, declared))
    (wanted,) = [finding for finding in found if finding.status is status]
    return wanted


def commands(finding: Finding) -> list[str]:
    return [fix.command for fix in finding.fix]


def line(finding: Finding) -> int | None:
    return finding.declared_at.line if finding.declared_at else None


@pytest.mark.parametrize(
    ("check", "key"),
    [
        ("sql.max-connections-too-low", "max_connections: 1001"),
        ("sql.private-network-wrong", "private_network: other-vpc"),
        ("sql.ssl-not-enforced", "ssl: client-certificate"),
        ("sql.version-too-old", "database_version: POSTGRES_17"),
    ],
)
def test_a_declared_value_is_blamed_on_its_own_line(check: str, key: str) -> None:
    declared = f"{HEAD}sql_instances:\n  {INSTANCE}:\n    region: us-central1\n    {key}\n"
    assert line(one(check, Status.FAIL, unchanged, declared)) == 7


def test_a_critical_instance_raises_its_findings_by_one_level() -> None:
    stricter = "ssl: client-certificate"
    plain = one("sql.ssl-not-enforced", Status.FAIL, unchanged, sql(stricter))
    raised = one("sql.ssl-not-enforced", Status.FAIL, unchanged, sql(f"critical: true, {stricter}"))
    assert (plain.severity, raised.severity) == (Severity.MEDIUM, Severity.HIGH)


def test_a_socket_without_a_public_address_is_blamed_on_the_line_that_asks_for_the_socket() -> None:
    found = one("sql.socket-needs-public-ip", Status.FAIL, nothing_attached_and_private, BY_SOCKET)
    assert line(found) == 8
    assert found.resource == f"projects/netra-staging/instances/{INSTANCE}"
    assert commands(found) == [f"{SQL} --assign-ip"]


def test_an_instance_is_judged_once_where_the_file_declares_no_region() -> None:
    found = one("sql.socket-needs-public-ip", Status.PASS, unchanged, WITHOUT_REGION)
    assert line(found) == 8


def test_what_is_not_attached_is_attached_by_its_whole_name() -> None:
    found = one("sql.socket-not-attached", Status.FAIL, attaching(""), BY_SOCKET)
    assert line(found) == 8
    assert commands(found) == [f"{RUN} --add-cloudsql-instances netra-staging:us-central1:{INSTANCE}"]


def test_the_budget_offers_fewer_instances_or_more_connections_with_every_other_flag_kept() -> None:
    found = one("sql.connection-budget", Status.FAIL, flag(400), BOTH)
    assert line(found) == 8
    # 397 usable − 80 of the auth service = 317; 317 / 25 = 12.
    assert commands(found) == [f"{RUN} --max-instances 12", f'{SQL} --database-flags "max_connections=458,work_mem=8"']


def test_the_budget_of_manual_scaling_is_met_by_scaling() -> None:
    patch = both(flag(400), scaling(BACKEND, scalingMode="MANUAL", manualInstanceCount=20))
    assert commands(one("sql.connection-budget", Status.FAIL, patch, BOTH))[0] == f"{RUN} --scaling 12"


def test_a_service_without_a_maximum_is_given_one_that_fits_twice() -> None:
    found = one("sql.connection-budget", Status.WARN, unbounded, BOTH)
    # (997 usable − 2 × 80) / 2 = 418; 418 / 25 = 16.
    assert commands(found) == [f"{RUN} --max-instances 16"]


def test_only_the_wide_range_is_removed() -> None:
    patch = ip(authorizedNetworks=[{"value": "198.51.100.0/24"}, {"value": "0.0.0.0/0"}])
    found = one("sql.public-access", Status.FAIL, patch)
    assert found.observed == "0.0.0.0/0"
    assert commands(found) == [f"{SQL} --authorized-networks 198.51.100.0/24"]
    assert [item.field for item in found.evidence] == ["settings.ipConfiguration.authorizedNetworks[1].value"]


def test_a_legacy_rule_is_shown_where_it_was_read_and_a_default_as_one() -> None:
    patch = ip(sslMode="SSL_MODE_UNSPECIFIED", requireSsl=True)
    legacy = one("sql.ssl-not-enforced", Status.PASS, patch, sql("ssl: encrypted-only"))
    (seen,) = legacy.evidence
    assert (seen.field, seen.value, seen.default) == ("settings.ipConfiguration.requireSsl", True, False)

    def neither(doc: dict[str, dict[str, object]]) -> None:
        doc["settings"]["ipConfiguration"] = {"ipv4Enabled": True}

    (seen,) = one("sql.ssl-not-enforced", Status.FAIL, instance(neither), sql("ssl: encrypted-only")).evidence
    assert (seen.value, seen.default) == ("ALLOW_UNENCRYPTED_AND_ENCRYPTED", True)
