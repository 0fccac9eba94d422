"""A probe's password out of Secret Manager: the only place that reads the value of a secret.

The value goes to the probe that named the secret and nowhere else: no bundle, report, message or log holds it.
"""

from __future__ import annotations

import base64
import importlib
import logging
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import replace

from diag.calls import Call, Gap, GapKind, Json
from diag.cloud.checksum import crc32c
from diag.cloud.errors import without_credentials
from diag.cloud.lazy import load
from diag.cloud.live import LiveSource, open_live
from diag.errors import DiagError
from diag.methods.access import ACCESS

_LOGGER = "google.cloud.secretmanager_v1.services.secret_manager_service.transports.grpc"
"""Writes whole answers to stderr where GOOGLE_SDK_PYTHON_LOGGING_SCOPE asks for it."""


class PasswordReader:
    """Reads secrets with the credentials of one run; `read` may be called from many threads at once."""

    def __init__(
        self, environ: Mapping[str, str], *, impersonate: str | None = None, billing_project: str | None = None
    ) -> None:
        self._environ = environ
        self._impersonate, self._billing_project = impersonate, billing_project
        self._lock = threading.Lock()
        self._source: LiveSource | None = None
        self._closed = False

    def prepare(self) -> None:
        """Imports the client, which takes a while and would disturb whatever is being timed; asks nothing."""
        load(ACCESS.client.rpartition(".")[0])
        importlib.import_module("google.auth.transport.requests")
        logging.getLogger(_LOGGER).disabled = True

    def read(self, secret: str, timeout_s: float) -> str | Gap:
        """The latest version of `projects/P/secrets/S`, as it is stored; the gap says what to type where there is none.

        The search for credentials has bounds of its own: whoever waits must not rely on `timeout_s` alone.
        """
        end = time.monotonic() + timeout_s
        try:
            source = self._opened()
        except DiagError as error:
            return without_credentials(error)
        call = Call(ACCESS, (("name", f"{secret}/versions/latest"),))
        got = source.fetch(call, end - time.monotonic())
        if isinstance(got, Gap):
            return replace(got, advice=_advice(got, secret, source))
        return _value(got.doc, call, secret)

    def close(self) -> None:
        """Ends what is under way and closes the connection; takes no time."""
        self._closed = True
        if self._source:
            self._source.close()

    def _opened(self) -> LiveSource:
        with self._lock:
            if self._source is None:
                self._source = open_live(
                    [ACCESS.api],
                    self._environ,
                    impersonate=self._impersonate,
                    billing_project=self._billing_project,
                )
            if self._closed:
                self._source.close()
            return self._source


def _value(doc: Json, call: Call, secret: str) -> str | Gap:
    payload = doc.get("payload", {})
    data = base64.b64decode(payload.get("data", ""))
    checksum = payload.get("dataCrc32c")
    if checksum is not None and int(checksum) != crc32c(data):
        said = f"the value of {call.target} arrived damaged: it has not the checksum that Secret Manager sends with it"
        return Gap(GapKind.MALFORMED, said, call, advice="run diag again")
    another = f"gcloud secrets versions add {_named(secret)} --data-file FILE"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Gap(GapKind.MALFORMED, f"the value of {call.target} is no text (UTF-8)", call, advice=another)
    return text or Gap(GapKind.MALFORMED, f"the value of {call.target} is empty", call, advice=another)


_ROLE = "roles/secretmanager.secretAccessor"


def _advice(gap: Gap, secret: str, source: LiveSource) -> str:
    """What to type next, for this one secret."""
    named = _named(secret)
    state = re.search(r"versions/(\w+)\] is in (\w+) state", gap.message)
    if gap.permission == ACCESS.permission:
        return f"gcloud secrets add-iam-policy-binding {named} --member {_member(source)} --role {_ROLE}"
    if state and state.group(2) == "DISABLED":
        return f"gcloud secrets versions enable {state.group(1)} --secret {named}"
    if state and state.group(2) == "DESTROYED":
        return f"gcloud secrets versions add {named} --data-file FILE"
    if gap.kind in (GapKind.NOT_FOUND, GapKind.REFUSED):
        return f"gcloud secrets versions list {named}"
    return gap.advice


def _named(secret: str) -> str:
    """The secret as gcloud's commands name it."""
    _, project, _, name = secret.split("/")
    return f"{name} --project {project}"


def _member(source: LiveSource) -> str:
    """Who asks, as IAM names it; EMAIL is for the user to fill in where the credentials do not say whose they are."""
    principal = source.identity.principal if source.identity else ""
    return f"serviceAccount:{principal}" if "@" in principal else "user:EMAIL"
