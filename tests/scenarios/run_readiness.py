"""Services that are there or not, settled or not, and whose newest revision runs or not; and their traffic."""

from __future__ import annotations

from diag.calls import Json
from diag.report import Status
from fixtures import run, staging
from fixtures.estate import Estate
from tests.scenarios.run_shared import (
    NAME,
    NEWER,
    OLDER,
    SERVING,
    backend,
    denied_revisions,
    denied_services,
    never_ready,
    no_services,
    of_service,
    pinned,
    removed,
    revision,
    service,
    split,
)
from tests.scenarios.scenario import Patch, Scenario

MISSING, NOT_READY, FAILED, TRAFFIC = (
    "run.service-missing",
    "run.not-ready",
    "run.revision-failed",
    "run.traffic-wrong",
)
LATEST = backend("traffic: latest")


def in_another_region(estate: Estate) -> None:
    """The backend of us-central1 is gone; one of that name runs in us-east1, where nothing was listed."""
    doc = estate.remove("run.services", NAME)
    doc["name"] = str(doc["name"]).replace("us-central1", "us-east1")


def terminal(state: str, **fields: str) -> Patch:
    """The service's terminal condition in that state."""
    return of_service(terminalCondition={"type": "Ready", "state": state, **fields})


def failed_without_newest(estate: Estate) -> None:
    terminal("CONDITION_FAILED", reason="REVISION_FAILED")(estate)
    of_service(latestCreatedRevision=None)(estate)


def ready(state: str, **fields: str) -> Patch:
    """A newer revision than the serving one, with its Ready condition in that state."""

    def patch(estate: Estate) -> None:
        added = estate.add("run.revisions", run.redeployed(revision(estate), NEWER, "2025-09-17T08:00:00.000000Z"))
        added["conditions"] = [{"type": "Ready", "state": state, **fields}]
        service(estate)["latestCreatedRevision"] = f"{service(estate)['name']}/revisions/{NEWER}"

    return patch


def with_reserve(estate: Estate) -> None:
    """The newest failed its start-up check, which its own condition says; it has no traffic, by the way."""
    ready("CONDITION_FAILED", message="synthetic")(estate)
    revision(estate, NEWER)["conditions"] += [
        {"type": "Active", "state": "CONDITION_FAILED", "severity": "INFO", "revisionReason": "RESERVE"},
        {"type": "ContainerHealthy", "state": "CONDITION_FAILED", "revisionReason": "HEALTH_CHECK_CONTAINER_ERROR"},
    ]


def without_ready(estate: Estate) -> None:
    ready("CONDITION_FAILED")(estate)
    revision(estate, NEWER)["conditions"] = []


def newest_gone(estate: Estate) -> None:
    """The service names a newest revision that a `get` does not find."""
    service(estate)["latestCreatedRevision"] = f"{service(estate)['name']}/revisions/{NEWER}"


def serving_and_failed(estate: Estate) -> None:
    """The one revision that there is serves and is not ready any more."""
    revision(estate)["conditions"] = [{"type": "Ready", "state": "CONDITION_FAILED", "message": "synthetic"}]


def reported_failure(estate: Estate) -> None:
    """The same, and the service's own condition says so."""
    serving_and_failed(estate)
    terminal("CONDITION_FAILED", reason="REVISION_FAILED")(estate)


def dreaming_and_rolling(estate: Estate) -> None:
    """One sure sign is enough, whatever the state means."""
    of_service(reconciling=True)(estate)
    terminal("CONDITION_DREAMING")(estate)


def nothing_serves(estate: Estate) -> None:
    """The first deployment of a service failed: nothing was ever ready."""
    ready("CONDITION_FAILED")(estate)
    estate.resource("run.services", NAME).update(trafficStatuses=[], latestReadyRevision="")


def pinned_to(*shares: tuple[str, int]) -> Patch:
    """Traffic wanted and in effect by revision."""
    return of_service(traffic=pinned(*shares), trafficStatuses=pinned(*shares))


def lagging(estate: Estate) -> None:
    """The latest ready revision is wanted, and an older one still takes the traffic."""
    line = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "revision": OLDER, "percent": 100}
    of_service(trafficStatuses=[line])(estate)


def wants_older(estate: Estate) -> None:
    service(estate)["traffic"] = pinned((OLDER, 100))


