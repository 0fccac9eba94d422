"""`probe.redis` against a real Valkey, plain and behind TLS, and against what only calls itself one."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.probes.conftest import Prober, Valkey, free_port
from tests.probes.servers import listening, relaying, saying


def test_ping_of_an_open_server(probe: Prober, valkey: Valkey) -> None:
    found = probe(redis=f"127.0.0.1:{valkey.port}")
    assert found["status"] == "pass"
    assert list(found["timings_s"]) == ["tcp", "ping"]
    assert found["address"] == f"127.0.0.1:{valkey.port}"


def test_without_a_password_noauth_counts_as_reached(probe: Prober, guarded: Valkey) -> None:
    found = probe(redis=f"127.0.0.1:{guarded.port}")
    assert (found["status"], found["phase"]) == ("pass", "auth")
    assert "stops at the authentication challenge" in found["reason"]


def test_with_the_password_it_goes_on_to_ping(probe: Prober, guarded: Valkey) -> None:
    found = probe({"CACHE": guarded.password}, redis=f"127.0.0.1:{guarded.port}", password_env="CACHE")
    assert found["status"] == "pass"
    assert list(found["timings_s"]) == ["tcp", "auth", "ping"]
    assert guarded.password not in str(found)


def test_a_wrong_password_is_the_applications(probe: Prober, guarded: Valkey) -> None:
    found = probe({"CACHE": "hunter3"}, redis=f"127.0.0.1:{guarded.port}", password_env="CACHE")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "auth", "application")
    assert "the password is wrong (WRONGPASS" in found["reason"]
    assert "hunter3" not in str(found)


def test_a_password_where_there_is_none(probe: Prober, valkey: Valkey) -> None:
    found = probe({"CACHE": "hunter3"}, redis=f"127.0.0.1:{valkey.port}", password_env="CACHE")
    assert (found["status"], found["class"]) == ("fail", "application")
    assert "a password is declared, and Redis has none" in found["reason"]


def test_a_password_that_is_not_known_here_leaves_it_unknown(probe: Prober, guarded: Valkey) -> None:
    found = probe(redis=f"127.0.0.1:{guarded.port}", password_env="UNSET")
    assert (found["status"], found["phase"]) == ("unknown", "auth")
    assert "asks for a password, which is not known: the variable UNSET has no value" in found["reason"]


def test_tls_with_a_private_ca(probe: Prober, valkey: Valkey, server_tls: ssl.SSLContext, ca_file: str) -> None:
    with listening(relaying(valkey.port, server_tls)) as port:
        trusted = probe(redis=f"rediss://localhost:{port}", ca_file=ca_file)
        refused = probe(redis=f"rediss://localhost:{port}")
    assert trusted["status"] == "pass"
    assert list(trusted["timings_s"]) == ["dns", "tcp", "tls", "ping"]
    assert (refused["status"], refused["phase"]) == ("fail", "tls")
    assert "certificate of localhost is refused" in refused["reason"]


def test_tls_towards_a_plain_server(probe: Prober, valkey: Valkey) -> None:
    found = probe(redis=f"rediss://127.0.0.1:{valkey.port}", expect={"within": "3s"})
    assert (found["status"], found["phase"], found["class"]) == ("fail", "tls", "infrastructure")


def test_plain_text_towards_a_tls_server(probe: Prober, valkey: Valkey, server_tls: ssl.SSLContext) -> None:
    with listening(relaying(valkey.port), server_tls) as port:
        found = probe(redis=f"127.0.0.1:{port}", expect={"within": "3s"})
    assert found["status"] == "fail"
    assert "TLS" in found["reason"]


def test_too_many_clients_in_its_own_words(probe: Prober, valkey: Valkey) -> None:
    with socket.create_connection(("127.0.0.1", valkey.port)) as only:
        only.sendall(b"CONFIG SET maxclients 1\r\n")
        assert only.recv(16) == b"+OK\r\n"
        found = probe(redis=f"127.0.0.1:{valkey.port}")
        only.sendall(b"CONFIG SET maxclients 1000\r\n")
        assert only.recv(16) == b"+OK\r\n"
    assert (found["status"], found["class"]) == ("fail", "infrastructure")
    assert "too many clients" in found["reason"]


@pytest.mark.parametrize(
    ("said", "words", "cause"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", "loading its data", "infrastructure"),
        (b"-MASTERDOWN Link with MASTER is down\r\n", "lost its primary", "infrastructure"),
        (b"-DENIED Redis is running in protected mode\r\n", "protected mode", "infrastructure"),
        (b"-ERR unknown\r\n", "Redis refuses (ERR unknown)", "infrastructure"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak RESP", "infrastructure"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "write rediss://", "infrastructure"),
        (b"x" * 100_000, "does not speak RESP", "infrastructure"),
        (b"", "closes the connection without an answer", "infrastructure"),
    ],
)
def test_other_answers_in_their_own_words(probe: Prober, said: bytes, words: str, cause: str) -> None:
    with listening(saying(said)) as port:
        found = probe(redis=f"127.0.0.1:{port}", expect={"within": "3s"})
    assert (found["status"], found["class"]) == ("fail", cause)
    assert words in found["reason"]


def test_a_password_that_a_server_echoes_is_not_shown(probe: Prober) -> None:
    with listening(saying(b"-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n")) as port:
        found = probe({"CACHE": "hunter2"}, redis=f"127.0.0.1:{port}", password_env="CACHE")
    assert found["status"] == "fail"
    assert "hunter2" not in str(found)
    assert "[password]" in found["reason"]


def test_nothing_listens(probe: Prober) -> None:
    found = probe(redis=f"127.0.0.1:{free_port()}")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "tcp", "infrastructure")
