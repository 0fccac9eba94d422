"""The filter language of Monitoring, as far as a condition of an alert is read: which metric, of which resources.

https://cloud.google.com/monitoring/api/v3/filters
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from diag.values import dataclass

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>=~|!~|!=|>=|<=|[=:><(),])|(?P<word>[^\s"'=:!<>(),]+))"""
)
_LONGEST = 10_000
"""Characters that are read: Monitoring takes no longer filter."""
_OPERATORS = frozenset({"=", "!=", ":", ">", "<", ">=", "<=", "=~", "!~"})
_FULL_MATCH = "monitoring.regex.full_match"
_PLAIN_PATTERN = re.compile(r"\^?((?:[\w:/-]|\\?[.]|[.]\*)*)\$?")
"""A regular expression of letters and `.*` alone: it can be evaluated without a matcher that may never end."""


@dataclass(frozen=True)
class Comparison:
    """One comparison: `resource.labels.zone = starts_with("us-")`."""

    key: str
    """With `labels` for the older `label`, and without quotes."""
    operator: str
    values: tuple[str, ...]
    function: str = ""

    def holds(self, value: str) -> bool | None:
        """Whether a value meets it; None where that is not read."""
        found = self._positive(value)
        negative = self.operator in ("!=", "!~")
        return found if found is None or not negative else not found

    def _positive(self, value: str) -> bool | None:
        tests: Mapping[str, Callable[[str], bool]] = {
            "": lambda text: value == text,
            "one_of": lambda text: value == text,
            "starts_with": value.startswith,
            "ends_with": value.endswith,
            "has_substring": lambda text: text in value,
        }
        if self.operator in ("=~", "!~") or self.function == _FULL_MATCH:
            return _matches(self.values[0], value) if self.values else None
        if self.operator == ":" and not self.function:
            return any(text in value for text in self.values)
        if self.operator not in ("=", "!=") or self.function not in tests:
            return None
        return any(tests[self.function](text) for text in self.values)


@dataclass(frozen=True)
class MetricFilter:
    """A filter as comparisons that must all hold."""

    comparisons: tuple[Comparison, ...]
    plain: bool
    """Whether that is all it says: no OR, no NOT, nothing that was not understood."""

    @property
    def metric_types(self) -> tuple[str, ...]:
        """The metric types that it names."""
        named = (one for one in self.of("metric.type") if one.operator == "=" and one.function in ("", "one_of"))
        return tuple(value for one in named for value in one.values)

    def of(self, key: str) -> Iterator[Comparison]:
        """The comparisons of that key."""
        yield from (one for one in self.comparisons if one.key == key)

    def covers(self, labels: Mapping[str, str]) -> bool | None:
        """Whether it takes the resource with these labels; None where it says more than they tell."""
        doubt = not self.plain
        for one in self.comparisons:
            scope, _, label = one.key.partition(".labels.")
            if scope == "metric" or one.key in ("metric.type", "resource.type"):
                continue
            found = one.holds(labels[label]) if scope == "resource" and label in labels else None
            if found is False and self.plain:
                return False
            doubt = doubt or found is not True
        return None if doubt else True


def parse_filter(text: str) -> MetricFilter:
    """The comparisons of a filter."""
    read = text[:_LONGEST]
    tokens = [found[found.lastgroup or 0] for found in _TOKEN.finditer(read)]
    leftover = _TOKEN.sub("", read).strip()
    found: list[Comparison] = []
    plain, at = read == text and not leftover, 0
    while at < len(tokens):
        key, after = _key(tokens, at)
        operator = tokens[after] if after < len(tokens) else ""
        if tokens[at] in ("AND", "(", ")"):
            at += 1
        elif tokens[at] in ("OR", "NOT") or operator not in _OPERATORS:
            plain, at = False, at + 1
        else:
            comparison, at = _comparison(key, operator, tokens, after + 1)
            found.append(comparison)
    return MetricFilter(tuple(found), plain)


def _key(tokens: Sequence[str], at: int) -> tuple[str, int]:
    """The key that begins at a token, whose last part may be quoted, and where it ends."""
    key, end = tokens[at], at + 1
    if key.endswith(".") and end < len(tokens):
        key, end = key + _unquoted(tokens[end]), end + 1
    return re.sub(r"^(metric|resource)\.label\.", r"\1.labels.", key), end


def _comparison(key: str, operator: str, tokens: Sequence[str], at: int) -> tuple[Comparison, int]:
    if at < len(tokens) - 1 and tokens[at + 1] == "(" and tokens[at] not in "()":
        end = tokens.index(")", at) if ")" in tokens[at:] else len(tokens)
        values = tuple(_unquoted(token) for token in tokens[at + 2 : end] if token != ",")
        return Comparison(key, operator, values, tokens[at]), end + 1
    value = (_unquoted(tokens[at]),) if at < len(tokens) and tokens[at] not in "()" else ()
    return Comparison(key, operator, value), at + 1


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[:1] in ("'", '"') else token


def _matches(pattern: str, value: str) -> bool | None:
    """Whether a simple regular expression matches the whole value; None for any other expression."""
    found = _PLAIN_PATTERN.fullmatch(pattern)
    if found is None or pattern.count("*") > 3:
        return None
    return re.fullmatch(found[1], value) is not None
