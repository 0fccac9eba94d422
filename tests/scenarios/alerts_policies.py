"""Declared alerts against the policies of the project."""

from __future__ import annotations

from collections.abc import Callable

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario

MISSING, DISABLED = "alerts.missing", "alerts.disabled"
NO_CHANNEL, WRONG = "alerts.no-channel", "alerts.wrong-metric"
POLICIES, CHANNELS = "monitoring.alertPolicies", "monitoring.notificationChannels"

HEAD = f"version: 1\nproject: {ids.PROJECT}\nregion: {ids.REGION}\n"
RESOURCES = (
    "connectors: {staging-connector: {}}\nsql_instances: {staging-shared-postgres: {}}\n"
    "services: {netra-backend-staging: {}}\n"
)
SQL = "cloudsql.googleapis.com/database"
BACKENDS, CPU = f"{SQL}/postgresql/num_backends", f"{SQL}/cpu/utilization"
CONNECTOR_CPU = "vpcaccess.googleapis.com/connector/cpu/utilizations"
REQUESTS = "run.googleapis.com/request_count"
ERRORS = 'metric.labels.response_code_class = "5xx"'
CONNECTION_TIME = "logging.googleapis.com/user/database_connection_time"
INSTANCE = f"{ids.PROJECT}:staging-shared-postgres"
BURN_RATE = 'select_slo_burn_rate("projects/1/services/backend/serviceLevelObjectives/availability", "3600s")'
PROMQL_BACKENDS = "cloudsql_googleapis_com:database_postgresql_num_backends"
PERCENT_OF_ERRORS = (
    'sum(rate(run_googleapis_com:request_count{response_code_class="5xx"}[5m])) / '
    "sum(rate(run_googleapis_com:request_count[5m])) * 100 > 5"
)
PROMQL_CPU = "vpcaccess_googleapis_com:connector_cpu_utilizations"


def alert(metric: str, above: str = "", rest: str = RESOURCES) -> str:
    """Requirements with one alert, and the resources that it watches."""
    return f"{HEAD}{rest}alerts: [{{metric: {metric}{f', above: {above}' if above else ''}}}]\n"


CONNECTIONS = alert("sql-connections", "80%")
UTILIZATION = alert("connector-utilization", "70%")
FIVE_PERCENT = alert("run-errors", "5%")
TIME = alert("connection-time", "25s")
ANY_CPU = alert("sql-cpu")
PHASE = alert("startup-phase-time", "45s")


def together(*patches: Patch) -> Patch:
    """One patch after the other."""

    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def no_policy(estate: Estate) -> None:
    """There is none."""
    estate.resources[POLICIES].clear()


def policy(title: str, *conditions: Json, **fields: object) -> Patch:
    """Another policy."""

    def patch(estate: Estate) -> None:
        name = f"projects/{ids.PROJECT}/alertPolicies/{ids.number(title)}"
        named = [
            {"name": f"{name}/conditions/{index}", "displayName": title, **one} for index, one in enumerate(conditions)
        ]
        channels = list(estate.resources[CHANNELS].values())
        doc: Json = {"name": name, "displayName": title, "combiner": "OR", "enabled": True, "conditions": named}
        doc["notificationChannels"] = [channel["name"] for channel in channels]
        estate.add(POLICIES, doc | fields)

    return patch


def above(metric: str, threshold: float, also: str = "", aligner: str = "ALIGN_MEAN", **fields: object) -> Json:
    """A condition that fires when the metric is above the threshold."""
    return {
        "conditionThreshold": {
            "filter": f'metric.type = "{metric}"{f" AND {also}" if also else ""}',
            "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": aligner}],
            "comparison": "COMPARISON_GT",
            "thresholdValue": threshold,
            "duration": "300s",
            **fields,
        }
    }


def promql(query: str) -> Json:
    """A condition in PromQL."""
    return {"conditionPrometheusQueryLanguage": {"query": query, "duration": "60s", "evaluationInterval": "30s"}}


def mql(query: str) -> Json:
    """A condition in MQL on a metric, and what becomes of it."""
    return {"conditionMonitoringQueryLanguage": {"query": f"fetch of_a_resource::{query}", "duration": "60s"}}


def only(title: str, *conditions: Json, **fields: object) -> Patch:
    """That policy and no other."""
    return together(no_policy, policy(title, *conditions, **fields))


