"""`password_secret`: a real read over the wire, once a run, in front of real databases; and every way it can fail."""

from __future__ import annotations

import ast
import base64
import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from diag.bundle.read import read
from diag.calls import METHODS, Call
from diag.cli.formats import FORMATS
from diag.cli.gating import Looking
from diag.cli.main import run
from diag.cli.options import Options
from diag.cloud.checksum import crc32c
from diag.errors import BundleError
from diag.methods.access import ACCESS
from diag.probes.declared import declared_probes
from diag.probes.password import Password, Passwords
from diag.probes.run import run as run_probes
from diag.report import Status
from diag.requirements.load import load
from tests.fake import Fake, Fault
from tests.fake.secrets import Version
from tests.fake.tiny import write_bundle
from tests.probes.conftest import Plain, Postgres, Prober, Valkey
from tests.probes.servers import listening, page, saying
from tests.wire.runs import RESTORED

ROOT = Path(__file__).parents[2]
DB, CACHE = "projects/netra-staging/secrets/database-password", "projects/shared-secrets/secrets/redis-auth"
DEAD = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": "http://127.0.0.1:9/"}

Vault = Callable[..., Fake]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """`vault(secrets, faults=…)` starts a Secret Manager that holds these."""
    bundle = write_bundle(tmp_path / "bundle", {})
    with ExitStack() as stack:
        yield lambda secrets=None, **more: stack.enter_context(Fake(bundle, secrets=secrets or {}, **more))


def accesses(fake: Fake) -> int:
    """How often a value was asked for."""
    return fake.log.methods()[ACCESS.key]


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
    (Fault.MALFORMED, "gave an answer that cannot be read", "gcloud secrets versions list database-password"),
    (Fault.EMPTY, "gave an answer that cannot be read (it holds no resource)", "gcloud secrets versions list"),
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
    assert [fix["command"] for fix in found["fix"] if fix["command"].startswith(typed)], found["fix"]


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


@pytest.mark.parametrize(
    ("data", "checksum"),
    [(b"", 0), (b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43)],
)
def test_the_checksum_is_the_one_of_rfc_3720(data: bytes, checksum: int) -> None:
    assert crc32c(data) == checksum


# Where the value must not be


@pytest.fixture
def planted(
    write: Any, postgres: Postgres, guarded: Valkey, vault: Vault, monkeypatch: Any
) -> Iterator[tuple[Path, list[str], Fake]]:
    """A file whose probes use four secrets, right and wrong, one of which a server echoes."""
    values = {"db": postgres.password, "wrong": "not-the-horse", "cache": guarded.password, "echo": "hunter3-echoed\n"}
    fake = vault({f"projects/netra-staging/secrets/{key}": Version(text.encode()) for key, text in values.items()})
    for name, value in {**fake.env, "PGUSER": postgres.user}.items():
        monkeypatch.setenv(name, value)
    with listening(saying(b"-ERR unknown command 'AUTH', with args beginning with: 'hunter3-echoed '\r\n")) as port:
        probes = {
            "db": {"postgres": f"127.0.0.1:{postgres.port}/orders", "password_secret": "db"},
            "db-wrong": {"postgres": f"localhost:{postgres.port}/orders", "password_secret": "wrong"},
            "cache": {"redis": f"127.0.0.1:{guarded.port}", "password_secret": "cache"},
            "cache-wrong": {"redis": f"localhost:{guarded.port}", "password_secret": "wrong"},
            "cache-echo": {"redis": f"127.0.0.1:{port}", "password_secret": "echo"},
        }
        yield write(probes), [value.strip() for value in values.values()], fake


@pytest.mark.parametrize("form", [*FORMATS, "text -v", "text -q"])
def test_no_format_shows_it(planted: Any, capsys: pytest.CaptureFixture[str], form: str) -> None:
    path, values, _ = planted
    assert run(["probe", "-r", str(path), "-f", *form.split()]) == 1
    said = "".join(capsys.readouterr())
    assert "cache-echo" in said
    assert "[password]" in said or form == "text -q"
    assert not [value for value in values if value in said]


def test_neither_the_gates_record_nor_the_history_holds_it(
    planted: Any, tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path, values, fake = planted
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    words = ["validate", "-r", str(path), "--only", "probe.*", "-o", str(tmp_path / "gate.json")]
    assert run(words) == 1
    [kept] = (tmp_path / "data").rglob("*.db")
    with contextlib.closing(sqlite3.connect(kept)) as stored:
        dump = "\n".join(stored.iterdump())
    assert "cache-echo" in dump
    said = "".join(capsys.readouterr()) + (tmp_path / "gate.json").read_text() + dump
    assert not [value for value in values if value in said]
    assert accesses(fake) == 4


def test_no_recording_holds_it(
    write: Any, guarded: Valkey, tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = write({"cache": {"redis": f"127.0.0.1:{guarded.port}", "password_secret": "database-password"}})
    with Fake(RESTORED, secrets={DB: Version(guarded.password.encode())}) as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        words = ["validate", "-r", str(path), "--only", "vpc.*", "--only", "probe.*", "--record", str(kept), "-v"]
        run([*words, "--interval", "0.01s"])
    assert "cache" in capsys.readouterr().out
    assert accesses(fake) >= 1
    recorded = [file.read_bytes() for file in kept.rglob("*") if file.is_file()]
    hidden = [guarded.password.encode(), base64.b64encode(guarded.password.encode()), ACCESS.key.encode()]
    assert recorded
    assert not [value for value in hidden if any(value in content for content in recorded)]


def test_no_log_of_the_client_library_shows_it(planted: Any) -> None:
    """`GOOGLE_SDK_PYTHON_LOGGING_SCOPE` makes the libraries write every answer to stderr."""
    path, values, _ = planted
    environ = {**os.environ, "GOOGLE_SDK_PYTHON_LOGGING_SCOPE": "google", "DIAG_TRACEBACK": "1"}
    command = [sys.executable, "-m", "diag", "probe", "-r", str(path), "-v"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environ, check=False)
    assert done.returncode == 1
    encoded = [base64.b64encode(value.encode()).decode() for value in values] + values
    assert not [value for value in encoded if value in done.stdout + done.stderr]
    assert "payload" not in done.stderr


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


# Nobody else reads a value


def imports(name: str) -> list[str]:
    """The modules of diag that import this one."""
    found = []
    for path in sorted((ROOT / "diag").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == name:
                found.append(str(path.relative_to(ROOT)))
    return found


def test_values_are_read_for_probes_alone() -> None:
    assert imports("diag.methods.access") == ["diag/cloud/passwords.py"]
    assert imports("diag.cloud.passwords") == ["diag/cli/probing.py"]
    named = [path.name for path in (ROOT / "diag").rglob("*.py") if "access_secret_version" in path.read_text()]
    assert named == ["access.py"]


def test_the_method_is_in_no_table_and_no_bundle(tmp_path: Path) -> None:
    assert ACCESS.key not in METHODS
    assert ACCESS not in METHODS.values()
    bundle = write_bundle(tmp_path / "with-a-value", {Call(ACCESS, (("name", f"{DB}/versions/latest"),)): {}})
    with pytest.raises(BundleError):
        read(bundle)
