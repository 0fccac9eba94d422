"""Variables, secrets, the account and the image of a revision."""

from __future__ import annotations

from diag.report import Status
from fixtures import ids, run
from fixtures.estate import Estate
from tests.scenarios.run_shared import (
    NAME,
    OLDER,
    SERVING,
    backend,
    container,
    denied_revisions,
    from_secret,
    never_ready,
    of_container,
    of_revision,
    of_service,
    pinned,
    removed,
    revision,
    sidecar,
    split,
    variable,
    without_variable,
)
from tests.scenarios.scenario import Patch, Scenario

MISSING, DIFFERS, MALFORMED = "run.env-missing", "run.env-differs", "run.env-malformed"
SECRET, ACCOUNT, IMAGE = "run.secret-not-used", "run.service-account-wrong", "run.image-unpinned"

PRESENT = backend("env_present: [REDIS_HOST]")
STAGING = backend("env: {ENVIRONMENT: staging}")
FROM_SECRET = backend("secrets: {DATABASE_URL: database-url}")
OWN_ACCOUNT = backend("service_account: backend@netra-staging.iam.gserviceaccount.com")
DEFAULT_ACCOUNT = f"{ids.NUMBER}-compute@developer.gserviceaccount.com"


def two(*patches: Patch) -> Patch:
    """One patch after the other."""

    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def older_without(estate: Estate) -> None:
    """A second serving revision lacks the host."""
    added = split(estate)["containers"][0]
    added["env"] = [item for item in added["env"] if item["name"] != "REDIS_HOST"]


def in_the_sidecar(estate: Estate) -> None:
    """The container beside the one that takes requests has another value."""
    sidecar(estate, env=[run.plain("ENVIRONMENT", "production")])


def plain_in_the_sidecar(estate: Estate) -> None:
    sidecar(estate, env=[run.plain("DATABASE_URL", "plain")])


def local_host_with_sidecar(estate: Estate) -> None:
    variable("REDIS_HOST", "127.0.0.1")(estate)
    sidecar(estate)


def only_secrets(estate: Estate) -> None:
    container(estate)["env"] = [run.secret("REDIS_URL", "redis-url"), run.plain("SUPPORT", "not a port")]


def unnamed_image(estate: Estate) -> None:
    sidecar(estate)
    del revision(estate)["containers"][1]["image"]


def sidecar_by_tag(estate: Estate) -> None:
    sidecar(estate, image="us-central1-docker.pkg.dev/netra-staging/netra-containers/proxy:stable")


def half_unnamed(estate: Estate) -> None:
    """Half of the traffic goes to a revision that the answer does not name."""
    shares = pinned((SERVING, 50), ("", 50))
    of_service(trafficStatuses=shares)(estate)


SECRETIVE = "postgresql://app:synthetic@10.1.2.3/db"

