"""Secrets and their versions: which is asked for, and whether it can be read."""

from __future__ import annotations

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.run_shared import (
    HEAD,
    NAME,
    SERVING,
    backend,
    container,
    denied_revisions,
    denied_services,
    never_ready,
    removed,
    revision,
    variable,
)
from tests.scenarios.scenario import Patch, Scenario

MISSING, DISABLED = "run.secret-missing", "run.secret-disabled"
SECRETS, VERSIONS = "secretmanager.secrets", "secretmanager.versions"
LIST, VERSIONS_LIST = f"{SECRETS}.list", f"{VERSIONS}.list"
ELSEWHERE = "projects/netra-shared/secrets/license-key"

LISTED = f"{HEAD}secrets: [database-url]\n"
BY_NUMBER = f"{HEAD}secrets: [projects/{ids.NUMBER}/secrets/database-url]\n"
NOBODYS = f"{HEAD}secrets: [license-key]\n"
TAKEN = backend()
DECLARED = backend("secrets: {DATABASE_URL: database-url}")


def together(*patches: Patch) -> Patch:
    """One patch after the other."""

    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def gone(name: str) -> Patch:
    """There is no such secret."""

    def patch(estate: Estate) -> None:
        estate.remove(SECRETS, name)

    return patch


def versions(name: str, *states: str) -> Patch:
    """The versions of a secret by their states, the first one first."""

    def patch(estate: Estate) -> None:
        full = f"projects/{ids.NUMBER}/secrets/{name}/versions"
        kept = estate.resources[VERSIONS]
        estate.resources[VERSIONS] = {key: doc for key, doc in kept.items() if f"/{name}/" not in doc["name"]}
        for number, state in reversed(list(enumerate(states, 1))):
            estate.put(VERSIONS, f"{name} {number}", {"name": f"{full}/{number}", "state": state})

    return patch


def asks(version: str, secret: str = "database-url") -> Patch:
    """The backend's DATABASE_URL is that version of the secret."""
    return variable("DATABASE_URL", valueSource={"secretKeyRef": {"secret": secret, "version": version}})


def volume(secret: str, **item: str) -> Patch:
    """The backend mounts a secret."""

    def patch(estate: Estate) -> None:
        found: Json = {"secret": secret} | ({"items": [{"path": "key", **item}]} if item else {})
        revision(estate).setdefault("volumes", []).append({"name": "key", "secret": found})
        container(estate).setdefault("volumeMounts", []).append({"name": "key", "mountPath": "/secrets"})

    return patch


def alias(name: str, number: str) -> Patch:
    """`database-url` has an alias for a version."""
    return lambda estate: estate.resource(SECRETS, "database-url").update(versionAliases={name: number})


def refused(key: str) -> Patch:
    """Nobody may call the method."""
    return lambda estate: estate.gap(key, GapKind.DENIED)


def hollow(key: str) -> Patch:
    """The method answers with nothing at all."""

    def patch(estate: Estate) -> None:
        estate.hollow.add(key)

    return patch


def partial(key: str) -> Patch:
    """A page of the list is missing."""
    return lambda estate: estate.partial(key)


def beside(project: str, states: tuple[str, ...] = ("ENABLED",)) -> Patch:
    """A secret of another project, with these versions."""

    def patch(estate: Estate) -> None:
        estate.put(f"{SECRETS}.get", "license-key", {"name": f"projects/{project}/secrets/license-key"})
        for number, state in enumerate(states, 1):
            name = f"projects/{project}/secrets/license-key/versions/{number}"
            estate.put(VERSIONS, f"license-key {number}", {"name": name, "state": state})

    return patch


OFF_AND_ON = versions("database-url", "ENABLED", "DISABLED")
NONE = versions("database-url")

