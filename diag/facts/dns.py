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
        """The records' data, of a routing policy everything that it may answer; raises `Unseen` when nothing says them.

        Empty when the policy does not say what it answers.
        """
        data = tuple(str(item) for item in self.items("rrdatas")) or self._answers
        if not data and not self.routed:
            raise Unseen(Gap(GapKind.MALFORMED, f"{self.name} holds no data", self.origin.call))
        return data

    @property
    def routed(self) -> bool:
        """Whether a routing policy decides by more than its own list: by health, or by what is not known here."""
        return bool(self.mapping("routingPolicy")) and not self._answers

    @property
    def _answers(self) -> tuple[str, ...]:
        """What the items of a policy by weight or by place answer; one without weight answers nobody."""
        policy = self.mapping("routingPolicy")
        kind = next((kind for kind in ("wrr", "geo") if policy.get(kind)), "")
        items = self.objects(f"routingPolicy.{kind}.items") if kind else []
        if not all(item.get("rrdatas") for item in items):
            return ()
        told = [item for item in items if kind == "geo" or item.get("weight")]
        return tuple(dict.fromkeys(str(data) for item in told for data in item["rrdatas"]))


def within(name: str, suffix: str) -> bool:
    """Whether a name is the suffix, or ends with it label by label."""
    return name == suffix or name.endswith(f".{suffix}")


def may_hold(suffix: str, deprecated: str) -> bool:
    """Whether a DNS zone for that suffix may hold the deprecated name, or one of those that a wildcard stands for."""
    name = deprecated.lower().removeprefix("*.")
    return within(name, suffix) or (deprecated.startswith("*.") and within(suffix, name))
