"""Passwords of probes: where they come from, each secret read once, and how none of them is ever shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from diag.calls import Gap, GapKind
from diag.values import dataclass, field

READ_S = 20.0
"""The longest that a probe waits for its password."""

_ECHOED = 16
"""As many characters of a password in a row are hidden, even where a server cuts off what it echoes."""
_BREAKS = {ord("\r"): " ", ord("\n"): " "}


@dataclass(frozen=True)
class Password:
    """A password, or why there is none here; never shown."""

    value: str | None = field(repr=False)
    missing: str = ""
    advice: str = ""
    """What to type so that it can be read."""
    permission: str | None = None
    """The IAM permission that was missing."""

    @property
    def _oddity(self) -> str:
        """What is seldom meant: a password is sent as it is stored, and `echo` stores a newline with it."""
        value = self.value or ""
        if value.endswith("\n"):
            return "ends in a newline"
        return "begins or ends with white space" if value != value.strip() else ""

    @property
    def doubt(self) -> str:
        """The same as a clause behind "the password is wrong"."""
        return f"; it {self._oddity} and was sent so: store it with printf %s, not echo" if self._oddity else ""

    @property
    def taken(self) -> str:
        """The same of a password that is right."""
        return f"the password {self._oddity}, and the server takes it so" if self._oddity else ""

    def hide(self, text: str) -> str:
        """The text of a server, which may have echoed the password or a part of it, without it."""
        value = (self.value or "").translate(_BREAKS).strip()
        if not value:
            return text
        text, least = text.translate(_BREAKS), min(len(value), _ECHOED)
        shown, start = [], 0
        while start < len(text):
            end = start + least
            if text[start:end] not in value or end > len(text):
                shown.append(text[start])
                start += 1
                continue
            while end < len(text) and text[start : end + 1] in value:
                end += 1
            shown.append("[password]")
            start = end
        return "".join(shown)


class Reader(Protocol):
    """Reads values of Secret Manager."""

    def prepare(self) -> None:
        """What can be done before the clocks of the probes start."""
        ...

    def read(self, secret: str, timeout_s: float) -> str | Gap:
        """The latest value of `projects/P/secrets/S`, or why there is none."""
        ...

    def close(self) -> None:
        """Ends what is under way; takes no time."""
        ...


class Passwords:
    """The passwords that lie in Secret Manager: each is read once, when the first probe needs it, and kept in memory.

    A secret that does not come holds up the probes that name it and no other.
    """

    def __init__(self, opened: Callable[[], Reader]) -> None:
        """`opened` is called when a probe needs a secret, and not before."""
        self._opened = opened
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._asked: dict[str, Future[str | Gap]] = {}

    def prepare(self) -> None:
        """What takes time and would disturb the probes' own times."""
        self._open().prepare()

    def of(self, secret: str, timeout_s: float) -> Password:
        """The password that `projects/P/secrets/S` holds, no later than `timeout_s` seconds from now."""
        with self._lock:
            asked = self._asked.get(secret)
            if asked is None:
                asked = self._asked[secret] = Future()
                # Neither the search for credentials nor an import can be cut short: only the wait for them.
                threading.Thread(target=self._read, args=(secret, timeout_s, asked), daemon=True).start()
        try:
            got = asked.result(timeout_s)
        except TimeoutError:
            got = Gap(GapKind.TIMEOUT, f"no answer within {timeout_s:.3g} s", advice="give it more with --timeout")
        if isinstance(got, str):
            return Password(got)
        missing = f"the secret {secret.rpartition('/')[2]} was not read: {got.message}"
        return Password(None, missing, got.advice, got.permission)

    def close(self) -> None:
        """Close the connection; what was read stays in memory, and what was not can still be."""
        reader, self._reader = self._reader, None
        if reader:
            reader.close()

    def _open(self) -> Reader:
        if self._reader is None:
            self._reader = self._opened()
        return self._reader

    def _read(self, secret: str, timeout_s: float, asked: Future[str | Gap]) -> None:
        try:
            asked.set_result(self._open().read(secret, timeout_s))
        except Exception as error:
            said = f"diag cannot read this answer ({type(error).__name__}): please report it"
            asked.set_result(Gap(GapKind.MALFORMED, said))
