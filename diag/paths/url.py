"""What a URL map does with a host and a path: the host rule, then the rule of its path matcher.

A declared `/p/*` stands for many paths, so the answer is a list of parts: what each longer or earlier
rule takes of them, and what the rest meets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from diag.facts.url_map import Action, Match, PathMatcher, Rule, UrlMap
from diag.paths.matching import Paths, best_host
from diag.values import dataclass


@dataclass(frozen=True)
class Taken:
    """How a URL map takes a host."""

    pattern: str
    """The winning host pattern; empty when none matches and the map's own default takes it."""
    where: str
    matcher: PathMatcher

    @property
    def shown(self) -> str:
        """For messages."""
        return f"host rule {self.pattern}" if self.pattern else "default of the URL map"


@dataclass(frozen=True)
class Part:
    """Paths that meet the same action."""

    paths: Paths
    rule: str
    """For messages: the rule that takes them."""
    action: Action
    undecided: str = ""
    """What keeps it open whether the rule takes them; empty when it does."""


def take_host(url_map: UrlMap, host: str, port: int) -> Taken:
    """How the URL map takes a host: exact name, longest wildcard suffix, `*`, else its own default [FE-03]."""
    found = best_host(url_map.hosts, host, port)
    if not found:
        return Taken("", "defaultService", url_map.own)
    pattern, rule = found
    return Taken(pattern, rule.where, url_map.matcher(rule.matcher))


def take_any(url_map: UrlMap) -> Iterator[Taken]:
    """How the URL map takes each host that it names, and any other."""
    for pattern, rule in url_map.hosts.items():
        yield Taken(pattern, rule.where, url_map.matcher(rule.matcher))
    yield Taken("", "defaultService", url_map.own)


def follow(matcher: PathMatcher, wanted: Paths) -> Iterator[Part]:
    """What happens to each part of `wanted`, the rules in the order in which they win; the rest last."""
    rules = _route_rules(matcher, wanted) if matcher.route_rules else _path_rules(matcher, wanted)
    for rule, match in rules:
        taken = Paths(match.path, match.below, match.ignore_case)
        whole = taken.contains(wanted)
        yield Part(wanted if whole else taken, rule.shown, rule.action, match.undecided)
        if whole and not match.undecided:
            return
    rest = f"default of path matcher {matcher.name}" if matcher.name else "default of the URL map"
    yield Part(wanted, rest, matcher.default)


def _path_rules(matcher: PathMatcher, wanted: Paths) -> list[tuple[Rule, Match]]:
    """The path rules that take some of `wanted`: longest first, a path before the wildcard of its length [FE-05]."""
    keys = [(wanted.value, False)]
    ends = [at + 1 for at, letter in enumerate(wanted.value) if letter == "/"]
    keys += [(wanted.value[:end], True) for end in ends]
    if wanted.below:
        paths = matcher.sorted_paths
        at = bisect_left(paths, wanted.value)
        while at < len(paths) and paths[at].startswith(wanted.value):
            keys += [(paths[at], False), (paths[at], True)]
            at += 1
    found = [key for key in dict.fromkeys(keys) if key in matcher.by_path]
    found.sort(key=lambda key: (-len(key[0]), key[1], key[0]))
    return [(matcher.by_path[key], matcher.by_path[key].matches[0]) for key in found]


def _route_rules(matcher: PathMatcher, wanted: Paths) -> Iterator[tuple[Rule, Match]]:
    """The matches of route rules that meet `wanted`, by priority [FE-06]; not what an earlier rule took whole."""
    taken: list[Paths] = []
    for rule in matcher.route_rules:
        for match in rule.matches:
            paths = Paths(match.path, match.below, match.ignore_case)
            if not paths.meets(wanted) or any(earlier.contains(paths) for earlier in taken):
                continue
            yield rule, match
            if not match.undecided:
                taken.append(paths)
