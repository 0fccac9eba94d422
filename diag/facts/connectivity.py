"""Connectivity Tests, from API JSON (networkmanagement v1)."""

from __future__ import annotations

from collections.abc import Mapping

from diag.facts.base import Choice, Resource, relative

RESULTS = frozenset({"RESULT_UNSPECIFIED", "REACHABLE", "UNREACHABLE", "AMBIGUOUS", "UNDETERMINED"})


class ConnectivityTest(Resource):
    """A Connectivity Test that somebody else made and ran."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels: `service` names the Cloud Run service that it stands for."""
        return {str(key): str(value) for key, value in self.mapping("labels").items()}

    @property
    def result(self) -> Choice:
        """What the last run found."""
        return self.choice("reachabilityDetails.result", RESULTS, "RESULT_UNSPECIFIED")

    @property
    def verified_at(self) -> str:
        """When it last ran: RFC 3339, UTC; empty when never."""
        return self.text("reachabilityDetails.verifyTime")

    @property
    def source_revision(self) -> str:
        """The Cloud Run revision that it starts from, `projects/P/locations/R/revisions/V`; empty when from elsewhere.

        Given with its service, as Cloud Run itself names it, it is the same revision.
        """
        parts = relative(self.text("source.cloudRunRevision.uri")).split("/")
        return "/".join((*parts[:4], *parts[-2:])) if len(parts) > 4 else ""

    @property
    def source_address(self) -> str:
        """The address that it starts from; empty when it names something else."""
        return self.text("source.ipAddress")

    @property
    def source_network(self) -> str:
        """The network that it starts from; empty when it names none."""
        return relative(self.text("source.network"))

    def asks(self, port: int) -> bool:
        """Whether it is of TCP to that port: unset means TCP, and the destination's own port."""
        asked = self.integer("destination.port")
        return self.text("protocol", "TCP").upper() == "TCP" and asked in (None, 0, port)

    @property
    def address(self) -> str:
        """The address that it goes to; empty when it names something else."""
        return self.text("destination.ipAddress")

    @property
    def host(self) -> str:
        """The host name that it goes to."""
        return self.text("destination.fqdn")

    @property
    def sql_instance(self) -> str:
        """The Cloud SQL instance that it goes to."""
        return relative(self.text("destination.cloudSqlInstance"))

    @property
    def redis_instance(self) -> str:
        """The Redis instance that it goes to."""
        return relative(self.text("destination.redisInstance"))
