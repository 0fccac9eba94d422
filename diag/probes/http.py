"""`probe.http`: one GET, read to its end within bounds of time and size; no redirect is followed."""

from __future__ import annotations

import io
import math
import socket
import zlib
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit

from diag import __version__
from diag.probes.attempt import APPLICATION, INFRASTRUCTURE, Attempt, Stopped, Verdict
from diag.probes.body import judge_json, note_claims
from diag.probes.connect import Wire
from diag.probes.declared import Probe
from diag.probes.secure import secure
from diag.report import Status

MAX_BODY = 1024 * 1024
"""Bytes of a body that are read, and that it may unpack to."""

MAX_HEAD = 256 * 1024
"""Bytes of a head that are read, with whatever precedes it."""

_GATEWAY = frozenset({429, 502, 503, 504})
"""Statuses that a proxy or the platform gives in place of the application."""


def probe(declared: Probe, wire: Wire, attempt: Attempt) -> Verdict:
    """Passes on the declared status (else any 2xx) with a whole body that says what is expected."""
    if declared.secure:
        secure(declared, wire, attempt)
    with attempt.during("request"):
        wire.transmit(_request(declared))
    readable = _Readable(wire)
    with HTTPResponse(cast(socket.socket, readable), method="GET") as response:
        try:
            with attempt.during("first-byte"):
                _head(response, attempt)
                readable.head_is_over()
            wrong = _wrong_status(declared, response, attempt)
            if not wrong:
                return judge_json(declared, _whole_body(response, readable, attempt), attempt)
        except (HTTPException, ValueError) as error:
            raise Stopped(_malformed(error, attempt)) from error
        with suppress(Stopped, OSError, HTTPException, ValueError):  # what it claims explains, but decides nothing
            note_claims(_whole_body(response, readable, attempt), attempt)
        return wrong


def _request(declared: Probe) -> bytes:
    lines = (
        f"GET {declared.path} HTTP/1.1",
        f"Host: {host_header(declared)}",
        f"User-Agent: diag/{__version__}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def host_header(declared: Probe) -> str:
    """The host with its port where that is not the scheme's own."""
    host = f"[{declared.host}]" if ":" in (declared.host or "") else declared.host or ""
    return host if declared.port == (443 if declared.secure else 80) else f"{host}:{declared.port}"


class _Readable(io.RawIOBase):
    """What `HTTPResponse` needs of a socket; a head without end, of `100 Continue` say, is cut short."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.taken = 0
        """Bytes of the head, and after it of the body, as they were sent."""
        self._most: float = MAX_HEAD

    def makefile(self, _mode: str) -> io.BufferedIOBase:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._wire.readinto(buffer)
        self.taken += count
        if self.taken > self._most:
            raise ValueError("the head has no end")
        return count

    def head_is_over(self) -> None:
        """Counts from anew: the body has bounds of its own."""
        self.taken, self._most = 0, math.inf


def _head(response: HTTPResponse, attempt: Attempt) -> None:
    """Status line and headers."""
    start = response.fp.peek(1)
    if not start:
        raise Stopped("the connection was closed without an answer", cause=INFRASTRUCTURE)
    if start.startswith(b"\x15\x03"):
        raise Stopped("the server speaks TLS: write https:// in the address", phase="tls")
    response.begin()
    attempt.seen["status"] = response.status


def _wrong_status(declared: Probe, response: HTTPResponse, attempt: Attempt) -> Verdict | None:
    status = response.status
    if status == declared.status or (declared.status is None and 200 <= status < 300):
        return None
    where = _location(response)
    if where:
        attempt.seen["location"] = where
    moved = f" to {where}, which is not followed: probe that address" if where else ""
    cause = INFRASTRUCTURE if status in _GATEWAY or where else APPLICATION
    return Verdict(Status.FAIL, f"the answer is {status} {response.reason[:80]}{moved}".rstrip(), "first-byte", cause)


def _location(response: HTTPResponse) -> str:
    """Where a redirect leads, without what may be secret in it."""
    location = response.getheader("Location", "") if 300 <= response.status < 400 else ""
    parts = urlsplit(location)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"[:200] if host else parts.path[:200]


def _whole_body(response: HTTPResponse, readable: _Readable, attempt: Attempt) -> bytes:
    with attempt.during("body"):
        return _unpacked(response, _body(response, readable, attempt))


def _body(response: HTTPResponse, readable: _Readable, attempt: Attempt) -> bytes:
    body = bytearray()
    while chunk := response.read(min(8192, MAX_BODY + 1 - len(body))):
        body += chunk
        if readable.taken > max(MAX_HEAD, 4 * len(body)):
            raise Stopped("the body comes in chunks of a byte or two, without end; reading stopped there")
        if len(body) > MAX_BODY:
            raise Stopped("the body is larger than 1 MiB, or has no end; reading stopped there")
    attempt.seen["bytes"] = len(body)
    if response.length:
        raise Stopped(f"the connection was closed {response.length} bytes before the end of the body")
    return bytes(body)


def _unpacked(response: HTTPResponse, body: bytes) -> bytes:
    """The body without the compression that was not asked for, but some servers use anyway."""
    if response.getheader("Content-Encoding", "").lower() not in ("gzip", "deflate"):
        return body
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = unpacker.decompress(body, MAX_BODY)
    except zlib.error as error:
        raise Stopped(f"the compressed body cannot be unpacked: {error}") from error
    if unpacker.unconsumed_tail:
        raise Stopped("the compressed body unpacks to more than 1 MiB; unpacking stopped there")
    return plain


def _malformed(error: Exception, attempt: Attempt) -> str:
    where = "body" if attempt.phase == "body" else "head of the answer"
    return f"the {where} is not HTTP, or larger than is sane ({type(error).__name__})"
