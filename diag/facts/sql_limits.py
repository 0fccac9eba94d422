"""How much memory a tier of Cloud SQL has, and how many connections PostgreSQL allows by default with it."""

from __future__ import annotations

import re
from collections.abc import Mapping

GIB = 2**30
SHARED_CORE_MEMORY: Mapping[str, int] = {"db-f1-micro": int(0.6 * GIB), "db-g1-small": int(1.7 * GIB)}
"""Memory in bytes of the tiers whose name does not say it [5.5]."""
_DEFAULT_MAX_CONNECTIONS: tuple[tuple[float, float, int], ...] = (
    (0.5, 0.7, 25),
    (1.5, 1.9, 50),
    (3.75, 6, 100),
    (6, 7.5, 200),
    (7.5, 15, 400),
    (15, 30, 500),
    (30, 60, 600),
    (60, 120, 800),
    (120, float("inf"), 1000),
)
"""PostgreSQL's default by memory: GiB from (included), GiB to (excluded), connections [5.5]."""
RESERVED_CONNECTIONS = 3
"""What PostgreSQL keeps for superusers; the application gets the rest [5.5]."""


def default_max_connections(memory: int) -> int | None:
    """PostgreSQL's default `max_connections` with `memory` bytes; None for a size that is not documented [5.5].

    https://cloud.google.com/sql/docs/postgres/flags
    """
    size = memory / GIB
    return next((count for low, high, count in _DEFAULT_MAX_CONNECTIONS if low <= size < high), None)


def memory_in_tier(tier: str) -> int | None:
    """Memory in bytes that a tier's name says (`db-custom-VCPU-MB`, shared core); None when it does not [SET-01]."""
    custom = re.fullmatch(r"db-custom-\d+-(\d+)", tier)
    return int(custom.group(1)) * 2**20 if custom else SHARED_CORE_MEMORY.get(tier)
