"""Declared alerts: a policy on the right metric that fires in time, is on, and tells somebody."""

from __future__ import annotations

from diag.calls import Gap, GapKind
from diag.checks.alerts.matching import Fit
from diag.checks.alerts.study import Study, Watch, declared_alerts, worst
from diag.checks.alerts.watched import create, right_metrics
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.run.declared import undecided
from diag.errors import Unseen
from diag.facts.alerts import AlertPolicy
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements

ALERT_DOCS = "https://cloud.google.com/monitoring/alerts"
CHANNEL_DOCS = "https://cloud.google.com/monitoring/support/notification-options"
SQL_METRICS_DOCS = "https://cloud.google.com/sql/docs/postgres/admin-api/metrics"
READS = ("alert_policies", "tiers")
UPDATE = "gcloud alpha monitoring policies update"


@check(
    "alerts.missing",
    Severity.MEDIUM,
    declared_alerts,
    reads=READS,
    facts=("ALR-01", "ALR-02", "ALR-05", "SM-07", "VPC-41"),
    docs=(ALERT_DOCS,),
)
def missing(subject: Subject[Study], world: World, declared: Requirements) -> Verdict:
    """No alerting policy fires where it must.

    What nobody is told of lasts until users tell of it.

    Reads every alerting policy of the project: a condition on the metric that exists for the declared word,
    on the declared resources, that fires at the declared figure or earlier. An absolute threshold is
    converted by the limit that holds: max_connections, the memory or the disk of the instance. A time that
    only the application measures can only be watched by a metric of its logs: its name has to tell. Of a
    query in PromQL or MQL the threshold is read where it compares a figure, perhaps times a number, with
    another number.

    Create a policy, or lower the threshold of the one that there is.
    """

    def judge(watch: Watch) -> Verdict:
        if fires := watch.of(Fit.FIRES):
            return passes(required=watch.required, observed=str(fires[0]), evidence=fires[0].evidence)
        if unclear := watch.of(Fit.UNCLEAR):
            return undecided(unclear[0].match.gap or Gap(GapKind.UNDECIDED, unclear[0].match.said))
        if watch.gap:
            return undecided(watch.gap)
        if watch.mistaken:
            return watch.elsewhere
        late = watch.of(Fit.LATE)
        seen = tuple(item for one in late for item in one.evidence)
        return fails(
            required=watch.required,
            observed=", ".join(str(one) for one in late) or "no policy",
            reason=f"nobody is told in time: {late[0]} fires later" if late else f"nobody is told of {watch.required}",
            evidence=seen or (_nothing(watch, world),),
            fix=create(watch.alert.word, watch.alert.above, declared.project),
        )

    return worst(subject.item, judge)


def _nothing(watch: Watch, world: World) -> Evidence:
    return Evidence(
        "monitoring.googleapis.com", "ListAlertPolicies", "alertPolicies", f"none on {watch.alert.word}", world.taken_at
    )


@check(
    "alerts.disabled",
    Severity.MEDIUM,
    declared_alerts,
    reads=READS,
    facts=("ALR-08",),
    docs=(ALERT_DOCS,),
)
def disabled(subject: Subject[Study], world: World, declared: Requirements) -> Verdict:
    """The alerting policy is off, or invalid.

    A policy that is off, or could be saved and is not valid, makes no incidents.

    Reads `enabled` and `validity` of the policies that fire for the declared alert; one that works is enough.

    Enable it; correct what `validity` says.
    """

    def judge(watch: Watch) -> Verdict:
        fires = watch.of(Fit.FIRES)
        states = [(one, _off(one.policy)) for one in fires]
        works = [one for one, off in states if not off]
        if not fires:
            return watch.elsewhere
        if works:
            seen = (works[0].policy.evidence("enabled", True),)
            return passes(required="enabled and valid", observed=str(works[0]), evidence=seen)
        if watch.gap:
            return undecided(watch.gap)
        said = ", ".join(f"policy {one.policy.title} is {off}" for one, off in states)
        return fails(
            required=f"{watch.required}: enabled and valid",
            observed=said,
            reason=f"{said}: it makes no incidents",
            evidence=tuple(one.policy.evidence("enabled", one.policy.enabled) for one in fires),
            fix=(Fix(f"{UPDATE} {fires[0].policy.name} --enabled"),),
        )

    return worst(subject.item, judge)


