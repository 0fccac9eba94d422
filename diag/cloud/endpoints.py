"""Where each API is: its public address, or the one that gcloud's override variables give.

As with gcloud, `CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=https://run-myendpoint.p.googleapis.com/` points one
API elsewhere (Private Service Connect, a test server). `http://` is taken for loopback only.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

from diag.errors import UsageError
from diag.values import dataclass

PREFIX = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"

GCLOUD_NAMES: Mapping[str, str] = {
    "run.googleapis.com": "RUN",
    "sqladmin.googleapis.com": "SQL",
    "vpcaccess.googleapis.com": "VPCACCESS",
    "compute.googleapis.com": "COMPUTE",
    "certificatemanager.googleapis.com": "CERTIFICATEMANAGER",
    "logging.googleapis.com": "LOGGING",
    "monitoring.googleapis.com": "MONITORING",
    "cloudresourcemanager.googleapis.com": "CLOUDRESOURCEMANAGER",
    "serviceusage.googleapis.com": "SERVICEUSAGE",
    "secretmanager.googleapis.com": "SECRETMANAGER",
    "redis.googleapis.com": "REDIS",
    "iam.googleapis.com": "IAM",
    "dns.googleapis.com": "DNS",
    "servicenetworking.googleapis.com": "SERVICENETWORKING",
    "networkmanagement.googleapis.com": "NETWORKMANAGEMENT",
}
"""gcloud's name of each API (`gcloud topic configurations`, section `api_endpoint_overrides`)."""

_OWN_PATHS = ("/compute/v1", "/dns/v1")
"""Paths that gcloud's values carry and that the client libraries, or the method table, add themselves."""


@dataclass(frozen=True)
class Endpoint:
    """The address of one API."""

    address: str
    """`host` or `host:port`, IPv6 in brackets."""
    path: str = ""
    """What stands before the API's own path; REST only, no trailing slash."""
    plaintext: bool = False
    """No TLS and no credentials: loopback only."""

    @property
    def url(self) -> str:
        """The base URL for REST, without a trailing slash."""
        return f"{'http' if self.plaintext else 'https'}://{self.address}{self.path}"

    @property
    def target(self) -> str:
        """`host:port` for gRPC."""
        has_port = ":" in self.address.rpartition("]")[2]
        return self.address if has_port else f"{self.address}:{80 if self.plaintext else 443}"


def endpoints(apis: Iterable[str], environ: Mapping[str, str]) -> dict[str, Endpoint]:
    """The endpoint of each API (`run.googleapis.com`); raises `UsageError` for an override that cannot be used."""
    return {api: _endpoint(api, environ) for api in apis}


def _endpoint(api: str, environ: Mapping[str, str]) -> Endpoint:
    variable = PREFIX + GCLOUD_NAMES[api]
    value = environ.get(variable, "").strip()
    if not value:
        return Endpoint(api)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise _unusable(variable, f"is not an address ({error})", api) from error
    _refuse(variable, api, parts)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    path = parts.path.rstrip("/")
    for own in _OWN_PATHS:
        path = path.removesuffix(own)
    return Endpoint(f"{host}:{port}" if port else str(host), path, plaintext=parts.scheme == "http")


def _refuse(variable: str, api: str, parts: SplitResult) -> None:
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _unusable(variable, "is not an http or https address", api)
    if parts.username is not None or parts.query or parts.fragment:
        raise _unusable(variable, "holds a user name, a query or a fragment", api)
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        said = f"is plain http to {parts.hostname}, which would send credentials and facts unencrypted"
        raise _unusable(variable, said, api)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unusable(variable: str, why: str, api: str) -> UsageError:
    # The value is not repeated: it may hold a password.
    return UsageError(
        f"{variable} {why}; write https://HOST/ (http:// only for localhost, 127.0.0.0/8 and [::1]), "
        f"or type `unset {variable}` to use https://{api}/"
    )