VARIABLES: tuple[Scenario, ...] = (
    Scenario("present", MISSING, Status.PASS, declared=PRESENT, resource=SERVING),
    Scenario("absent", MISSING, Status.FAIL, without_variable("REDIS_HOST"), PRESENT, SERVING, "REDIS_HOST"),
    Scenario("empty", MISSING, Status.FAIL, variable("REDIS_HOST", ""), PRESENT, SERVING, "empty"),
    Scenario("empty and redacted", MISSING, Status.FAIL, variable("A_KEY", ""), backend("env_present: [A_KEY]")),
    Scenario("absent from one of two revisions", MISSING, Status.FAIL, older_without, PRESENT, OLDER),
    Scenario("a declared value", MISSING, Status.FAIL, without_variable("ENVIRONMENT"), STAGING, SERVING),
    Scenario("a declared empty value", MISSING, Status.PASS, variable("FLAGS", ""), backend('env: {FLAGS: ""}')),
    Scenario("a declared secret", MISSING, Status.FAIL, without_variable("DATABASE_URL"), FROM_SECRET, SERVING),
    Scenario("variables of another shape", MISSING, Status.UNKNOWN, of_container(env={}), PRESENT, SERVING),
    Scenario("refused", MISSING, Status.UNKNOWN, denied_revisions, PRESENT),
    Scenario("the declared value", DIFFERS, Status.PASS, declared=STAGING, resource=SERVING),
    Scenario("another", DIFFERS, Status.FAIL, variable("ENVIRONMENT", "production"), STAGING, says="another value"),
    Scenario("another of the same shape", DIFFERS, Status.FAIL, variable("ENVIRONMENT", "testing"), STAGING),
    Scenario("a line break more", DIFFERS, Status.FAIL, variable("ENVIRONMENT", "staging\n"), STAGING),
    Scenario("another in another container", DIFFERS, Status.FAIL, in_the_sidecar, STAGING, SERVING),
    Scenario("redacted, of another shape", DIFFERS, Status.FAIL, variable("ENVIRONMENT", SECRETIVE), STAGING),
    Scenario(
        "redacted, of the same shape",
        DIFFERS,
        Status.FAIL,
        variable("AUTH_SERVICE_URL", "https://auth-prod.example.com"),
        backend("env: {AUTH_SERVICE_URL: https://auth-test.example.com}"),
        says="another value",
    ),
    Scenario(
        "the declared value under a name that speaks of a secret",
        DIFFERS,
        Status.PASS,
        variable("SESSION_TTL", "3600"),
        backend('env: {SESSION_TTL: "3600"}'),
    ),
    Scenario(
        "redacted before this was declared",
        DIFFERS,
        Status.UNKNOWN,
        variable("AUTH_SERVICE_URL", "[redacted: 16-31 characters, scheme https]"),
        backend("env: {AUTH_SERVICE_URL: https://auth-test.example.com}"),
        says="redacted",
    ),
    Scenario(
        "redacted when something else was declared",
        DIFFERS,
        Status.UNKNOWN,
        variable("AUTH_SERVICE_URL", '[redacted: 16-31 characters, scheme https, not "https://auth.example.com"]'),
        backend("env: {AUTH_SERVICE_URL: https://auth-test.example.com}"),
        says="redacted",
    ),
    Scenario(
        "a credential in the file stays undecided rather than shown",
        DIFFERS,
        Status.UNKNOWN,
        variable("DATABASE_URL", SECRETIVE),
        backend(f"env: {{DATABASE_URL: '{SECRETIVE}'}}"),
        says="redacted",
    ),
    Scenario(
        "from a secret",
        DIFFERS,
        Status.UNKNOWN,
        variable("ENVIRONMENT", valueSource=from_secret("stage")),
        STAGING,
        says="comes from secret stage",
    ),
    Scenario("absent", DIFFERS, Status.SKIP, without_variable("ENVIRONMENT"), STAGING, says=MISSING),
    Scenario("a missing service", DIFFERS, Status.SKIP, removed, STAGING, NAME, "run.service-missing"),
    Scenario(
        "a source never seen",
        DIFFERS,
        Status.UNKNOWN,
        variable("ENVIRONMENT", valueSource={"moonRef": {}, "phase": "new"}),
        STAGING,
        SERVING,
    ),
    Scenario("refused", DIFFERS, Status.UNKNOWN, denied_revisions, STAGING),
    Scenario("from the secret", SECRET, Status.PASS, declared=FROM_SECRET, resource=SERVING),
    Scenario(
        "by its full name",
        SECRET,
        Status.PASS,
        variable("DATABASE_URL", valueSource=from_secret("projects/netra-staging/secrets/database-url")),
        FROM_SECRET,
    ),
    Scenario(
        "by the project's number",
        SECRET,
        Status.PASS,
        variable("DATABASE_URL", valueSource=from_secret(f"projects/{ids.NUMBER}/secrets/database-url")),
        FROM_SECRET,
    ),
    Scenario(
        "of another project",
        SECRET,
        Status.FAIL,
        variable("DATABASE_URL", valueSource=from_secret("projects/999/secrets/database-url")),
        FROM_SECRET,
    ),
    Scenario(
        "of a project that may be this one",
        SECRET,
        Status.UNKNOWN,
        two(
            of_service(urls=[]), variable("DATABASE_URL", valueSource=from_secret("projects/999/secrets/database-url"))
        ),
        FROM_SECRET,
    ),
    Scenario(
        "another secret",
        SECRET,
        Status.FAIL,
        variable("DATABASE_URL", valueSource=from_secret("old-url")),
        FROM_SECRET,
        SERVING,
        "old-url",
    ),
    Scenario("plain", SECRET, Status.FAIL, variable("DATABASE_URL", SECRETIVE), FROM_SECRET, says="a plain value"),
    Scenario("absent", SECRET, Status.SKIP, without_variable("DATABASE_URL"), FROM_SECRET, says=MISSING),
    Scenario("plain in one of two containers", SECRET, Status.FAIL, plain_in_the_sidecar, FROM_SECRET, SERVING),
    Scenario("refused", SECRET, Status.UNKNOWN, denied_revisions, FROM_SECRET),
)

