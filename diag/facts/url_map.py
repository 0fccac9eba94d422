"""URL maps, from API JSON (compute v1): host rules, path matchers, and what each rule does with a request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Resource, last
from diag.values import dataclass

_UNDECIDABLE = (
    "regexMatch",
    "pathTemplateMatch",
    "headerMatches",
    "queryParameterMatches",
    "metadataFilters",
)
"""Conditions of a route rule that a host and a path alone do not settle."""
_MATCH_FIELDS = frozenset({"prefixMatch", "fullPathMatch", "ignoreCase", *_UNDECIDABLE})


@dataclass(frozen=True)
class Share:
    """A backend service or bucket that a rule sends requests to."""

    backend: str
    """Link of the backend service or backend bucket."""
    weight: int | None
    """Of `weightedBackendServices`; None when the rule names one backend without a weight."""
    where: str


@dataclass(frozen=True)
class Redirect:
    """What a redirecting rule answers with; empty strings keep what the request asked for."""

    https: bool
    """Whether the answer names `https://`; absent means false."""
    host: str
    path: str
    prefix: str


@dataclass(frozen=True)
class Action:
    """What a rule does with a request: one redirect, or the backends that share it; neither is not readable."""

    where: str
    """JSON path in the URL map; empty for the map's own default."""
    shares: tuple[Share, ...]
    redirect: Redirect | None
    timeout: float | None
    """`routeAction.timeout` in seconds; None when not set."""
    rewrite: str
    """The rewritten path prefix or template, for messages; empty when none."""

    @property
    def taking(self) -> tuple[Share, ...]:
        """The backends that take requests: a weight of 0 takes none."""
        return tuple(share for share in self.shares if share.weight is None or share.weight > 0)


@dataclass(frozen=True)
class Match:
    """One way in which a rule takes a path."""

    path: str
    below: bool
    """Whether it takes every path that begins with `path`, else that path only."""
    ignore_case: bool = False
    undecided: str = ""
    """The conditions that a host and a path alone do not settle, with their JSON path; empty when none."""


@dataclass(frozen=True)
class Rule:
    """A path rule's path, or a route rule: any of its matches suffices."""

    where: str
    shown: str
    """For messages: `path rule /auth/*`, `route rule 10`."""
    matches: tuple[Match, ...]
    action: Action


@dataclass(frozen=True)
class PathMatcher:
    """The rules for the paths of some hosts, and what happens to any other path."""

    name: str
    path_rules: tuple[Rule, ...]
    """One for each path; the longest match wins, whatever their order [FE-05]."""
    route_rules: tuple[Rule, ...]
    """By priority; the first match wins [FE-06]."""
    default: Action

    @cached_property
    def by_path(self) -> Mapping[tuple[str, bool], Rule]:
        """Path rules by their path and whether they take all below it."""
        return {(rule.matches[0].path, rule.matches[0].below): rule for rule in self.path_rules}

    @cached_property
    def sorted_paths(self) -> tuple[str, ...]:
        """The paths of the path rules in order, for looking up those below a prefix."""
        return tuple(sorted({path for path, _ in self.by_path}))

    def actions(self) -> Iterator[Action]:
        """Every action of the matcher."""
        yield self.default
        yield from (rule.action for rule in (*self.path_rules, *self.route_rules))


@dataclass(frozen=True)
class HostRule:
    """Which hosts go to which path matcher."""

    where: str
    hosts: tuple[str, ...]
    """Patterns in lower case: a name, `*.suffix`, `*-suffix` or `*`, each perhaps with `:port` [FE-03]."""
    matcher: str


