"""Policies: which bindings give an account a role, and which may."""

from __future__ import annotations

import pytest

from diag.calls import Call, Json
from diag.errors import Unseen
from diag.facts.base import Origin
from diag.facts.iam import Policy, Project

CALL = Call.of("cloudresourcemanager.projects.getIamPolicy", resource="projects/acme")
ACCOUNT = "app@acme.iam.gserviceaccount.com"


def policy(*bindings: Json, **fields: object) -> Policy:
    return Policy({"bindings": list(bindings), "etag": "BwY="} | fields, Origin(CALL, ""), "projects/acme")


def granted(member: str, condition: Json | None = None) -> Policy:
    """A policy in which that member holds a role."""
    return policy({"role": "roles/x", "members": [member]} | ({"condition": condition} if condition else {}))


@pytest.mark.parametrize(
    "member", [f"serviceAccount:{ACCOUNT}", f"serviceAccount:{ACCOUNT.upper()}", "allUsers", "allAuthenticatedUsers"]
)
def test_these_members_hold_a_role(member: str) -> None:
    assert [(one.role, one.condition) for one in granted(member).grants(ACCOUNT)] == [("roles/x", "")]
    assert [one.condition for one in granted(member, {"title": "by day"}).grants(ACCOUNT)] == ["by day"]
    assert [one.condition for one in granted(member, {"expression": "false"}).grants(ACCOUNT)] == ["false"]
    assert granted(member).perhaps == {}


@pytest.mark.parametrize(
    "member",
    [
        "group:team@redacted.invalid",
        "domain:acme.example",
        "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s",
        "principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount",
        "projectEditor:acme",
        "someKindOfTomorrow:x",
    ],
)
def test_these_members_may_hold_it(member: str) -> None:
    assert granted(member).grants(ACCOUNT) == ()
    assert granted(member).perhaps == {"roles/x": member}


@pytest.mark.parametrize(
    "member",
    [
        "serviceAccount:other@acme.iam.gserviceaccount.com",
        "user:person-1@redacted.invalid",
        f"deleted:serviceAccount:{ACCOUNT}?uid=1",
        "deleted:group:team@redacted.invalid?uid=2",
    ],
)
def test_these_members_do_not(member: str) -> None:
    assert granted(member).grants(ACCOUNT) == ()
    assert granted(member).perhaps == {}


def test_an_answer_without_anything_is_no_policy() -> None:
    with pytest.raises(Unseen, match="etag"):
        Policy({}, Origin(CALL, ""), "projects/acme").grants(ACCOUNT)
    assert policy().grants(ACCOUNT) == ()


def test_a_project_without_a_number_in_its_answer_is_not_seen() -> None:
    call = Call.of("cloudresourcemanager.projects.get", name="projects/acme")
    with pytest.raises(Unseen):
        _ = Project({"name": "projects/acme"}, Origin(call, ""), "projects/acme").number
