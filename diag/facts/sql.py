"""Cloud SQL: instances and operations, from API JSON (sqladmin v1)."""

from __future__ import annotations

from diag.facts.base import Choice, Resource, relative

STATES = frozenset(
    {
        "RUNNABLE",
        "SUSPENDED",
        "PENDING_DELETE",
        "PENDING_CREATE",
        "MAINTENANCE",
        "FAILED",
        "ONLINE_MAINTENANCE",
        "REPAIRING",
        "SQL_INSTANCE_STATE_UNSPECIFIED",
    }
)
ACTIVATION = frozenset({"ALWAYS", "NEVER", "ON_DEMAND", "SQL_ACTIVATION_POLICY_UNSPECIFIED"})


class Instance(Resource):
    """A Cloud SQL instance; its full name here is `projects/P/instances/I`."""

    @property
    def region(self) -> str | None:
        """The region it lies in."""
        return self.text("region") or None

    @property
    def connection_name(self) -> str:
        """`project:region:instance`; four parts in a domain-scoped project [SQL-08]."""
        return self.text("connectionName")

    @property
    def state(self) -> Choice:
        """Its state; RUNNABLE includes stopped by its owner [SQL-01, SQL-02]."""
        return self.choice("state", STATES, "SQL_INSTANCE_STATE_UNSPECIFIED")

    @property
    def activation_policy(self) -> Choice:
        """ALWAYS is on, NEVER stopped [SQL-03]."""
        return self.choice("settings.activationPolicy", ACTIVATION, "SQL_ACTIVATION_POLICY_UNSPECIFIED")

    @property
    def has_public_address(self) -> bool:
        """Whether it has a public address [NET-01]."""
        return self.flag("settings.ipConfiguration.ipv4Enabled")

    @property
    def private_network(self) -> str:
        """The network of its private address as `projects/P/global/networks/N`, or empty [NET-02]."""
        link = self.text("settings.ipConfiguration.privateNetwork")
        return relative(link) if link else ""

    def address(self, kind: str) -> str:
        """Its address of that kind (`PRIMARY` public, `PRIVATE`), or empty [NET-09]."""
        found = [item for item in self.objects("ipAddresses") if item.get("type") == kind]
        return str(found[0].get("ipAddress", "")) if found else ""


class Operation(Resource):
    """An operation on an instance [SQL-10]."""


class Tier(Resource):
    """A machine tier and its memory [SET-01]."""
