"""When the next look is due: a declared interval from start to start, or one that adapts."""

from __future__ import annotations

from diag.values import dataclass

CHECKS_EVERY = 60.0
"""Seconds that lie at least between two reads of the admin APIs."""
NEAR, STEADY = 10.0, 120.0
"""The adapting interval near a change, and when nothing has changed for long; seconds."""


@dataclass(frozen=True)
class Pace:
    """The moments of looks on a clock that only goes forward; seconds."""

    interval_s: float | None
    """None: it adapts."""
    due: float
    """When the next look starts."""
    step: float = NEAR
    checked: float | None = None
    """When the look that last read the admin APIs was due; None before any."""

    @property
    def checks(self) -> bool:
        """Whether the next look reads the admin APIs."""
        return self.checked is None or self.due - self.checked >= CHECKS_EVERY

    def after(self, now: float, unsettled: bool) -> Pace:
        """The pace after a look that ended at `now`; `unsettled` says that a state has just changed, or may soon.

        A given interval stays on its grid: what came too late for a moment on it waits for the next one.
        """
        checked = self.due if self.checks else self.checked
        if self.interval_s is None:
            step = NEAR if unsettled else min(self.step * 1.5, STEADY)
            return Pace(None, max(now, self.due + step), step, checked)
        missed = max(0, int((now - self.due) // self.interval_s))
        return Pace(self.interval_s, self.due + (missed + 1) * self.interval_s, self.step, checked)