SCENARIOS = (
    # There or not
    Scenario("listed", MISSING, Status.PASS, declared=LISTED, resource="database-url"),
    Scenario("listed by the project's number", MISSING, Status.PASS, declared=BY_NUMBER, resource="database-url"),
    Scenario("listed and gone", MISSING, Status.FAIL, gone("database-url"), LISTED, "database-url", "not found"),
    Scenario("gone, by the project's number", MISSING, Status.FAIL, gone("database-url"), BY_NUMBER),
    Scenario("taken", MISSING, Status.PASS, declared=TAKEN, resource="redis-url", says=SERVING),
    Scenario("taken and gone", MISSING, Status.FAIL, gone("redis-url"), TAKEN, "redis-url", SERVING),
    Scenario("declared of a service and gone", MISSING, Status.FAIL, gone("database-url"), DECLARED, "database-url"),
    Scenario("without a version", MISSING, Status.FAIL, NONE, LISTED, says="no version"),
    Scenario("version 2", MISSING, Status.PASS, asks("2"), TAKEN),
    Scenario("version 7", MISSING, Status.FAIL, asks("7"), TAKEN, "database-url", "no version 7"),
    Scenario("an alias", MISSING, Status.PASS, together(asks("live"), alias("live", "2")), TAKEN),
    Scenario("an alias of nothing", MISSING, Status.FAIL, asks("live"), TAKEN, says="no version live"),
    Scenario(
        "an alias of a version that is not there",
        MISSING,
        Status.FAIL,
        together(asks("live"), alias("live", "9")),
        TAKEN,
    ),
    Scenario("in a volume", MISSING, Status.FAIL, volume("license-key"), TAKEN, "license-key"),
    Scenario("a version in a volume", MISSING, Status.FAIL, volume("database-url", version="9"), TAKEN, says="9"),
    Scenario("of another project", MISSING, Status.PASS, together(asks("1", ELSEWHERE), beside("netra-shared")), TAKEN),
    Scenario("of another project and gone", MISSING, Status.FAIL, asks("1", ELSEWHERE), TAKEN, "license-key"),
    Scenario(
        "of another project by its number",
        MISSING,
        Status.PASS,
        together(asks("1", "projects/112233445566/secrets/license-key"), beside("112233445566")),
        TAKEN,
        "license-key",
    ),
    Scenario(
        "the list may not be read, each secret may",
        MISSING,
        Status.UNKNOWN,
        together(refused(LIST), asks("2", f"projects/{ids.NUMBER}/secrets/database-url")),
        TAKEN,
    ),
    Scenario(
        "the list may not be read, and it is gone",
        MISSING,
        Status.FAIL,
        together(refused(LIST), gone("database-url")),
        LISTED,
    ),
    Scenario(
        "nothing may be read",
        MISSING,
        Status.UNKNOWN,
        together(refused(LIST), refused(f"{SECRETS}.get")),
        LISTED,
        says="denied",
    ),
    Scenario("an empty list, and it is there", MISSING, Status.UNKNOWN, hollow(LIST), LISTED, says="is there"),
    Scenario("an empty list, and it is not there", MISSING, Status.FAIL, hollow(LIST), NOBODYS),
    Scenario("a part of the list, and it is in it", MISSING, Status.UNKNOWN, partial(LIST), LISTED),
    Scenario("a part of the list, and it is not there", MISSING, Status.FAIL, partial(LIST), NOBODYS),
    Scenario("versions may not be read", MISSING, Status.UNKNOWN, refused(VERSIONS_LIST), LISTED),
    Scenario(
        "an empty list of versions that nothing confirms",
        MISSING,
        Status.UNKNOWN,
        together(hollow(VERSIONS_LIST), refused(f"{VERSIONS}.get")),
        LISTED,
    ),
    Scenario("a part of the versions", MISSING, Status.UNKNOWN, partial(VERSIONS_LIST), LISTED),
    Scenario("services may not be read", MISSING, Status.UNKNOWN, denied_services, TAKEN),
    Scenario("revisions may not be read", MISSING, Status.UNKNOWN, denied_revisions, TAKEN),
    Scenario("the service is gone", MISSING, Status.SKIP, removed, TAKEN, NAME, "run.service-missing"),
    Scenario("never ready", MISSING, Status.SKIP, never_ready, TAKEN, NAME, "run.not-ready"),
    # Enabled or not
    Scenario("enabled", DISABLED, Status.PASS, declared=LISTED, says="version 2 is ENABLED"),
    Scenario("an older one is enabled, and any will do", DISABLED, Status.PASS, OFF_AND_ON, LISTED, says="version 1"),
    Scenario(
        "an older one is enabled, and latest is asked for", DISABLED, Status.FAIL, OFF_AND_ON, TAKEN, says="latest"
    ),
    Scenario(
        "latest by its number", DISABLED, Status.PASS, versions("database-url", *["DISABLED"] * 9, "ENABLED"), TAKEN
    ),
    Scenario("destroyed", DISABLED, Status.FAIL, versions("database-url", "DESTROYED"), LISTED, says="DESTROYED"),
    Scenario("version 1", DISABLED, Status.FAIL, asks("1"), TAKEN, "database-url", "version 1 is DISABLED"),
    Scenario("by its alias", DISABLED, Status.FAIL, together(asks("old"), alias("old", "1")), TAKEN),
    Scenario("gone", DISABLED, Status.SKIP, gone("database-url"), LISTED, says="run.secret-missing"),
    Scenario("without a version", DISABLED, Status.SKIP, NONE, LISTED, says="run.secret-missing"),
    Scenario("a state never seen", DISABLED, Status.UNKNOWN, versions("database-url", "ASLEEP"), LISTED),
    Scenario("no state", DISABLED, Status.UNKNOWN, versions("database-url", ""), LISTED),
    Scenario(
        "a state never seen beside an enabled one",
        DISABLED,
        Status.PASS,
        versions("database-url", "ENABLED", "ASLEEP"),
        LISTED,
    ),
    Scenario(
        "a state never seen below a disabled one",
        DISABLED,
        Status.UNKNOWN,
        versions("database-url", "ASLEEP", "DISABLED"),
        LISTED,
        says="ASLEEP",
    ),
    Scenario("versions may not be read", DISABLED, Status.UNKNOWN, refused(VERSIONS_LIST), TAKEN),
    Scenario("a part of the versions, and latest", DISABLED, Status.UNKNOWN, partial(VERSIONS_LIST), TAKEN),
    Scenario(
        "secrets may not be read",
        DISABLED,
        Status.UNKNOWN,
        together(refused(LIST), refused(f"{SECRETS}.get")),
        TAKEN,
        "database-url",
    ),
)
