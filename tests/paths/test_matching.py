"""Hosts, certificate names and paths: the platform's precedence, as laws over any input."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.paths.matching import Paths, best_host, covers, host_patterns, routes_deprecated, within_deprecated

labels = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,3})?", fullmatch=True)
hosts = st.lists(labels, min_size=2, max_size=5).map(".".join)
segments = st.lists(st.sampled_from(["a", "b", "auth", "Auth"]), max_size=4)
paths = segments.map(lambda parts: "/" + "/".join(parts))
sets = st.builds(Paths, paths, st.booleans(), st.booleans())


@given(hosts, st.randoms(use_true_random=False))
def test_the_winning_host_pattern_does_not_depend_on_the_order_of_the_rules(host: str, shuffle: random.Random) -> None:
    patterns = [*host_patterns(host, 443), "*.example.net", "other.example.net"]
    shuffle.shuffle(patterns)
    assert best_host({pattern: pattern for pattern in patterns}, host, 443) == (f"{host}:443", f"{host}:443")


@given(hosts, st.data())
def test_an_exact_host_beats_any_wildcard_and_a_longer_wildcard_a_shorter(host: str, data: st.DataObject) -> None:
    names = [pattern for pattern in host_patterns(host, 443) if ":" not in pattern]
    held = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    found = best_host(dict.fromkeys(held), host, 443)
    assert found
    assert found[0] == (host if host in held else max(held, key=len))


@pytest.mark.parametrize(
    ("pattern", "host", "takes"),
    [
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*-staging.example.com", "api-staging.example.com", True),
        ("*-staging.example.com", "a.b-staging.example.com", True),
        ("*-staging.example.com", "staging.example.com", False),
        ("*", "example.com", True),
        ("example.com:443", "EXAMPLE.com", True),
        ("example.com:8443", "example.com", False),
        ("*.ample.com", "a.example.com", False),
    ],
)
def test_a_host_pattern_of_a_url_map_takes_any_depth(pattern: str, host: str, takes: bool) -> None:
    assert (best_host({pattern: True}, host, 443) is not None) is takes


@given(hosts, labels)
def test_a_wildcard_certificate_covers_exactly_one_label(parent: str, label: str) -> None:
    wildcard = f"*.{parent}"
    assert covers(wildcard, f"{label}.{parent}")
    assert not covers(wildcard, parent)
    assert not covers(wildcard, f"{label}.{label}.{parent}")
    assert covers(wildcard, wildcard)
    assert not covers(f"*.{label}.{parent}", wildcard)


@pytest.mark.parametrize(
    ("name", "deprecated", "within"),
    [
        ("*.old.example.com", "*.old.example.com", True),
        ("a.old.example.com", "*.old.example.com", True),
        ("a.b.old.example.com:443", "*.old.example.com", True),
        ("*-x.old.example.com", "*.old.example.com", True),
        ("old.example.com", "*.old.example.com", False),
        ("bold.example.com", "*.old.example.com", False),
        ("*.example.com", "*.old.example.com", False),
        ("OLD.example.com.", "old.example.com", True),
        ("a.old.example.com", "old.example.com", False),
    ],
)
def test_a_deprecated_wildcard_stands_for_all_below_it(name: str, deprecated: str, within: bool) -> None:
    assert within_deprecated(name, deprecated) is within


@pytest.mark.parametrize(
    ("pattern", "deprecated", "still_routed"),
    [
        ("*.example.com", "*.old.example.com", True),
        ("*.example.com", "old.example.com", True),
        ("*.old.example.com", "old.example.com", False),
        ("*.other.com", "*.old.example.com", False),
        ("*", "*.old.example.com", False),
        ("www.example.com", "*.old.example.com", False),
    ],
)
def test_a_wildcard_host_rule_still_routes_a_deprecated_name_at_any_depth(
    pattern: str, deprecated: str, still_routed: bool
) -> None:
    assert routes_deprecated(pattern, deprecated) is still_routed


@given(sets, sets, paths)
def test_a_set_of_paths_contains_what_its_part_contains(one: Paths, other: Paths, path: str) -> None:
    point = Paths(path, False)
    if one.contains(other) and other.contains(point):
        assert one.contains(point)
    if one.contains(point) and other.contains(point):
        assert one.meets(other)
        assert other.meets(one)


@pytest.mark.parametrize(
    ("route", "path", "stands_for"),
    [
        ("/auth", "/auth", True),
        ("/auth", "/auth/", False),
        ("/auth/*", "/auth", False),
        ("/auth/*", "/auth/login", True),
        ("/auth/*", "/authx", False),
        ("/", "/", True),
        ("/", "/x", False),
        ("/*", "/x/y", True),
    ],
)
def test_a_declared_route_is_a_path_or_all_below_it(route: str, path: str, stands_for: bool) -> None:
    assert Paths.declared(route).contains(Paths(path, False)) is stands_for