def _off(policy: AlertPolicy) -> str:
    """Why a policy makes no incidents; empty when it does."""
    invalid = f"invalid ({policy.invalid})" if policy.invalid else ""
    return invalid if policy.enabled else "disabled"


@check(
    "alerts.no-channel",
    Severity.MEDIUM,
    declared_alerts,
    reads=(*READS, "notification_channels"),
    facts=("ALR-09",),
    docs=(CHANNEL_DOCS,),
)
def no_channel(subject: Subject[Study], world: World, declared: Requirements) -> Verdict:
    """The alerting policy tells nobody.

    Without a channel that works an incident is only seen by who looks for it.

    Reads the notification channels of the policies that fire for the declared alert: one must exist, be
    enabled and not be unverified.

    Add a channel to the policy; verify it.
    """

    def judge(watch: Watch) -> Verdict:
        fires = watch.of(Fit.FIRES)
        judged = [one for one in fires if not _off(one.policy)] or list(fires)
        states = [(one, _reached(one.policy, world, declared.project)) for one in judged]
        if not fires:
            return watch.elsewhere
        for one, state in states:
            if state == "":
                seen = (one.policy.evidence("notificationChannels"),)
                return passes(required="a channel that works", observed=str(one), evidence=seen)
        gap = next((state for _, state in states if isinstance(state, Gap)), watch.gap)
        if gap:
            return undecided(gap)
        said = ", ".join(f"policy {one.policy.title}: {state}" for one, state in states)
        return fails(
            required=f"{watch.required}: a channel that works",
            observed=said,
            reason=f"nobody is told of an incident: {said}",
            evidence=tuple(one.policy.evidence("notificationChannels", list(one.policy.channels)) for one in judged),
            fix=(Fix(f"{UPDATE} {judged[0].policy.name} --add-notification-channels CHANNEL"),),
        )

    return worst(subject.item, judge)


def _reached(policy: AlertPolicy, world: World, project: str) -> str | Gap:
    """Empty when a channel of the policy works; else why none does, or a gap."""
    said: list[str] = []
    gap: Gap | None = None
    for name in policy.channels:
        try:
            channel = world.notification_channels(project).find(name)
            if channel is None:
                said.append("its channel does not exist")
            elif not channel.enabled:
                said.append(f"channel {channel.short} is disabled")
            elif channel.verification.read() == "UNVERIFIED":
                said.append(f"channel {channel.short} is not verified")
            else:
                return ""
        except Unseen as unseen:
            gap = gap or unseen.gap
    return gap or ", ".join(dict.fromkeys(said)) or "no channel"


@check(
    "alerts.wrong-metric",
    Severity.MEDIUM,
    declared_alerts,
    reads=READS,
    facts=("SM-07", "SM-10", "VPC-40", "VPC-41"),
    docs=(ALERT_DOCS, SQL_METRICS_DOCS),
)
def wrong_metric(subject: Subject[Study], world: World, declared: Requirements) -> Verdict:
    """The alerting policy watches a metric that does not exist for it.

    A condition on a metric without data never fires: `database/network/connections` has none for PostgreSQL,
    and a connector has no count of connections.

    Reads the metrics of the conditions that are meant for the declared alert.

    Watch the metric that exists.
    """

    def judge(watch: Watch) -> Verdict:
        required = right_metrics(watch.alert.word, watch.target)
        if fires := watch.of(Fit.FIRES):
            return passes(required=required, observed=str(fires[0]), evidence=fires[0].evidence)
        if not watch.mistaken:
            return watch.elsewhere
        if watch.gap:
            return undecided(watch.gap)
        one = watch.found[0]
        return fails(
            required=required,
            observed=one.match.said,
            reason=f"policy {one.policy.title} never fires for {watch.required}: {one.match.said} does not show it",
            evidence=one.evidence,
            fix=(Fix(f"{UPDATE} {one.policy.name} --policy-from-file FILE"),),
        )

    return worst(subject.item, judge)
