"""What `diag checks` and `diag explain` read: the descriptions that travel in the package."""

from __future__ import annotations

import pytest

from diag.described import descriptions, find
from diag.errors import UsageError
from diag.render.explain import Description, Read
from diag.requirements.catalogue import CHECK_IDS, FINDING_IDS


def test_a_description_is_read_as_it_was_written() -> None:
    found = find("vpc.nat-missing")
    assert isinstance(found, Description)
    assert (found.id, found.severity, found.always) == ("vpc.nat-missing", "critical", True)
    assert Read("compute.googleapis.com", "routers.aggregatedList", "compute.routers.list") in found.reads
    assert "services.*.reaches" in found.keys
    assert hash(found), "every list in it is a tuple"


def test_every_id_of_the_catalogue_is_listed_once() -> None:
    ids = [found.id for found in descriptions()]
    assert sorted(ids) == sorted(CHECK_IDS)


@pytest.mark.parametrize("slip", ["vpc.conector-mising", "VPC.connector_missing"])
def test_an_unknown_id_says_what_was_meant(slip: str) -> None:
    with pytest.raises(UsageError, match=r'did you mean "vpc.connector-missing"\? type `diag explain'):
        find(slip)


def test_an_id_that_is_like_no_other_says_where_all_of_them_are() -> None:
    with pytest.raises(UsageError, match="type `diag checks`"):
        find("???")


@pytest.mark.parametrize("check_id", FINDING_IDS)
def test_every_id_that_a_finding_may_have_is_explained(check_id: str) -> None:
    found = find(check_id)
    assert (found.id, bool(found.title)) == (check_id, True)