def tagged(estate: Estate) -> None:
    """A tagged revision without traffic changes nothing [RDY-12]."""
    line: Json = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": OLDER, "tag": "old"}
    service(estate)["trafficStatuses"].append(line)


def split_ten(estate: Estate) -> None:
    split(estate, percent=10)


PORT_MESSAGE = "The user-provided container failed to start and listen on the port defined provided by the PORT=8080"

SCENARIOS: tuple[Scenario, ...] = (
    # run.service-missing
    Scenario("there", MISSING, Status.PASS, declared=backend(), resource=NAME),
    Scenario("deleted", MISSING, Status.FAIL, removed, backend(), NAME, "no service netra-backend-staging"),
    Scenario("misspelt", MISSING, Status.FAIL, declared=backend(name="netra-backend-stagin"), says="did you mean"),
    Scenario("a part of its name", MISSING, Status.FAIL, declared=backend(name="backend"), says=f"did you mean {NAME}"),
    Scenario("in another region", MISSING, Status.FAIL, in_another_region, backend(), NAME),
    Scenario("refused", MISSING, Status.UNKNOWN, denied_services, backend(), NAME),
    Scenario("an empty list, and a get confirms it", MISSING, Status.FAIL, no_services, backend(), NAME),
    # run.not-ready
    Scenario("settled", NOT_READY, Status.PASS, resource=NAME),
    Scenario(
        "the newest revision is not told",
        NOT_READY,
        Status.UNKNOWN,
        of_service(latestCreatedRevision=None),
        resource=NAME,
        says="which generation and revision",
    ),
    Scenario(
        "the newest revision is not told, and the condition failed",
        NOT_READY,
        Status.FAIL,
        failed_without_newest,
        resource=NAME,
        says="Ready is CONDITION_FAILED",
    ),
    Scenario(
        "the newest ready revision is not told",
        NOT_READY,
        Status.UNKNOWN,
        of_service(latestReadyRevision=None),
        resource=NAME,
    ),
    Scenario(
        "an image that is not there",
        NOT_READY,
        Status.FAIL,
        terminal("CONDITION_FAILED", reason="CONTAINER_MISSING"),
        says="the image path leads to no image",
    ),
    Scenario(
        "the message says more than the reason",
        NOT_READY,
        Status.FAIL,
        terminal("CONDITION_FAILED", reason="REVISION_FAILED", message=PORT_MESSAGE),
        says="did not listen on",
    ),
    Scenario(
        "a reason that nobody knows fails all the same",
        NOT_READY,
        Status.FAIL,
        terminal("CONDITION_FAILED", reason="MOON_PHASE"),
        says="MOON_PHASE",
    ),
    Scenario("pending", NOT_READY, Status.FAIL, terminal("CONDITION_PENDING")),
    Scenario("rolling out", NOT_READY, Status.FAIL, of_service(reconciling=True), says="still being rolled out"),
    Scenario(
        "a change that was not worked through",
        NOT_READY,
        Status.FAIL,
        of_service(generation="97"),
        says="generation 97",
    ),
    Scenario("a newer revision", NOT_READY, Status.FAIL, ready("CONDITION_FAILED"), says=NEWER),
    Scenario("a state never seen", NOT_READY, Status.UNKNOWN, terminal("CONDITION_DREAMING"), resource=NAME),
    Scenario("a state never seen, rolling out", NOT_READY, Status.FAIL, dreaming_and_rolling, says="rolled out"),
    Scenario("never ready", NOT_READY, Status.FAIL, never_ready, resource=NAME, says="newest ready one none"),
    Scenario("no state", NOT_READY, Status.UNKNOWN, of_service(terminalCondition={"type": "Ready"})),
    Scenario("no condition", NOT_READY, Status.UNKNOWN, of_service(terminalCondition=None)),
    Scenario("no generation", NOT_READY, Status.UNKNOWN, of_service(observedGeneration=None)),
    Scenario("no newest revision", NOT_READY, Status.UNKNOWN, of_service(latestReadyRevision="")),
    Scenario("refused", NOT_READY, Status.UNKNOWN, denied_services),
    Scenario("a part not reached", NOT_READY, Status.UNKNOWN, lambda estate: estate.partial("run.services.list")),
    # run.revision-failed
    Scenario("the newest is ready", FAILED, Status.PASS, resource=NAME),
    Scenario("the recorded failure", FAILED, Status.FAIL, staging.failed_revision, resource=NAME, says=SERVING),
    Scenario("still starting", FAILED, Status.FAIL, ready("CONDITION_RECONCILING"), says=NEWER),
    Scenario("failed while it serves", FAILED, Status.FAIL, serving_and_failed, says="no older revision stands in"),
    Scenario("failed while it serves, reported", FAILED, Status.SKIP, reported_failure, says="run.not-ready"),
    Scenario("what is said by the way explains nothing", FAILED, Status.FAIL, with_reserve, says="start-up check"),
    Scenario("nothing serves", FAILED, Status.SKIP, nothing_serves, resource=NAME, says="run.not-ready"),
    Scenario("a state never seen", FAILED, Status.UNKNOWN, ready("CONDITION_DREAMING"), resource=NAME),
    Scenario("no Ready condition", FAILED, Status.UNKNOWN, without_ready, resource=NAME),
    Scenario("a newest one that is not there", FAILED, Status.UNKNOWN, newest_gone, resource=NAME),
    Scenario("refused", FAILED, Status.UNKNOWN, denied_revisions, resource=NAME),
    # run.traffic-wrong
    Scenario(
        "a share that is not told",
        TRAFFIC,
        Status.UNKNOWN,
        of_service(trafficStatuses=pinned((SERVING, 90))),
        LATEST,
        NAME,
        "does not name",
    ),
    Scenario("the newest takes everything", TRAFFIC, Status.PASS, declared=LATEST, resource=NAME),
    Scenario("nothing declared, as wanted", TRAFFIC, Status.PASS, declared=backend(), resource=NAME),
    Scenario("a tag without traffic", TRAFFIC, Status.PASS, tagged, LATEST, NAME),
    Scenario("pinned to an older one", TRAFFIC, Status.FAIL, pinned_to((OLDER, 100)), LATEST, NAME, OLDER),
    Scenario("pinned to the newest", TRAFFIC, Status.WARN, pinned_to((SERVING, 100)), LATEST, NAME, "pinned"),
    Scenario("a part to an older one", TRAFFIC, Status.FAIL, pinned_to((SERVING, 90), (OLDER, 10)), LATEST),
    Scenario("latest in effect, another wanted", TRAFFIC, Status.FAIL, wants_older, LATEST, NAME, "asks for"),
    Scenario(
        "the declared one in effect, another wanted",
        TRAFFIC,
        Status.FAIL,
        wants_older,
        backend(f"traffic: {{{SERVING}: 100}}"),
        NAME,
        "asks for",
    ),
    Scenario("not moved yet", TRAFFIC, Status.FAIL, lagging, backend(), NAME, OLDER),
    Scenario("nothing asked for is latest", TRAFFIC, Status.PASS, of_service(traffic=[]), LATEST, NAME),
    Scenario("never ready", TRAFFIC, Status.SKIP, never_ready, LATEST, NAME, "run.not-ready"),
    Scenario("nothing declared, not as wanted", TRAFFIC, Status.FAIL, wants_older, backend(), NAME, OLDER),
    Scenario(
        "the declared split", TRAFFIC, Status.PASS, split_ten, backend(f"traffic: {{{SERVING}: 90, {OLDER}: 10}}"), NAME
    ),
    Scenario(
        "another split", TRAFFIC, Status.FAIL, split_ten, backend(f"traffic: {{{SERVING}: 50, {OLDER}: 50}}"), NAME
    ),
    Scenario("in effect not said", TRAFFIC, Status.UNKNOWN, of_service(trafficStatuses=None), LATEST, NAME),
    Scenario(
        "shares that do not add up",
        TRAFFIC,
        Status.UNKNOWN,
        of_service(trafficStatuses=pinned((SERVING, 60))),
        LATEST,
        NAME,
    ),
    Scenario(
        "a type never seen",
        TRAFFIC,
        Status.UNKNOWN,
        of_service(trafficStatuses=[{"type": "TRAFFIC_BY_MOON", "revision": SERVING, "percent": 100}]),
        LATEST,
    ),
    Scenario("a missing service", TRAFFIC, Status.SKIP, removed, LATEST, NAME, "run.service-missing"),
    Scenario("refused", TRAFFIC, Status.UNKNOWN, denied_services, LATEST),
)
