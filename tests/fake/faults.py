"""What can go wrong at an API, with the bodies that it really sends, on both wires."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from google.rpc import error_details_pb2, status_pb2

from diag.calls import Json, Method


class Fault(Enum):
    """A way in which a method fails; the value is the word on the command line."""

    DENIED = "denied"
    DISABLED = "disabled"
    NOT_FOUND = "not-found"
    RATE_LIMITED = "rate-limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    HANG = "hang"
    MALFORMED = "malformed"
    EMPTY = "empty"
    PARTIAL = "partial"
    UNAUTHENTICATED = "unauthenticated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Error:
    """An API's error answer, before it is put on a wire."""

    code: int
    """gRPC status code."""
    status: int
    """HTTP status."""
    word: str
    message: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    legacy: str = ""
    """The `reason` that REST errors carry besides."""
    retry_after_s: int | None = None


def error_of(fault: Fault, method: Method, project: str, permission: str = "", retry_after_s: int = 1) -> Error:
    """The error of `fault`; raises `KeyError` for a fault that is not an error answer."""
    api = method.api
    needed = permission or method.permission
    table = {
        Fault.DENIED: Error(
            7,
            403,
            "PERMISSION_DENIED",
            f"Permission '{needed}' denied on resource '//{api}/projects/{project}' (or it may not exist).",
            "IAM_PERMISSION_DENIED",
            {"resource": f"projects/{project}", "permission": needed},
            "forbidden",
        ),
        Fault.DISABLED: Error(
            7,
            403,
            "PERMISSION_DENIED",
            f"{api} has not been used in project {project} before or it is disabled. Enable it, then retry.",
            "SERVICE_DISABLED",
            {"service": api, "consumer": f"projects/{project}"},
            "accessNotConfigured",
        ),
        Fault.NOT_FOUND: Error(5, 404, "NOT_FOUND", "Requested entity was not found.", legacy="notFound"),
        Fault.RATE_LIMITED: Error(
            8,
            429,
            "RESOURCE_EXHAUSTED",
            f"Quota exceeded for quota metric 'Read requests' of service '{api}'.",
            "RATE_LIMIT_EXCEEDED",
            {"service": api},
            "rateLimitExceeded",
            retry_after_s,
        ),
        Fault.INTERNAL: Error(13, 500, "INTERNAL", "Internal error encountered.", legacy="backendError"),
        Fault.UNAVAILABLE: Error(
            14, 503, "UNAVAILABLE", "The service is currently unavailable.", legacy="backendError"
        ),
        Fault.UNAUTHENTICATED: Error(
            16,
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
            "ACCESS_TOKEN_EXPIRED",
            {"service": api},
            "authError",
        ),
        Fault.REFUSED: Error(3, 400, "INVALID_ARGUMENT", "Request contains an invalid argument.", legacy="invalid"),
    }
    return table[fault]


def grpc_status(error: Error) -> status_pb2.Status:
    """The `google.rpc.Status` that travels in gRPC's trailers."""
    status = status_pb2.Status(code=error.code, message=error.message)
    if error.reason:
        info = error_details_pb2.ErrorInfo(reason=error.reason, domain="googleapis.com", metadata=error.metadata)
        status.details.add().Pack(info)
    if error.retry_after_s is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.seconds = error.retry_after_s
        status.details.add().Pack(retry)
    return status


def rest_body(error: Error) -> Json:
    """The JSON body of a REST error, as Google's front end writes it."""
    body: Json = {"code": error.status, "message": error.message, "status": error.word}
    if error.legacy:
        body["errors"] = [{"message": error.message, "domain": "global", "reason": error.legacy}]
    if error.reason:
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": error.reason,
            "domain": "googleapis.com",
            "metadata": error.metadata,
        }
        body["details"] = [info]
    return {"error": body}


_FROM_GAP = {
    "denied": Fault.DENIED,
    "disabled": Fault.DISABLED,
    "not-found": Fault.NOT_FOUND,
    "unauthenticated": Fault.UNAUTHENTICATED,
    "timeout": Fault.HANG,
    "unavailable": Fault.UNAVAILABLE,
    "rate-limited": Fault.RATE_LIMITED,
    "malformed": Fault.MALFORMED,
}


def fault_of_gap(kind: str) -> Fault:
    """The fault that leaves a gap of this kind."""
    return _FROM_GAP.get(kind, Fault.REFUSED)
