"""`probe.websocket`: a real upgrade, a ping and its pong, held open for the declared time."""

from __future__ import annotations

import re

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from diag.probes.attempt import APPLICATION, INFRASTRUCTURE, Attempt, Stopped, Verdict
from diag.probes.connect import Wire
from diag.probes.declared import Probe
from diag.probes.secure import secure

_MAX_HEAD = 64 * 1024
_MAX_MESSAGE = 1024 * 1024
_TAKEN = 4096
"""Bytes taken at once: of empty frames these are two thousand already."""
_GATEWAY = frozenset({429, 502, 503, 504})
_OF_APPLICATION = frozenset({1003, 1007, 1008, 1011})
"""Codes with which an application closes because of what it met, not because it goes away."""


def probe(declared: Probe, wire: Wire, attempt: Attempt) -> Verdict:
    """Passes when the server upgrades, answers a ping, and both still hold at the end of the declared time."""
    if declared.secure:
        secure(declared, wire, attempt)
    talk = _Talk(declared.target, wire)
    with attempt.during("upgrade"):
        talk.upgrade(attempt)
    with attempt.during("ping"):
        talk.ping(b"diag-1", attempt)
    if declared.hold:
        attempt.extend(declared.hold)
        with attempt.during("hold"):
            _hold(talk, declared.hold, attempt)
            talk.ping(b"diag-2", attempt)
    talk.bye()
    return Verdict()


def _hold(talk: _Talk, seconds: float, attempt: Attempt) -> None:
    """Read and answer for so long; the server's silence is what is wanted here."""
    quiet = Attempt(seconds, float("inf"))
    try:
        while True:
            talk.listen(min(quiet.left(), attempt.left()))
            talk.must_be_open(attempt)
    except TimeoutError:
        attempt.left()  # a bound of the attempt that ended the wait is raised here


class _Talk:
    """The WebSocket protocol over one connection."""

    def __init__(self, url: str, wire: Wire) -> None:
        self._wire = wire
        self._protocol = ClientProtocol(parse_uri(url), max_size=_MAX_MESSAGE)
        self._pongs: set[bytes] = set()

    def upgrade(self, attempt: Attempt) -> None:
        """Ask for the upgrade and check the answer, `Sec-WebSocket-Accept` included."""
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        head = self._head()
        _must_switch(head, attempt)
        self._protocol.receive_data(head)
        failure = self._protocol.handshake_exc
        if isinstance(failure, InvalidHandshake):
            raise Stopped(f"the server switches protocols, but not to WebSocket: {failure}", cause=APPLICATION)
        self.must_be_open(attempt)

    def ping(self, payload: bytes, attempt: Attempt) -> None:
        """Send a ping and wait for its own pong."""
        self._protocol.send_ping(payload)
        self._flush()
        while payload not in self._pongs:
            self.must_be_open(attempt)
            self.listen(attempt.left())

    def listen(self, seconds: float) -> None:
        """Take what arrives within that time, answering pings; raises `TimeoutError` when nothing does."""
        self._wire.sock.settimeout(seconds)
        data = self._wire.sock.recv(_TAKEN)
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.PONG:
                self._pongs.add(bytes(event.data))
        self._flush()

    def must_be_open(self, attempt: Attempt) -> None:
        """Raises `Stopped` once the server has closed, with its code and reason."""
        if self._protocol.state is State.OPEN:
            return
        close = self._protocol.close_rcvd
        if not close:
            raise Stopped("the connection was dropped without a word", cause=INFRASTRUCTURE)
        attempt.seen["close_code"] = int(close.code)
        why = f", saying: {close.reason[:120]}" if close.reason else ""
        cause = APPLICATION if close.code in _OF_APPLICATION else INFRASTRUCTURE
        raise Stopped(f"the server closed with code {int(close.code)}{why}", cause=cause)

    def bye(self) -> None:
        """Close politely, without waiting for the answer."""
        self._protocol.send_close(1000)
        try:
            self._flush()
        except OSError:
            return

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._wire.transmit(data)

    def _head(self) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            more = self._wire.receive(_TAKEN)
            head += more
            if not more or len(head) > _MAX_HEAD:
                how = "was closed without an answer" if not head else "gave no whole head of an answer"
                raise Stopped(f"the connection {how}", cause=None if head else INFRASTRUCTURE)
        return head


def _must_switch(head: bytes, attempt: Attempt) -> None:
    """Raises `Stopped` unless the first line says 101."""
    line = head.partition(b"\r\n")[0].decode("latin-1")
    found = re.fullmatch(r"HTTP/1\.[01] ([1-5][0-9]{2})(?: (.*))?", line)
    if not found:
        raise Stopped("the answer is not HTTP", cause=APPLICATION)
    status = int(found[1])
    attempt.seen["status"] = status
    if status == 101:
        return
    meaning = _MEANING.get(status, "the server does not upgrade")
    cause = INFRASTRUCTURE if status in _GATEWAY else APPLICATION
    raise Stopped(f"the answer to the upgrade is {status}: {meaning}", cause=cause)


_MEANING = {
    200: "the path is served as a plain page, without WebSocket",
    401: "it asks for credentials, which a probe does not send",
    403: "it is refused, as without credentials or from another origin",
    404: "the path leads to nothing",
    426: "it asks for another version of WebSocket",
}
