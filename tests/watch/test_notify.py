"""Messages over real sockets: what arrives, what is tried again, what never holds anything up."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from diag.errors import UsageError
from diag.update import Subject
from diag.watch.announce import Message
from diag.watch.notify import Channels, sender
from tests.probes.servers import listening, silent

DOWN = Message("DOWN web (probe.http)", "refused", "failure", "2026-01-01T00:00:00Z", Subject("probe.http", "web"))


class Hook:
    """A webhook that keeps what it was sent, and answers with each of these statuses in turn."""

    def __init__(self, *statuses: str) -> None:
        self._statuses = list(statuses) or ["204 No Content"]
        self.heads: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.came = threading.Semaphore(0)

    def __call__(self, sock: socket.socket) -> None:
        said = b""
        while b"\r\n\r\n" not in said:
            said += sock.recv(65536)
        head, _, body = said.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        while len(body) < length:
            body += sock.recv(65536)
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        self.heads.append(head.decode())
        self.bodies.append(json.loads(body))
        sock.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nLocation: /elsewhere\r\n\r\n".encode())
        self.came.release()


@pytest.fixture
def told() -> list[str]:
    """What the channels complained of."""
    return []


@pytest.fixture
def hook() -> Iterator[tuple[Hook, int]]:
    """A webhook, and its port."""
    one = Hook()
    with listening(one) as port:
        yield one, port


@pytest.mark.parametrize("scheme", ["json", "http"])
def test_a_webhook_gets_a_json_post(scheme: str, hook: tuple[Hook, int], told: list[str]) -> None:
    one, port = hook
    done: list[Message] = []
    channels = Channels([f"{scheme}://me:se%3Acret@127.0.0.1:{port}/in?a=1"], {}, told.append, done.append)
    channels.put(DOWN)
    channels.close()
    assert one.heads[0].startswith("POST /in?a=1 HTTP/1.1")
    assert base64.b64encode(b"me:se:cret").decode() in one.heads[0]
    assert one.bodies == [
        {
            "version": "1.0",
            "title": "DOWN web (probe.http)",
            "message": "refused",
            "type": "failure",
            "at": "2026-01-01T00:00:00Z",
            "check": "probe.http",
            "resource": "web",
        }
    ]
    assert (done, told) == ([DOWN], [])


def test_a_variable_in_an_address_is_expanded(hook: tuple[Hook, int], told: list[str]) -> None:
    one, port = hook
    channels = Channels(["json://${HOOK}/x"], {"HOOK": f"127.0.0.1:{port}"}, told.append, lambda message: None)
    channels.put(DOWN)
    channels.close()
    assert len(one.bodies) == 1
    with pytest.raises(UsageError, match="export HOOK="):
        sender("json://${HOOK}/x", {})


def test_a_variable_may_be_the_whole_address(hook: tuple[Hook, int], told: list[str]) -> None:
    one, port = hook
    channels = Channels(["${HOOK}"], {"HOOK": f"json://127.0.0.1:{port}/secret"}, told.append, lambda message: None)
    channels.put(DOWN)
    channels.close()
    assert len(one.bodies) == 1
    with pytest.raises(UsageError, match=r"--notify \$\{HOOK\} is no address"):
        sender("${HOOK}", {"HOOK": "hunter2"})


def test_a_server_that_stumbles_is_asked_again(told: list[str]) -> None:
    one = Hook("503 Busy", "204 No Content")
    with listening(one) as port:
        channels = Channels([f"json://127.0.0.1:{port}/"], {}, told.append, lambda message: None)
        channels.put(DOWN)
        assert one.came.acquire(timeout=30)
        assert one.came.acquire(timeout=30)
        channels.close()
    assert told == []


def test_a_redirect_is_not_followed_and_the_address_s_secret_is_never_told(told: list[str]) -> None:
    one = Hook("302 Found")
    with listening(one) as port:
        channels = Channels([f"json://me:hunter2@127.0.0.1:{port}/token"], {}, told.append, lambda message: None)
        channels.put(DOWN)
        for _ in range(3):
            assert one.came.acquire(timeout=30)
        channels.close()
    assert told == [f"json://127.0.0.1:{port} was not told “DOWN web (probe.http)”: it answered 302"]
    assert not [head for head in one.heads if "elsewhere" in head]


def test_a_server_that_says_nothing_holds_up_neither_the_caller_nor_the_others(
    hook: tuple[Hook, int], told: list[str]
) -> None:
    one, port = hook
    with listening(silent) as dead:
        channels = Channels([f"json://127.0.0.1:{dead}/", f"json://127.0.0.1:{port}/"], {}, told.append, lambda m: None)
        for _ in range(3):
            channels.put(DOWN)
        for _ in range(3):
            assert one.came.acquire(timeout=5)
        channels.close(0.05)
    assert len(one.bodies) == 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a module that apprise imports
@pytest.mark.parametrize("address", ["json://", "json://127.0.0.1:0/", "json://127.0.0.1:99999/", "nonsense://x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match=address.partition(":")[0]):
        sender(address, {})
