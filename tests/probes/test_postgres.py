"""`probe.postgres` against a real PostgreSQL, and against what only calls itself one."""

from __future__ import annotations

import socket
import ssl
import struct

import psycopg
import pytest

from tests.probes.conftest import Postgres, Prober, free_port
from tests.probes.servers import listening, relaying, saying, silent

SSL_REQUEST = struct.pack("!ii", 8, 80877103)


def test_without_a_password_it_stops_at_the_challenge_and_calls_that_reached(probe: Prober, postgres: Postgres) -> None:
    found = probe(postgres=f"127.0.0.1:{postgres.port}/orders")
    assert found["status"] == "pass"
    assert found["phase"] == "auth"
    assert found["observed"]["authentication"] == "scram-sha-256"
    assert list(found["timings_s"]) == ["tcp", "tls", "startup"]
    assert found["address"] == f"127.0.0.1:{postgres.port}"


def test_with_the_password_it_goes_on_to_select_1(probe: Prober, postgres: Postgres) -> None:
    environ = {"PGUSER": postgres.user, "DB_PASSWORD": postgres.password}
    found = probe(environ, postgres=f"127.0.0.1:{postgres.port}/orders", password_env="DB_PASSWORD")
    assert found["status"] == "pass"
    assert list(found["timings_s"]) == ["tcp", "tls", "startup", "auth", "query"]
    assert postgres.password not in str(found)


def test_an_md5_password_too(probe: Prober, postgres: Postgres) -> None:
    environ = {"PGUSER": "old", "DB_PASSWORD": "older"}
    found = probe(environ, postgres=f"127.0.0.1:{postgres.port}/orders", password_env="DB_PASSWORD")
    assert found["observed"]["authentication"] == "md5"
    assert (found["status"], list(found["timings_s"])[-1]) == ("pass", "query")


def test_by_its_socket(probe: Prober, postgres: Postgres) -> None:
    found = probe(postgres=postgres.folder)
    assert found["status"] == "pass"
    assert found["address"].startswith(f"{postgres.folder}/.s.PGSQL.")
    assert list(found["timings_s"]) == ["tcp", "startup", "auth", "query"]


def test_a_wrong_password_is_the_applications(probe: Prober, postgres: Postgres) -> None:
    environ = {"PGUSER": postgres.user, "DB_PASSWORD": "not the horse"}
    found = probe(environ, postgres=f"127.0.0.1:{postgres.port}/orders", password_env="DB_PASSWORD")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "auth", "application")
    assert "the password is wrong (28P01" in found["reason"]
    assert "not the horse" not in str(found)


def test_a_password_that_is_not_known_here_leaves_it_unknown(probe: Prober, postgres: Postgres) -> None:
    found = probe({"PGUSER": postgres.user}, postgres=f"127.0.0.1:{postgres.port}/orders", password_env="UNSET")
    assert (found["status"], found["phase"]) == ("unknown", "auth")
    assert "the variable UNSET has no value where this ran" in found["reason"]


def test_clear_text_is_not_sent_without_tls(probe: Prober, postgres: Postgres) -> None:
    environ = {"PGUSER": "clear", "DB_PASSWORD": "in-the-clear"}
    found = probe(environ, postgres=f"127.0.0.1:{postgres.port}/orders", password_env="DB_PASSWORD")
    assert (found["status"], found["phase"]) == ("fail", "auth")
    assert "without TLS; it was not sent" in found["reason"]


def test_no_entry_of_pg_hba_in_its_own_words(probe: Prober, postgres: Postgres) -> None:
    found = probe({"PGUSER": "stranger"}, postgres=f"127.0.0.1:{postgres.port}/orders")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "startup", "infrastructure")
    assert "no entry of pg_hba.conf lets this client in without TLS" in found["reason"]
    assert found["observed"]["sqlstate"] == "28000"


def test_a_database_that_is_not_there(probe: Prober, postgres: Postgres) -> None:
    environ = {"PGUSER": "old", "DB_PASSWORD": "older"}
    found = probe(environ, postgres=f"127.0.0.1:{postgres.port}/nowhere", password_env="DB_PASSWORD")
    assert (found["status"], found["class"]) == ("fail", "application")
    assert "there is no such database" in found["reason"]


def every_connection(where: str) -> list[psycopg.Connection]:
    taken: list[psycopg.Connection] = []
    while True:
        try:
            taken.append(psycopg.connect(where))
        except psycopg.OperationalError:
            return taken


def test_too_many_clients_in_its_own_words(probe: Prober, postgres: Postgres) -> None:
    where = f"host={postgres.folder} port={postgres.port} user=postgres dbname=postgres"
    taken = every_connection(where)
    try:
        found = probe(postgres=f"127.0.0.1:{postgres.port}/orders")
    finally:
        for connection in taken:
            connection.close()
    assert (found["status"], found["phase"], found["class"]) == ("fail", "startup", "infrastructure")
    assert "too many clients" in found["reason"]
    assert found["observed"]["sqlstate"] == "53300"


