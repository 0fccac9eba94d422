"""Arithmetic on IPv4 ranges."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from diag.calls import Gap, GapKind
from diag.errors import Unseen

ANYWHERE = IPv4Network("0.0.0.0/0")
RFC_1918 = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
SHARED = IPv4Network("100.64.0.0/10")
"""RFC 6598: internal addresses of a VPC beside those of RFC 1918 (doc:vpc/docs/serverless-vpc-access)."""
INTERNAL = (*RFC_1918, SHARED)
"""Where the addresses of a VPC lie as a rule."""
GOOGLE_API_RANGES = tuple(IPv4Network(text) for text in ("199.36.153.4/30", "199.36.153.8/30"))
"""Private and restricted addresses of Google APIs: `PRIVATE_RANGES_ONLY` sends them into the VPC [EGR-04]."""
INSIDE_CLOUD_SQL = IPv4Network("172.17.0.0/16")
"""Used inside Cloud SQL: it cannot answer a client in this range [NET-13]."""
RESERVED_ADDRESSES = 4
"""Of each primary range: network, gateway, the last but one, and broadcast (doc:vpc/docs/subnets)."""


def address(text: str) -> IPv4Address | None:
    """The IPv4 address that `text` is, with or without `:port`; None for anything else."""
    try:
        return IPv4Address(text.strip().partition(":")[0])
    except ValueError:
        return None


def single(where: IPv4Address) -> IPv4Network:
    """The range of that one address."""
    return IPv4Network(where)


def internal(where: IPv4Address) -> bool:
    """Whether it is an address inside a VPC, or beyond one, which no host of the internet has."""
    return any(where in block for block in INTERNAL)


def private(where: IPv4Address) -> bool:
    """Whether `PRIVATE_RANGES_ONLY` sends it into the VPC; raises `Unseen` where that is not documented [EGR-04]."""
    if internal(where) or any(where in block for block in GOOGLE_API_RANGES):
        return True
    if public(single(where)):
        return False
    said = f"whether private-ranges-only egress counts {where} as private is not documented"
    raise Unseen(Gap(GapKind.UNDECIDED, said))


def usable(block: IPv4Network) -> int:
    """How many addresses of a subnet's primary range can be given out."""
    return max(block.num_addresses - RESERVED_ADDRESSES, 0)


def cover(blocks: Iterable[IPv4Network], whole: IPv4Network) -> bool:
    """Whether the blocks together hold every address of `whole`."""
    return any(whole.subnet_of(block) for block in collapse_addresses(blocks))


def public(block: IPv4Network) -> bool:
    """Whether some address of the range may be an internet host's."""
    return not any(block.subnet_of(known) for known in _NEVER_PUBLIC)


# Addresses set aside for documentation are public here: made-up data uses them for internet hosts.
_NEVER_PUBLIC = (
    *INTERNAL,
    *GOOGLE_API_RANGES,
    *(IPv4Network(text) for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "198.18.0.0/15")),
    *(IPv4Network(text) for text in ("224.0.0.0/4", "240.0.0.0/4")),
)
