"""`probe.redis`: TCP, TLS, AUTH, PING."""

from __future__ import annotations

from diag.probes.attempt import APPLICATION, INFRASTRUCTURE, Attempt, Stopped, Verdict
from diag.probes.connect import Wire
from diag.probes.declared import Probe
from diag.probes.password import Password
from diag.probes.secure import secure
from diag.report import Status

_MAX_LINE = 64 * 1024
_TLS_ALERT = b"\x15\x03"


def probe(declared: Probe, wire: Wire, attempt: Attempt) -> Verdict:
    """Passes at PONG, and at NOAUTH where no password is declared; unknown where the declared one is."""
    if declared.secure:
        secure(declared, wire, attempt)
    password = declared.password
    known = password is not None and password.value is not None
    if password and password.value is not None:
        with attempt.during("auth"):
            _must(_ask(wire, password, b"AUTH", password.value.encode()), b"OK", password)
    with attempt.during("ping"):
        answer = _ask(wire, password, b"PING")
    asked = answer.startswith("-NOAUTH") and not known
    if asked:
        attempt.seen["authentication"] = "asked"
    else:
        _must(answer, b"PONG")
    if password and not known:
        raise _untried(password, asked=asked)
    if asked:
        return Verdict(said="stops at the authentication challenge: no password is declared", phase="auth")
    return Verdict(said=password.taken if password else "")


def _untried(password: Password, *, asked: bool) -> Stopped:
    """A Redis that asks for no password refuses whoever sends one, so that PONG alone is no pass."""
    how = "asks for a password, which is not known" if asked else "asks for no password; the declared one is not known"
    return Stopped(f"Redis is reached and {how}: {password.missing}", status=Status.UNKNOWN, phase="auth")


def _ask(wire: Wire, password: Password | None, *words: bytes) -> str:
    """One command and the first line of its answer, without the password should the server echo it."""
    wire.transmit(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    line = b""
    while b"\n" not in line:
        try:
            more = wire.receive()
        except ConnectionError:
            more = b""  # a server that expects TLS may as well reset as close
        line += more
        if line.startswith(_TLS_ALERT):
            raise Stopped("the server speaks TLS: write rediss:// before the address", phase="tls")
        if not more or len(line) > _MAX_LINE:
            how = "does not speak RESP" if line else "closes the connection without an answer: it may speak TLS only"
            raise Stopped(f"what listens there {how}", cause=INFRASTRUCTURE)
    text = line.partition(b"\r\n")[0].decode("utf-8", "replace")
    return password.hide(text) if password else text


def _must(answer: str, wanted: bytes, password: Password | None = None) -> None:
    """Raises `Stopped` in words of its own unless the answer is the wanted one."""
    if answer == f"+{wanted.decode()}":
        return
    for start, (said, cause) in _WORDS.items():
        if answer.startswith(start):
            said += password.doubt if password and start == "-WRONGPASS" else ""
            raise Stopped(f"{said} ({answer[1:160]})", cause=cause)
    if answer.startswith("-"):
        raise Stopped(f"Redis refuses ({answer[1:160]})", cause=INFRASTRUCTURE)
    raise Stopped("what listens there does not speak RESP", cause=INFRASTRUCTURE)


_WORDS = {
    "-LOADING": ("Redis is loading its data and serves nothing yet", INFRASTRUCTURE),
    "-WRONGPASS": ("the password is wrong", APPLICATION),
    "-NOAUTH": ("Redis asks for a password", APPLICATION),
    "-ERR AUTH": ("a password is declared, and Redis has none", APPLICATION),
    "-ERR Client sent AUTH": ("a password is declared, and Redis has none", APPLICATION),
    "-ERR max number of clients": ("too many clients: every connection of Redis is taken", INFRASTRUCTURE),
    "-MASTERDOWN": ("the replica has lost its primary", INFRASTRUCTURE),
    "-DENIED": ("Redis is in protected mode and takes local clients only", INFRASTRUCTURE),
    "-NOPERM": ("this user may not do that", APPLICATION),
}
"""The start of an error → what it means here, and whose it is."""