def of_policy(title: str, change: Callable[[Json], object]) -> Patch:
    """A change of the policy whose title begins so."""

    def patch(estate: Estate) -> None:
        for doc in estate.resources[POLICIES].values():
            if doc["displayName"].startswith(title):
                change(doc)

    return patch


def without_flag(estate: Estate) -> None:
    """The default of the tier holds: 400 connections."""
    settings = estate.resource("sql.instances", "staging-shared-postgres")["settings"]
    settings["databaseFlags"] = [flag for flag in settings["databaseFlags"] if flag["name"] != "max_connections"]


def mysql(estate: Estate) -> None:
    """The instance is one of MySQL, with the flag."""
    estate.resource("sql.instances", "staging-shared-postgres")["databaseVersion"] = "MYSQL_8_0"


def channel(**fields: object) -> Patch:
    """The channel with these fields."""

    def patch(estate: Estate) -> None:
        for doc in estate.resources[CHANNELS].values():
            doc.update(fields)

    return patch


def no_such_channel(estate: Estate) -> None:
    """The policy names a channel that was deleted; there is another one."""
    gone = f"projects/{ids.PROJECT}/notificationChannels/404"
    of_policy("database", lambda doc: doc.update(notificationChannels=[gone]))(estate)


def refused(key: str) -> Patch:
    """Nobody may call the method."""
    return lambda estate: estate.gap(key, GapKind.DENIED)


def partial(key: str) -> Patch:
    """A page of the list is missing."""
    return lambda estate: estate.partial(key)


def no_instance(estate: Estate) -> None:
    """The instance is gone."""
    estate.remove("sql.instances", "staging-shared-postgres")


def reports(estate: Estate) -> None:
    """There is a second instance."""
    first = estate.resource("sql.instances", "staging-shared-postgres")
    estate.add(
        "sql.instances",
        {
            **first,
            "name": "staging-reports",
            "selfLink": first["selfLink"].replace("staging-shared-postgres", "staging-reports"),
        },
    )


def nothing_seen(estate: Estate) -> None:
    """Nothing at all comes back."""
    no_policy(estate)
    estate.hollow.add("sql.instances.list")


NETWORK = f"{SQL}/network/connections"
OFF = of_policy("database", lambda doc: doc.update(enabled=False))
INVALID = of_policy("database", lambda doc: doc.update(validity={"code": 3, "message": "the metric does not exist"}))
ON_WRONG = only("connections", above(NETWORK, 80, aligner="ALIGN_MAX"))
RATIO = {"denominatorFilter": f'metric.type = "{REQUESTS}"'}