def test_tls_is_used_where_the_server_has_it(
    probe: Prober, postgres: Postgres, server_tls: ssl.SSLContext, ca_file: str
) -> None:
    with listening(relaying(postgres.port, server_tls, ask=SSL_REQUEST, grant=b"S")) as port:
        environ = {"PGUSER": postgres.user, "DB_PASSWORD": postgres.password}
        declared = {"postgres": f"127.0.0.1:{port}/orders", "password_env": "DB_PASSWORD"}
        unchecked = probe(environ, **declared)
        checked = probe(environ, ca_file=ca_file, **declared)
    for found, is_checked in ((unchecked, False), (checked, True)):
        assert found["status"] == "pass"
        assert found["observed"]["tls"] == "TLSv1.3"
        assert found["observed"]["certificate_checked"] is is_checked


def test_a_certificate_of_another_ca_is_refused(
    probe: Prober, postgres: Postgres, server_tls: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import trustme

    other = tmp_path_factory.mktemp("other") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with listening(relaying(postgres.port, server_tls, ask=SSL_REQUEST, grant=b"S")) as port:
        found = probe(postgres=f"127.0.0.1:{port}/orders", ca_file=str(other))
    assert (found["status"], found["phase"]) == ("fail", "tls")
    assert "is refused" in found["reason"]


def error(code: str, message: str) -> bytes:
    body = b"".join(key + text.encode() + b"\0" for key, text in ((b"S", "FATAL"), (b"C", code), (b"M", message)))
    return b"E" + struct.pack("!i", len(body) + 5) + body + b"\0"


def test_a_server_that_is_starting_up(probe: Prober) -> None:
    def starting(sock: socket.socket) -> None:
        sock.recv(8)
        sock.sendall(b"N")
        saying(error("57P03", "the database system is starting up"))(sock)

    with listening(starting) as port:
        found = probe(postgres=f"127.0.0.1:{port}/orders")
    assert (found["status"], found["phase"]) == ("fail", "startup")
    assert "not ready: it is starting up" in found["reason"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak PostgreSQL"),
        (b"", "closes the connection at once"),
        (b"N", "closed in the middle of an answer"),
        (b"NR\xff\xff\xff\xff", "does not speak PostgreSQL"),
        (b"N" + b"R" + struct.pack("!ii", 8, 7), "asked"),
    ],
)
def test_what_does_not_speak_postgresql(probe: Prober, said: bytes, words: str) -> None:
    with listening(saying(said)) as port:
        found = probe(postgres=f"127.0.0.1:{port}/orders", expect={"within": "3s"})
    if words == "asked":
        assert (found["status"], found["observed"]["authentication"]) == ("pass", "gss")
        return
    assert found["status"] == "fail"
    assert words in found["reason"]


def test_a_server_that_hangs_costs_scram_no_more_than_its_bound(probe: Prober) -> None:
    """A million rounds and more are not hashed: they would outlast the bound."""

    def greedy(sock: socket.socket) -> None:
        sock.recv(8)
        sock.sendall(b"N")
        sock.recv(4096)
        sock.sendall(b"R" + struct.pack("!ii", 8 + 15, 10) + b"SCRAM-SHA-256\0\0")
        nonce = sock.recv(4096).rpartition(b"r=")[2].decode()
        first = f"r={nonce}x,s=c2FsdA==,i=999999999".encode()
        sock.sendall(b"R" + struct.pack("!ii", 8 + len(first), 11) + first)
        silent(sock)

    with listening(greedy) as port:
        environ = {"DB_PASSWORD": "any"}
        found = probe(environ, postgres=f"127.0.0.1:{port}/orders", password_env="DB_PASSWORD")
    assert (found["status"], found["phase"]) == ("fail", "auth")
    assert "rounds are wrong" in found["reason"]


def test_a_socket_of_cloud_run_says_nothing_when_it_is_missing_on_a_laptop(probe: Prober) -> None:
    target = "/cloudsql/netra-staging:us-central1:staging-shared-postgres"
    outside = probe(postgres=target)
    inside = probe({"CLOUD_RUN_JOB": "diag-probe-backend"}, postgres=target)
    assert (outside["status"], outside["observed"]) == ("unknown", "not-from-here")
    assert outside["fix"][0]["command"] == "diag probe it --in-vpc"
    assert (inside["status"], inside["phase"]) == ("fail", "tcp")


def test_another_folder_without_a_socket_fails(probe: Prober, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = probe(postgres=str(tmp_path_factory.mktemp("empty")))
    assert (found["status"], found["phase"]) == ("fail", "tcp")
    assert "there is no such socket" in found["reason"]


def test_nothing_listens(probe: Prober) -> None:
    found = probe(postgres=f"127.0.0.1:{free_port()}/orders")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "tcp", "infrastructure")
    assert "refused" in found["reason"]