SHAPES: tuple[Scenario, ...] = (
    Scenario("well formed", MALFORMED, Status.PASS, resource=SERVING, says="REDIS_HOST"),
    Scenario("a line break", MALFORMED, Status.FAIL, variable("REDIS_HOST", "10.166.204.83\n"), says="a line break"),
    Scenario("a space", MALFORMED, Status.FAIL, variable("REDIS_HOST", " 10.166.204.83"), says="a space, tab"),
    Scenario("quotes", MALFORMED, Status.FAIL, variable("REDIS_HOST", '"10.166.204.83"'), says="quotes"),
    Scenario("a byte order mark", MALFORMED, Status.FAIL, variable("REDIS_HOST", "\ufeff10.1.2.3"), says="invisible"),
    Scenario("a space of no width", MALFORMED, Status.FAIL, variable("DB_URL", "postgresql://h/d\u200b"), says="invis"),
    Scenario("a zero byte", MALFORMED, Status.FAIL, variable("REDIS_HOST", "10.1.2.3\x00"), says="invisible"),
    Scenario("letters of another script", MALFORMED, Status.PASS, variable("API_HOST", "b\u00fccher.example")),
    Scenario(
        "quotes of a word processor", MALFORMED, Status.FAIL, variable("DB_HOST", "\u201cdb\u201d"), says="quotes"
    ),
    Scenario("a scheme in a host", MALFORMED, Status.FAIL, variable("REDIS_HOST", "redis://10.1.2.3"), says="scheme"),
    Scenario("a scheme in a URL", MALFORMED, Status.PASS, variable("REDIS_URL", "redis://10.1.2.3:6379")),
    Scenario("a port with a scheme", MALFORMED, Status.FAIL, variable("REDIS_PORT", "tcp://10.1.2.3:6379")),
    Scenario("port 0", MALFORMED, Status.FAIL, variable("REDIS_PORT", "0"), says="no port number"),
    Scenario("port 65536", MALFORMED, Status.FAIL, variable("REDIS_PORT", "65536")),
    Scenario("port 65535", MALFORMED, Status.PASS, variable("REDIS_PORT", "65535")),
    Scenario("this machine", MALFORMED, Status.FAIL, variable("REDIS_HOST", "localhost"), says="a local address"),
    Scenario("another container", MALFORMED, Status.PASS, local_host_with_sidecar),
    Scenario("a redacted URL with a line break", MALFORMED, Status.FAIL, variable("APP_URL", SECRETIVE + "\n")),
    Scenario("a redacted URL", MALFORMED, Status.PASS, variable("APP_URL", SECRETIVE)),
    Scenario("other words that end alike", MALFORMED, Status.PASS, variable("SUPPORT", "nine to five")),
    Scenario("only secrets", MALFORMED, Status.SKIP, only_secrets, resource=SERVING),
    Scenario("a port under any name", MALFORMED, Status.PASS, variable("AUTH_SERVICE_PORT", "8081"), says="AUTH_"),
    Scenario("a redacted value is no port", MALFORMED, Status.FAIL, variable("AUTH_PORT", "eighty"), says="no port"),
    Scenario("a redacted scheme in a host", MALFORMED, Status.FAIL, variable("AUTH_HOST", "https://a"), says="scheme"),
    Scenario("a redacted empty value", MALFORMED, Status.PASS, variable("AUTH_PORT", "")),
    Scenario("written in humps", MALFORMED, Status.FAIL, variable("redisHost", "redis://10.1.2.3"), says="redisHost"),
    Scenario("with a number", MALFORMED, Status.FAIL, variable("REDIS_HOST_2", "10.1.2.3 "), says="REDIS_HOST_2"),
    Scenario("a list of hosts", MALFORMED, Status.PASS, variable("KAFKA_HOST", "10.1.2.3:9092,10.1.2.4:9092")),
    Scenario("a socket", MALFORMED, Status.PASS, variable("DB_HOST", "/cloudsql/p:us-central1:i")),
    Scenario("an IPv6 address", MALFORMED, Status.PASS, variable("DB_HOST", "fd00::1")),
    Scenario("this machine, in a URL", MALFORMED, Status.FAIL, variable("DB_URL", "postgresql://u:p@localhost/d")),
    Scenario("a name that begins so", MALFORMED, Status.PASS, variable("DB_HOST", "localhost.example.com")),
    Scenario("never ready", MALFORMED, Status.SKIP, never_ready, resource=NAME, says="run.not-ready"),
    Scenario("variables of another shape", MALFORMED, Status.UNKNOWN, of_container(env={}), resource=SERVING),
    Scenario("refused", MALFORMED, Status.UNKNOWN, denied_revisions),
)

