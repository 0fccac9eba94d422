"""Memorystore for Redis instances, from API JSON (redis v1)."""

from __future__ import annotations

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, relative

STATES = frozenset(
    {
        "STATE_UNSPECIFIED",
        "CREATING",
        "READY",
        "UPDATING",
        "DELETING",
        "REPAIRING",
        "MAINTENANCE",
        "IMPORTING",
        "FAILING_OVER",
    }
)
TRANSIT_MODES = frozenset({"TRANSIT_ENCRYPTION_MODE_UNSPECIFIED", "SERVER_AUTHENTICATION", "DISABLED"})


class RedisInstance(Resource):
    """A Memorystore for Redis instance."""

    @property
    def state(self) -> str:
        """Its state, of which only READY is good; raises `Unseen` for a new one, and when it is not said."""
        found = self.choice("state", STATES, "STATE_UNSPECIFIED").read()
        if found == "STATE_UNSPECIFIED":
            raise self._unsaid("its state")
        return found

    @property
    def host(self) -> str:
        """The address that clients connect to; raises `Unseen` when it is not said, as while it is being made."""
        host = self.text("host")
        if not host:
            raise self._unsaid("its host")
        return host

    def _unsaid(self, what: str) -> Unseen:
        return Unseen(Gap(GapKind.MALFORMED, f"{self.name}: the answer does not say {what}", self.origin.call))

    @property
    def port(self) -> int:
        """The port; 6379, or 6378 with in-transit encryption."""
        return self.integer("port", 6379) or 6379

    @property
    def endpoints(self) -> tuple[tuple[str, int], ...]:
        """Address and port that clients may connect to: its own, and that of its read replicas where it has them."""
        read = self.text("readEndpoint")
        own = (self.host, self.port)
        return (own, (read, self.integer("readEndpointPort", 6379) or 6379)) if read else (own,)

    @property
    def network(self) -> str:
        """The authorised network as `projects/P/global/networks/N`; `default` of its project when unset."""
        return relative(self.text("authorizedNetwork")) or f"projects/{self.project}/global/networks/default"

    @property
    def maintenance_from(self) -> str:
        """When a maintenance is or was scheduled; empty when none is."""
        return self.text("maintenanceSchedule.startTime")

    @property
    def status_message(self) -> str:
        """What the platform says about its state; empty when nothing."""
        return self.text("statusMessage")

    @property
    def auth(self) -> bool:
        """Whether AUTH is on."""
        return self.flag("authEnabled")

    @property
    def transit(self) -> Choice:
        """Whether clients have to speak TLS."""
        return self.choice("transitEncryptionMode", TRANSIT_MODES, "DISABLED")
