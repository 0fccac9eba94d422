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


def held(*members: str, condition: Json | None = None) -> list[tuple[str, bool]]:
    """The role of a binding with these members, and whether the account surely holds it."""
    binding: Json = {"role": "roles/x", "members": list(members)} | ({"condition": condition} if condition else {})
    return [(grant.binding.role, not grant.doubt) for grant in policy(binding).grants(ACCOUNT)]


@pytest.mark.parametrize("member", [f"serviceAccount:{ACCOUNT}", "allUsers", "allAuthenticatedUsers"])
def test_these_members_hold_a_role(member: str) -> None:
    assert held(member) == [("roles/x", True)]
    assert held(member, condition={"title": "office hours"}) == [("roles/x", False)]


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
    assert held(member) == [("roles/x", False)]


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
    assert held(member) == []


def test_what_is_certain_comes_first() -> None:
    doubtful = {"role": "roles/a", "members": ["group:team@redacted.invalid"]}
    certain = {"role": "roles/b", "members": [f"serviceAccount:{ACCOUNT}"]}
    assert [grant.binding.role for grant in policy(doubtful, certain).grants(ACCOUNT)] == ["roles/b", "roles/a"]


def test_an_answer_without_anything_is_no_policy() -> None:
    with pytest.raises(Unseen, match="etag"):
        list(Policy({}, Origin(CALL, ""), "projects/acme").grants(ACCOUNT))
    assert list(policy().grants(ACCOUNT)) == []


def test_a_project_without_a_number_in_its_answer_is_not_seen() -> None:
    call = Call.of("cloudresourcemanager.projects.get", name="projects/acme")
    with pytest.raises(Unseen):
        _ = Project({"name": "projects/acme"}, Origin(call, ""), "projects/acme").number
