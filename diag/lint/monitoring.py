"""Alerts and the window over which logs and metrics are read."""

from __future__ import annotations

from collections.abc import Iterator

from diag.lint.rule import Issue, Named, infeasible, unobservable
from diag.lint.words import seconds
from diag.requirements.model import Requirements

SHORTEST_WINDOW_S = 300
LONGEST_WINDOW_S = 30 * 86_400


@infeasible("SM-04")
def alert_never_fires(declared: Requirements) -> Iterator[Issue]:
    """Alert that can never fire.

    A utilisation or a share does not go above 100 %.
    """
    for index, alert in enumerate(declared.sections.get("alerts", ())):
        above = alert.get("above")
        if above is not None and above.unit == "ratio" and above.value >= 1:
            yield Issue(
                at=declared.at(f"alerts.{index}.above"),
                of=Named(declared.project),
                required=f"{alert['metric']} above {above.value:.0%}",
                observed="0% to 100%",
                reason="the figure never goes above that, so that such a policy never announces anything",
                instead="a threshold that leaves time to act, such as 80%",
                doubt="a policy that fires earlier passes",
            )


@infeasible("LOG-03")
def window_older_than_the_logs(declared: Requirements) -> Iterator[Issue]:
    """Log window longer than logs are kept.

    Unless a bucket is set to more, logs are kept for 30 days.
    """
    window = declared.sections.get("logs", {}).get("window")
    if window is not None and window > LONGEST_WINDOW_S:
        yield Issue(
            at=declared.at("logs.window"),
            of=Named(declared.project),
            required=f"logs.window: {seconds(window)}",
            observed="30d, unless the log bucket keeps more",
            reason="what is older is gone, and its absence proves nothing",
            instead="logs.window: 30d at the most",
            doubt="the log bucket may be set to keep more",
        )


@unobservable("MON-07")
def window_shorter_than_the_delay(declared: Requirements) -> Iterator[Issue]:
    """Window in which no metric has arrived yet.

    Metrics become visible two to four minutes late: in a shorter window there is nothing to judge.
    """
    window = declared.sections.get("logs", {}).get("window")
    if window is not None and window < SHORTEST_WINDOW_S:
        yield Issue(
            at=declared.at("logs.window"),
            of=Named(declared.project),
            required=f"logs.window: {seconds(window)}",
            observed="metrics are visible after 2 to 4 minutes",
            reason="the figures of so short a window have not arrived when it is read",
            instead="logs.window: 5m or more; the default is 1h",
        )
