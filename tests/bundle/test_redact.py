"""Nothing secret and nobody's address leaves the seam; what is plain stays, so that it can be judged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.bundle.redact import Declared, People, RedactingSource, redact_answer
from diag.calls import Answer, Call, Gap, GapKind
from diag.facts.redacted import Traits, parse_traits

LOCATION = "projects/netra-staging/locations/us-central1"
SERVICE = f"{LOCATION}/services/netra-backend-staging"
SERVICES = Call.of("run.services.list", parent=LOCATION)
CERTIFICATES = Call.of("compute.sslCertificates.aggregatedList", project="netra-staging")

# Long, mixed and of no known form, or of a form that is known: none of these may ever show.
MIXED = st.text("abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789", min_size=30, max_size=60).map(
    lambda x: f"aZ7{x}"
)
FORMS = st.sampled_from(
    [
        "AKIASYNTHETIC0000000",
        "AIzaSySYNTHETIC-synthetic-0000000000000",
        "ya29.synthetic-token-000000",
        "eyJzeW50aGV0aWMi.eyJzeW50aGV0aWMiOjF9.c3ludGhldGlj",
        "postgresql+asyncpg://netra:hunter/2@10.166.193.5:5432/netra",
        "redis://:synthetic0@10.166.204.83:6379/0",
        "-----BEGIN PRIVATE KEY-----\nc3ludGhldGlj\n-----END PRIVATE KEY-----",
        "0123456789abcdef0123456789abcdef",
    ]
)
SECRETS = FORMS | MIXED


def service(container: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"services": [{"name": SERVICE, "template": {"containers": [container]}, **fields}]}


def redacted(doc: dict[str, Any], keep: Declared | None = None, call: Call = SERVICES) -> dict[str, Any]:
    return redact_answer(call, Answer(doc), keep or {}).doc


def variable(name: str, value: str, keep: Declared | None = None) -> str:
    doc = redacted(service({"env": [{"name": name, "value": value}]}), keep)
    shown: str = doc["services"][0]["template"]["containers"][0]["env"][0]["value"]
    return shown


@pytest.mark.parametrize(
    "value",
    [
        "10.166.204.83",
        "10.166.204.83\n",
        '"10.166.204.83"',
        "10.0.0.0/8",
        "10.166.204.83:6379",
        "fd00::1",
        "localhost:5432",
        "xedvrr4c3r.us-central1.gcp.clickhouse.cloud",
        "redis.internal:6379",
        "5432",
        "0.75",
        "600s",
        "true",
        "staging",
        "netra_staging",
        "us-central1",
        "/cloudsql/netra-staging:us-central1:staging-shared-postgres",
        "/cloudsql/netra-staging:us-central1:staging-shared-postgres/.s.PGSQL.5432",
        "https://staging.netrasystems.ai",
        "https://api-staging.netrasystems.ai:8443/health/ready?verbose=true",
        "backend@netra-staging.iam.gserviceaccount.com",
        "",
    ],
)
def test_short_plain_shapes_stay_under_a_harmless_name(value: str) -> None:
    assert variable("REDIS_HOST", value) == value


@pytest.mark.parametrize(
    "name",
    [
        *("POSTGRES_PASSWORD", "DBPASSWORD", "DBPASS", "SMTP_PW", "MYSQLPWD", "PASSCODE", "CARD_PIN", "REDISAUTH"),
        *("jwtSecretKey", "APPKEY", "API_TOKEN", "SENTRY_DSN", "PRIVATE", "TLS_CERT", "HASH_SALT", "SLACK_WEBHOOK"),
    ],
)
def test_a_secret_like_name_hides_even_a_plain_value(name: str) -> None:
    assert variable(name, "hunter") == "[redacted: 1-7 characters]"


@pytest.mark.parametrize(
    "name", ["REDIS_HOST", "KEYCLOAK_HOST", "MONKEY", "AUTHOR", "BYPASS", "COMPASS_URL", "PASSENGERS", "SPINNER"]
)
def test_a_name_that_only_resembles_a_secret_one_hides_nothing(name: str) -> None:
    assert variable(name, "staging") == "staging"


@pytest.mark.parametrize(
    ("value", "marker"),
    [
        ("postgresql://u:p@h/d", "[redacted: 16-31 characters, scheme postgresql]"),
        (
            "postgresql+asyncpg://u:p@localhost/d\n",
            "[redacted: 32-63 characters, newline, scheme postgresql, localhost]",
        ),
        ("redis://10.0.0.3", "[redacted: 16-31 characters, scheme redis]"),
        ("'two words'", "[redacted: 8-15 characters, space, quotes]"),
        ("hunter2://x y", "[redacted: 8-15 characters, space, scheme other]"),
        ("x" * 70, "[redacted: 64+ characters]"),
        ("https://hooks.slack.com/services/T00/B00/aZ7Synthetic", "[redacted: 32-63 characters, scheme https]"),
        ("https://h.example.com/x?sig=abcdef", "[redacted: 32-63 characters, scheme https]"),
    ],
)
def test_anything_else_becomes_its_traits(value: str, marker: str) -> None:
    assert variable("SOMETHING", value) == marker


def test_the_value_that_the_requirements_state_for_that_service_stays() -> None:
    keep = {"netra-backend-staging": {"GREETING": "good morning to all"}}
    assert variable("GREETING", "good morning to all", keep) == "good morning to all"
    another = '[redacted: 16-31 characters, space, not "good morning to all"]'
    assert variable("GREETING", "good evening to all", keep) == another
    assert variable("GREETING", another, keep) == another
    assert variable("OTHER", "good morning to all", keep) == "[redacted: 16-31 characters, space]"
    elsewhere = {"netra-auth-service": keep["netra-backend-staging"]}
    assert variable("GREETING", "good morning to all", elsewhere) == "[redacted: 16-31 characters, space]"


def test_a_credential_is_not_shown_although_the_requirements_state_it() -> None:
    url, other = "redis://:hunter2@10.1.2.3", "redis://:hunter3@10.1.2.3"
    for declared in (url, other):
        keep = {"netra-backend-staging": {"CACHE": declared}}
        assert variable("CACHE", url, keep) == "[redacted: 16-31 characters, scheme redis]"


@pytest.mark.parametrize(("value", "shown"), [("8081", "8081"), ("80810000", "[redacted: 8-15 characters]")])
def test_a_port_is_no_secret_whatever_its_variable_is_called(value: str, shown: str) -> None:
    assert variable("AUTH_SERVICE_PORT", value) == shown


def test_a_revision_finds_its_service_by_its_own_name() -> None:
    call = Call.of("run.revisions.get", name=f"{SERVICE}/revisions/netra-backend-staging-00097-k7m")
    doc = {"name": call["name"], "containers": [{"env": [{"name": "GREETING", "value": "good morning"}]}]}
    assert redacted(doc, {"netra-backend-staging": {"GREETING": "good morning"}}, call) == doc


def test_a_reference_to_a_secret_stays() -> None:
    reference = {
        "name": "DATABASE_URL",
        "valueSource": {"secretKeyRef": {"secret": "database-url", "version": "latest"}},
    }
    doc = service({"env": [reference]})
    assert redacted(doc) == doc


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (["--port", "8080"], ["--port", "8080"]),
        (["--password=hunter2"], ["--password=[redacted: 1-7 characters]"]),
        (["--api-key", "hunter2", "serve"], ["--api-key", "[redacted: 1-7 characters]", "serve"]),
        (
            ["sh", "-c", "export DB_PASSWORD=hunter2; run"],
            ["sh", "-c", "export DB_PASSWORD=[redacted: 1-7 characters]; run"],
        ),
        (["DSN=postgresql://u:p@h/d"], ["DSN=[redacted: 16-31 characters, scheme postgresql]"]),
        (["-u", "app:hunter2", "start"], ["-u", "[redacted: 8-15 characters]", "start"]),
        (
            ["redis-server --requirepass hunter2 --port 6379"],
            ["redis-server --requirepass [redacted: 1-7 characters] --port 6379"],
        ),
        (["curl --user a:hunter2 http://x"], ["curl --user [redacted: 8-15 characters] http://x"]),
        (
            ["curl -H 'Authorization: Basic dXNlcjpwYXNz'"],
            ["curl -H 'Authorization: Basic [redacted: 8-15 characters]'"],
        ),
    ],
)
def test_arguments_lose_their_secrets(args: list[str], shown: list[str]) -> None:
    assert redacted(service({"args": args}))["services"][0]["template"]["containers"][0]["args"] == shown


def test_labels_annotations_and_headers_lose_secret_values() -> None:
    doc = service(
        {"livenessProbe": {"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "letmein"}]}}},
        labels={"commit": "a1b2c3d", "webhook-token": "letmein"},
        annotations={"team": "https://u:letmein@example.com"},
    )
    shown = redacted(doc)
    assert "letmein" not in json.dumps(shown)
    assert shown["services"][0]["labels"]["commit"] == "a1b2c3d"
    backend = {
        "items": {"global": {"backendServices": [{"customRequestHeaders": ["X-Auth-Token: letmein", "X-Env: a"]}]}}
    }
    shown = redacted(backend, call=Call.of("compute.backendServices.aggregatedList", project="netra-staging"))
    headers = shown["items"]["global"]["backendServices"][0]["customRequestHeaders"]
    assert headers == ["X-Auth-Token: [redacted: 1-7 characters]", "X-Env: a"]


def test_people_become_stable_placeholders_and_service_accounts_stay() -> None:
    doc = service({}, creator="Ada@example.com", lastModifier="ada@example.com", client="bob@example.org")
    doc["services"][0]["etag"] = "backend@netra-staging.iam.gserviceaccount.com"
    (shown,) = redacted(doc)["services"]
    assert shown["creator"] == shown["lastModifier"] == "person-1@redacted.invalid"
    assert shown["client"] == "person-2@redacted.invalid"
    assert shown["etag"] == doc["services"][0]["etag"]


def test_certificates_and_keys_are_replaced_and_what_is_judged_stays() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nc3ludGhldGlj\n-----END CERTIFICATE-----"
    certificate = {
        "name": "c",
        "selfLink": "https://www.googleapis.com/compute/v1/projects/p/global/sslCertificates/c",
        "certificate": pem,
        "privateKey": "c3ludGhldGlj",
        "selfManaged": {"certificate": "c3ludGhldGlj"},
        "managed": {"domains": ["a.example.com"], "domainStatus": {"a.example.com": "ACTIVE"}},
    }
    shown = redacted({"items": {"global": {"sslCertificates": [certificate]}}}, call=CERTIFICATES)
    (first,) = shown["items"]["global"]["sslCertificates"]
    assert first["certificate"] == first["selfManaged"]["certificate"] == "[redacted: certificate]"
    assert first["privateKey"] == "[redacted: private key]"
    assert (first["selfLink"], first["managed"]) == (certificate["selfLink"], certificate["managed"])


def test_payloads_and_variables_of_a_build_are_not_shown() -> None:
    build = {"environmentVariables": {"DB_PASSWORD": "hunter2", "GOOGLE_ENTRYPOINT": "app", "N": 7}}
    (shown,) = redacted(service({}, buildConfig=build))["services"]
    assert shown["buildConfig"]["environmentVariables"] == {
        "DB_PASSWORD": "[redacted: 1-7 characters]",
        "GOOGLE_ENTRYPOINT": "app",
        "N": "[redacted: 1-7 characters]",
    }
    health = {"healthChecks": [{"name": "redis", "tcpHealthCheck": {"port": 6379, "request": "AUTH hunter2"}}]}
    shown = redacted(health, call=Call.of("compute.healthChecks.aggregatedList", project="netra-staging"))
    assert shown["healthChecks"][0]["tcpHealthCheck"] == {
        "port": 6379,
        "request": "[redacted: 8-15 characters, space]",
    }


def test_a_log_line_is_redacted_by_the_names_that_the_program_chose() -> None:
    line = {"jsonPayload": {"message": "ask ada@example.com", "user": {"apiToken": "hunter2", "roles": ["a"]}, "n": 3}}
    call = Call.of("logging.entries.list", project="netra-staging")
    (shown,) = redacted({"entries": [line]}, call=call)["entries"]
    user = {"apiToken": "[redacted: 1-7 characters]", "roles": ["a"]}
    assert shown["jsonPayload"] == {"message": "ask person-1@redacted.invalid", "user": user, "n": 3}


def test_flags_networks_and_the_root_password_of_a_database() -> None:
    doc = {
        "items": [
            {
                "name": "i",
                "rootPassword": "hunter2",
                "settings": {
                    "databaseFlags": [{"name": "password_encryption", "value": "scram-sha-256"}],
                    "ipConfiguration": {"authorizedNetworks": [{"name": "office", "value": "0.0.0.0/0"}]},
                },
            }
        ]
    }
    (shown,) = redacted(doc, call=Call.of("sql.instances.list", project="p"))["items"]
    assert shown["rootPassword"] == "[redacted: 1-7 characters]"
    assert shown["settings"] == doc["items"][0]["settings"]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("token=hunter2 was refused", "token=[redacted: 1-7 characters] was refused"),
        ("sent Authorization: Bearer abc.def.123", "sent Authorization: Bearer [redacted: 8-15 characters]"),
        ("ask ada@example.com", "ask person-1@redacted.invalid"),
        ("ask ada@notgserviceaccount.com", "ask person-1@redacted.invalid"),
        ("as backend@p.iam.gserviceaccount.com", "as backend@p.iam.gserviceaccount.com"),
        ("GET /h?key=hunter2&a=b", "GET /h?key=[redacted: 1-7 characters]&a=b"),
        ('{"password": "hunter2"}', '{"password": [redacted: 8-15 characters, quotes]}'),
        ('{\\"password\\": \\"hunter2\\"}', '{\\"password\\": [redacted: 8-15 characters, quotes]}'),
        ("pwd => hunter2", "pwd => [redacted: 1-7 characters]"),
        ("ALTER ROLE app PASSWORD 'hunter2'", "ALTER ROLE app PASSWORD [redacted: 8-15 characters, quotes]"),
        ("IDENTIFIED BY 'hunter2';", "IDENTIFIED BY [redacted: 8-15 characters, quotes];"),
        ("the password is hunter2", "the password is [redacted: 1-7 characters]"),
        ("Invalid API key: hunter2", "Invalid API key: [redacted: 1-7 characters]"),
        ("requirepass hunter2", "requirepass [redacted: 1-7 characters]"),
        ("<password>hunter2</password>", "<password>[redacted: 1-7 characters]</password>"),
        ("the password is required", "the password is required"),
        ('password authentication failed for user "app"', 'password authentication failed for user "app"'),
        ("PIN=4711, max_tokens=4096", "PIN=[redacted: 1-7 characters], max_tokens=4096"),
        ("Cookie: a=hunter2; b=hunter2", "Cookie: [redacted: 16-31 characters, space]"),
        ("dial app:hunter2@db:5432", "dial [redacted: 8-15 characters]:5432"),
        ("pull nginx:1.25@sha256:0123 failed", "pull nginx:1.25@sha256:0123 failed"),
        ("Image 'gcr.io/p/token-service:v1' not found", "Image 'gcr.io/p/token-service:v1' not found"),
        ("key: not found", "key: not found"),
        (
            "Permission denied on secret: projects/7/secrets/jwt-secret/versions/latest for Revision service account",
            "Permission denied on secret: projects/7/secrets/jwt-secret/versions/latest for Revision service account",
        ),
        (
            "The resource 'projects/p/regions/us-central1/backendServices/api' was not found",
            "The resource 'projects/p/regions/us-central1/backendServices/api' was not found",
        ),
        (
            "at https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/networkEndpointGroups/k8s1-a",
            "at https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/networkEndpointGroups/k8s1-a",
        ),
        (
            "at projects/p/regions/us-central1/backendServices/0123456789abcdef0123456789abcdef",
            "at [redacted: 64+ characters]",
        ),
        (
            "Image 'a-docker.pkg.dev/p/r/i@sha256:0123456789abcdef0123456789abcdef' not found.",
            "Image 'a-docker.pkg.dev/p/r/i@sha256:0123456789abcdef0123456789abcdef' not found.",
        ),
    ],
)
def test_a_message_loses_its_secrets_and_keeps_its_resources(message: str, shown: str) -> None:
    doc = service({}, terminalCondition={"type": "Ready", "message": message})
    assert redacted(doc)["services"][0]["terminalCondition"]["message"] == shown


class Fixed:
    """A source that gives one thing."""

    def __init__(self, given: Answer | Gap) -> None:
        self.given = given

    def fetch(self, call: Call, timeout_s: float) -> Answer | Gap:
        return self.given


def test_the_wrapped_source_redacts_gaps_and_partial_answers_too() -> None:
    gap = Gap(
        GapKind.DENIED, "ada@example.com lacks run.services.list", SERVICES, "run.services.list", "ask ada@example.com"
    )
    denied = RedactingSource(Fixed(gap), {}).fetch(SERVICES, 1)
    assert isinstance(denied, Gap)
    assert (denied.message, denied.advice) == (
        "person-1@redacted.invalid lacks run.services.list",
        "ask person-1@redacted.invalid",
    )
    assert (denied.kind, denied.call, denied.permission) == (gap.kind, gap.call, gap.permission)
    partial = RedactingSource(Fixed(Answer({}, (gap,))), {}).fetch(SERVICES, 1)
    assert isinstance(partial, Answer)
    assert "ada" not in partial.partial[0].message


def test_the_original_answer_is_left_alone() -> None:
    doc = service({"env": [{"name": "PASSWORD", "value": "hunter2"}]})
    before = json.dumps(doc)
    redacted(doc)
    assert json.dumps(doc) == before


def planted(secret: str) -> dict[str, Any]:
    """A document with the secret wherever an API could show one."""
    return service(
        {
            "env": [{"name": "ANYTHING", "value": secret}, {"name": "DB_PASSWORD", "value": secret}],
            "command": ["run", f"--dsn={secret}"],
            "args": ["--token", secret, f"export KEY={secret}"],
            "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "X-Anything", "value": secret}]}},
        },
        labels={"anything": secret},
        annotations={"anything": secret, "client-secret": secret},
        description=f"use {secret} to log in",
        conditions=[{"message": f"refused: {secret}"}],
        rootPassword=secret,
        selfManaged={"certificate": secret, "privateKey": secret},
    )


@settings(max_examples=150, deadline=None)
@given(SECRETS)
def test_a_planted_secret_survives_nowhere(secret: str) -> None:
    shown = json.dumps(redacted(planted(secret)), ensure_ascii=False)
    core = secret.partition("://")[2] or secret
    assert json.dumps(core)[1:-1] not in shown
    assert core[: len(core) // 2 + 4] not in shown


@settings(max_examples=150, deadline=None)
@given(SECRETS | st.text(max_size=60), st.sampled_from(["", "password=", "Bearer ", "ada@example.com ", "x="]))
def test_redacting_twice_changes_nothing_more(secret: str, before: str) -> None:
    once = redacted(planted(before + secret))
    assert redacted(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_a_marker_reads_back_as_the_traits_that_it_was_made_of(value: str) -> None:
    traits = Traits.of(value)
    assert parse_traits(str(traits)) == traits


@pytest.mark.parametrize(
    "text",
    ["", "redacted", "[redacted: certificate]", "[redacted: 5 characters]", "[redacted: 0 characters, scheme hunter2]"],
)
def test_only_an_exact_marker_reads_as_traits(text: str) -> None:
    assert parse_traits(text) is None


@settings(max_examples=100, deadline=None)
@given(st.ip_addresses().map(str) | st.integers(0, 10**9).map(str) | st.booleans().map(str))
def test_addresses_numbers_and_booleans_always_stay(value: str) -> None:
    assert variable("ANYTHING", value) == value


@pytest.mark.parametrize("text", ["z" * 100_000, "z." * 50_000, "-" * 100_000, "aZ" * 50_000 + "@", "token" * 20_000])
def test_a_text_without_a_secret_of_any_length_comes_through(text: str) -> None:
    """Each is the worst case of one pattern: were it quadratic, this would not come back."""
    assert People().redact(text) == text
    assert redacted(service({}, description=text))["services"][0]["description"] == text
