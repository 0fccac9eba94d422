"""What a client library raised, in our words: four families of exceptions become one `Failure`, then a `Gap`.

The families: `google.api_core` (an API's own answer), `requests` (REST transport), `google.auth`
(credentials), and `protobuf` (an answer that cannot be parsed).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from diag.calls import Call, Gap, GapKind
from diag.cloud.endpoints import GCLOUD_NAMES, PREFIX
from diag.errors import DiagError
from diag.values import dataclass, field

_LONGEST = 300


@dataclass(frozen=True)
class Failure:
    """One attempt that gave no answer."""

    kind: GapKind
    text: str
    """What the platform or the transport said, on one line, without secrets."""
    reason: str = ""
    """`google.rpc.ErrorInfo.reason`, or the `reason` of a REST error."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: float | None = None
    """How long the server asked to wait."""
    tries: int = 0
    """How many times this failure is worth trying again."""


def brief(text: object) -> str:
    """`text` on one line, at most 300 characters, without HTML, request addresses, tokens or control characters."""
    said = re.sub(r"^(GET|POST) https?://\S+: ", "", str(text).strip())
    if re.match(r"<!doctype|<html", said, re.IGNORECASE):
        return "an HTML page instead of an API's answer"
    said = re.sub(r"(?i)\bbearer\s+\S+|\bya29\.\S+|\beyJ[\w-]{5,}\S*", "(token)", said)
    said = "".join(letter if letter.isprintable() else "?" for letter in " ".join(said.split()))
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"


def read_failure(error: Exception) -> Failure:
    """The failure that an exception out of a client library stands for; raises one that is our own defect again."""
    family = type(error).__module__.partition(".")[0]
    if hasattr(error, "grpc_status_code"):
        return _api(error)
    if family in ("requests", "urllib3"):
        return _transport(error)
    if type(error).__module__.startswith("google.auth"):
        kind = GapKind.UNAVAILABLE if type(error).__name__ == "TransportError" else GapKind.UNAUTHENTICATED
        return Failure(kind, brief(error.args[0] if error.args else type(error).__name__))
    if isinstance(error, (TimeoutError, ConnectionError)):
        kind = GapKind.TIMEOUT if isinstance(error, TimeoutError) else GapKind.UNAVAILABLE
        return Failure(kind, brief(error) or type(error).__name__, tries=2)
    if isinstance(error, RecursionError):
        return Failure(GapKind.MALFORMED, "it is nested too deeply")
    if not isinstance(error, (ValueError, AttributeError)) and not type(error).__module__.startswith("google."):
        raise error  # a defect of ours, not an answer
    # ParseError and DecodeError of protobuf, and what the libraries run into in an error body of another shape.
    return Failure(GapKind.MALFORMED, f"{type(error).__name__}: {brief(error)}")


_BY_STATUS: Mapping[int, tuple[GapKind, int]] = {
    401: (GapKind.UNAUTHENTICATED, 0),
    403: (GapKind.DENIED, 0),
    404: (GapKind.NOT_FOUND, 0),
    408: (GapKind.TIMEOUT, 2),
    429: (GapKind.RATE_LIMITED, 2),
    500: (GapKind.UNAVAILABLE, 1),
    502: (GapKind.UNAVAILABLE, 2),
    503: (GapKind.UNAVAILABLE, 2),
    504: (GapKind.TIMEOUT, 2),
}
"""HTTP status (gRPC codes have one, too) → kind, and how often to try again."""

_RATE_REASONS = frozenset({"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded"})
_DISABLED_REASONS = frozenset({"SERVICE_DISABLED", "accessNotConfigured", "BILLING_DISABLED", "CONSUMER_INVALID"})
_CUT_OFF = "no connection"
_NO_CONNECTION = ("failed to connect to all addresses", "DNS resolution failed")  # gRPC's words
_UNREADABLE = "deserializing"  # gRPC's words for a message that does not parse


