"""Alerting policies and notification channels, from API JSON (monitoring v3)."""

from __future__ import annotations

from diag.facts.base import Choice, Resource

VERIFICATION = frozenset({"VERIFICATION_STATUS_UNSPECIFIED", "UNVERIFIED", "VERIFIED"})


class AlertPolicy(Resource):
    """An alerting policy [ALR-01..08]."""

    @property
    def enabled(self) -> bool:
        """Whether it makes incidents; absent means on."""
        return self.flag("enabled", True)

    @property
    def channels(self) -> tuple[str, ...]:
        """Full names of its notification channels; none notifies nobody [ALR-09]."""
        return tuple(str(item) for item in self.items("notificationChannels"))


class NotificationChannel(Resource):
    """A notification channel [ALR-09]."""

    @property
    def enabled(self) -> bool:
        """Whether it is used; absent means on."""
        return self.flag("enabled", True)

    @property
    def verification(self) -> Choice:
        """`UNVERIFIED` where its kind needs verification and has none."""
        return self.choice("verificationStatus", VERIFICATION, "VERIFICATION_STATUS_UNSPECIFIED")
