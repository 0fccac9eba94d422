"""Credentials: found once, told apart, and what is typed next when they do not work.

The keys are made when the test runs, and a token server on loopback takes them; nothing here is real.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from diag.calls import Answer, Gap, GapKind
from diag.cloud.auth import find_identity
from diag.cloud.live import open_live
from diag.errors import CredentialsError
from tests.fake import Fake
from tests.fake.tiny import ANSWERS, write_bundle

ROBOT = "diag-test@synthetic-project.iam.gserviceaccount.com"


class TokenServer(ThreadingHTTPServer):
    """Gives every key a token, or refuses with `refusal`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TokenHandler)
        self.requests = 0
        self.refusal: dict[str, str] | None = None
        self.released = threading.Event()
        self.released.set()


class TokenHandler(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        self.server.released.wait()
        answer: dict[str, Any] = self.server.refusal or {"access_token": "synthetic", "expires_in": 3600}
        body = json.dumps(answer).encode()
        self.send_response(400 if self.server.refusal else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


@pytest.fixture
def key_file(tmp_path: Path, tokens: TokenServer, private_key: str) -> Path:
    info = {
        "type": "service_account",
        "project_id": "synthetic-project",
        "client_email": ROBOT,
        "private_key": private_key,
        "token_uri": f"http://127.0.0.1:{tokens.server_address[1]}/token",
    }
    (tmp_path / "key.json").write_text(json.dumps(info))
    return tmp_path / "key.json"


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    info = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "synthetic-refresh"}
    (tmp_path / "application_default_credentials.json").write_text(json.dumps(info | {"quota_project_id": "q"}))
    return tmp_path


def test_a_service_account_is_named(key_file: Path, tokens: TokenServer) -> None:
    found = find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)})
    assert (found.principal, found.project, found.quota_project) == (ROBOT, "synthetic-project", None)
    assert found.credentials.token == "synthetic"
    assert tokens.requests == 1


def test_something_is_done_while_the_token_is_on_its_way(key_file: Path, tokens: TokenServer, tmp_path: Path) -> None:
    requests_before: list[int] = []

    def meanwhile() -> None:
        requests_before.append(tokens.requests)

    find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)}, meanwhile=meanwhile)
    assert requests_before == [0]
    with pytest.raises(CredentialsError):
        find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "absent.json")}, meanwhile=meanwhile)
    assert requests_before == [0], "without credentials there is no token to wait for"


@pytest.mark.parametrize(
    ("billing_project", "variable", "expected"), [("b", "v", "b"), (None, "v", "v"), (None, "", None)]
)
def test_the_quota_project(key_file: Path, billing_project: str | None, variable: str, expected: str | None) -> None:
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(key_file), "GOOGLE_CLOUD_QUOTA_PROJECT": variable}
    found = find_identity(environ, billing_project=billing_project)
    headers: dict[str, str] = {}
    found.credentials.apply(headers)
    assert (found.quota_project, headers.get("x-goog-user-project")) == (expected, expected)


def test_a_refused_key_says_what_to_replace(key_file: Path, tokens: TokenServer) -> None:
    tokens.refusal = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    with pytest.raises(CredentialsError) as raised:
        find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)})
    said = str(raised.value)
    assert said.startswith("no access token: invalid_grant")
    assert "GOOGLE_APPLICATION_CREDENTIALS" in said
    assert said.endswith("type: gcloud auth application-default login")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "other"}', '{"type": "service_account"}', "{}"])
def test_a_file_that_holds_no_credentials_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "key.json").write_text(text)
    with pytest.raises(CredentialsError, match=r"key\.json \(GOOGLE_APPLICATION_CREDENTIALS\) cannot be used"):
        find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "key.json")})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=r"absent\.json"):
        find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "absent.json")})


def test_a_folder_in_place_of_credentials_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be used: Is a directory; type: gcloud auth"):
        find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path)})


def test_no_credentials_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(CredentialsError) as raised:
        find_identity()
    assert str(raised.value) == ("no Google Cloud credentials were found; type: gcloud auth application-default login")


def test_an_unreachable_token_endpoint_is_no_fault_of_the_credentials(
    user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(CredentialsError, match=r"token endpoint could not be reached \(the proxy could not be used\)"):
        find_identity({"CLOUDSDK_CONFIG": str(user_file)})


def test_a_refused_impersonation_says_which_role_is_missing(key_file: Path, tokens: TokenServer) -> None:
    tokens.refusal = {"error": "invalid_grant"}
    with pytest.raises(CredentialsError, match=r"roles/iam\.serviceAccountTokenCreator"):
        find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)}, impersonate="via@x.example,to@x.example")


class Terminal(io.StringIO):
    """A stderr that says it is a terminal, and when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.written.set()


def test_a_long_search_says_so_on_a_terminal(key_file: Path, tokens: TokenServer) -> None:
    terminal = Terminal()
    tokens.released.clear()

    def release() -> None:
        terminal.written.wait()
        tokens.released.set()

    threading.Thread(target=release).start()
    find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)}, stderr=terminal)
    assert terminal.getvalue() == "looking for credentials…\n"


def test_a_short_search_says_nothing(key_file: Path) -> None:
    terminal = Terminal()
    find_identity({"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)}, stderr=terminal)
    assert terminal.getvalue() == ""


def test_loopback_needs_no_credentials_and_sends_none(tmp_path: Path) -> None:
    with Fake(write_bundle(tmp_path)) as fake:
        source = open_live(environ=fake.env | {"GOOGLE_APPLICATION_CREDENTIALS": "/absent.json"})
        assert source.identity is None
        source.close()


def test_without_credentials_loopback_is_asked_and_no_other_api(tmp_path: Path) -> None:
    on_the_internet = next(call for call in ANSWERS if call.method.key == "run.services.list")
    on_loopback = next(call for call in ANSWERS if call.method.key == "sql.instances.list")
    with Fake(write_bundle(tmp_path)) as fake:
        environ = {key: value for key, value in fake.env.items() if not key.endswith("_RUN")}
        environ["GOOGLE_APPLICATION_CREDENTIALS"] = "/absent.json"
        with pytest.raises(CredentialsError):
            open_live(["run.googleapis.com"], environ)
        source = open_live(environ=environ)
        got = source.fetch(on_the_internet, 5)
        assert isinstance(got, Gap)
        assert (got.kind, got.advice) == (GapKind.UNAUTHENTICATED, "gcloud auth application-default login")
        assert "was not asked: the credentials in /absent.json" in got.message
        assert isinstance(source.fetch(on_loopback, 5), Answer)
        source.close()


@pytest.mark.parametrize("key", ["run.services.list", "compute.networks.list"], ids=["grpc", "rest"])
def test_a_secured_api_that_does_not_answer_is_a_gap(
    key: str, key_file: Path, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = next(call for call in ANSWERS if call.method.key == key)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)}
    name = {"run.services.list": "RUN", "compute.networks.list": "COMPUTE"}[key]
    # Speaks no TLS: the handshake fails before any token could be sent.
    environ[f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}"] = f"https://127.0.0.1:{tokens.server_address[1]}/"
    source = open_live([call.method.api], environ)
    got = source.fetch(call, 5)
    source.close()
    assert isinstance(got, Gap)
    assert got.kind in (GapKind.UNAVAILABLE, GapKind.TIMEOUT, GapKind.REFUSED)
    assert tokens.requests == 1