def _api(error: Any) -> Failure:
    """A `GoogleAPICallError`: the API's own answer, or gRPC's account of the transport."""
    status = int(error.code or 0)
    text = brief(error.message)
    reason, metadata = _reason(error)
    kind, tries = _BY_STATUS.get(status, (GapKind.REFUSED, 0))
    if status == 403 and reason in _RATE_REASONS:
        kind, tries = GapKind.RATE_LIMITED, 2
    elif status == 403 and reason in _DISABLED_REASONS:
        kind = GapKind.DISABLED
    elif status == 500 and _UNREADABLE in text:
        kind, tries, text = GapKind.MALFORMED, 0, "it is no message of the API's"
    elif status == 404 and _is_not_the_apis(error):
        # A proxy's page is no proof that a resource is absent.
        kind, text = GapKind.REFUSED, f"404, but not in the API's format: {text}"
    elif status == 503 and "metadata from plugin failed" in text:
        kind, tries = GapKind.UNAUTHENTICATED, 0
    elif status == 503 and any(words in text for words in _NO_CONNECTION):
        text = f"{_CUT_OFF} ({cause(text)})"
    return Failure(kind, text, reason, metadata, _retry_after(error), tries)


def _reason(error: Any) -> tuple[str, Mapping[str, str]]:
    """The reason and its metadata: `ErrorInfo` where there is one, else the REST error's own `reason`."""
    if error.reason:
        return str(error.reason), dict(error.metadata or {})
    for item in error.errors or ():
        if isinstance(item, dict) and item.get("reason"):
            return str(item["reason"]), {}
    return "", {}


def _is_not_the_apis(error: Any) -> bool:
    response = error.response
    if response is None or not hasattr(response, "json"):
        return False
    try:
        return not isinstance(response.json().get("error"), dict)
    except (ValueError, AttributeError):
        return True


def _retry_after(error: Any) -> float | None:
    """Seconds that the server asked for: the REST header, or `google.rpc.RetryInfo`."""
    headers = getattr(error.response, "headers", None) or {}
    asked = str(headers.get("Retry-After", ""))
    if re.fullmatch(r"\d+(\.\d+)?", asked):
        return float(asked)
    for detail in error.details or ():
        delay: Any = detail.get("retryDelay") if isinstance(detail, dict) else getattr(detail, "retry_delay", None)
        if isinstance(delay, str) and re.fullmatch(r"\d+(\.\d+)?s", delay):
            return float(delay[:-1])
        if hasattr(delay, "seconds"):
            return float(delay.seconds) + float(delay.nanos) / 1e9
    return None


def _transport(error: Exception) -> Failure:
    """A `requests` exception: no answer came, or not a whole one."""
    names = {kind.__name__ for kind in type(error).__mro__}
    # A body that stops arriving is a ConnectionError whose cause is a read timeout.
    if "Timeout" in names or "timed out" in str(error).lower():
        return Failure(GapKind.TIMEOUT, "no answer in time", tries=2)
    if names & {"JSONDecodeError", "ContentDecodingError", "InvalidJSONError"}:
        return Failure(GapKind.MALFORMED, f"the answer could not be read ({type(error).__name__})")
    if names & {"ConnectionError", "ChunkedEncodingError"}:
        return Failure(GapKind.UNAVAILABLE, f"{_CUT_OFF} ({cause(error)})", tries=2)
    return Failure(GapKind.REFUSED, f"{type(error).__name__}: {brief(error)}")


def cause(error: object) -> str:
    """Why no connection came about, in a few words, by what a transport said."""
    said = str(error)
    known = (
        ("proxyerror", "the proxy could not be used"),
        ("refused", "connection refused"),
        ("resol", "the name does not resolve"),
        ("getaddrinfo", "the name does not resolve"),
        ("reset", "connection reset"),
        ("unreachable", "the network is unreachable"),
        ("timed out", "no answer in time"),
        ("aborted", "connection closed without an answer"),
        ("socket closed", "connection closed without an answer"),
        ("connection broken", "connection closed in the middle of the answer"),
        ("parsing http/2", "no gRPC is spoken there"),
        ("wrong_version_number", "no TLS is spoken there"),
        ("certificate", "the certificate was not accepted"),
    )
    unknown = brief(said) if isinstance(error, str) else type(error).__name__
    return next((words for part, words in known if part in said.lower()), unknown)


_SAID: Mapping[GapKind, str] = {
    GapKind.DENIED: "was denied",
    GapKind.DISABLED: "is not available: the API is disabled",
    GapKind.NOT_FOUND: "found nothing",
    GapKind.UNAUTHENTICATED: "was refused: the credentials were not accepted",
    GapKind.TIMEOUT: "gave no answer in time",
    GapKind.UNAVAILABLE: "could not be answered",
    GapKind.RATE_LIMITED: "was refused: too many requests",
    GapKind.MALFORMED: "gave an answer that cannot be read",
}

