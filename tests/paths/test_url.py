"""Following a path through a URL map: against a naive reading of the platform's rules."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from diag.calls import Call, Json
from diag.facts.base import Origin
from diag.facts.url_map import UrlMap
from diag.paths.matching import Paths
from diag.paths.url import Part, follow

paths = st.lists(st.sampled_from(["a", "b", "c"]), max_size=4).map(lambda parts: "/" + "/".join(parts))
patterns = st.builds(lambda path, below: f"{path.rstrip('/')}/*" if below else path, paths, st.booleans())


def url_map(matcher: Json) -> UrlMap:
    call = Call.of("compute.urlMaps.aggregatedList", project="made-up")
    link = "projects/made-up/global/backendServices/default"
    doc = {"name": "urls", "defaultService": link, "pathMatchers": [{"name": "all", "defaultService": link, **matcher}]}
    return UrlMap(doc, Origin(call, "2025-09-18T09:00:00Z"), "projects/made-up/global/urlMaps/urls")


def by_paths(rules: list[str]) -> UrlMap:
    """A URL map in which each path leads to a backend service of the path's own name."""
    return url_map({"pathRules": [{"paths": [path], "service": path} for path in rules]})


def backend(part: Part) -> str:
    """Short name of the backend that a part reaches; of a path rule here, its path."""
    return "default" if part.action.shares[0].backend.endswith("/default") else part.action.shares[0].backend


def taken(found: UrlMap, path: str) -> str:
    """The backend that one path reaches."""
    return backend(next(iter(follow(found.matcher("all"), Paths(path, False)))))


def naive(rules: list[str], path: str) -> str:
    """The documentation's words: the longest match wins; an exact path before a wildcard of its length."""
    matching = [rule for rule in rules if rule == path or (rule.endswith("/*") and path.startswith(rule[:-1]))]
    return max(matching, key=lambda rule: (len(rule.removesuffix("*")), not rule.endswith("/*")), default="default")


@given(st.lists(patterns, max_size=8, unique=True), paths)
def test_the_longest_path_rule_wins(rules: list[str], path: str) -> None:
    assert taken(by_paths(rules), path) == naive(rules, path)


@given(st.lists(patterns, max_size=8, unique=True), paths, st.randoms(use_true_random=False))
def test_the_order_of_path_rules_does_not_matter(rules: list[str], path: str, shuffle: random.Random) -> None:
    before = taken(by_paths(rules), path)
    shuffle.shuffle(rules)
    assert taken(by_paths(rules), path) == before


@given(st.lists(patterns, max_size=8, unique=True), patterns, paths)
def test_every_path_below_a_route_is_in_the_part_that_takes_it(rules: list[str], route: str, path: str) -> None:
    found, wanted = by_paths(rules), Paths.declared(route)
    if wanted.contains(Paths(path, False)):
        part = next(part for part in follow(found.matcher("all"), wanted) if part.paths.contains(Paths(path, False)))
        assert backend(part) == naive(rules, path)


def test_a_route_rule_that_an_earlier_one_covers_takes_nothing() -> None:
    found = url_map(
        {
            "routeRules": [
                {"priority": 2, "matchRules": [{"fullPathMatch": "/a/b"}], "service": "late"},
                {"priority": 1, "matchRules": [{"prefixMatch": "/A", "ignoreCase": True}], "service": "early"},
            ]
        }
    )
    assert [backend(part) for part in follow(found.matcher("all"), Paths("/a/", True))] == ["early"]


def test_without_priority_a_route_rule_comes_first() -> None:
    found = url_map(
        {
            "routeRules": [
                {"priority": 1, "matchRules": [{"prefixMatch": "/"}], "service": "second"},
                {"matchRules": [{"prefixMatch": "/"}], "service": "first"},
            ]
        }
    )
    assert taken(found, "/x") == "first"


def test_a_route_rule_without_match_rules_is_open() -> None:
    found = url_map({"routeRules": [{"priority": 1, "matchRules": [], "service": "any"}]})
    first = next(iter(follow(found.matcher("all"), Paths("/x", False))))
    assert "matchRules is empty" in first.undecided
