"""What a condition of an alert watches, and from where on it fires, whichever language it is written in.

https://cloud.google.com/monitoring/promql/promql-mapping
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diag.facts.alerts import AlertCondition
from diag.facts.metric_filter import Comparison, MetricFilter, parse_filter
from diag.values import dataclass

_RESOURCE_LABELS = frozenset(
    {"project_id", "location", "region", "database_id", "connector_name", "service_name", "revision_name"}
)
_COUNTING = frozenset({"COUNT", "COUNT_TRUE", "COUNT_FALSE"})
_CHANGING = _COUNTING | {"FRACTION_TRUE", "PERCENT_CHANGE", "STDDEV"}
"""Aligners and reducers after which a figure is no longer in the metric's unit."""
_OF_A_DISTRIBUTION = ("PERCENTILE", "MEAN", "MAX")

_LONGEST = 10_000
"""Characters of a query that are read: no alerting policy takes more."""
_NAME = re.compile(
    r"\b[a-z][a-z0-9_]{0,80}_googleapis_com:[A-Za-z0-9_]{1,200}"
    r"|[a-z][a-z0-9.-]{1,80}\.[a-z]{2,12}/[A-Za-z0-9_./-]{1,200}"
)
_LONGEST_NAME = 300
_SELECTOR = re.compile(r"\{[^{}]*\}")
_MATCHER = re.compile(r'"?(\w+)"?\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e-?[0-9]+)?"
_COMPARED = re.compile(rf"(?P<watched>[^<>=!]*)(?P<sign>[<>])=? ?(?:bool )?(?P<threshold>{_NUMBER})")
_TURNED = re.compile(rf"(?P<threshold>{_NUMBER}) ?(?P<sign>[<>])=? ?(?P<watched>[^<>=!]*)")
_TIMES, _BY = re.compile(rf"({_NUMBER}) ?\* ?"), re.compile(rf" ?([*/]) ?({_NUMBER})")
_ARITHMETIC = re.compile(r"[-+*%^]|\b(?:and|or|unless|offset)\b")
_FUNCTION = re.compile(r"\b([a-z_]+)\s*\(")
_KEEPING = frozenset(
    {"avg", "max", "min", "sum", "by", "without", "rate", "increase", "quantile", "histogram_quantile"}
    | {f"{word}_over_time" for word in ("avg", "max", "min", "last", "quantile")}
)
"""Functions of PromQL after which a figure is still in the metric's unit; `rate` of a gauge is not, see there."""

_CONDITION = re.compile(
    rf"condition (?:val\(\) ?(?P<sign>[<>])=?|(?P<word>[gl])[te]\(val\(\),) ?(?P<threshold>{_NUMBER})"
    r" ?(?:'(?P<unit>[^']{0,20})')? ?\)?"
)
_MQL_UNITS: Mapping[str, float] = {"": 1, "1": 1, "10^2.%": 1, "%": 0.01}
"""Units that a number is written in → what one of them is as a ratio or a count."""
_STEP = re.compile(r"(?:fetch|metric|filter|align|every|window|group_by|top) ?")
_TEST = re.compile(r"(resource|metric)\.(\w+) ?(==|!=|=~|!~) ?'([^']*)'")
_PIPE = re.compile(r"(?<![|])[|](?![|])")
_SIGNS = {"==": "=", "!=": "!=", "=~": "=~", "!~": "!~"}
_MQL_KEEPING = frozenset({"mean", "max", "min", "sum", "percentile", "next_older", "within", "mean_within", "val"})
"""Steps and functions of MQL after which a figure is still in the metric's unit."""


@dataclass(frozen=True)
class Divisor:
    """What a figure is divided by."""

    metrics: frozenset[str]
    """As PromQL writes them."""
    filter: MetricFilter


@dataclass(frozen=True)
class Reading:
    """A condition as far as it can be read."""

    metrics: Mapping[str, str]
    """The metrics that it watches, as PromQL writes them (`run_googleapis_com:request_count`) → as it names them."""
    filter: MetricFilter
    """Which resources and labels it takes."""
    threshold: float | None
    """The figure above which it fires; None where `unread` says why it is not known."""
    unread: str = ""
    low: bool = False
    """Whether it fires when the figure is low, or is exactly something."""
    counts: bool = False
    """Whether it looks at how many there are, not at how large they are."""
    rate: bool = False
    """Whether the figure is one a second."""
    divisor: Divisor | None = None
    """What the figure is divided by."""


def read_condition(condition: AlertCondition) -> Reading | None:
    """What a condition watches; None for one that watches no figure."""
    if condition.kind == "threshold":
        return _threshold(condition)
    query = condition.query[:_LONGEST]
    if condition.kind == "promql" and query == condition.query:
        return _promql(query)
    if condition.kind == "mql" and query == condition.query:
        return _mql(query)
    if condition.kind in ("promql", "mql"):
        return Reading(_names(query), MetricFilter((), False), None, "its query is too long")
    return None


def promql_name(metric_type: str) -> str:
    """`run.googleapis.com/request_count` as PromQL writes it [RM-12]."""
    domain, _, path = metric_type[:_LONGEST_NAME].partition("/")
    return f"{domain.replace('.', '_')}:{re.sub(r'[^A-Za-z0-9_]', '_', path)}"


def _threshold(condition: AlertCondition) -> Reading:
    found = parse_filter(condition.filter)
    aligner, reducer = (word.partition("_")[2] for word in (condition.aligner, condition.reducer))
    comparison = condition.comparison.value if condition.comparison else ""
    changing = next((word for word in (aligner, reducer) if word in _CHANGING), "")
    kept = reducer.startswith(_OF_A_DISTRIBUTION) or aligner.startswith(_OF_A_DISTRIBUTION)
    high = comparison in ("COMPARISON_GT", "COMPARISON_GE")
    unread = "" if high else f"it compares by {comparison or 'nothing'}"
    unread = unread or (f"{changing} turns the metric into another figure" if changing else "")
    unread = unread or (f"it waits for {condition.series} series at once" if condition.series > 1 else "")
    return Reading(
        metrics={promql_name(name): name for name in found.metric_types},
        filter=found,
        threshold=None if unread else condition.threshold,
        unread=unread,
        low=comparison in ("COMPARISON_LT", "COMPARISON_LE", "COMPARISON_EQ", "COMPARISON_NE"),
        counts=bool({aligner, reducer} & _COUNTING) or (aligner in ("RATE", "DELTA") and not kept),
        rate=aligner == "RATE",
        divisor=_denominator(condition.denominator) if condition.denominator else None,
    )


def _denominator(text: str) -> Divisor:
    found = parse_filter(text)
    return Divisor(frozenset(promql_name(name) for name in found.metric_types), found)


def _promql(query: str) -> Reading:
    """A query `FIGURE > NUMBER`, the figure perhaps times a number; with other arithmetic, it is not read."""
    selectors = [_labels(found[0]) for found in _SELECTOR.finditer(query)]
    names = _names(query)
    bare = " ".join(re.sub(r"\[[^\]]*\]|\"[^\"]*\"", "", _SELECTOR.sub("", query)).split())
    found, turned = _COMPARED.fullmatch(bare), _TURNED.fullmatch(bare)
    watched, times = _without_factor((found or turned or {"watched": ""})["watched"])
    found, parts = found or turned, watched.split("/")
    used = set(_FUNCTION.findall(bare)) - {"bool"}
    simple = found and times and len(parts) <= 2 and not _ARITHMETIC.search(watched)
    filter = selectors[0] if selectors else MetricFilter((), True)
    if not found or not simple or not used <= _KEEPING or len(selectors) > len(parts):
        combined = MetricFilter(tuple(one for each in selectors for one in each.comparisons), len(selectors) < 2)
        return Reading(names, combined, None, "its query is more than a figure above a number")
    return Reading(
        names,
        filter,
        float(found["threshold"]) / times,
        low=(found["sign"] == "<") is not bool(turned),
        counts=bool(used & {"rate", "increase"}) and "histogram_quantile" not in used,
        rate="rate" in used and "histogram_quantile" not in used,
        divisor=_right_of(names, selectors) if len(parts) == 2 else None,
    )


def _without_factor(watched: str) -> tuple[str, float]:
    """A figure without the number that it is multiplied or divided by, and by what it is multiplied; 0 for no sense."""
    figure, times = watched.strip(), 1.0
    if found := _TIMES.match(figure):
        figure, times = figure[found.end() :], float(found[1])
    elif (at := max(figure.rfind("*"), figure.rfind("/"))) > 0 and (found := _BY.fullmatch(figure, at)):
        number = float(found[2])
        figure, times = figure[:at], number if found[1] == "*" else 1 / number if number else 0.0
    return figure, times


def _mql(query: str) -> Reading:
    """A query that ends in `condition val() > NUMBER`, its steps before it of those that keep the unit."""
    *steps, last = (" ".join(step.split()) for step in _PIPE.split(query))
    names, found = _names(query), _CONDITION.fullmatch(last)
    used = set(_FUNCTION.findall(" ".join(step for step in steps if not step.startswith("filter"))))
    unit = _MQL_UNITS.get(found["unit"] or "") if found else None
    kept = all(_STEP.match(step) and not (step.startswith("group_by") and re.search(r"[*+/]", step)) for step in steps)
    if not found or unit is None or not kept or not used <= _MQL_KEEPING:
        return Reading(
            names, MetricFilter((), False), None, "it is written in MQL, and more than a figure above a number"
        )
    low = (found["sign"] or found["word"]) in ("<", "l")
    return Reading(names, _restricted(steps), float(found["threshold"]) * unit, low=low)


def _restricted(steps: Sequence[str]) -> MetricFilter:
    """Which resources and labels the steps `filter` of MQL leave."""
    parts = [part for step in steps if step.startswith("filter") for part in step[len("filter") :].split("&&")]
    found = [_TEST.fullmatch(part.strip(" ()")) for part in parts]
    comparisons = (Comparison(f"{one[1]}.labels.{one[2]}", _SIGNS[one[3]], (one[4],)) for one in found if one)
    return MetricFilter(tuple(comparisons), all(found))


def _right_of(names: Mapping[str, str], selectors: list[MetricFilter]) -> Divisor:
    """The right side of a division: the second metric, or the first one again."""
    second = list(names)[1:] or list(names)
    return Divisor(frozenset(second), selectors[1] if len(selectors) > 1 else MetricFilter((), True))


def _labels(selector: str) -> MetricFilter:
    comparisons = []
    for label, operator, value in _MATCHER.findall(selector):
        if label in ("__name__", "monitored_resource"):
            continue
        scope = "resource" if label in _RESOURCE_LABELS else "metric"
        comparisons.append(Comparison(f"{scope}.labels.{label}", operator, (value,)))
    return MetricFilter(tuple(comparisons), True)


def _names(query: str) -> Mapping[str, str]:
    """The metrics that a query names, those of a distribution without the suffix of its parts."""
    found = ((promql_name(name) if "/" in name else name, name) for name in _NAME.findall(query))
    return {re.sub(r"_(?:bucket|sum)$", "", name): written for name, written in found}