IDENTITY: tuple[Scenario, ...] = (
    Scenario("as declared", ACCOUNT, Status.PASS, declared=OWN_ACCOUNT, resource=SERVING),
    Scenario("another", ACCOUNT, Status.FAIL, of_revision(serviceAccount=ids.account("auth")), OWN_ACCOUNT, SERVING),
    Scenario("the default one", ACCOUNT, Status.FAIL, of_revision(serviceAccount=None), OWN_ACCOUNT, says="default"),
    Scenario("nothing declared, its own", ACCOUNT, Status.PASS, declared=backend(), resource=SERVING),
    Scenario("nothing declared, the default one", ACCOUNT, Status.FAIL, of_revision(serviceAccount=None), backend()),
    Scenario("the default one by name", ACCOUNT, Status.FAIL, of_revision(serviceAccount=DEFAULT_ACCOUNT), backend()),
    Scenario(
        "the default one, declared",
        ACCOUNT,
        Status.PASS,
        of_revision(serviceAccount=None),
        backend(f"service_account: {DEFAULT_ACCOUNT}"),
    ),
    Scenario(
        "the default one of another project, declared",
        ACCOUNT,
        Status.FAIL,
        of_revision(serviceAccount=None),
        backend("service_account: 999-compute@developer.gserviceaccount.com"),
    ),
    Scenario(
        "the default one of an unknown project",
        ACCOUNT,
        Status.UNKNOWN,
        two(of_revision(serviceAccount=None), of_service(urls=[])),
        backend(f"service_account: {DEFAULT_ACCOUNT}"),
        SERVING,
    ),
    Scenario("a missing service", ACCOUNT, Status.SKIP, removed, OWN_ACCOUNT, NAME),
    Scenario("refused", ACCOUNT, Status.UNKNOWN, denied_revisions, OWN_ACCOUNT),
    Scenario("by digest", IMAGE, Status.PASS, resource=SERVING),
    Scenario("by tag", IMAGE, Status.FAIL, of_container(image="us-docker.pkg.dev/p/r/app:v1"), resource=SERVING),
    Scenario("by nothing", IMAGE, Status.FAIL, of_container(image="registry.example:5000/app"), resource=SERVING),
    Scenario("a second container by tag", IMAGE, Status.FAIL, sidecar_by_tag, resource=SERVING, says="proxy:stable"),
    Scenario("a revision that is not named takes a part", IMAGE, Status.UNKNOWN, half_unnamed),
    Scenario("a container without image", IMAGE, Status.UNKNOWN, unnamed_image, resource=SERVING),
    Scenario("by tag and digest", IMAGE, Status.PASS, of_container(image=f"app:v1@{ids.digest('app')}")),
    Scenario("never ready", IMAGE, Status.SKIP, never_ready, resource=NAME, says="run.not-ready"),
    Scenario("refused", IMAGE, Status.UNKNOWN, denied_revisions),
)

SCENARIOS: tuple[Scenario, ...] = (*VARIABLES, *SHAPES, *IDENTITY)