class UrlMap(Resource):
    """A URL map, global or regional."""

    @cached_property
    def host_rules(self) -> tuple[HostRule, ...]:
        """The host rules, in the order of the API."""
        return tuple(
            HostRule(where, tuple(str(host).lower() for host in self.items(f"{where}.hosts")), self._matcher(where))
            for where in (f"hostRules[{index}]" for index in range(len(self.objects("hostRules"))))
        )

    def _matcher(self, where: str) -> str:
        return self.text(f"{where}.pathMatcher")

    @cached_property
    def hosts(self) -> Mapping[str, HostRule]:
        """The host rule of every host pattern."""
        return {pattern: rule for rule in self.host_rules for pattern in rule.hosts}

    @cached_property
    def matchers(self) -> Mapping[str, PathMatcher]:
        """The path matchers by name."""
        wheres = [f"pathMatchers[{index}]" for index in range(len(self.objects("pathMatchers")))]
        return {self.text(f"{where}.name"): self._path_matcher(where) for where in wheres}

    @cached_property
    def own(self) -> PathMatcher:
        """What happens to a host that no host rule takes: the map's own default, for every path."""
        return PathMatcher("", (), (), self._action("", default=True))

    def matcher(self, name: str) -> PathMatcher:
        """The path matcher of that name; raises `Unseen` when the map holds none."""
        found = self.matchers.get(name)
        if not found:
            said = f"{self.short}: a host rule names the path matcher {name!r}, which the URL map does not hold"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return found

    def actions(self) -> Iterator[Action]:
        """Every action of the map: its default, and those of the matchers that a host rule names."""
        yield self.own.default
        for name in dict.fromkeys(rule.matcher for rule in self.host_rules):
            yield from self.matcher(name).actions()

    def _path_matcher(self, where: str) -> PathMatcher:
        paths = [f"{where}.pathRules[{index}]" for index in range(len(self.objects(f"{where}.pathRules")))]
        routes = [f"{where}.routeRules[{index}]" for index in range(len(self.objects(f"{where}.routeRules")))]
        routes.sort(key=lambda route: self.integer(f"{route}.priority", 0) or 0)
        return PathMatcher(
            self.text(f"{where}.name"),
            tuple(rule for path in paths for rule in self._path_rule(path)),
            tuple(self._route_rule(route) for route in routes),
            self._action(where, default=True),
        )

    def _path_rule(self, where: str) -> Iterator[Rule]:
        action = self._action(where)
        for index, path in enumerate(self.items(f"{where}.paths")):
            place = f"{where}.paths[{index}]"
            if not isinstance(path, str) or not path.startswith("/") or "*" in path.removesuffix("/*"):
                raise Unseen(self.malformed(place, path))
            below = path.endswith("/*")
            yield Rule(place, f"path rule {path}", (Match(path.removesuffix("*") if below else path, below),), action)

    def _route_rule(self, where: str) -> Rule:
        count = len(self.objects(f"{where}.matchRules"))
        matches = tuple(self._match(f"{where}.matchRules[{index}]") for index in range(count))
        # Without any match rule the documentation does not say which requests the rule takes.
        everything = (Match("/", True, undecided=f"{where}.matchRules is empty"),)
        shown = f"route rule with priority {self.integer(f'{where}.priority', 0)}"
        return Rule(where, shown, matches or everything, self._action(where))

    def _match(self, where: str) -> Match:
        given = self.mapping(where)
        asked = (name for name, value in given.items() if value not in (None, "", [], {}, False))
        unsettled = [name for name in asked if name in _UNDECIDABLE or name not in _MATCH_FIELDS]
        undecided = f"{where} has {', '.join(unsettled)}" if unsettled else ""
        full = self.text(f"{where}.fullPathMatch")
        # What stands before the first variable of a template is fixed.
        prefix = self.text(f"{where}.prefixMatch") or re.split(r"[{*]", self.text(f"{where}.pathTemplateMatch"))[0]
        if not (full or prefix or undecided):
            undecided = f"{where} names no path"
        return Match(full or prefix or "/", not full, self.flag(f"{where}.ignoreCase"), undecided)

    def _action(self, where: str, default: bool = False) -> Action:
        def at(name: str) -> str:
            key = f"default{name[0].upper()}{name[1:]}" if default else name
            return f"{where}.{key}" if where else key

        route = at("routeAction")
        return Action(
            where,
            self._shares(at("service"), f"{route}.weightedBackendServices"),
            self._redirect(at("urlRedirect")),
            self._timeout(f"{route}.timeout"),
            self.text(f"{route}.urlRewrite.pathPrefixRewrite") or self.text(f"{route}.urlRewrite.pathTemplateRewrite"),
        )

    def _shares(self, single: str, weighted: str) -> tuple[Share, ...]:
        wheres = [f"{weighted}[{index}]" for index in range(len(self.objects(weighted)))]
        if wheres:
            return tuple(
                Share(self.text(f"{where}.backendService"), self.integer(f"{where}.weight", 0), where)
                for where in wheres
            )
        backend = self.text(single)
        return (Share(backend, None, single),) if backend else ()

    def _redirect(self, where: str) -> Redirect | None:
        if not self.mapping(where):
            return None
        return Redirect(
            self.flag(f"{where}.httpsRedirect"),
            self.text(f"{where}.hostRedirect"),
            self.text(f"{where}.pathRedirect"),
            self.text(f"{where}.prefixRedirect"),
        )

    def _timeout(self, where: str) -> float | None:
        if not self.mapping(where):
            return None
        return (self.integer(f"{where}.seconds", 0) or 0) + (self.integer(f"{where}.nanos", 0) or 0) / 1e9


def shown_backend(link: str) -> str:
    """A backend for messages: `netra-auth-backend`, or `backend bucket assets`."""
    return f"backend bucket {last(link)}" if "/backendBuckets/" in link else last(link)
