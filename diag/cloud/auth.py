"""Who asks: Application Default Credentials, found once and shared by every client."""

from __future__ import annotations

import functools
import importlib
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from diag.cloud.errors import brief, cause
from diag.cloud.project import credentials_file
from diag.errors import CredentialsError
from diag.values import dataclass

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The one scope that all of the APIs take; what may be read is up to IAM."""

_LOGIN = "gcloud auth application-default login"
_TOKEN_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class Identity:
    """The credentials of a run and what a report may say of them."""

    credentials: Any
    principal: str
    """A service account's e-mail, else `user credentials`: people's addresses are not shown."""
    quota_project: str | None = None
    project: str | None = None
    """The project that the credentials themselves belong to."""


def find_identity(
    environ: Mapping[str, str] = os.environ,
    *,
    impersonate: str | None = None,
    billing_project: str | None = None,
    stderr: TextIO | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Identity:
    """Credentials with a fresh token; raises `CredentialsError` with the command to type.

    `impersonate` is a service account, or a comma-separated delegation chain that ends in one. `stderr`
    (by default the process's) is told when the search takes long. `meanwhile` is called once credentials are
    found, before a token is asked for.
    """
    with _patience(stderr or sys.stderr):
        credentials, project = _application_default(environ)
        if impersonate:
            credentials = _impersonated(credentials, impersonate)
        quota = billing_project or environ.get("GOOGLE_CLOUD_QUOTA_PROJECT") or _text(credentials, "quota_project_id")
        if quota and hasattr(credentials, "with_quota_project"):
            credentials = credentials.with_quota_project(quota)
        meanwhile()
        _refresh(credentials, environ, impersonate)
    principal = _text(credentials, "service_account_email") or "user credentials"
    return Identity(credentials, principal, quota, project)


def _application_default(environ: Mapping[str, str]) -> tuple[Any, str | None]:
    auth = importlib.import_module("google.auth")
    path = credentials_file(environ)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Loaded by path: `google.auth.default` starts a gcloud process to learn the project of user credentials.
            found = auth.load_credentials_from_file(str(path), scopes=[SCOPE]) if path else auth.default(scopes=[SCOPE])
    except (auth.exceptions.GoogleAuthError, OSError, ValueError, AttributeError) as error:
        # AttributeError: a file whose JSON is not an object.
        raise _absent(path, environ, error) from error
    credentials, project = found
    return credentials, project


def _absent(path: Path | None, environ: Mapping[str, str], error: Exception) -> CredentialsError:
    if path is None:
        return CredentialsError(f"no Google Cloud credentials were found; type: {_LOGIN}")
    named = " (GOOGLE_APPLICATION_CREDENTIALS)" if environ.get("GOOGLE_APPLICATION_CREDENTIALS") else ""
    return CredentialsError(f"the credentials in {path}{named} cannot be used: {_why(error)}; type: {_LOGIN}")


def _why(error: Exception) -> str:
    if isinstance(error, AttributeError):
        return "it holds no JSON object"
    said = (error.strerror if isinstance(error, OSError) else None) or (error.args[0] if error.args else "")
    return brief(said or type(error).__name__).rstrip(".")


def _impersonated(source: Any, chain: str) -> Any:
    module = importlib.import_module("google.auth.impersonated_credentials")
    *delegates, target = (name.strip() for name in chain.split(","))
    return module.Credentials(source, target, [SCOPE], delegates=delegates or None)


def _refresh(credentials: Any, environ: Mapping[str, str], impersonate: str | None) -> None:
    requests = importlib.import_module("google.auth.transport.requests")
    exceptions = importlib.import_module("google.auth.exceptions")
    try:
        credentials.refresh(functools.partial(requests.Request(), timeout=_TOKEN_TIMEOUT_S))
    except exceptions.TransportError as error:
        raise CredentialsError(
            f"no access token: Google's token endpoint could not be reached ({cause(error)}); "
            "check the network and HTTPS_PROXY, then run diag again"
        ) from error
    except (exceptions.GoogleAuthError, ValueError) as error:
        raise CredentialsError(f"no access token: {_why(error)}; {_remedy(environ, impersonate)}") from error


def _remedy(environ: Mapping[str, str], impersonate: str | None) -> str:
    if impersonate:
        target = impersonate.rpartition(",")[2].strip()
        return (
            "to impersonate, type: gcloud iam service-accounts add-iam-policy-binding "
            f"{target} --member=user:YOU --role=roles/iam.serviceAccountTokenCreator"
        )
    if environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return f"replace the file that GOOGLE_APPLICATION_CREDENTIALS names, or unset it and type: {_LOGIN}"
    return f"type: {_LOGIN}"


def _text(credentials: Any, name: str) -> str | None:
    value = getattr(credentials, name, None)
    return value if isinstance(value, str) and value and value != "default" else None


@contextmanager
def _patience(stderr: TextIO) -> Iterator[None]:
    """Says what takes so long after a second, on a terminal: the metadata probe can take nine."""
    if not stderr.isatty():
        yield
        return
    timer = threading.Timer(1.0, lambda: print("looking for credentials…", file=stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
