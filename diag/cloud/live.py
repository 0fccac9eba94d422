"""The live source: answers calls through Google's client libraries, within a bound, with every page.

Deadlines and retries are ours, because the libraries' own differ from client to client (Cloud SQL has
no timeout at all, compute retries a 503 for ten minutes, none of them waits for `Retry-After`).
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TextIO

from diag.calls import METHODS, Answer, Call, Gap, GapKind, Json
from diag.cloud.auth import Identity, find_identity
from diag.cloud.clients import Clients
from diag.cloud.documents import document
from diag.cloud.endpoints import endpoints
from diag.cloud.errors import Failure, gap_of, read_failure, without_credentials
from diag.cloud.lazy import load_ahead
from diag.cloud.pages import Pages
from diag.errors import CredentialsError

ATTEMPT_S = 20.0
"""The longest that one attempt may take; a longer bound leaves room for another attempt."""

_BACKOFF_S = 0.25
_SOON_S = 0.05
"""With less than this left, another attempt is not worth starting."""

_PAGE_SIZES: Mapping[str, tuple[str, int]] = {
    # The documented maxima (platform facts SL-01, section 9.2). Where none is documented the server chooses.
    "compute.googleapis.com": ("max_results", 500),
    "sql.instances.list": ("max_results", 1000),
    "certificatemanager.certificate_map_entries.list": ("page_size", 1000),
    "serviceusage.services.list": ("page_size", 200),
    "logging.entries.list": ("page_size", 1000),
}


class LiveSource:
    """Answers calls from the platform itself; `fetch` may be called from many threads at once."""

    def __init__(
        self,
        clients: Clients,
        identity: Identity | None = None,
        *,
        lacking: CredentialsError | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """`wait` sleeps between attempts, in seconds; by default `close` ends the sleep.

        `lacking` says why there are no credentials, for the APIs that want some: those are not asked.
        """
        self.identity = identity
        self._lacking = lacking
        self._clients = clients
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait

    def fetch(self, call: Call, timeout_s: float) -> Answer | Gap:
        """The answer or the gap of one call, within `timeout_s` seconds."""
        if self._lacking and self._clients.wants_credentials(call.method.api):
            return without_credentials(self._lacking, call)
        end = time.monotonic() + timeout_s
        pages = Pages(call)
        token = ""
        seen = {token}
        while True:
            page = self._persist(call, token, end)
            if isinstance(page, Failure):
                if not pages.begun:
                    return gap_of(page, call, self._quota_project)
                pages.break_off("a later page is missing", page, self._quota_project)
                return pages.answer()
            token = str(page.pop("nextPageToken", ""))
            pages.add(page)
            if not token:
                return pages.answer()
            if token in seen:
                pages.break_off("the API gave the same page token twice, so later pages could not be read")
                return pages.answer()
            if pages.full:
                pages.break_off(f"there is more than the {call.method.most} that are read")
                return pages.answer()
            seen.add(token)

    def close(self) -> None:
        """Ends waiting and closes every connection; takes no time."""
        self._closed.set()
        self._clients.close()

    @property
    def _quota_project(self) -> str | None:
        return self.identity.quota_project if self.identity else None

    def _persist(self, call: Call, token: str, end: float) -> Json | Failure:
        """One page, tried again as long as the failure, the server and the time that is left allow."""
        attempt = 0
        while True:
            got = self._attempt(call, token, end - time.monotonic())
            if not isinstance(got, Failure) or attempt >= got.tries:
                return got
            pause = _pause(got, attempt)
            if pause + _SOON_S > end - time.monotonic() or self._closed.is_set():
                return got
            self._wait(pause)
            attempt += 1

    def _attempt(self, call: Call, token: str, left_s: float) -> Json | Failure:
        if left_s <= 0:
            return Failure(GapKind.TIMEOUT, "")
        end = time.monotonic() + left_s
        try:
            function = self._clients.function(call.method, left_s)
        except TimeoutError as error:
            return Failure(GapKind.TIMEOUT, str(error))
        left_s = end - time.monotonic()
        if left_s <= 0:
            return Failure(GapKind.TIMEOUT, "importing the client library took all the time")
        try:
            response = function(request=_request(call, token), retry=None, timeout=min(left_s, ATTEMPT_S))
            return document(response)
        except Exception as error:
            return read_failure(error)


def open_live(
    apis: Iterable[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    impersonate: str | None = None,
    billing_project: str | None = None,
    stderr: TextIO | None = None,
) -> LiveSource:
    """A live source for `apis` (`run.googleapis.com`; default: all of the table).

    Looks for credentials once, unless all of the APIs are plaintext loopback overrides. Where some are, they are
    asked without usable credentials too, and the others are gaps. Raises `UsageError` for an override that cannot
    be used and `CredentialsError` where nothing can be asked.
    """
    wanted = dict.fromkeys(apis if apis is not None else (method.api for method in METHODS.values()))
    where = endpoints(wanted, environ)
    if all(endpoint.plaintext for endpoint in where.values()):
        return LiveSource(Clients(where, None))
    try:
        identity = find_identity(
            environ, impersonate=impersonate, billing_project=billing_project, stderr=stderr, meanwhile=load_ahead
        )
    except CredentialsError as error:
        if not any(endpoint.plaintext for endpoint in where.values()):
            raise
        return LiveSource(Clients(where, None), lacking=error)
    return LiveSource(Clients(where, identity), identity)


def _request(call: Call, token: str) -> dict[str, object]:
    method = call.method
    request: dict[str, object] = {**call.body(), **method.constant}
    size = _PAGE_SIZES.get(method.key) or _PAGE_SIZES.get(method.api)
    if size and method.verb.lists:
        request[size[0]] = size[1]
    if token:
        request["page_token"] = token
    return request


def _pause(failure: Failure, attempt: int) -> float:
    """Seconds until the next attempt: what the server asked for, else exponential with jitter."""
    if failure.retry_after_s is not None:
        return failure.retry_after_s
    return float(_BACKOFF_S * 2**attempt * random.uniform(0.5, 1.0))
