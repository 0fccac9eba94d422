"""What services use, and whether they serve: metrics and the platform's log lines."""

from __future__ import annotations

from diag.calls import GapKind
from diag.checks.run.usage import INSTANCES, MEMORY, REQUESTS, STARTS
from diag.report import Status
from fixtures.estate import Estate
from fixtures.measured import POINTS, entry, integers, on_revision, one
from tests.scenarios.metrics_shared import as_distribution, beside, refused, steady, without_points, without_series
from tests.scenarios.run_shared import OLDER, split
from tests.scenarios.scenario import Patch, Scenario

NAME, REVISION = "netra-backend-staging", "netra-backend-staging-00096-h4d"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
DECLARED = f"{HEAD}services: {{{NAME}: {{}}}}\n"
WINDOW = f"{HEAD}services: {{{NAME}: {{startup_window: 100s}}}}\n"
MEMORY_HIGH, AT_MAX, ERRORS = "run.memory-high", "run.at-max-instances", "run.errors-high"
LIVENESS = 'LIVENESS HTTP probe failed 3 times consecutively for container "app". The instance has been shut down.'
SLOW, NOT_SERVING = "run.startup-slow", "run.not-serving"


def errors(count: int, code: str = "503") -> Patch:
    """So many answers of each ten minutes, beside 120 good ones, are errors."""

    def patch(estate: Estate) -> None:
        labels = {"response_code": code, "response_code_class": f"{code[0]}xx"}
        values = integers([count] * POINTS)
        on = on_revision(NAME, REVISION)
        made = one(REQUESTS, "cloud_run_revision", on, "2025-09-18T09:00:00Z", values, labels=labels, delta=True)
        estate.put("monitoring.timeSeries", "errors", made)

    return patch


def ended(text: str, times: int, revision: str = REVISION) -> Patch:
    """The platform logged that a container ended."""

    def patch(estate: Estate) -> None:
        for minute in range(times):
            at = f"2025-09-18T08:3{minute}:00Z"
            doc = entry(text, at, service=NAME, revision=revision, log="varlog/system", severity="WARNING")
            estate.put("logging.entries", at, doc)

    return patch


def together(*patches: Patch) -> Patch:
    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def two_containers(one: float, other: float) -> Patch:
    """So much of its limit each of two containers of an instance uses."""
    return together(steady(MEMORY, one), beside(MEMORY, other, container_name="proxy"))


def odd_labels(estate: Estate) -> None:
    """The labels of every series are a list."""
    for doc in estate.resources["monitoring.timeSeries"].values():
        doc["metric"]["labels"] = ["a"]


def shared(most: int) -> Patch:
    """All revisions of the service together may run so many instances."""
    return lambda estate: estate.resource("run.services", NAME)["scaling"].update(maxInstanceCount=most)


def by_hand(estate: Estate) -> None:
    estate.resource("run.services", NAME)["scaling"] = {"scalingMode": "MANUAL", "manualInstanceCount": 2}


def two_serve(estate: Estate) -> None:
    """An older revision takes a tenth, by two instances of its own."""
    split(estate)
    for state in ("active", "idle"):
        on, counts = on_revision(NAME, OLDER), integers([1] * POINTS)
        made = one(INSTANCES, "cloud_run_revision", on, estate.taken_at, counts, labels={"state": state})
        estate.put("monitoring.timeSeries", f"older-{state}", made)


def gone(estate: Estate) -> None:
    estate.remove("run.services", NAME)


def logs_refused(estate: Estate) -> None:
    estate.gap("logging.entries.list", GapKind.DENIED)


def not_ready(estate: Estate) -> None:
    condition = estate.resource("run.revisions", REVISION)["conditions"][0]
    condition["state"] = "CONDITION_FAILED"


def readiness_untold(estate: Estate) -> None:
    del estate.resource("run.revisions", REVISION)["conditions"]


QUIET = without_series(REQUESTS)

