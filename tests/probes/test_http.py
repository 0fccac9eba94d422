"""`probe.http` against real servers, among them the ones that one would not wish for."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import time
from typing import Any

import pytest

from tests.probes.conftest import Prober
from tests.probes.servers import answering, listening, page, silent

HEALTH: dict[str, Any] = {
    "service": "netra-backend-staging",
    "environment": "staging",
    "status": "healthy",
    "infrastructure_components": {
        "database": {"status": "healthy", "component": "postgres", "critical": True},
        "cache": {"status": "healthy", "component": "redis", "critical": True},
    },
    "vpc_connectivity": {"overall": True, "degraded_count": 0},
}
ROUTES = {
    "services": {"netra-backend-staging": {}, "netra-frontend-staging": {}, "netra-auth-service": {}},
    "load_balancers": {
        "staging": {
            "domains": {
                "127.0.0.1": {
                    "routes": {"/*": "netra-frontend-staging", "/health": "netra-backend-staging"},
                }
            }
        }
    },
}


def health(**changes: Any) -> bytes:
    return json.dumps({**HEALTH, **changes}).encode()


def test_a_good_answer_with_every_phase(probe: Prober) -> None:
    with listening(page(b"fine")) as port:
        found = probe(url=f"http://localhost:{port}/health", expect={"status": 200, "within": "5s"})
    assert found["status"] == "pass"
    assert list(found["timings_s"]) == ["dns", "tcp", "request", "first-byte", "body"]
    assert found["observed"]["status"] == 200
    assert found["address"] == f"127.0.0.1:{port}"
    assert found["vantage"] == "laptop or server outside Google Cloud"
    assert (found["check"], found["resource"]) == ("probe.http", "it")


def test_https_with_a_private_ca(probe: Prober, server_tls: ssl.SSLContext, ca_file: str) -> None:
    with listening(page(b"fine"), server_tls) as port:
        trusted = probe(url=f"https://127.0.0.1:{port}/", ca_file=ca_file)
        refused = probe(url=f"https://127.0.0.1:{port}/")
    assert (trusted["status"], trusted["observed"]["tls"]) == ("pass", "TLSv1.3")
    assert (refused["status"], refused["phase"], refused["class"]) == ("fail", "tls", "infrastructure")


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("500 Internal Server Error", "application"),
        ("404 Not Found", "application"),
        ("403 Forbidden", "application"),
        ("503 Service Unavailable", "infrastructure"),
        ("502 Bad Gateway", "infrastructure"),
    ],
)
def test_every_other_status_fails(probe: Prober, status: str, cause: str) -> None:
    with listening(page(b"", status)) as port:
        found = probe(url=f"http://127.0.0.1:{port}/")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "first-byte", cause)
    assert f"the answer is {status}" in found["reason"]


def test_a_declared_status_is_the_one_that_passes(probe: Prober) -> None:
    with listening(page(b"", "404 Not Found")) as port:
        assert probe(url=f"http://127.0.0.1:{port}/", expect={"status": 404})["status"] == "pass"
        assert probe(url=f"http://127.0.0.1:{port}/", expect={"status": 200})["status"] == "fail"


def test_a_redirect_in_a_circle_is_reported_and_not_followed(probe: Prober) -> None:
    asked: list[int] = []

    def circle(sock: socket.socket) -> None:
        asked.append(1)
        page(b"", "302 Found", "Location: /again?token=hunter2")(sock)

    with listening(circle) as port:
        found = probe(url=f"http://127.0.0.1:{port}/again")
    assert found["status"] == "fail"
    assert "302 Found to /again, which is not followed" in found["reason"]
    assert len(asked) == 1
    assert "hunter2" not in str(found)


def test_expectations_in_json(probe: Prober) -> None:
    expect = {"status": 200, "json": {"status": "healthy", "vpc_connectivity.overall": True}}
    with listening(page(health())) as port:
        good = probe(url=f"http://127.0.0.1:{port}/", expect=expect)
    with listening(page(health(status="degraded", vpc_connectivity={"overall": "true"}))) as port:
        bad = probe(url=f"http://127.0.0.1:{port}/", expect=expect)
    with listening(page(b"<html>")) as port:
        none = probe(url=f"http://127.0.0.1:{port}/", expect=expect)
    assert good["status"] == "pass"
    assert good["observed"]["vpc_connectivity.overall"] is True
    assert (bad["status"], bad["phase"], bad["class"]) == ("fail", "body", "application")
    assert 'status is "degraded", not "healthy"' in bad["reason"]
    assert 'vpc_connectivity.overall is "true", not true' in bad["reason"]
    assert (none["status"], none["phase"]) == ("fail", "body")


def test_what_a_page_says_of_its_parts_is_kept_as_claimed(probe: Prober) -> None:
    with listening(page(health())) as port:
        found = probe(url=f"http://127.0.0.1:{port}/")
    claimed = {one["field"]: one["value"] for one in found["evidence"] if one["field"].startswith("claimed ")}
    assert claimed["claimed infrastructure_components.database.status"] == "healthy"
    assert claimed["claimed vpc_connectivity.overall"] is True


def test_a_page_that_answers_200_and_claims_to_be_ill_warns(probe: Prober) -> None:
    sick = {"database": {"status": "unhealthy"}}
    with listening(page(health(infrastructure_components=sick))) as port:
        found = probe(url=f"http://127.0.0.1:{port}/")
    assert found["status"] == "warn"
    assert "claims: infrastructure_components.database.status unhealthy" in found["reason"]


def test_the_claims_of_a_failing_page_are_kept_too(probe: Prober) -> None:
    with listening(page(health(status="degraded"), "503 Service Unavailable")) as port:
        found = probe(url=f"http://127.0.0.1:{port}/")
    assert (found["status"], found["phase"]) == ("fail", "first-byte")
    assert {"claimed status"} <= {one["field"] for one in found["evidence"]}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("netra-backend-staging", "pass"),
        ("backend", "pass"),
        ("netra-auth-service", "fail"),
        ("auth", "fail"),
        ("something-else", "warn"),
    ],
)
def test_a_200_from_the_wrong_service(probe: Prober, name: str, status: str) -> None:
    with listening(page(health(service=name))) as port:
        found = probe(sections=ROUTES, url=f"http://127.0.0.1:{port}/health")
    assert found["status"] == status, found["reason"]
    assert found["required"]["service"] == "netra-backend-staging"
    if status == "fail":
        assert (found["phase"], found["class"]) == ("body", "infrastructure")


def test_a_declared_service_in_the_body_settles_it(probe: Prober) -> None:
    expect = {"json": {"service": "platform"}}
    with listening(page(health(service="platform"))) as port:
        assert probe(sections=ROUTES, url=f"http://127.0.0.1:{port}/health", expect=expect)["status"] == "pass"
    with listening(page(health())) as port:
        assert probe(url=f"http://127.0.0.1:{port}/health", expect=expect)["status"] == "fail"


def test_a_body_without_end_stops_at_its_size(probe: Prober) -> None:
    def endless(sock: socket.socket) -> None:
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")(sock)
        while True:
            sock.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    with listening(endless) as port:
        found = probe(url=f"http://127.0.0.1:{port}/")
    assert (found["status"], found["phase"]) == ("fail", "body")
    assert "larger than 1 MiB, or has no end" in found["reason"]


@pytest.mark.parametrize(
    ("start", "phase"),
    [
        (b"", "first-byte"),
        (b"HTTP/1.1 200 OK\r\n", "first-byte"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "body"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "body"),
    ],
)
def test_an_answer_that_drips_ends_with_the_bound(probe: Prober, start: bytes, phase: str) -> None:
    """A byte now and then keeps a plain socket time-out from ever firing."""

    def dripping(sock: socket.socket) -> None:
        if not start:
            return silent(sock)
        answering(start)(sock)
        while True:
            sock.sendall(b"x")
            time.sleep(0.05)

    with listening(dripping) as port:
        found = probe(url=f"http://127.0.0.1:{port}/", expect={"within": "1s"})
    assert (found["status"], found["phase"]) == ("fail", phase)
    assert "within 1 s" in found["reason"]


@pytest.mark.parametrize(
    ("data", "phase", "words"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n", "first-byte", "larger than is sane"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", "first-byte", "larger than is sane"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "first-byte", "is not HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "first-byte", "is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "body", "is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!", "body", "5 bytes before the end"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "tls", "write https://"),
    ],
)
def test_answers_that_are_bombs_or_broken(probe: Prober, data: bytes, phase: str, words: str) -> None:
    with listening(answering(data)) as port:
        found = probe(url=f"http://127.0.0.1:{port}/", expect={"within": "5s"})
    assert (found["status"], found["phase"]) == ("fail", phase)
    assert words in found["reason"]


def test_a_gzip_bomb_is_not_unpacked(probe: Prober) -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024))
    with listening(page(bomb, "200 OK", "Content-Encoding: gzip")) as port:
        found = probe(url=f"http://127.0.0.1:{port}/")
    assert (found["status"], found["phase"]) == ("fail", "body")
    assert "unpacks to more than 1 MiB" in found["reason"]


def test_a_page_that_is_packed_unasked_is_read(probe: Prober) -> None:
    with listening(page(gzip.compress(health()), "200 OK", "Content-Encoding: gzip")) as port:
        found = probe(url=f"http://127.0.0.1:{port}/", expect={"json": {"status": "healthy"}})
    assert found["status"] == "pass"


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": ' * 50_000, b"9" * 10_000, b"\xff\xfe{}"])
def test_json_that_is_a_bomb(probe: Prober, body: bytes) -> None:
    with listening(page(body)) as port:
        found = probe(url=f"http://127.0.0.1:{port}/", expect={"json": {"status": "healthy"}})
    assert (found["status"], found["phase"]) == ("fail", "body")


def test_the_host_header_and_path_are_the_declared_ones(probe: Prober) -> None:
    heads: list[bytes] = []

    def noting(sock: socket.socket) -> None:
        heads.append(sock.recv(65536))
        sock.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with listening(noting) as port:
        assert probe(url=f"http://localhost:{port}/a/b?c=d")["status"] == "pass"
    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "GET /a/b?c=d HTTP/1.1"
    assert lines[1] == f"Host: localhost:{port}"
