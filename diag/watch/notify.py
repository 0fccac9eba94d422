"""Sending messages without ever holding up the watch: a thread and a short queue for each address."""

from __future__ import annotations

import base64
import http.client
import json
import queue
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from diag import __version__
from diag.errors import UsageError
from diag.values import dataclass
from diag.watch.announce import Message

TRIES, TIMEOUT_S, PAUSE_S, QUEUED = 3, 10.0, 1.0, 100

Send = Callable[[Message], None]
Tell = Callable[[str], None]
Done = Callable[[], None]

_OURS = {"http": "http", "https": "https", "json": "http", "jsons": "https"}
"""Scheme of an address → the one that is spoken; all others are apprise's."""


class Undelivered(Exception):
    """A message that did not arrive; says why, without the address's secrets."""


@dataclass(frozen=True)
class Webhook:
    """A JSON POST to one address; redirects are not followed."""

    secure: bool
    host: str
    port: int | None
    path: str
    authorization: str | None

    def __call__(self, message: Message) -> None:
        """Sends it once; raises `Undelivered`."""
        connection = self._connection()
        try:
            connection.request("POST", self.path, document(message), self._headers())
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise Undelivered(f"it answered {status}")

    def _connection(self) -> http.client.HTTPConnection:
        if not self.secure:
            return http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(self.host, self.port, timeout=TIMEOUT_S, context=context)

    def _headers(self) -> dict[str, str]:
        said = {"Content-Type": "application/json", "User-Agent": f"diag/{__version__}"}
        return said | ({"Authorization": self.authorization} if self.authorization else {})


def document(message: Message) -> bytes:
    """The message as JSON: title, message, type, at; and check and resource where it is about one."""
    about = {"check": message.subject.check, "resource": message.subject.resource} if message.subject else {}
    said = {"version": "1.0", "title": message.title, "message": message.body, "type": message.kind, "at": message.at}
    return json.dumps(said | about).encode()


def sender(address: str, environ: Mapping[str, str]) -> Send:
    """What sends to the address, `${NAME}` in it expanded; raises `UsageError` where it cannot be used."""
    whole = _expanded(address, environ)
    scheme, mark, _ = whole.partition("://")
    scheme = scheme.lower()
    if not mark:
        raise UsageError(f"--notify {_shown(address)} is no address; write json://127.0.0.1:8080/hook")
    if scheme not in _OURS:
        return _apprise(address, whole, scheme)
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"--notify {_shown(address)} is no address ({error})") from None
    if not host or port == 0 or re.search(r"[\s\x00-\x1f]", whole):
        raise UsageError(f"--notify {_shown(address)} is no address; write json://127.0.0.1:8080/hook")
    user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else ""
    authorization = f"Basic {base64.b64encode(user.encode()).decode()}" if user else None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Webhook(_OURS[scheme] == "https", host, port, path, authorization)


def _apprise(address: str, whole: str, scheme: str) -> Send:
    try:
        import apprise
    except ImportError:
        raise UsageError(
            f"--notify {_shown(address)}: {scheme}:// needs the extra `notify`; type: pip install 'diag[notify]'"
        ) from None
    service = apprise.Apprise()
    if not service.add(whole):
        raise UsageError(f"--notify {_shown(address)} is none of apprise's addresses; see its documentation")

    def send(message: Message) -> None:
        if not service.notify(title=message.title, body=message.body, notify_type=message.kind):
            raise Undelivered(f"{scheme}:// did not take it")

    return send


def _expanded(address: str, environ: Mapping[str, str]) -> str:
    def of(found: re.Match[str]) -> str:
        if not environ.get(found.group(1)):
            raise UsageError(f"--notify: the variable {found.group(1)} is not set; type: export {found.group(1)}=…")
        return environ[found.group(1)]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", of, address)


def _shown(address: str) -> str:
    """The address as it may be shown: scheme and place, without user, path and query."""
    scheme, mark, rest = address.partition("://")
    if not mark:  # the whole of it may be secret
        return scheme if re.fullmatch(r"\$\{\w+\}", scheme) else "(address)"
    return f"{scheme}://{re.split('[/?#]', rest)[0].rpartition('@')[2]}"


class Channel:
    """One address, with its own thread: what it does not take within a few tries is told and dropped."""

    def __init__(self, address: str, send: Send, tell: Tell) -> None:
        self.name = _shown(address)
        self._send, self._tell = send, tell
        self._queue: queue.Queue[tuple[Message, Done] | None] = queue.Queue(QUEUED)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"notify {self.name}", daemon=True)
        self._thread.start()

    def put(self, message: Message, done: Done) -> None:
        """Queues the message, and returns at once; `done` is called when it has arrived or never will."""
        try:
            self._queue.put_nowait((message, done))
        except queue.Full:
            self._give_up(message, f"{QUEUED} messages wait already")
            done()

    def close(self, within_s: float) -> None:
        """Waits so long for what is queued, then gives up."""
        end = time.monotonic() + within_s
        with suppress(queue.Full):
            self._queue.put(None, timeout=within_s)
        self._thread.join(max(0.0, end - time.monotonic()))
        self._stop.set()

    def _work(self) -> None:
        while (taken := self._queue.get()) is not None:
            message, done = taken
            self._deliver(message)
            # What was cut short by the end is not done: it is sent after a restart.
            if not self._stop.is_set():
                done()

    def _deliver(self, message: Message) -> None:
        for number in range(1, TRIES + 1):
            try:
                self._send(message)
                return
            except Exception as error:
                # Whatever a service's plug-in raises, the other addresses and the watch go on.
                why = str(error) if isinstance(error, Undelivered) else type(error).__name__
                if number == TRIES or self._stop.wait(PAUSE_S * number):
                    self._give_up(message, why)
                    return

    def _give_up(self, message: Message, why: str) -> None:
        self._tell(f"{self.name} was not told “{message.title}”: {why}")


class Channels:
    """Every address."""

    def __init__(self, addresses: Sequence[str], environ: Mapping[str, str], tell: Tell, done: Send) -> None:
        """`done` is called, on a thread of its own, when every address has the message or will never have it."""
        senders = [(address, sender(address, environ)) for address in dict.fromkeys(addresses)]
        self._done = done
        self.all = tuple(Channel(address, send, tell) for address, send in senders)

    def put(self, message: Message) -> None:
        """Queues the message for each address; returns at once."""
        if not self.all:
            self._done(message)
        left, lock = [len(self.all)], threading.Lock()

        def one_done() -> None:
            with lock:
                left[0] -= 1
                last = not left[0]
            if last:
                self._done(message)

        for channel in self.all:
            channel.put(message, one_done)

    def close(self, within_s: float = 5.0) -> None:
        """Waits a little for what is under way; all addresses at once."""
        end = time.monotonic() + within_s
        for channel in self.all:
            channel.close(max(0.0, end - time.monotonic()))