SCENARIOS = (
    # A policy in time
    Scenario("connections", MISSING, Status.PASS, declared=CONNECTIONS, resource="sql-connections", says="of 1000"),
    Scenario("the connector", MISSING, Status.PASS, declared=UTILIZATION, says="above 70 %"),
    Scenario("none", MISSING, Status.FAIL, no_policy, CONNECTIONS, says="no policy"),
    Scenario("of another thing", MISSING, Status.FAIL, only("cpu", above(CPU, 0.5)), CONNECTIONS),
    Scenario("by the default of the tier", MISSING, Status.FAIL, without_flag, CONNECTIONS, says="of 400"),
    Scenario("earlier", MISSING, Status.PASS, only("early", above(BACKENDS, 300)), CONNECTIONS),
    Scenario("later", MISSING, Status.FAIL, only("late", above(BACKENDS, 801)), CONNECTIONS, says="late"),
    Scenario("later and in time", MISSING, Status.PASS, policy("late", above(BACKENDS, 950)), CONNECTIONS),
    Scenario(
        "one condition of several",
        MISSING,
        Status.PASS,
        only("both", above(CPU, 0.99), above(BACKENDS, 700)),
        CONNECTIONS,
    ),
    Scenario(
        "several conditions at once",
        MISSING,
        Status.UNKNOWN,
        only("both", above(CPU, 0.99), above(BACKENDS, 700), combiner="AND"),
        CONNECTIONS,
        says="other conditions",
    ),
    Scenario(
        "several conditions on it at once",
        MISSING,
        Status.PASS,
        only("both", above(BACKENDS, 600), above(BACKENDS, 700), combiner="AND"),
        CONNECTIONS,
    ),
    Scenario(
        "a figure of its own", MISSING, Status.PASS, only("800", above(BACKENDS, 800)), alert("sql-connections", "800")
    ),
    Scenario(
        "above a figure of its own",
        MISSING,
        Status.FAIL,
        only("800", above(BACKENDS, 800)),
        alert("sql-connections", "700"),
    ),
    Scenario("whatever the figure", MISSING, Status.PASS, only("950", above(BACKENDS, 950)), alert("sql-connections")),
    Scenario(
        "percent on a ratio", MISSING, Status.FAIL, only("cpu", above(CPU, 80)), alert("sql-cpu", "80%"), says="8000 %"
    ),
    Scenario("CPU", MISSING, Status.PASS, only("cpu", above(CPU, 0.8)), alert("sql-cpu", "80%")),
    Scenario("CPU as a number of percent", MISSING, Status.PASS, only("cpu", above(CPU, 0.8)), alert("sql-cpu", "80")),
    Scenario(
        "memory in bytes",
        MISSING,
        Status.PASS,
        only("memory", above(f"{SQL}/memory/usage", 7.0 * 2**30)),
        alert("sql-memory", "95%"),
    ),
    Scenario(
        "memory in bytes, too late",
        MISSING,
        Status.FAIL,
        only("memory", above(f"{SQL}/memory/usage", 7.4 * 2**30)),
        alert("sql-memory", "95%"),
    ),
    Scenario(
        "memory in percent",
        MISSING,
        Status.PASS,
        only("memory", above(f"{SQL}/memory/components", 90, 'metric.labels.component = "Usage"')),
        alert("sql-memory", "90%"),
    ),
    Scenario(
        "the disk in bytes",
        MISSING,
        Status.PASS,
        only("disk", above(f"{SQL}/disk/bytes_used", 40 * 2**30)),
        alert("sql-disk", "80%"),
    ),
    Scenario(
        "the disk over its quota",
        MISSING,
        Status.FAIL,
        only(
            "disk",
            above(f"{SQL}/disk/bytes_used", 0.9, denominatorFilter=f'metric.type = "{SQL}/disk/quota"'),
        ),
        alert("sql-disk", "80%"),
    ),
    Scenario("below", MISSING, Status.FAIL, only("low", above(CPU, 0.1, comparison="COMPARISON_LT")), alert("sql-cpu")),
    Scenario(
        "a comparison never seen",
        MISSING,
        Status.UNKNOWN,
        only("cpu", above(CPU, 0.1, comparison="COMPARISON_NEAR")),
        alert("sql-cpu"),
        says="COMPARISON_NEAR",
    ),
    Scenario(
        "how many series",
        MISSING,
        Status.UNKNOWN,
        only("cpu", above(CPU, 0.1, aligner="ALIGN_COUNT")),
        alert("sql-cpu", "80%"),
    ),
    Scenario(
        "how fast it rises",
        MISSING,
        Status.UNKNOWN,
        only("cpu", above(CPU, 0.1, aligner="ALIGN_RATE")),
        alert("sql-cpu", "80%"),
        says="how fast",
    ),
    Scenario(
        "three series at once",
        MISSING,
        Status.UNKNOWN,
        only("cpu", above(CPU, 0.1, trigger={"count": 3})),
        alert("sql-cpu", "80%"),
        says="3 series",
    ),
    # Which resource
    Scenario(
        "of this instance",
        MISSING,
        Status.PASS,
        only("this", above(BACKENDS, 700, f'resource.labels.database_id = "{INSTANCE}"')),
        CONNECTIONS,
    ),
    Scenario(
        "of another instance",
        MISSING,
        Status.FAIL,
        only("other", above(BACKENDS, 700, 'resource.label."database_id" = "netra-staging:other"')),
        CONNECTIONS,
    ),
    Scenario(
        "of instances by a pattern",
        MISSING,
        Status.PASS,
        only("these", above(BACKENDS, 700, 'resource.labels.database_id = monitoring.regex.full_match("netra-.*")')),
        CONNECTIONS,
    ),
    Scenario(
        "of instances by what is not read",
        MISSING,
        Status.UNKNOWN,
        only("these", above(BACKENDS, 700, 'metadata.user_labels.team = "platform"')),
        CONNECTIONS,
    ),
    Scenario("of a missing instance", MISSING, Status.SKIP, no_instance, CONNECTIONS, says="sql.instance-missing"),
    Scenario(
        "of two instances, one of them watched",
        MISSING,
        Status.FAIL,
        together(reports, only("one", above(CPU, 0.7, f'resource.labels.database_id = "{INSTANCE}"'))),
        alert("sql-cpu", "80%", "sql_instances: {staging-shared-postgres: {}, staging-reports: {}}\n"),
    ),
    Scenario("nothing declared but the alert", MISSING, Status.PASS, declared=alert("sql-connections", "80%", "")),
    # Errors
    Scenario(
        "a share of errors",
        MISSING,
        Status.PASS,
        only("errors", above(REQUESTS, 0.05, ERRORS, "ALIGN_RATE", **RATIO)),
        FIVE_PERCENT,
    ),
    Scenario(
        "a larger share of errors",
        MISSING,
        Status.FAIL,
        only("errors", above(REQUESTS, 0.1, ERRORS, "ALIGN_RATE", **RATIO)),
        FIVE_PERCENT,
    ),
    Scenario(
        "any error", MISSING, Status.PASS, only("errors", above(REQUESTS, 0, ERRORS, "ALIGN_DELTA")), FIVE_PERCENT
    ),
    Scenario(
        "a condition of a new kind",
        MISSING,
        Status.UNKNOWN,
        only("new", {"displayName": "new", "conditionQuantum": {"filter": REQUESTS}}),
        FIVE_PERCENT,
        says="of a kind",
    ),
    Scenario("a count of errors", MISSING, Status.UNKNOWN, only("errors", above(REQUESTS, 10, ERRORS)), FIVE_PERCENT),
    Scenario("requests", MISSING, Status.FAIL, only("busy", above(REQUESTS, 10)), FIVE_PERCENT),
    Scenario(
        "by the code",
        MISSING,
        Status.PASS,
        only("errors", above(REQUESTS, 0, "metric.labels.response_code >= 500")),
        FIVE_PERCENT,
    ),
    Scenario(
        "not found",
        MISSING,
        Status.FAIL,
        only("404", above(REQUESTS, 0, 'metric.labels.response_code_class = "4xx"')),
        FIVE_PERCENT,
    ),
    Scenario(
        "a share of errors in PromQL",
        MISSING,
        Status.PASS,
        only(
            "errors",
            promql(
                'sum(rate(run_googleapis_com:request_count{response_code_class="5xx"}[5m])) / '
                "sum(rate(run_googleapis_com:request_count[5m])) > 0.05"
            ),
        ),
        FIVE_PERCENT,
    ),
    # Queries
    Scenario("in PromQL", MISSING, Status.PASS, only("cpu", promql(f"max({PROMQL_CPU}) > 0.7")), UTILIZATION),
    Scenario(
        "a percentile in PromQL",
        MISSING,
        Status.FAIL,
        only("cpu", promql(f"histogram_quantile(0.95, sum by (le) (rate({PROMQL_CPU}_bucket[5m]))) > 0.9")),
        UTILIZATION,
    ),
    Scenario(
        "in PromQL, of another connector",
        MISSING,
        Status.FAIL,
        only("cpu", promql(f'{PROMQL_CPU}{{connector_name="other"}} > 0.7')),
        UTILIZATION,
    ),
    Scenario(
        "arithmetic in PromQL",
        MISSING,
        Status.UNKNOWN,
        only("cpu", promql(f"100 - max({PROMQL_CPU}) > 70")),
        UTILIZATION,
    ),
    Scenario(
        "the burn rate of an objective",
        MISSING,
        Status.UNKNOWN,
        only("slo", {"conditionThreshold": {"filter": BURN_RATE, "comparison": "COMPARISON_GT", "thresholdValue": 10}}),
        FIVE_PERCENT,
        says="the objective of policy slo",
    ),
    Scenario("percent in PromQL", MISSING, Status.PASS, only("c", promql(f"100 * {PROMQL_CPU} > 70")), UTILIZATION),
    Scenario("late in percent", MISSING, Status.FAIL, only("c", promql(f"max({PROMQL_CPU}) * 100 > 71")), UTILIZATION),
    Scenario("low in PromQL", MISSING, Status.FAIL, only("c", promql(f"{PROMQL_CPU} < 0.7")), UTILIZATION),
    Scenario(
        "the share of errors in percent", MISSING, Status.PASS, only("e", promql(PERCENT_OF_ERRORS)), FIVE_PERCENT
    ),
    Scenario(
        "connections over a number",
        MISSING,
        Status.PASS,
        only("c", promql(f"sum({PROMQL_BACKENDS}) / 1000 > 0.8")),
        CONNECTIONS,
    ),
    Scenario("in MQL", MISSING, Status.PASS, only("cpu", mql(f"{CONNECTOR_CPU} | condition val() > 0.7")), UTILIZATION),
    Scenario(
        "late in MQL", MISSING, Status.FAIL, only("c", mql(f"{CONNECTOR_CPU} | condition val() > 0.8")), UTILIZATION
    ),
    Scenario(
        "no figure declared, in MQL", MISSING, Status.PASS, only("c", mql(f"{CPU} | condition val() > 0.9")), ANY_CPU
    ),
    Scenario(
        "more than a figure in MQL",
        MISSING,
        Status.UNKNOWN,
        only("cpu", mql(f"{CONNECTOR_CPU} | align rate(1m) | condition val() > 0.7")),
        UTILIZATION,
        says="MQL",
    ),
    Scenario(
        "absence",
        MISSING,
        Status.FAIL,
        only("gone", {"conditionAbsent": {"filter": f'metric.type = "{CONNECTOR_CPU}"', "duration": "300s"}}),
        UTILIZATION,
    ),
    # What only the application measures
    Scenario("a connection's time", MISSING, Status.FAIL, no_policy, TIME),
    Scenario("a time in the logs", MISSING, Status.PASS, only("slow", above(CONNECTION_TIME, 25)), TIME),
    Scenario("a longer time", MISSING, Status.FAIL, only("slow", above(f"{CONNECTION_TIME}_seconds", 60)), TIME),
    Scenario("milliseconds", MISSING, Status.PASS, only("slow", above(f"{CONNECTION_TIME}_ms", 25000)), TIME),
    Scenario("seconds or milliseconds", MISSING, Status.UNKNOWN, only("slow", above(CONNECTION_TIME, 25000)), TIME),
    Scenario(
        "a time of who knows what",
        MISSING,
        Status.UNKNOWN,
        only("slow", above("logging.googleapis.com/user/timings", 3, aligner="ALIGN_PERCENTILE_95")),
        TIME,
    ),
    Scenario(
        "a count of something else",
        MISSING,
        Status.FAIL,
        only("rejected", above("logging.googleapis.com/user/websocket_rejections", 3, aligner="ALIGN_RATE")),
        TIME,
    ),
    Scenario(
        "a phase", MISSING, Status.PASS, only("phase 3", above("logging.googleapis.com/user/phase_seconds", 45)), PHASE
    ),
    Scenario(
        "a line of the log",
        MISSING,
        Status.UNKNOWN,
        only("phase 3", {"conditionMatchedLog": {"filter": 'textPayload =~ "SMD Phase 3 took"'}}),
        PHASE,
    ),
    # What was not seen
    Scenario(
        "policies may not be read", MISSING, Status.UNKNOWN, refused(f"{POLICIES}.list"), CONNECTIONS, says="denied"
    ),
    Scenario(
        "a part of the policies", MISSING, Status.UNKNOWN, together(no_policy, partial(f"{POLICIES}.list")), CONNECTIONS
    ),
    Scenario("nothing was seen", MISSING, Status.UNKNOWN, nothing_seen, UTILIZATION, says="nothing else"),
    Scenario(
        "instances may not be read",
        MISSING,
        Status.UNKNOWN,
        refused("sql.instances.list"),
        alert("sql-connections", "80%", ""),
    ),
    Scenario(
        "instances may not be read, nor need be", MISSING, Status.PASS, refused("sql.instances.list"), UTILIZATION
    ),
    # Off
    Scenario("on", DISABLED, Status.PASS, declared=CONNECTIONS),
    Scenario("off", DISABLED, Status.FAIL, OFF, CONNECTIONS, says="disabled"),
    Scenario("invalid", DISABLED, Status.FAIL, INVALID, CONNECTIONS, says="the metric does not exist"),
    Scenario(
        "off, and another is on", DISABLED, Status.PASS, together(OFF, policy("on", above(BACKENDS, 700))), CONNECTIONS
    ),
    Scenario("off is not missing", MISSING, Status.PASS, OFF, CONNECTIONS),
    Scenario("off or on, unseen", DISABLED, Status.UNKNOWN, refused(f"{POLICIES}.list"), CONNECTIONS, says="denied"),
    Scenario("none that is off", DISABLED, Status.SKIP, no_policy, CONNECTIONS, says="alerts.missing"),
    Scenario(
        "off, of a part of the policies",
        DISABLED,
        Status.UNKNOWN,
        together(OFF, partial(f"{POLICIES}.list")),
        CONNECTIONS,
    ),
    # Nobody is told
    Scenario("a channel", NO_CHANNEL, Status.PASS, declared=CONNECTIONS),
    Scenario(
        "no channel",
        NO_CHANNEL,
        Status.FAIL,
        of_policy("database", lambda doc: doc.pop("notificationChannels")),
        CONNECTIONS,
        says="no channel",
    ),
    Scenario("a channel that is off", NO_CHANNEL, Status.FAIL, channel(enabled=False), CONNECTIONS, says="is disabled"),
    Scenario("unverified", NO_CHANNEL, Status.FAIL, channel(verificationStatus="UNVERIFIED"), CONNECTIONS),
    Scenario("verified", NO_CHANNEL, Status.PASS, channel(verificationStatus="VERIFIED"), CONNECTIONS),
    Scenario(
        "verified in a way never seen", NO_CHANNEL, Status.UNKNOWN, channel(verificationStatus="HALF"), CONNECTIONS
    ),
    Scenario("a channel that is gone", NO_CHANNEL, Status.FAIL, no_such_channel, CONNECTIONS, says="does not exist"),
    Scenario("whom it tells, unseen", NO_CHANNEL, Status.UNKNOWN, refused(f"{POLICIES}.list"), CONNECTIONS),
    Scenario("none to tell", NO_CHANNEL, Status.SKIP, no_policy, CONNECTIONS, says="alerts.missing"),
    Scenario("channels may not be read", NO_CHANNEL, Status.UNKNOWN, refused(f"{CHANNELS}.list"), CONNECTIONS),
    Scenario(
        "a part of the channels",
        NO_CHANNEL,
        Status.UNKNOWN,
        together(no_such_channel, partial(f"{CHANNELS}.list")),
        CONNECTIONS,
    ),
    Scenario(
        "the one that is on has none",
        NO_CHANNEL,
        Status.FAIL,
        together(OFF, policy("on", above(BACKENDS, 700), notificationChannels=[])),
        CONNECTIONS,
        says="policy on",
    ),
    # The wrong metric
    Scenario("the right one", WRONG, Status.PASS, declared=CONNECTIONS),
    Scenario("one of MySQL", WRONG, Status.FAIL, ON_WRONG, CONNECTIONS, says="network/connections"),
    Scenario("the wrong one is not missing", MISSING, Status.SKIP, ON_WRONG, CONNECTIONS, says="alerts.wrong-metric"),
    Scenario("MySQL has it", MISSING, Status.PASS, together(mysql, ON_WRONG), CONNECTIONS),
    Scenario("MySQL has no backends", WRONG, Status.FAIL, mysql, CONNECTIONS, says="num_backends"),
    Scenario("the wrong one beside the right one", WRONG, Status.PASS, policy("w", above(NETWORK, 1)), CONNECTIONS),
    Scenario(
        "connections of a connector",
        WRONG,
        Status.FAIL,
        only("full", above("vpcaccess.googleapis.com/connector/connections", 40)),
        UTILIZATION,
    ),
    Scenario(
        "in PromQL",
        WRONG,
        Status.FAIL,
        only("full", promql("cloudsql_googleapis_com:database_network_connections > 80")),
        CONNECTIONS,
    ),
    Scenario("what it watches, unseen", WRONG, Status.UNKNOWN, refused(f"{POLICIES}.list"), CONNECTIONS),
    Scenario("none at all", WRONG, Status.SKIP, no_policy, CONNECTIONS, says="alerts.missing"),
    Scenario(
        "a part of the policies", WRONG, Status.UNKNOWN, together(ON_WRONG, partial(f"{POLICIES}.list")), CONNECTIONS
    ),
)
