"""Exceptions of every family become failures, and failures gaps that say what to type next."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from google.api_core import exceptions
from google.auth import exceptions as auth_exceptions
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from diag.calls import Call, Gap, GapKind
from diag.cloud.errors import brief, gap_of, read_failure

CALL = Call.of("compute.networks.list", project="p")


def rest(status: int, body: Any, headers: dict[str, str] | None = None) -> Exception:
    """What a REST client raises for this answer."""
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response.headers.update(headers or {})
    response.request = requests.Request("GET", "https://compute.googleapis.com/compute/v1/x").prepare()
    error: Exception = exceptions.from_http_response(response)
    return error


def gap(error: Exception, quota_project: str | None = None) -> Gap:
    return gap_of(read_failure(error), CALL, quota_project)


def info(reason: str, **metadata: str) -> dict[str, Any]:
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}
    return {"error": {"code": 403, "message": "said", "status": "PERMISSION_DENIED", "details": [detail]}}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (rest(403, {"error": {"message": "no", "errors": [{"reason": "forbidden"}]}}), GapKind.DENIED),
        (rest(403, {"error": {"message": "no", "errors": [{"reason": "rateLimitExceeded"}]}}), GapKind.RATE_LIMITED),
        (rest(403, {"error": {"message": "no", "errors": [{"reason": "accessNotConfigured"}]}}), GapKind.DISABLED),
        (rest(403, info("SERVICE_DISABLED")), GapKind.DISABLED),
        (rest(403, info("BILLING_DISABLED")), GapKind.DISABLED),
        (rest(404, {"error": {"message": "no such network"}}), GapKind.NOT_FOUND),
        (rest(404, b"<!DOCTYPE html><html>a proxy says no</html>"), GapKind.REFUSED),
        (rest(404, {"detail": "some other server"}), GapKind.REFUSED),
        (rest(400, {"error": {"message": "invalid"}}), GapKind.REFUSED),
        (rest(401, {"error": {"message": "who?"}}), GapKind.UNAUTHENTICATED),
        (rest(429, b""), GapKind.RATE_LIMITED),
        (rest(500, b"oops"), GapKind.UNAVAILABLE),
        (rest(502, b"<html>bad gateway</html>"), GapKind.UNAVAILABLE),
        (rest(504, b""), GapKind.TIMEOUT),
        (exceptions.DeadlineExceeded("late"), GapKind.TIMEOUT),
        (exceptions.ServiceUnavailable("Getting metadata from plugin failed with error: x"), GapKind.UNAUTHENTICATED),
        (exceptions.InternalServerError("Exception deserializing response!"), GapKind.MALFORMED),
        (exceptions.MethodNotImplemented("no such method"), GapKind.REFUSED),
        (requests.exceptions.ReadTimeout("Read timed out."), GapKind.TIMEOUT),
        (requests.exceptions.ConnectTimeout("timed out"), GapKind.TIMEOUT),
        (requests.exceptions.ConnectionError("HTTPSConnectionPool: Read timed out."), GapKind.TIMEOUT),
        (requests.exceptions.ConnectionError("[Errno 111] Connection refused"), GapKind.UNAVAILABLE),
        (requests.exceptions.ConnectionError("NameResolutionError: Failed to resolve"), GapKind.UNAVAILABLE),
        (requests.exceptions.ChunkedEncodingError("incomplete read"), GapKind.UNAVAILABLE),
        (requests.exceptions.ContentDecodingError("bad gzip"), GapKind.MALFORMED),
        (requests.exceptions.TooManyRedirects("30"), GapKind.REFUSED),
        (auth_exceptions.RefreshError("invalid_grant: Token has been expired or revoked."), GapKind.UNAUTHENTICATED),
        (auth_exceptions.TransportError("no route"), GapKind.UNAVAILABLE),
        (json_format.ParseError("Failed to load JSON"), GapKind.MALFORMED),
        (DecodeError("Error parsing message"), GapKind.MALFORMED),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), GapKind.MALFORMED),
    ],
    ids=lambda value: value.value if isinstance(value, GapKind) else None,
)
def test_kinds(error: Exception, kind: GapKind) -> None:
    found = gap(error)
    assert found.kind is kind
    assert found.call is CALL
    assert found.message.startswith("networks.list on projects/p ")


def test_our_own_defects_are_not_answers() -> None:
    with pytest.raises(KeyError):
        read_failure(KeyError("a bug"))


@pytest.mark.parametrize(
    ("error", "permission"),
    [
        (rest(403, info("IAM_PERMISSION_DENIED", permission="compute.networks.get")), "compute.networks.get"),
        (rest(403, {"error": {"message": "Required 'compute.a.list' permission for 'projects/p'"}}), "compute.a.list"),
        (rest(403, {"error": {"message": "not authorized"}}), "compute.networks.list"),
        (rest(403, info("USER_PROJECT_DENIED")), "serviceusage.services.use"),
        (rest(404, {"error": {"message": "x"}}), None),
    ],
    ids=["error info", "message", "method table", "quota project", "not a denial"],
)
def test_the_missing_permission(error: Exception, permission: str | None) -> None:
    assert gap(error).permission == permission


@pytest.mark.parametrize(
    ("error", "quota_project", "advice"),
    [
        (rest(403, info("SERVICE_DISABLED")), None, "gcloud services enable compute.googleapis.com --project p"),
        (rest(403, info("SERVICE_DISABLED", consumer="projects/12")), "q", "… --project q"),
        (rest(403, info("SERVICE_DISABLED", consumer="projects/other")), None, "… --project other"),
        (rest(403, info("BILLING_DISABLED")), None, "gcloud billing projects link p --billing-account=ACCOUNT"),
        (
            rest(403, info("USER_PROJECT_DENIED")),
            "q",
            "on q, or name another: --billing-project",
        ),
        (auth_exceptions.RefreshError("expired"), None, "gcloud auth application-default login"),
        (
            requests.exceptions.ConnectionError("Connection refused"),
            None,
            "check the network, HTTPS_PROXY and CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE, then run diag again",
        ),
        (exceptions.ServiceUnavailable("overloaded"), None, "run diag again in a minute"),
        (exceptions.BadRequest("Invalid region"), None, "see whether the project and the region are right"),
        (ValueError("no JSON"), None, "check what answers for compute.googleapis.com: HTTPS_PROXY and CLOUDSDK_API"),
    ],
)
def test_the_advice_is_what_to_type(error: Exception, quota_project: str | None, advice: str) -> None:
    assert advice.removeprefix("…") in gap(error, quota_project).advice


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            exceptions.ServiceUnavailable(
                "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:9: Connection refused"
            ),
            "no connection (connection refused)",
        ),
        (
            exceptions.ServiceUnavailable("DNS resolution failed for run.googleapis.com:443: Domain name not found"),
            "no connection (the name does not resolve)",
        ),
        (
            exceptions.ServiceUnavailable(
                "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:9: Failed parsing HTTP/2 "
                "(Expected SETTINGS frame as the first frame, got frame type 80)"
            ),
            "no connection (no gRPC is spoken there)",
        ),
        (
            exceptions.ServiceUnavailable(
                "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:9: Tls handshake failed: "
                "SSL_ERROR_SSL: WRONG_VERSION_NUMBER: Invalid certificate verification context: OK"
            ),
            "no connection (no TLS is spoken there)",
        ),
        (
            exceptions.ServiceUnavailable("failed to connect to all addresses; last error: UNKNOWN: of a new kind"),
            "no connection (failed to connect to all addresses; last error: UNKNOWN: of a new kind)",
        ),
        (
            requests.exceptions.ProxyError("Unable to connect to proxy: ProxyError, Connection refused"),
            "no connection (the proxy could not be used)",
        ),
    ],
    ids=["grpc refused", "grpc name", "grpc other", "grpc no tls", "grpc new", "rest proxy"],
)
def test_no_connection_is_said_in_the_same_words_on_both_wires(error: Exception, said: str) -> None:
    assert gap(error).message == f"networks.list on projects/p could not be answered ({said})"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7.0), ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, None), ({}, None)],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert read_failure(rest(429, b"", headers)).retry_after_s == seconds


def test_a_message_is_one_short_line_without_tokens() -> None:
    said = brief("GET https://x/?key=1: Bearer abc.def\n refused ya29.a0Secret and eyJhbGciOi.J9.sig" + "x" * 999)
    assert said.startswith("(token) refused (token) and (token)")
    assert len(brief("word " * 200)) == 300
    assert brief("clear\x1b[2Jed\u202e") == "clear?[2Jed?"
    assert brief("<html><body>503") == "an HTML page instead of an API's answer"
