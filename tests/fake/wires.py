"""The two wires: gRPC with bytes in and out, and REST over HTTP/1.1, each on a private port."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc

from diag.calls import METHODS, Json, Method
from diag.methods.access import ACCESS
from tests.fake.faults import Error, grpc_status, rest_body
from tests.fake.knative import as_knative
from tests.fake.messages import body_fields, canonical, parse, query_fields, request_fields
from tests.fake.recorded import Bundle, Request, request_key
from tests.fake.requestlog import Entry, RequestLog
from tests.fake.responder import Reply, Responder
from tests.fake.routes import route

_BY_RPC = {method.rpc: method for method in (*METHODS.values(), ACCESS) if method.rpc}
_NO_MESSAGE = b"\xff\xff\xff\xff"
_NO_JSON = b'{"items": [{"name": "cut sh'


@dataclass(frozen=True)
class Desk:
    """What both wires share: who answers, how slowly, and the log."""

    bundle: Bundle
    responder: Responder
    log: RequestLog
    latency_s: float
    released: threading.Event = field(default_factory=threading.Event)
    """Set at teardown: lets hanging requests go."""

    def answer(self, method: Method, request: Request, token: str, size: int, entry: Entry) -> Reply:
        """The reply after the latency; the log holds the request while it is being answered."""
        self.log.began(entry)
        try:
            if self.latency_s:
                time.sleep(self.latency_s)
            return self.responder.reply(method, request, token, size)
        finally:
            self.log.ended(entry)


class _Rpcs(grpc.GenericRpcHandler):
    """Finds the method of the table by its gRPC path."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def service(self, details: Any) -> Any:
        method = _BY_RPC.get(details.method)
        if method is None:
            return None
        return grpc.unary_unary_rpc_method_handler(lambda body, context: self._call(method, body, context))

    def _call(self, method: Method, body: bytes, context: Any) -> bytes:
        fields = request_fields(method, body)
        request, token = request_key(fields), str(fields.get("page_token", ""))
        size = int(fields.get("page_size") or fields.get("max_results") or 0)
        entry = Entry(method.key, request, token, "grpc", context.peer(), "POST")
        reply = self._desk.answer(method, request, token, size, entry)
        if reply.hang:
            while context.is_active() and not self._desk.released.wait(0.05):
                pass
            context.abort(grpc.StatusCode.CANCELLED, "the fake was closed")
        if reply.error:
            self._fail(reply.error, context)
        if reply.damaged:
            return _NO_MESSAGE
        encoded: bytes = parse(method, reply.doc or {}).SerializeToString()
        return encoded

    def _fail(self, error: Error, context: Any) -> None:
        codes = {code.value[0]: code for code in grpc.StatusCode}
        context.set_trailing_metadata((("grpc-status-details-bin", grpc_status(error).SerializeToString()),))
        context.abort(codes[error.code], error.message)


def grpc_server(desk: Desk) -> tuple[Any, int]:
    """A started gRPC server and its port; the caller keeps the reference, or the server stops."""
    server = grpc.server(ThreadPoolExecutor(max_workers=128), handlers=[_Rpcs(desk)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    # A client that finds the queue full tries again after a second.
    request_queue_size = 256
    # Connections that clients keep alive must not hold up teardown.
    block_on_close = False

    def __init__(self, desk: Desk) -> None:
        super().__init__(("127.0.0.1", 0), _HttpHandler)
        self.desk = desk

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is shown."""


class _HttpHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        found = route(urlsplit(self.path).path)
        body = json.loads(self.rfile.read(length) or b"{}")
        if found is None or not found[0].post:
            self._refuse(405)
        else:
            self._answer(dict(body_fields(found[0], body)))

    def _answer(self, body: Json) -> None:
        # A client that takes the fake for its proxy sends the whole address.
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/apis/serving.knative.dev/v1/namespaces/"):
            self._knative(parts.path, parts.hostname or "")
            return
        found = route(parts.path)
        if found is None:
            self._refuse(404)
            return
        method, fields = found
        request = request_key(fields | query_fields(method, query) | body)
        token = query.get("pageToken", "")
        entry = Entry(method.key, request, token, "rest", self._connection(), self.command)
        size = int(query.get("maxResults") or query.get("pageSize") or 0)
        self._put(method, self.server.desk.answer(method, request, token, size, entry))

    def do_PUT(self) -> None:
        self._refuse(405)

    do_PATCH = do_DELETE = do_PUT

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the request log has it."""

    def _put(self, method: Method, reply: Reply) -> None:
        if reply.hang:
            self.server.desk.released.wait()
            self.close_connection = True
        elif reply.error:
            headers = {"Retry-After": str(reply.error.retry_after_s)} if reply.error.retry_after_s is not None else {}
            self._send(reply.error.status, rest_body(reply.error), headers)
        elif reply.damaged:
            self._send_bytes(200, _NO_JSON)
        else:
            self._send(200, canonical(method, reply.doc or {}))

    def _knative(self, path: str, host: str) -> None:
        _, _, _, _, _, project, _, name, *_ = [*path.split("/"), "", ""]
        self._note("run.v1.services.get", {"name": name})
        for service in self.server.desk.bundle.services(project):
            region = service["name"].split("/")[3]
            # gcloud puts the region before the host: us-central1-127.0.0.1, us-central1-run.googleapis.com.
            in_region = host.startswith(f"{region}-") or "-" not in host
            if service["name"].endswith(f"/services/{name}") and in_region:
                self._send(200, as_knative(service))
                return
        self._send(404, {"error": {"code": 404, "message": f"Resource '{name}' was not found", "status": "NOT_FOUND"}})

    def _refuse(self, status: int) -> None:
        self._note("?", {"path": self.path})
        self.close_connection = True
        self._send(status, {"error": {"code": status, "message": "not served by the fake", "status": "NOT_FOUND"}})

    def _note(self, method: str, fields: Json) -> None:
        entry = Entry(method, request_key(fields), "", "rest", self._connection(), self.command)
        self.server.desk.log.began(entry)
        self.server.desk.log.ended(entry)

    def _connection(self) -> str:
        return f"{self.client_address[0]}:{self.client_address[1]}"

    def _send(self, status: int, doc: Json, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(status, json.dumps(doc).encode(), headers)

    def _send_bytes(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def http_server(desk: Desk) -> tuple[_Http, int]:
    """A started HTTP/1.1 server and its port."""
    server = _Http(desk)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server, int(server.server_address[1])
