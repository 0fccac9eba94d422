"""The health of one group of a backend service, from API JSON (compute v1, backendServices.getHealth)."""

from __future__ import annotations

from collections import Counter

from diag.facts.base import Resource

STATES = frozenset({"HEALTHY", "UNHEALTHY", "DRAINING", "UNKNOWN"})


class GroupHealth(Resource):
    """What the health checks say of the endpoints of one group."""

    @property
    def states(self) -> Counter[str]:
        """How many endpoints have each state; raises `Unseen` for a state that the documentation does not know."""
        paths = [f"healthStatus[{index}].healthState" for index in range(len(self.objects("healthStatus")))]
        return Counter(self.choice(path, STATES, "UNKNOWN").read() for path in paths)
