"""What monitors may ask over HTTP; every answer is of the newest look, and none starts another."""

from __future__ import annotations

import hmac
import ipaddress
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from diag.errors import UsageError
from diag.render import infrastructure
from diag.render import json as report_json
from diag.watch.board import Board, Posted

Answer = tuple[int, str, bytes]
JSON = "application/json"
TIMEOUT_S = 10.0


def address(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9090`, `[::1]:9090` or `localhost:9090`; raises `UsageError`."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise UsageError(f"--listen {text} is not HOST:PORT; write for example 127.0.0.1:9090")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Server:
    """The listener while it is entered as a context manager."""

    def __init__(self, listen: str, board: Board, token: str | None) -> None:
        host, port = address(listen)
        if not is_loopback(host) and not token:
            raise UsageError(
                f"--listen {listen} is reachable from other machines and needs a token; "
                "type: export DIAG_LISTEN_TOKEN=$(openssl rand -hex 16)"
            )
        handler = type("Handler", (_Handler,), {"board": board, "token": token})
        try:
            family = _V6 if ":" in host else _V4
            self._server = family((host, port), handler)
        except OSError as error:
            raise UsageError(f"--listen {listen}: {error.strerror or error}; name another address or port") from error
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="listen", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _V4(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class _V6(_V4):
    import socket

    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    board: Board
    token: str | None
    timeout = TIMEOUT_S
    server_version = "diag"
    sys_version = ""

    def do_GET(self) -> None:
        """Answers a question."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """The head of the answer."""
        self._answer(body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: scrapes are no news."""

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        code, kind, content = self._content(path)
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if code == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _content(self, path: str) -> Answer:
        page = PAGES.get(path)
        if page is None:
            return 404, JSON, _dump({"error": f"nothing is here; ask for one of: {', '.join(PAGES)}"})
        if path != "/livez" and not self._allowed():
            return 401, JSON, _dump({"error": "send Authorization: Bearer and the token of DIAG_LISTEN_TOKEN"})
        return page(self.board.read())

    def _allowed(self) -> bool:
        said = self.headers.get("Authorization", "").encode("utf-8", "replace")
        return not self.token or hmac.compare_digest(said, f"Bearer {self.token}".encode())


def _dump(document: object) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode()


_NOT_YET: Answer = (503, JSON, _dump({"status": "unknown", "reason": "nothing was looked at yet"}))


def _health(posted: Posted | None) -> Answer:
    if posted is None:
        return _NOT_YET
    count = posted.report.summary()
    said = "healthy" if posted.healthy else "unhealthy" if count["fail"] else "unknown"
    page = {"status": said, "fresh": posted.fresh, "kept": posted.kept, "summary": count}
    return 200 if posted.healthy else 503, JSON, _dump(page)


def _live(posted: Posted | None) -> Answer:
    return 200, JSON, _dump({"status": "alive"})


def _metrics(posted: Posted | None) -> Answer:
    from diag.watch.metrics import CONTENT_TYPE, exposition

    return 200, CONTENT_TYPE, exposition(posted)


def _report(posted: Posted | None) -> Answer:
    return (200, JSON, report_json.render(posted.report).encode()) if posted else _NOT_YET


def _infrastructure(posted: Posted | None) -> Answer:
    if posted is None:
        return _NOT_YET
    page = infrastructure.document(posted.report, posted.tally.categories, posted.fresh)
    return 200 if page["status"] in ("healthy", "degraded") else 503, JSON, _dump(page)


PAGES: Mapping[str, Callable[[Posted | None], Answer]] = {
    "/healthz": _health,
    "/livez": _live,
    "/metrics": _metrics,
    "/report.json": _report,
    "/health/infrastructure": _infrastructure,
}