_PERMISSION = re.compile(r"(?:Required|Permission|permission:?) '([a-z][A-Za-z]*(?:\.[A-Za-z]+){2})'")


def gap_of(failure: Failure, call: Call, quota_project: str | None = None) -> Gap:
    """The gap that a failure leaves: what was not seen, why, which permission is missing, what to type."""
    said = f"{call.method.name} on {call.target} {_SAID.get(failure.kind, 'was refused')}"
    text = failure.text.rstrip(".")
    message = f"{said} ({text})" if text else said
    permission = _missing(failure, call) if failure.kind is GapKind.DENIED else None
    return Gap(failure.kind, message, call, permission, _advice(failure, call, permission, quota_project))


def without_credentials(error: DiagError, call: Call | None = None) -> Gap:
    """The gap that a lack of credentials leaves where other calls need none; `error` says what to type."""
    said, _, typed = str(error).rpartition("; ")
    message = f"{call.method.name} on {call.target} was not asked: {said}" if call else said
    return Gap(GapKind.UNAUTHENTICATED, message, call, advice=re.sub("^(to impersonate, )?type: ", "", typed))


def _missing(failure: Failure, call: Call) -> str:
    """The permission: from `ErrorInfo`, else from the message, else the one that the method needs."""
    if failure.metadata.get("permission"):
        return failure.metadata["permission"]
    if failure.reason == "USER_PROJECT_DENIED":
        return "serviceusage.services.use"
    named = _PERMISSION.search(failure.text)
    return named.group(1) if named else call.method.permission


def _advice(failure: Failure, call: Call, permission: str | None, quota_project: str | None) -> str:
    project = project_of(call)
    match failure.kind:
        case GapKind.DENIED if failure.reason == "USER_PROJECT_DENIED":
            return f"grant {permission} on {quota_project or 'the quota project'}, or name another: --billing-project"
        case GapKind.DENIED:
            return f"grant {permission} on {project}; `diag role` prints a role that holds it"
        case GapKind.DISABLED if failure.reason == "BILLING_DISABLED":
            return f"gcloud billing projects link {project} --billing-account=ACCOUNT"
        case GapKind.DISABLED if "quota project" in failure.text:
            return f"gcloud auth application-default set-quota-project {project}"
        case GapKind.DISABLED:
            consumer = failure.metadata.get("consumer", "").removeprefix("projects/")
            where = consumer if consumer and not consumer.isdigit() else quota_project or project
            return f"gcloud services enable {call.method.api} --project {where}"
        case GapKind.UNAUTHENTICATED:
            return "gcloud auth application-default login"
        case GapKind.TIMEOUT:
            return "give it more with --timeout"
        case GapKind.UNAVAILABLE if failure.text.startswith(_CUT_OFF):
            return f"check the network, HTTPS_PROXY and {_override(call)}, then run diag again"
        case GapKind.RATE_LIMITED | GapKind.UNAVAILABLE:
            return "run diag again in a minute"
        case GapKind.MALFORMED:
            return f"check what answers for {call.method.api}: HTTPS_PROXY and {_override(call)}, then run diag again"
        case GapKind.REFUSED:
            return f"see whether the project and the region are right: gcloud projects describe {project}"
        case GapKind.NOT_FOUND if call.method.verb.lists:
            return f"see whether the project and the region are right: gcloud projects describe {project}"
    return ""


def _override(call: Call) -> str:
    return PREFIX + GCLOUD_NAMES[call.method.api]


def project_of(call: Call) -> str:
    """The project that a call reads."""
    request: dict[str, str] = dict(call.request)
    if "project" in request:
        return request["project"]
    parts = call.target.split("/")
    return parts[1] if len(parts) > 1 else ""


def partial_gap(call: Call, what: str, advice: str = "", permission: str | None = None) -> Gap:
    """A gap inside an answer: `what` says which part was left out and why."""
    return Gap(GapKind.PARTIAL, f"{call.method.name} on {call.target} is not whole: {what}", call, permission, advice)


def listed(values: Iterable[object]) -> str:
    """A few values in one phrase."""
    return ", ".join(str(value) for value in values)
