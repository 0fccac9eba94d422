"""TLS on a connection: as a client does it that checks certificates, and what was served when it refuses."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from diag.probes.attempt import Attempt, Stopped
from diag.probes.connect import Wire, connect
from diag.probes.declared import Probe

if TYPE_CHECKING:
    from diag.probes.certificates import Chain

_making = threading.Lock()


def secure(probe: Probe, wire: Wire, attempt: Attempt) -> None:
    """Finish the handshake and check chain and name against the system's store and the probe's CA.

    Raises `Stopped` for a certificate that a client would refuse, with what was served instead.
    """
    try:
        with attempt.during("tls"):
            wire.encrypt(context(probe.ca_file, http=probe.kind in ("http", "websocket")), probe.host)
    except ssl.SSLCertVerificationError as error:
        chain = _look(probe, wire, attempt)
        if chain:
            attempt.seen.update(chain.facts())
        raise Stopped(refusal(error, chain, probe.host or "")) from error
    note(wire, attempt)


def note(wire: Wire, attempt: Attempt) -> None:
    """Write down the version and cipher in use."""
    if isinstance(wire.sock, ssl.SSLSocket):
        attempt.seen["tls"] = wire.sock.version() or "unknown"


def context(ca_file: str | None, *, http: bool = False, checked: bool = True, named: bool = True) -> ssl.SSLContext:
    """A client's context, one for all that ask alike: the system's store takes megabytes."""
    with _making:
        return _context(ca_file, http, checked, named)


@lru_cache(maxsize=32)
def _context(ca_file: str | None, http: bool, checked: bool, named: bool) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = checked and named
    made.verify_mode = ssl.CERT_REQUIRED if checked else ssl.CERT_NONE
    if checked:
        made.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_file:
        made.load_verify_locations(ca_file)
    if http:
        made.set_alpn_protocols(["http/1.1"])
    return made


def served_chain(wire: Wire) -> tuple[bytes, ...]:
    """The certificates as the server sent them, DER, the leaf first; empty when this Python does not tell."""
    sock = wire.sock
    public = getattr(sock, "get_unverified_chain", None)  # Python 3.13 and later
    private = getattr(getattr(sock, "_sslobj", None), "get_unverified_chain", None)
    chain: Sequence[object] = (public or private or tuple)() or ()
    return tuple(_der(certificate) for certificate in chain)


def _der(certificate: object) -> bytes:
    if isinstance(certificate, bytes):
        return certificate
    return ssl.PEM_cert_to_DER_cert(certificate.public_bytes())  # type: ignore[attr-defined]


def _look(probe: Probe, wire: Wire, attempt: Attempt) -> Chain | None:
    """What the same address serves to a client that checks nothing: the refused handshake does not tell."""
    from diag.probes.certificates import read_chain

    refused = dict(attempt.timings)
    try:
        with connect(wire.address, attempt) as again:
            again.encrypt(context(None, checked=False), probe.host)
            return read_chain(served_chain(again))
    except (OSError, EOFError, ValueError):
        return None
    finally:
        attempt.phase, attempt.timings = "tls", refused


_UNKNOWN_ISSUER = (
    "its issuer is neither served nor in the store: the intermediate is missing, or a private CA needs ca_file"
)
_WORDS = {
    9: "it is not valid yet, or the clock of this machine is wrong",
    10: "it has expired",
    18: "it is self-signed and not in the store",
    19: "its chain ends in a root that is not in the store; name a private CA with ca_file",
    20: _UNKNOWN_ISSUER,
    21: _UNKNOWN_ISSUER,
    62: "it is for other names",
    64: "it is for other names",
}
"""OpenSSL's codes of verification → what is wrong with the certificate."""


def refusal(error: ssl.SSLCertVerificationError, chain: Chain | None, host: str) -> str:
    """Why a client refuses the certificate, as one sentence."""
    why = _WORDS.get(error.verify_code, error.verify_message or "it cannot be verified")
    if chain and error.verify_code in (62, 64):
        why = chain.mismatch(host)
    if chain and error.verify_code in (9, 10):
        why = f"{why} ({chain.not_before:%Y-%m-%d} to {chain.not_after:%Y-%m-%d})"
    return f"the certificate of {host} is refused: {why}"
