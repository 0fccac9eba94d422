"""Secret Manager: secrets and versions by their metadata, never a value (secretmanager v1)."""

from __future__ import annotations

from collections.abc import Mapping

from diag.facts.base import Choice, Resource

VERSION_STATES = frozenset({"STATE_UNSPECIFIED", "ENABLED", "DISABLED", "DESTROYED"})


class Secret(Resource):
    """A secret."""

    @property
    def aliases(self) -> Mapping[str, str]:
        """Alias → number of a version [ATT-08]."""
        return {str(key): str(value) for key, value in self.mapping("versionAliases").items()}


class SecretVersion(Resource):
    """A version of a secret."""

    @property
    def state(self) -> Choice:
        """Only ENABLED can be read [ATT-08]."""
        return self.choice("state", VERSION_STATES, "STATE_UNSPECIFIED")

    @property
    def number(self) -> int:
        """Its number; the highest is `latest`."""
        return int(self.short) if self.short.isdigit() else 0
