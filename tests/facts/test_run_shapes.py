"""Revisions whose JSON has another shape than the documentation's: not seen, and no defect of diag."""

from __future__ import annotations

import pytest

from diag.calls import Call
from diag.errors import Unseen
from diag.facts.base import Origin
from diag.facts.run import Revision

NAME = "projects/netra-staging/locations/us-central1/services/web/revisions/web-1"


@pytest.mark.parametrize("tags", [7, [{"name": "x"}], [""]])
def test_tags_of_another_shape_are_not_seen(tags: object) -> None:
    origin = Origin(Call.of("run.revisions.get", name=NAME), "2025-09-18T09:00:00Z")
    doc = {"name": NAME, "vpcAccess": {"networkInterfaces": [{"network": "core", "tags": tags}]}}
    with pytest.raises(Unseen, match="tags"):
        _ = Revision(doc, origin, NAME).interfaces
