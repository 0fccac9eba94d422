"""Serverless VPC Access and VPC networks, from API JSON (vpcaccess v1, compute v1)."""

from __future__ import annotations

from diag.facts.base import Choice, Resource, relative

CONNECTOR_STATES = frozenset({"STATE_UNSPECIFIED", "READY", "CREATING", "DELETING", "UPDATING", "ERROR"})


class Connector(Resource):
    """A Serverless VPC Access connector [VPC-02]."""

    @property
    def state(self) -> Choice:
        """Only READY is good [VPC-01]."""
        return self.choice("state", CONNECTOR_STATES, "STATE_UNSPECIFIED")

    @property
    def host_project(self) -> str:
        """The project of its subnet: another one under Shared VPC, else its own."""
        return self.text("subnet.projectId") or self.project

    @property
    def network(self) -> str:
        """Its network as `projects/P/global/networks/N`, or empty when it names only a subnet."""
        named = self.text("network")
        if not named or "/" in named:
            return relative(named)
        return f"projects/{self.host_project}/global/networks/{named}"

    @property
    def subnetwork(self) -> str:
        """Its own subnet as `projects/P/regions/R/subnetworks/S`, or empty when it was made from a range."""
        named = self.text("subnet.name")
        return f"projects/{self.host_project}/regions/{self.region}/subnetworks/{named}" if named else ""


class Network(Resource):
    """A VPC network, peerings included."""


class Subnetwork(Resource):
    """A subnet."""


class Route(Resource):
    """A route of a network."""


class Router(Resource):
    """A Cloud Router; its NATs are in `nats[]`."""
