"""The commands that the checks of secrets give."""

from __future__ import annotations

import pytest

from diag.report import Status
from tests.scenarios.run_secrets import DISABLED, MISSING, TAKEN, asks, together, versions, volume
from tests.scenarios.scenario import Patch, Scenario, findings

LIST = "gcloud secrets versions list database-url --project netra-staging"
ADD = "gcloud secrets versions add database-url --project netra-staging --data-file=FILE"
UPDATE = "gcloud run services update netra-backend-staging --region us-central1 --update-secrets"


@pytest.mark.parametrize(
    ("check", "patch", "commands"),
    [
        (MISSING, asks("7"), [LIST, f"{UPDATE} DATABASE_URL=database-url:2"]),
        (MISSING, volume("database-url", version="9"), [LIST, f"{UPDATE} /secrets/key=database-url:2"]),
        (
            MISSING,
            asks("live"),
            [LIST, "gcloud secrets update database-url --project netra-staging --update-version-aliases live=2"],
        ),
        (MISSING, versions("database-url"), [ADD]),
        (MISSING, together(asks("2"), versions("database-url")), [ADD, f"{UPDATE} DATABASE_URL=database-url:latest"]),
        (
            DISABLED,
            together(asks("1"), versions("database-url", "DESTROYED", "ENABLED")),
            [LIST, f"{UPDATE} DATABASE_URL=database-url:2"],
        ),
        (DISABLED, versions("database-url", "ENABLED", "DESTROYED"), [ADD]),
    ],
    ids=["pinned", "in a volume", "alias", "none at all", "pinned, none at all", "pinned to a destroyed one", "latest"],
)
def test_a_version_that_is_not_there_cannot_be_added_by_its_number(
    check: str, patch: Patch, commands: list[str]
) -> None:
    found = findings(Scenario("", check, Status.FAIL, patch, TAKEN))
    [failed] = [finding for finding in found if finding.status is Status.FAIL]
    assert [fix.command for fix in failed.fix] == commands
