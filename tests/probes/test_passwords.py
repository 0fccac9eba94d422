"""`password_secret`: a real read over the wire, once a run, in front of real databases; and every way it can fail."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from diag.cli.gating import Looking
from diag.cli.main import run
from diag.cli.options import Options
from diag.methods.access import ACCESS
from diag.probes.declared import declared_probes
from diag.probes.password import Password, Passwords
from diag.probes.run import run as run_probes
from diag.report import Status
from diag.requirements.load import load
from tests.fake import Fake, Fault
from tests.fake.secrets import Version
from tests.probes.conftest import Plain, Postgres, Prober, Valkey, Vault, accesses
from tests.probes.servers import listening, page, saying

ROOT = Path(__file__).parents[2]
DB, CACHE = "projects/netra-staging/secrets/database-password", "projects/shared-secrets/secrets/redis-auth"
DEAD = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": "http://127.0.0.1:9/"}


def test_postgres_goes_on_to_select_1(probe: Prober, postgres: Postgres, vault: Vault) -> None:
    fake = vault({DB: Version(postgres.password.encode())})
    target = f"127.0.0.1:{postgres.port}/orders"
    found = probe({"PGUSER": postgres.user, **fake.env}, postgres=target, password_secret="database-password")
    assert (found["status"], found.get("reason", "")) == ("pass", "")
    assert list(found["timings_s"]) == ["tcp", "tls", "startup", "auth", "query"]
    assert [(entry.method, entry.wire) for entry in fake.log.entries] == [(ACCESS.key, "grpc")]
    assert postgres.password not in str(found)


def test_redis_goes_on_to_ping_with_a_secret_of_another_project(probe: Prober, guarded: Valkey, vault: Vault) -> None:
    fake = vault({CACHE: Version(guarded.password.encode(), checksum=None)})
    found = probe(dict(fake.env), redis=f"127.0.0.1:{guarded.port}", password_secret=CACHE)
    assert found["status"] == "pass"
    assert list(found["timings_s"]) == ["tcp", "auth", "ping"]


def test_a_secret_is_read_once_however_many_probes_name_it(report: Prober, guarded: Valkey, vault: Vault) -> None:
    fake = vault({CACHE: Version(guarded.password.encode())})
    targets = [f"{host}:{guarded.port}" for host in ("127.0.0.1", "localhost")] + [
        f"127.0.0.1:{n}" for n in range(1, 20)
    ]
    many = {target.replace(":", "-"): {"redis": target, "password_secret": CACHE} for target in targets}
    findings = report(many, dict(fake.env))["findings"]
    assert [finding["status"] for finding in findings] == ["pass"] * 2 + ["fail"] * 19
    assert accesses(fake) == 1


def test_no_secret_is_read_that_no_chosen_probe_needs(write: Any, vault: Vault, monkeypatch: Any) -> None:
    fake = vault()
    for name, value in fake.env.items():
        monkeypatch.setenv(name, value)
    probes = {"name": {"dns": "localhost"}, "cache": {"redis": "127.0.0.1:1", "password_secret": "redis-auth"}}
    assert run(["probe", "name", "-r", str(write(probes))]) == 0
    assert run(["probe", "-r", str(write(probes, services={"backend": {}})), "--in-vpc"]) == 0
    assert accesses(fake) == 0


# Whatever comes instead of a value

GRANT = "gcloud secrets add-iam-policy-binding database-password --project netra-staging --member user:EMAIL"
ADD = "gcloud secrets versions add database-password --project netra-staging --data-file FILE"
FAULTS = [
    (Fault.DENIED, "was denied", f"{GRANT} --role roles/secretmanager.secretAccessor"),
    (Fault.DISABLED, "the API is disabled", "gcloud services enable secretmanager.googleapis.com --project"),
    (Fault.NOT_FOUND, "found nothing", "gcloud secrets versions list database-password --project netra-staging"),
    (Fault.RATE_LIMITED, "too many requests", "run diag again in a minute"),
    (Fault.INTERNAL, "could not be answered", "run diag again in a minute"),
    (Fault.UNAVAILABLE, "could not be answered", "run diag again in a minute"),
    (Fault.HANG, "no answer", "give it more with --timeout"),
    (Fault.MALFORMED, "gave an answer that cannot be read", "check what answers for secretmanager.googleapis.com"),
    (Fault.EMPTY, "gave an answer that cannot be read (it holds no resource)", "check what answers for secretmanager"),
    (Fault.UNAUTHENTICATED, "the credentials were not accepted", "gcloud auth application-default login"),
    (Fault.REFUSED, "was refused", "gcloud secrets versions list database-password"),
]
VERSIONS = [
    (Version(b"p", state="DISABLED"), "DISABLED", "gcloud secrets versions enable 3 --secret database-password"),
    (Version(b"p", state="DESTROYED"), "DESTROYED", ADD),
    (Version(b"p", checksum="1"), "arrived damaged", "run diag again"),
    (Version(b"\xff\xfe\x00"), "is no text (UTF-8)", ADD),
    (Version(b""), "is empty", ADD),
]


def unread(found: Plain, said: str, typed: str) -> None:
    """Asserts that the probe is unknown, in one sentence, with what to type next."""
    assert (found["status"], found["phase"]) == ("unknown", "auth")
    assert "asks for a password, which is not known: the secret database-password was not read: " in found["reason"]
    assert said in found["reason"]
    assert "\n" not in found["reason"]
    [fix] = [fix for fix in found["fix"] if fix["command"].startswith(typed)]
    assert fix["mutates"] is any(word in typed.split() for word in ("add-iam-policy-binding", "enable", "add"))


@pytest.mark.parametrize(("fault", "said", "typed"), FAULTS, ids=lambda value: getattr(value, "value", ""))
def test_a_refusal_leaves_the_probe_unknown(
    report: Prober, guarded: Valkey, vault: Vault, fault: Fault, said: str, typed: str
) -> None:
    fake = vault({DB: Version(b"p")}, faults={ACCESS.key: fault})
    cache = {"redis": f"127.0.0.1:{guarded.port}", "password_secret": "database-password"}
    found = {
        each["resource"]: each
        for each in report({"cache": cache, "name": {"dns": "localhost"}}, dict(fake.env), timeout_s=3.0)["findings"]
    }
    unread(found["cache"], said, typed)
    assert found["cache"].get("permission") == (ACCESS.permission if fault is Fault.DENIED else None)
    assert found["name"]["status"] == "pass"


@pytest.mark.parametrize(("version", "said", "typed"), VERSIONS, ids=[said for _, said, _ in VERSIONS])
def test_a_version_without_a_usable_value_too(
    probe: Prober, guarded: Valkey, vault: Vault, version: Version, said: str, typed: str
) -> None:
    fake = vault({DB: version})
    found = probe(dict(fake.env), redis=f"127.0.0.1:{guarded.port}", password_secret="database-password")
    unread(found, said, typed)


def test_no_network(probe: Prober, guarded: Valkey) -> None:
    found = probe(DEAD, redis=f"127.0.0.1:{guarded.port}", password_secret="database-password")
    said = "check the network, HTTPS_PROXY and CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"
    unread(found, "no connection (connection refused)", said)


def test_no_credentials(probe: Prober, guarded: Valkey, tmp_path: Path) -> None:
    nobody = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "absent.json")}
    found = probe(nobody, redis=f"127.0.0.1:{guarded.port}", password_secret="database-password")
    unread(found, "absent.json was not found", "gcloud auth application-default login")


def test_an_override_that_cannot_be_used(probe: Prober, guarded: Valkey) -> None:
    override = dict.fromkeys(DEAD, "banana")
    found = probe(override, redis=f"127.0.0.1:{guarded.port}", password_secret="database-password")
    unread(found, "is not an http or https address", "write https://HOST/")


def test_a_redis_that_asks_for_none_is_unknown_as_long_as_the_password_is(probe: Prober, valkey: Valkey) -> None:
    found = probe(DEAD, redis=f"127.0.0.1:{valkey.port}", password_secret="database-password")
    assert (found["status"], found["phase"]) == ("unknown", "auth")
    assert "asks for no password; the declared one is not known" in found["reason"]


def test_a_database_that_is_down_fails_whether_its_password_is_known_or_not(probe: Prober) -> None:
    found = probe(DEAD, redis="127.0.0.1:9", password_secret="database-password")
    assert (found["status"], found["phase"]) == ("fail", "tcp")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_was_denied_is_granted_on_each_secret_and_not_on_the_project(
    write: Any, guarded: Valkey, vault: Vault, monkeypatch: Any, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    for name, value in vault(faults={ACCESS.key: Fault.DENIED}).env.items():
        monkeypatch.setenv(name, value)
    probes = {
        "cache": {"redis": f"127.0.0.1:{guarded.port}", "password_secret": "database-password"},
        "again": {"redis": f"localhost:{guarded.port}", "password_secret": CACHE},
    }
    assert run(["probe", "-r", str(write(probes)), "-f", form]) == 3
    said = " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
    role = "--role roles/secretmanager.secretAccessor"
    assert f"{GRANT} {role}" in said
    assert said.count(f"binding redis-auth --project shared-secrets --member user:EMAIL {role}") == 1
    assert "gcloud iam roles" not in said
    assert "projects add-iam-policy-binding" not in said


class Waiting:
    """Gives a password once `arrived` is set, and none where that takes too long."""

    def __init__(self) -> None:
        self.arrived = threading.Event()

    def prepare(self) -> None:
        pass

    def read(self, secret: str, timeout_s: float) -> str:
        return "in time" if self.arrived.wait(timeout_s) else "too late"

    def close(self) -> None:
        pass


def test_a_secret_that_does_not_come_holds_up_no_other_probe(write: Any) -> None:
    reader = Waiting()

    def answer(sock: Any) -> None:
        page(b"fine")(sock)
        reader.arrived.set()

    with listening(answer) as port, listening(saying(b"+OK\r\n")) as redis:
        cache = {"redis": f"127.0.0.1:{redis}", "password_secret": "s", "expect": {"within": "1s"}}
        declared = load([write({"cache": cache, "page": {"url": f"http://127.0.0.1:{port}/"}})])
        outcomes = run_probes(declared_probes(declared, (), {}), 20.0, Passwords(lambda: reader))
    assert outcomes[0].probe.password == Password("in time")
    assert outcomes[1].worst.status is Status.PASS


# A value as it is stored


def test_a_newline_at_the_end_is_sent_and_said(probe: Prober, postgres: Postgres, vault: Vault) -> None:
    target = f"127.0.0.1:{postgres.port}/orders"
    fake = vault({DB: Version(f"{postgres.password}\n".encode())})
    environ = {"PGUSER": postgres.user, "WRONG": f"{postgres.password}\n", **fake.env}
    for where in ({"password_secret": "database-password"}, {"password_env": "WRONG"}):
        found = probe(environ, postgres=target, **where)
        assert (found["status"], found["phase"]) == ("fail", "auth")
        assert "the password is wrong; it ends in a newline and was sent so: store it with printf %s" in found["reason"]
        assert postgres.password not in str(found)


def test_one_that_is_right_with_its_newline_passes_and_says_so(probe: Prober, postgres: Postgres, vault: Vault) -> None:
    with psycopg.connect(f"host={postgres.folder} port={postgres.port} user=postgres dbname=postgres") as admin:
        admin.execute("ALTER ROLE app PASSWORD E'odd\\n'")
        admin.commit()
        fake = vault({DB: Version(b"odd\n")})
        target = f"127.0.0.1:{postgres.port}/orders"
        found = probe({"PGUSER": "app", **fake.env}, postgres=target, password_secret="database-password")
        admin.execute(f"ALTER ROLE app PASSWORD '{postgres.password}'")
    assert (found["status"], found["reason"]) == ("pass", "the password ends in a newline, and the server takes it so")


@pytest.mark.parametrize(
    ("value", "echoed"),
    [
        ("hunter2-hunter2", "args beginning with: 'hunter2-hunter2'"),
        ("hunter2-hunter2\n", "args beginning with: 'hunter2-hunter2 '"),
        ("hunter2\nhunter2", "args beginning with: 'hunter2 hunter2'"),
        ("hunter2-" * 40, "args beginning with: '" + ("hunter2-" * 40)[:128]),
    ],
)
def test_what_a_server_echoes_of_it_is_hidden_cut_off_or_not(value: str, echoed: str) -> None:
    hidden = Password(value).hide(echoed)
    assert hidden.startswith("args beginning with: '[password]")
    assert "hunter2" not in hidden


def test_a_text_without_it_stays_as_it_is() -> None:
    said = 'password authentication failed for user "postgres"'
    assert Password("postgres-of-the-shop").hide(said) == said
    assert Password(None).hide(said) == said


# When it is read again


def looking(write: Any, valkey: Valkey, fake: Fake) -> Looking:
    """A gate, or a watch, that looks at one cache."""
    path = write({"cache": {"redis": f"127.0.0.1:{valkey.port}", "password_secret": "database-password"}})
    return Looking(Options(requirements=(path,), only=("probe.*",)), (), 20.0, fake.env)


def test_each_run_reads_it_anew_so_that_a_rotation_is_followed(write: Any, guarded: Valkey, vault: Vault) -> None:
    secrets = {DB: Version(b"the one before")}
    fake = vault(secrets)
    gate = looking(write, guarded, fake)
    before = gate.whole()
    assert before.findings[0].status is Status.FAIL
    secrets[DB] = Version(guarded.password.encode())
    assert gate.again(before).findings[0].status is Status.PASS
    assert gate.whole().findings[0].status is Status.PASS
    assert accesses(fake) == 3


def test_between_two_whole_looks_a_watch_keeps_it(write: Any, guarded: Valkey, vault: Vault) -> None:
    """The APIs are asked at most once a minute, the probes at every look."""
    fake = vault({DB: Version(guarded.password.encode())})
    watch = looking(write, guarded, fake)
    report = watch.whole()
    for _ in range(3):
        report = watch.probed(report)
        assert report.findings[0].status is Status.PASS
    assert accesses(fake) == 1


class Never:
    """Does not come back, as a search for credentials may."""

    def __init__(self) -> None:
        self.end = threading.Event()

    def prepare(self) -> None:
        pass

    def read(self, secret: str, timeout_s: float) -> str:
        self.end.wait()
        return "too late"

    def close(self) -> None:
        self.end.set()


def test_the_wait_has_a_bound_of_its_own() -> None:
    passwords = Passwords(Never)
    found = passwords.of(DB, 0.01)
    passwords.close()
    assert found.value is None
    assert found.missing == "the secret database-password was not read: no answer within 0.01 s"
