"""What a firewall rule takes beside its ranges, from API JSON: any one of several sources or destinations suffices."""

from __future__ import annotations

from diag.calls import Json
from diag.facts.base import Resource
from diag.values import dataclass

MACHINES = ("sourceTags", "sourceServiceAccounts", "srcSecureTags")
"""Sources that are machines of the network: they widen a rule that has ranges, and nothing from outside is one."""
CONTEXTS = frozenset({"UNSPECIFIED", "INTERNET", "INTRA_VPC", "NON_INTERNET", "VPC_NETWORKS"})
_OF_INTERNET = ("RegionCodes", "ThreatIntelligences")
_OF_ANY = ("Fqdns", "AddressGroups")
_NARROWING = ("NetworkContext", "NetworkType")


@dataclass(frozen=True)
class Besides:
    """What no range of a rule tells of its destinations (EGRESS) or sources (INGRESS)."""

    tags: frozenset[str] = frozenset()
    """Network tags of machines that it takes as sources."""
    hosts: frozenset[str] = frozenset()
    """Names of hosts whose addresses it takes, in lower case."""
    internet: str = ""
    """What else takes addresses of the internet, for messages: `destRegionCodes`; empty when nothing does."""
    anything: str = ""
    """What else takes addresses of whatever kind, for messages: `destAddressGroups`; empty when nothing does."""
    context: str = ""
    """`INTERNET` or `NON_INTERNET` for a rule that is for such traffic alone."""

    @property
    def shown(self) -> str:
        """For messages: `destFqdns, destRegionCodes`; empty when nothing but ranges decides."""
        return ", ".join(name for name in (self.anything, self.internet) if name)


NOTHING = Besides()


def of_match(policy: Resource, place: str, end: str) -> Besides:
    """What a policy's rule with its match at `place` takes beside ranges; `end` is `dest` or `src`."""
    contexts = (policy.choice(f"{place}.{end}{name}", CONTEXTS, "UNSPECIFIED").read() for name in _NARROWING)
    return Besides(
        frozenset(),
        frozenset(name.lower().rstrip(".") for name in policy.words(f"{place}.{end}Fqdns")),
        _listed(policy, place, end, _OF_INTERNET),
        _listed(policy, place, end, _OF_ANY),
        next((one for one in contexts if one in ("INTERNET", "NON_INTERNET")), ""),
    )


def _listed(policy: Resource, place: str, end: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{end}{name}" for name in names if policy.items(f"{place}.{end}{name}"))


def unread(match: Json, end: str) -> list[str]:
    """The conditions of a match that neither its ranges, its ports nor `Besides` tell: each narrows it."""
    told = (f"{end}IpRanges", "layer4Configs", *MACHINES, *(f"{end}{name}" for name in (*_OF_INTERNET, *_OF_ANY)))
    narrowing = tuple(f"{end}{name}" for name in _NARROWING)
    return [
        name
        for name, value in match.items()
        if value
        and name not in told
        and not (name in narrowing and value in ("UNSPECIFIED", "INTERNET", "NON_INTERNET"))
    ]
