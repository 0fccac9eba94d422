"""Cloud DNS zones and records, from API JSON (dns v1)."""

from __future__ import annotations

from diag.facts.base import Choice, Resource

VISIBILITY = frozenset({"public", "private"})


class Zone(Resource):
    """A managed zone."""

    @property
    def suffix(self) -> str:
        """The name that it is for, without the final dot."""
        return self.text("dnsName").rstrip(".")

    @property
    def visibility(self) -> Choice:
        """`public` or `private`; only a public one answers clients outside."""
        return self.choice("visibility", VISIBILITY, "public")


class RecordSet(Resource):
    """The records of one name and type in a zone."""

    @property
    def host(self) -> str:
        """The name, without the final dot."""
        return self.text("name").rstrip(".")

    @property
    def type(self) -> str:
        """`A`, `AAAA`, `CNAME`, …"""
        return self.text("type")

    @property
    def data(self) -> tuple[str, ...]:
        """The records' data; empty when a routing policy decides."""
        return tuple(str(item) for item in self.items("rrdatas"))

    @property
    def routed(self) -> bool:
        """Whether a routing policy decides between several answers."""
        return bool(self.mapping("routingPolicy"))
