"""APIs that are enabled in a project, from API JSON (serviceusage v1)."""

from __future__ import annotations

from diag.facts.base import Choice, Resource

STATES = frozenset({"DISABLED", "ENABLED"})
"""The states of an API; one without a state says nothing."""


class Api(Resource):
    """An API of the project; its short name is that of the API, `run.googleapis.com`."""

    @property
    def state(self) -> Choice:
        """Whether it is on."""
        return self.choice("state", STATES)
