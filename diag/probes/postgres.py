"""`probe.postgres`: SSLRequest, TLS, start-up, authentication, `SELECT 1`, over TCP or a socket."""

from __future__ import annotations

import ssl
import struct

from diag.probes.attempt import APPLICATION, INFRASTRUCTURE, Attempt, Stopped, Verdict
from diag.probes.connect import Wire
from diag.probes.declared import Probe
from diag.probes.password import Password
from diag.probes.scram import Scram, md5
from diag.probes.secure import context, note, refusal
from diag.report import Status

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_PROTOCOL = 196608
_MAX_MESSAGE = 64 * 1024
_OK, _CLEAR_TEXT, _MD5, _SASL, _SASL_CONTINUE, _SASL_FINAL = 0, 3, 5, 10, 11, 12
_METHODS = {_CLEAR_TEXT: "password in clear text", _MD5: "md5", _SASL: "scram-sha-256", 7: "gss", 9: "sspi"}


def probe(declared: Probe, wire: Wire, attempt: Attempt) -> Verdict:
    """Passes at the authentication challenge without a password, and at the answer of `SELECT 1` with one."""
    if declared.host:
        with attempt.during("tls"):
            _encrypt(declared, wire, attempt)
    session = _Session(declared, wire, attempt)
    with attempt.during("startup"):
        asked, challenge = session.start()
    if asked != _OK and not declared.password:
        return Verdict(said="stops at the authentication challenge: no password is declared", phase="auth")
    with attempt.during("auth"):
        session.authenticate(asked, challenge)
    with attempt.during("query"):
        session.query()
    return Verdict(said=declared.password.taken if declared.password and asked != _OK else "")


def _encrypt(declared: Probe, wire: Wire, attempt: Attempt) -> None:
    """As libpq does: TLS where the server has it; the certificate is checked where a CA is declared."""
    wire.transmit(_SSL_REQUEST)
    answer = wire.receive(1)
    if answer == b"N":
        attempt.seen["tls"] = "the server has none"
        return
    if answer != b"S":
        how = "closes the connection at once" if not answer else "does not speak PostgreSQL"
        raise Stopped(f"what listens there {how}")
    checked = bool(declared.ca_file)
    try:
        wire.encrypt(context(declared.ca_file, checked=checked, named=False), declared.host)
    except ssl.SSLCertVerificationError as error:
        raise Stopped(refusal(error, None, declared.host or "")) from error
    note(wire, attempt)
    attempt.seen["certificate_checked"] = checked


