"""The health of one group of a backend service, from API JSON (compute v1, backendServices.getHealth)."""

from __future__ import annotations

from diag.facts.base import Resource


class GroupHealth(Resource):
    """What the health checks say of the endpoints of one group."""
