"""What stopped an attempt, in words: errors of the network, of TLS, and bounds that were reached."""

from __future__ import annotations

import errno
import ssl

from diag.probes.attempt import INFRASTRUCTURE, Attempt, Verdict
from diag.probes.declared import Probe
from diag.report import Status


def stopped(error: OSError | EOFError, probe: Probe, attempt: Attempt) -> Verdict:
    """The verdict on an error that no protocol has words for, by the phase in which it came."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return _late(probe, attempt)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        when = "in the middle of" if attempt.phase == "tls" else "after"
        return Verdict(Status.FAIL, f"the connection was closed {when} the TLS handshake")
    if isinstance(error, ssl.SSLError):
        return Verdict(Status.FAIL, _tls(error), "tls", INFRASTRUCTURE)
    if isinstance(error, EOFError):
        return Verdict(Status.FAIL, "the connection was closed in the middle of an answer")
    return Verdict(Status.FAIL, _network(error, attempt))


def _late(probe: Probe, attempt: Attempt) -> Verdict:
    what = _SILENCE.get(attempt.phase, "no answer came")
    if attempt.cut:
        said = f"{what} before the whole run ended: raise --timeout"
        return Verdict(Status.UNKNOWN, said)
    return Verdict(Status.FAIL, f"{what} within {probe.within:g} s")


_SILENCE = {
    "dns": "the resolver gave no answer",
    "tcp": "no connection came about",
    "tls": "connected, but the TLS handshake did not end",
    "request": "connected, but the request was not taken",
    "first-byte": "connected, but no answer came",
    "body": "an answer began, but did not end",
    "upgrade": "connected, but the upgrade was not answered",
    "ping": "connected, but no pong came",
    "hold": "the connection stayed open, but no pong came at its end",
    "startup": "connected, but PostgreSQL said nothing",
    "auth": "connected, but authentication did not end",
    "query": "logged in, but SELECT 1 was not answered",
}


def _network(error: OSError, attempt: Attempt) -> str:
    words = _ERRNO.get(error.errno or 0)
    if words is None and "AF_UNIX path too long" in str(error):
        words = "the path of the socket is longer than the system allows (107 bytes)"
    words = words or error.strerror or str(error)
    return words if attempt.phase == "tcp" else f"the connection broke off: {words}"


_ERRNO = {
    errno.ECONNREFUSED: "refused: nothing listens there",
    errno.ETIMEDOUT: "no answer: the system gave up connecting",
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.ENETUNREACH: "there is no way to that network from here",
    errno.EADDRNOTAVAIL: "there is no way to that address from here",
    errno.EAFNOSUPPORT: "this machine does not speak that kind of address",
    errno.ECONNRESET: "reset by the other side",
    errno.EPIPE: "closed by the other side",
    errno.ENOENT: "there is no such socket",
    errno.ENOTDIR: "there is no such socket",
    errno.EACCES: "this user may not open it",
    errno.EMFILE: "this machine has no file descriptor left; declare fewer probes or raise `ulimit -n`",
}
"""What an error number means."""

NO_WAY_FROM_HERE = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Errors that speak of this machine, not of the other: it has no address of that family."""


def _tls(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    known = next((words for part, words in _TLS_REASONS.items() if part in reason), None)
    return known or f"TLS fails: {reason.replace('_', ' ').lower() or error.strerror or 'no reason is given'}"


_TLS_REASONS = {
    "WRONG_VERSION_NUMBER": "what listens there does not speak TLS",
    "HTTP_REQUEST": "what listens there does not speak TLS",
    "RECORD_LAYER_FAILURE": "what listens there does not speak TLS",
    "UNSUPPORTED_PROTOCOL": "the server speaks only versions of TLS that are too old",
    "PROTOCOL_VERSION": "the server and this client have no version of TLS in common",
    "HANDSHAKE_FAILURE": "the server ends the handshake: no cipher in common, or no certificate for that name",
    "UNRECOGNIZED_NAME": "the server has no certificate for that name",
    "CERTIFICATE_REQUIRED": "the server asks for a client certificate",
    "ASN1": "the certificate that the server sent cannot be parsed",
    "BAD_PACKET_LENGTH": "the certificate that the server sent cannot be parsed",
}
"""Part of OpenSSL's reason → what it means."""