class _Session:
    """The messages of PostgreSQL's protocol 3.0 over one connection."""

    def __init__(self, declared: Probe, wire: Wire, attempt: Attempt) -> None:
        self._wire = wire
        self._attempt = attempt
        self._encrypted = isinstance(wire.sock, ssl.SSLSocket) or declared.host is None
        self._password = declared.password or Password(None)
        self._user = declared.user
        self._database = (declared.path if declared.host else "") or "postgres"

    def start(self) -> tuple[int, bytes]:
        """Say who connects to what; the kind of authentication that is asked for, and its data."""
        names = {"user": self._user, "database": self._database, "application_name": "diag"}
        body = struct.pack("!i", _PROTOCOL)
        body += b"".join(f"{key}\0{value}\0".encode() for key, value in names.items()) + b"\0"
        self._wire.transmit(struct.pack("!i", len(body) + 4) + body)
        self._attempt.seen["user"], self._attempt.seen["database"] = self._user, self._database
        asked, challenge = self._challenge()
        self._attempt.seen["authentication"] = _METHODS.get(asked, "none asked" if asked == _OK else f"method {asked}")
        return asked, challenge

    def authenticate(self, asked: int, challenge: bytes) -> None:
        """Answer the challenge and wait until the session is ready."""
        if asked != _OK and self._password.value is None:
            raise Stopped(
                f"PostgreSQL is reached and asks for a password, which is not known: {self._password.missing}",
                status=Status.UNKNOWN,
            )
        password = self._password.value or ""
        if asked == _SASL:
            self._scram(password, challenge)
        elif asked == _MD5:
            self._answer(md5(self._user, password, challenge[:4]) + b"\0")
        elif asked == _CLEAR_TEXT:
            if not self._encrypted:
                raise Stopped("the server asks for the password in clear text without TLS; it was not sent")
            self._answer(password.encode() + b"\0")
        elif asked != _OK:
            raise Stopped(f"the server asks for {_METHODS.get(asked, f'method {asked}')}, which a probe cannot answer")
        while self._message()[0] != b"Z":
            pass

    def query(self) -> None:
        """`SELECT 1`, to its end."""
        self._send(b"Q", b"SELECT 1\0")
        rows = 0
        while True:
            kind, _ = self._message()
            rows += kind == b"D"
            if kind == b"Z":
                break
        if not rows:
            raise Stopped("SELECT 1 gave no row")
        self._send(b"X", b"")

    def _scram(self, password: str, challenge: bytes) -> None:
        scram = Scram(password)
        if scram.mechanism.encode() not in challenge.split(b"\0"):
            raise Stopped("the server offers no authentication that a probe knows")
        first = scram.first()
        try:
            self._send(b"p", scram.mechanism.encode() + b"\0" + struct.pack("!i", len(first)) + first)
            self._send(b"p", scram.final(self._expect(_SASL_CONTINUE)))
            scram.verify(self._expect(_SASL_FINAL))
        except (ValueError, KeyError) as error:
            raise Stopped(f"the exchange of SCRAM-SHA-256 fails: {error}", cause=INFRASTRUCTURE) from error
        self._expect(_OK)

    def _answer(self, body: bytes) -> None:
        self._send(b"p", body)
        self._expect(_OK)

    def _expect(self, wanted: int) -> bytes:
        asked, data = self._challenge()
        if asked != wanted:
            raise Stopped("the server leaves the order of authentication")
        return data

    def _challenge(self) -> tuple[int, bytes]:
        while True:
            kind, body = self._message()
            if kind == b"R" and len(body) >= 4:
                return struct.unpack("!i", body[:4])[0], body[4:]

    def _send(self, kind: bytes, body: bytes) -> None:
        self._wire.transmit(kind + struct.pack("!i", len(body) + 4) + body)

    def _message(self) -> tuple[bytes, bytes]:
        """The next message; an error of the server ends the attempt in words of its own."""
        kind = self._wire.exactly(1)
        size = struct.unpack("!i", self._wire.exactly(4))[0] - 4
        if not (kind.isalpha() and 0 <= size <= _MAX_MESSAGE):
            raise Stopped("what listens there does not speak PostgreSQL")
        body = self._wire.exactly(size)
        if kind == b"E":
            raise self._refusal(body)
        return kind, body

    def _refusal(self, body: bytes) -> Stopped:
        fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
        code, message = fields.get(b"C", ""), self._password.hide(fields.get(b"M", ""))[:200]
        self._attempt.seen["sqlstate"] = code
        said, cause = _words(code, message)
        if code == "28P01":
            said += self._password.doubt
        return Stopped(f"{said} ({code}: {message})", cause=cause)


def _words(code: str, message: str) -> tuple[str, str]:
    """What an SQLSTATE means here, and whose it is."""
    if code == "28000" and "no pg_hba.conf entry" in message:
        plain = " without TLS, which the server may ask for" if "no encryption" in message else ""
        return f"no entry of pg_hba.conf lets this client in{plain}", INFRASTRUCTURE
    if code == "28000" and "certificate" in message:
        return "the server asks for a client certificate", INFRASTRUCTURE
    return _BY_CODE.get(code, ("the server refuses", INFRASTRUCTURE))


_BY_CODE = {
    "53300": ("too many clients: every connection of the server is taken", INFRASTRUCTURE),
    "57P03": ("the server is not ready: it is starting up, shutting down or recovering", INFRASTRUCTURE),
    "57P01": ("the server was told to shut down", INFRASTRUCTURE),
    "28P01": ("the password is wrong", APPLICATION),
    "28000": ("this user may not connect", APPLICATION),
    "3D000": ("there is no such database", APPLICATION),
    "42501": ("this user has no right to do that", APPLICATION),
}
