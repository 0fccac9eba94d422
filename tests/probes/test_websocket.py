"""`probe.websocket` against the websockets library's own server, and against servers that only seem to be one."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.server import Server, ServerConnection, serve
from websockets.utils import accept_key

from tests.probes.conftest import Prober
from tests.probes.servers import answering, listening, page, silent


@contextmanager
def websocket(handler: Callable[[ServerConnection], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    with serve(handler, "127.0.0.1", 0, ssl=tls) as server:
        threading.Thread(target=Server.serve_forever, args=(server,), daemon=True).start()
        yield server.socket.getsockname()[1]


def patient(connection: ServerConnection) -> None:
    for _ in connection:
        pass


def test_upgrade_ping_and_hold(probe: Prober) -> None:
    with websocket(patient) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws", expect={"hold": "1s"})
    assert found["status"] == "pass", found["reason"]
    assert list(found["timings_s"]) == ["tcp", "upgrade", "ping", "hold"]
    assert 1.0 <= found["timings_s"]["hold"] < 10.0
    assert found["observed"]["status"] == 101


def test_over_tls(probe: Prober, server_tls: ssl.SSLContext, ca_file: str) -> None:
    with websocket(patient, server_tls) as port:
        found = probe(url=f"wss://localhost:{port}/ws", ca_file=ca_file)
        refused = probe(url=f"wss://localhost:{port}/ws")
    assert found["status"] == "pass", found["reason"]
    assert list(found["timings_s"]) == ["dns", "tcp", "tls", "upgrade", "ping"]
    assert (refused["status"], refused["phase"]) == ("fail", "tls")


def test_messages_while_it_is_held_are_no_trouble(probe: Prober) -> None:
    def talkative(connection: ServerConnection) -> None:
        for _ in range(50):
            connection.send("tick" * 100)
            connection.ping()
            time.sleep(0.01)
        patient(connection)

    with websocket(talkative) as port:
        assert probe(url=f"ws://127.0.0.1:{port}/ws", expect={"hold": "1s"})["status"] == "pass"


def test_one_that_is_closed_before_its_time(probe: Prober) -> None:
    def hasty(connection: ServerConnection) -> None:
        time.sleep(0.2)
        connection.close(1001, "restarting")

    with websocket(hasty) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws", expect={"hold": "20s"})
    assert (found["status"], found["phase"], found["class"]) == ("fail", "hold", "infrastructure")
    assert "closed with code 1001, saying: restarting" in found["reason"]
    assert found["observed"]["close_code"] == 1001


def test_an_error_of_the_application(probe: Prober) -> None:
    def broken(connection: ServerConnection) -> None:
        time.sleep(0.2)
        connection.close(1011, "no subprotocols supported")

    with websocket(broken) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws", expect={"hold": "20s"})
    assert (found["status"], found["class"]) == ("fail", "application")
    assert "no subprotocols supported" in found["reason"]


def test_a_connection_that_is_cut(probe: Prober) -> None:
    def cut(connection: ServerConnection) -> None:
        time.sleep(0.2)
        connection.socket.shutdown(socket.SHUT_RDWR)

    with websocket(cut) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws", expect={"hold": "20s"})
    assert (found["status"], found["phase"], found["class"]) == ("fail", "hold", "infrastructure")
    assert "dropped without a word" in found["reason"]


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("200 OK", "application"),
        ("403 Forbidden", "application"),
        ("500 Internal Server Error", "application"),
        ("503 Service Unavailable", "infrastructure"),
    ],
)
def test_any_other_status_is_no_upgrade(probe: Prober, status: str, cause: str) -> None:
    with listening(page(b"{}", status)) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "upgrade", cause)
    assert f"the answer to the upgrade is {status[:3]}" in found["reason"]


def switching(accept: Callable[[str], str], then: Callable[[socket.socket], None] = silent) -> Callable[..., None]:
    def handler(sock: socket.socket) -> None:
        head = sock.recv(65536).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        sock.sendall("\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept(key)}", "", ""]).encode())
        then(sock)

    return handler


def test_the_accept_header_is_verified(probe: Prober) -> None:
    with listening(switching(lambda _: "made-up")) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "upgrade", "application")
    assert "Sec-WebSocket-Accept" in found["reason"]


def test_a_server_that_upgrades_and_never_pongs(probe: Prober) -> None:
    with listening(switching(accept_key)) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws", expect={"within": "1s", "hold": "5s"})
    assert (found["status"], found["phase"]) == ("fail", "ping")
    assert "no pong came within 1 s" in found["reason"]


def test_a_server_that_falls_silent_while_it_is_held(probe: Prober) -> None:
    """The connection stays open, and nobody is there any more: only the last ping shows it."""

    def one_pong(sock: socket.socket) -> None:
        frame = sock.recv(4096)
        mask, masked = frame[2:6], frame[6 : 6 + (frame[1] & 127)]
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))
        sock.sendall(bytes([0x8A, len(payload)]) + payload)
        silent(sock)

    with listening(switching(accept_key, one_pong)) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws", expect={"within": "1s", "hold": "1s"})
    assert (found["status"], found["phase"]) == ("fail", "hold")
    assert "no pong came at its end" in found["reason"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "is not HTTP"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "not to WebSocket"),
        (b"HTTP/1.1 101 " + b"x" * 200_000, "no whole head"),
        (b"", "closed without an answer"),
    ],
)
def test_what_does_not_speak_websocket(probe: Prober, data: bytes, words: str) -> None:
    with listening(answering(data)) as port:
        found = probe(url=f"ws://127.0.0.1:{port}/ws", expect={"within": "5s"})
    assert (found["status"], found["phase"]) == ("fail", "upgrade")
    assert words in found["reason"]
