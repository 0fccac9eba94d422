"""The fake as a whole: a bundle behind one loopback port, for the unmodified client libraries and gcloud."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from diag.calls import METHODS
from diag.cloud.endpoints import GCLOUD_NAMES, PREFIX
from tests.fake.front import Front
from tests.fake.recorded import Bundle
from tests.fake.requestlog import RequestLog
from tests.fake.responder import Faults, Responder
from tests.fake.secrets import Secrets
from tests.fake.wires import Desk, grpc_server, http_server


class Fake:
    """Serves a bundle while it is entered as a context manager.

    `latency_s`: seconds that each request takes. `page_size`: items a page, of every list. `faults`: method key or
    `*` → `Fault`, or `(Fault, n)` for the first n requests of a method. `retry_after_s`: what a 429 asks for.
    `secrets`: the values that may be read, which are in no bundle.
    """

    def __init__(
        self,
        bundle: Path,
        *,
        latency_s: float = 0.0,
        page_size: int | None = None,
        faults: Faults | None = None,
        retry_after_s: int = 1,
        secrets: Secrets | None = None,
        port: int = 0,
    ) -> None:
        """Raises `ValueError` for a bundle that the client libraries' types do not take."""
        self.log = RequestLog()
        recorded = Bundle(bundle)
        self.project: str = recorded.manifest.get("project", "")
        responder = Responder(recorded, page_size, faults or {}, retry_after_s, secrets or {})
        self._desk = Desk(recorded, responder, self.log, latency_s)
        self._port = port
        self._front: Front | None = None

    def __enter__(self) -> Self:
        self._grpc, grpc_port = grpc_server(self._desk)
        self._http, http_port = http_server(self._desk)
        self._front = Front(grpc_port, http_port, self._port)
        try:
            self._front.start()
        except OSError:
            self._stop_servers()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._desk.released.set()
        if self._front:
            self._front.stop()
        self._stop_servers()

    @property
    def port(self) -> int:
        """The public port; only while entered."""
        assert self._front is not None
        return self._front.port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT/`, for both wires."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def env(self) -> dict[str, str]:
        """The variables that point every API of the method table here."""
        apis = sorted({method.api for method in METHODS.values()})
        return {PREFIX + GCLOUD_NAMES[api]: self.url for api in apis}

    def _stop_servers(self) -> None:
        self._grpc.stop(0).wait()
        self._http.shutdown()
        self._http.server_close()
