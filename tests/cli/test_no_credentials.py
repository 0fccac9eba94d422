"""Credentials that are absent, broken, expired or out of reach: exit 3 and one line that ends in what to type."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cli.shell import Shell
from tests.probes.servers import listening, saying

PLACE = ("--project", "netra-staging", "--region", "us-central1")
LOGIN = "type: gcloud auth application-default login\n"
COMMANDS = pytest.mark.parametrize(
    "command", [("check",), ("vpc",), ("init",), ("record", "-o", "run.zip")], ids=lambda words: words[0]
)


class Refusing(BaseHTTPRequestHandler):
    """A token endpoint that gives nobody a token."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a token endpoint that refuses."""
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/token"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*shape).decode()


def use_key(diag: Shell, private_key: str, token_uri: str) -> None:
    """Points Application Default Credentials at a made-up key."""
    key = {
        "type": "service_account",
        "project_id": "netra-staging",
        "client_email": "reader@netra-staging.iam.gserviceaccount.com",
        "private_key": private_key,
        "token_uri": token_uri,
    }
    diag.write("key.json", json.dumps(key))
    diag.export(GOOGLE_APPLICATION_CREDENTIALS="key.json")


@COMMANDS
def test_no_credentials(command: tuple[str, ...], diag: Shell) -> None:
    diag(*command, *PLACE).refused(3, "diag: no Google Cloud credentials were found", LOGIN)
    assert not (diag.folder / "run.zip").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"type": "service_account"}'])
def test_a_file_that_holds_no_credentials(content: str, diag: Shell) -> None:
    diag.write("key.json", content)
    diag.export(GOOGLE_APPLICATION_CREDENTIALS="key.json")
    done = diag("check", *PLACE)
    done.refused(3, "diag: the credentials in key.json (GOOGLE_APPLICATION_CREDENTIALS) cannot be used", LOGIN)
    assert len(done.err.splitlines()) == 1


@COMMANDS
def test_expired_credentials(command: tuple[str, ...], diag: Shell, private_key: str, refusing: str) -> None:
    use_key(diag, private_key, refusing)
    done = diag(*command, *PLACE)
    done.refused(
        3, "no access token: invalid_grant", "replace the file that GOOGLE_APPLICATION_CREDENTIALS names", LOGIN
    )
    assert private_key[40:80] not in done.err


def test_no_network(diag: Shell, private_key: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        use_key(diag, private_key, f"http://127.0.0.1:{closed.getsockname()[1]}/token")
        done = diag("check", *PLACE)
    done.refused(3, "token endpoint could not be reached (connection refused); check the network and HTTPS_PROXY")


def test_a_probe_reads_its_password_as_the_account_that_is_named(diag: Shell, private_key: str, refusing: str) -> None:
    """What cannot be read leaves the probe undecided: this Redis, which asks for no password, is no pass."""
    use_key(diag, private_key, refusing)
    with listening(saying(b"+PONG\r\n")) as port:
        target = f"127.0.0.1:{port}"
        probes = {"cache": {"redis": target, "password_secret": "redis-auth"}}
        diag.write("diag.yaml", json.dumps({"version": 1, "project": "netra-staging", "probes": probes}))
        robot = "prober@netra-staging.iam.gserviceaccount.com"
        done = diag("probe", "--impersonate-service-account", robot)
    assert done.code == 3
    said = " ".join(done.out.replace("\\\n", " ").split())
    assert "the secret redis-auth was not read: no access token: " in said
    assert f"gcloud iam service-accounts add-iam-policy-binding {robot}" in said
