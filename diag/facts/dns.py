"""Cloud DNS zones and records, from API JSON (dns v1)."""

from __future__ import annotations

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource

VISIBILITY = frozenset({"public", "private"})


class Zone(Resource):
    """A managed zone."""

    @property
    def suffix(self) -> str:
        """The name that it is for, without the final dot; raises `Unseen` when it is not said."""
        suffix = self.text("dnsName").rstrip(".").lower()
        if not suffix:
            raise Unseen(Gap(GapKind.MALFORMED, f"{self.name} does not say its dnsName", self.origin.call))
        return suffix

    @property
    def visibility(self) -> Choice:
        """`public` or `private`; only a public one answers clients outside."""
        return self.choice("visibility", VISIBILITY, "public")


class RecordSet(Resource):
    """The records of one name and type in a zone."""

    @property
    def host(self) -> str:
        """The name in lower case, without the final dot."""
        return self.text("name").rstrip(".").lower()

    @property
    def type(self) -> str:
        """`A`, `AAAA`, `CNAME`, …"""
        return self.text("type")

    @property
    def data(self) -> tuple[str, ...]:
        """The records' data; empty when a routing policy decides; raises `Unseen` when nothing says them."""
        data = tuple(str(item) for item in self.items("rrdatas"))
        if not data and not self.routed:
            raise Unseen(Gap(GapKind.MALFORMED, f"{self.name} holds no data", self.origin.call))
        return data

    @property
    def routed(self) -> bool:
        """Whether a routing policy decides between several answers."""
        return bool(self.mapping("routingPolicy"))


def within(name: str, suffix: str) -> bool:
    """Whether a name is the suffix, or ends with it label by label."""
    return name == suffix or name.endswith(f".{suffix}")


def may_hold(suffix: str, deprecated: str) -> bool:
    """Whether a DNS zone for that suffix may hold the deprecated name, or one of those that a wildcard stands for."""
    name = deprecated.lower().removeprefix("*.")
    return within(name, suffix) or (deprecated.startswith("*.") and within(suffix, name))
