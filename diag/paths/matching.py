"""What a pattern takes: hosts by the URL map's wildcards, names by a certificate's, paths by their rules.

The two wildcards differ: in a URL map `*.example.com` takes any depth [FE-03], in a certificate exactly
one label [CRT-20].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from diag.values import dataclass

T = TypeVar("T")


def host_patterns(host: str, port: int) -> Iterator[str]:
    """Every pattern of a URL map that takes `host` on `port`, the one that wins first.

    The name itself, then the longest wildcard suffix, then `*`; a pattern with the port before the same without.
    """
    name = host.lower().rstrip(".")
    suffixes = (f"*{name[at:]}" for at in range(1, len(name)) if name[at] in ".-")
    for pattern in (name, *suffixes, "*"):
        yield f"{pattern}:{port}"
        yield pattern


def best_host(patterns: Mapping[str, T], host: str, port: int) -> tuple[str, T] | None:
    """The pattern that takes `host`, and what it leads to; None when none does."""
    return next(((pattern, patterns[pattern]) for pattern in host_patterns(host, port) if pattern in patterns), None)


def certificate_patterns(host: str) -> tuple[str, ...]:
    """The names in a certificate that cover `host`: itself, and the wildcard of one label."""
    name = host.lower().rstrip(".")
    parent = name.partition(".")[2]
    return (name, f"*.{parent}") if parent and not name.startswith("*.") else (name,)


def covers(pattern: str, host: str) -> bool:
    """Whether a certificate's name covers `host`; a wildcard host is covered by the same wildcard only."""
    return pattern.lower().rstrip(".") in certificate_patterns(host)


def within_deprecated(name: str, deprecated: str) -> bool:
    """Whether `name` (a host or a pattern) is the deprecated name, or one of those that a wildcard stands for."""
    name = name.lower().partition(":")[0].rstrip(".")
    if not deprecated.startswith("*."):
        return name == deprecated
    return name == deprecated or name.removeprefix("*").lstrip(".-").endswith(deprecated[1:])


def routes_deprecated(pattern: str, deprecated: str) -> bool:
    """Whether a wildcard of a URL map takes hosts of the deprecated name without naming it [FE-04].

    `*` alone takes every host there is, and so says nothing of this one.
    """
    pattern = pattern.lower().partition(":")[0]
    if not pattern.startswith("*") or pattern == "*":
        return False
    return f"x{deprecated[1:]}".endswith(pattern[1:]) if deprecated[0] == "*" else deprecated.endswith(pattern[1:])


@dataclass(frozen=True)
class Paths:
    """A set of paths: one path, or (`below`) all that begin with it."""

    value: str
    below: bool
    ignore_case: bool = False

    @classmethod
    def declared(cls, route: str) -> Paths:
        """The paths of a declared route: `/p` is that path, `/p/*` every path below it."""
        return cls(route[:-1], True) if route.endswith("/*") else cls(route, False)

    def contains(self, other: Paths) -> bool:
        """Whether every path of `other` is one of these."""
        if other.ignore_case and not self.ignore_case:
            return False
        mine, theirs = _folded(self, other)
        return theirs.startswith(mine) if self.below else not other.below and theirs == mine

    def meets(self, other: Paths) -> bool:
        """Whether some path is in both."""
        mine, theirs = _folded(self, other)
        return (self.below and theirs.startswith(mine)) or (other.below and mine.startswith(theirs)) or mine == theirs

    def __str__(self) -> str:
        return f"{self.value}*" if self.below else self.value


def _folded(one: Paths, other: Paths) -> tuple[str, str]:
    if one.ignore_case or other.ignore_case:
        return one.value.lower(), other.value.lower()
    return one.value, other.value