SCENARIOS = (
    Scenario("quiet", MEMORY_HIGH, Status.PASS, declared=DECLARED, resource=REVISION),
    Scenario("90 %", MEMORY_HIGH, Status.WARN, steady(MEMORY, 0.9), DECLARED, says="90 %"),
    Scenario("97 %", MEMORY_HIGH, Status.FAIL, steady(MEMORY, 0.97), DECLARED, says="97 %"),
    Scenario("two containers, half full", MEMORY_HIGH, Status.PASS, two_containers(0.5, 0.6), DECLARED, says="60 %"),
    Scenario("two containers, one full", MEMORY_HIGH, Status.FAIL, two_containers(0.3, 0.97), DECLARED, says="97 %"),
    Scenario("unaligned", MEMORY_HIGH, Status.FAIL, as_distribution(MEMORY, 0.97), DECLARED),
    Scenario("labels of another shape", MEMORY_HIGH, Status.UNKNOWN, odd_labels, DECLARED, says="shape"),
    Scenario("no series", MEMORY_HIGH, Status.UNKNOWN, without_series(MEMORY), DECLARED, says="no point"),
    Scenario("refused", MEMORY_HIGH, Status.UNKNOWN, refused, DECLARED),
    Scenario("no service", MEMORY_HIGH, Status.SKIP, gone, DECLARED, says="run.service-missing"),
    Scenario("two of 15", AT_MAX, Status.PASS, declared=DECLARED, says="fewer than 15"),
    Scenario("active and idle add up to all", AT_MAX, Status.WARN, steady(INSTANCES, 8), DECLARED, REVISION),
    Scenario("one short of all", AT_MAX, Status.PASS, steady(INSTANCES, 7), DECLARED),
    Scenario("the service's maximum", AT_MAX, Status.WARN, shared(2), DECLARED, says=f"{NAME} ran all of its 2"),
    Scenario("below the service's maximum", AT_MAX, Status.PASS, shared(3), DECLARED, says="fewer than 3"),
    Scenario(
        "two revisions reach the service's maximum together",
        AT_MAX,
        Status.WARN,
        together(shared(4), two_serve),
        DECLARED,
        REVISION,
        "ran all of its 4",
    ),
    Scenario("a fixed number", AT_MAX, Status.SKIP, by_hand, DECLARED, says="fixed"),
    Scenario("no point", AT_MAX, Status.UNKNOWN, without_points(INSTANCES), DECLARED),
    Scenario("refused", AT_MAX, Status.UNKNOWN, refused, DECLARED),
    Scenario("no error", ERRORS, Status.PASS, declared=DECLARED, says="0 of 720"),
    Scenario("4.8 %", ERRORS, Status.PASS, errors(6), DECLARED),
    Scenario("7.7 %", ERRORS, Status.WARN, errors(10), DECLARED),
    Scenario("25 %", ERRORS, Status.FAIL, errors(40), DECLARED, says="25 %"),
    Scenario("4xx are the client's", ERRORS, Status.PASS, errors(400, "404"), DECLARED),
    Scenario("no request, and instances run", ERRORS, Status.SKIP, QUIET, DECLARED),
    Scenario(
        "nothing measured",
        ERRORS,
        Status.UNKNOWN,
        together(QUIET, without_series(INSTANCES)),
        DECLARED,
        says="no point",
    ),
    Scenario("refused", ERRORS, Status.UNKNOWN, refused, DECLARED),
    Scenario("9 s of a declared 100 s", SLOW, Status.PASS, declared=WINDOW, says="of 100 s"),
    Scenario("90 s of a declared 100 s", SLOW, Status.WARN, steady(STARTS, 90_000), WINDOW),
    Scenario("96 s of a declared 100 s", SLOW, Status.FAIL, steady(STARTS, 96_000), WINDOW),
    Scenario("96 s of the probe's window", SLOW, Status.PASS, steady(STARTS, 96_000), DECLARED),
    Scenario("no start, and instances run", SLOW, Status.SKIP, without_series(STARTS), WINDOW),
    Scenario(
        "nothing measured", SLOW, Status.UNKNOWN, together(without_series(STARTS), without_series(INSTANCES)), WINDOW
    ),
    Scenario("refused", SLOW, Status.UNKNOWN, refused, WINDOW),
    Scenario("serves", NOT_SERVING, Status.PASS, resource=REVISION, says="0 of 720"),
    Scenario("half of it fails", NOT_SERVING, Status.FAIL, errors(120), resource=REVISION, says="50 %"),
    Scenario("a third fails", NOT_SERVING, Status.PASS, errors(60), resource=REVISION),
    Scenario("keeps exiting", NOT_SERVING, Status.FAIL, ended("Container called exit(3).", 2), resource=REVISION),
    Scenario("killed for memory", NOT_SERVING, Status.FAIL, ended("Memory limit of 512 MiB exceeded with 530 MiB", 3)),
    Scenario("one exit is an accident", NOT_SERVING, Status.PASS, ended("Container called exit(3).", 1)),
    Scenario("exit(143) is the answer to SIGTERM", NOT_SERVING, Status.PASS, ended("Container called exit(143).", 5)),
    Scenario("SIGTERM", NOT_SERVING, Status.PASS, ended("Container terminated on signal 15.", 5)),
    Scenario("ended by its liveness probe", NOT_SERVING, Status.FAIL, ended(LIVENESS, 2), says="ended 2 times"),
    Scenario("SIGKILL", NOT_SERVING, Status.FAIL, ended("Container terminated on signal 9.", 2)),
    Scenario("another signal", NOT_SERVING, Status.FAIL, ended("Uncaught signal: 6, pid=2, tid=2, fault_addr=0.", 2)),
    Scenario("exit(0) is how one leaves", NOT_SERVING, Status.PASS, ended("Container called exit(0).", 5)),
    Scenario(
        "another revision exits", NOT_SERVING, Status.PASS, ended("Container called exit(3).", 5, "other-00001-abc")
    ),
    Scenario("no request", NOT_SERVING, Status.SKIP, QUIET, resource=REVISION),
    Scenario(
        "no request, and it exits", NOT_SERVING, Status.FAIL, together(QUIET, ended("Container called exit(1).", 4))
    ),
    Scenario("readiness not told", NOT_SERVING, Status.UNKNOWN, readiness_untold, resource=REVISION, says="not say"),
    Scenario("not Ready", NOT_SERVING, Status.SKIP, not_ready, resource=REVISION, says="run.not-ready"),
    Scenario("metrics refused", NOT_SERVING, Status.UNKNOWN, refused),
    Scenario("logs refused", NOT_SERVING, Status.UNKNOWN, logs_refused),
    Scenario("logs refused, and it fails", NOT_SERVING, Status.FAIL, together(logs_refused, errors(500))),
)
