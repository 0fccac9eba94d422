"""Redaction at the seam: what leaves a source holds no secret and no person's address.

`RedactingSource` wraps every source, the live one included, so that a bundle judges as the live run
did. Redaction is idempotent, makes no hashes, and never changes a resource name or link.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from sys import intern
from typing import Any

from diag.bundle.secrets import (
    CERTIFICATE,
    PRIVATE_KEY,
    is_secret_name,
    is_secret_value,
    mark,
    redact_free_text,
    redact_tokens,
    redact_value,
)
from diag.calls import Answer, Call, Gap, Source
from diag.values import dataclass

Declared = Mapping[str, Mapping[str, str]]
"""Values that the requirements file itself states: Cloud Run service → variable → value."""

_EMAIL = re.compile(r"(?P<user>[\w.+%'-]{1,64}?)(?P<at>@|%40)(?P<domain>[^\W_][\w-]*(?:\.[\w-]+)+)")
_NO_PERSON = re.compile(r"(?:.*\.)?gserviceaccount\.com|redacted\.invalid")
_LINK = re.compile(r"(?:https://(?:[a-z0-9-]+\.)*googleapis\.com/|//[a-z.]+/)?[a-z0-9/]*projects/[^\s?#@]+")
_SPACE = re.compile(r"\s")
_SERVICE = re.compile(r"/services/([^/]+)")

# Fields of the APIs by what they hold.
_CERTIFICATES = frozenset({"certificate", "cert", "pem", "pemCertificate", "pemIntermediateCerts", "clientCertificate"})
_KEYS = frozenset({"privateKey", "pemPrivateKey", "clientKey", "certPrivateKey"})
_PASSWORDS = frozenset(
    {"accessKey", "oauth2ClientSecret", "oauth2ClientSecretSha256", "password", "rootPassword", "secretKey"}
    | {"request", "response", "sharedSecret"}  # the payloads of a TCP health check, and of a VPN tunnel
)
_MESSAGES = frozenset({"message", "description", "details", "detail", "reason", "statusMessage", "errorMessage"})
_IDENTIFIERS = frozenset({"etag", "fingerprint", "labelFingerprint", "uid", "id", "sha1Fingerprint"})
_LOGINS = frozenset({"-u", "--user", "--proxy-user"})
_MATCHES = ("headerValue", "exactMatch", "prefixMatch", "suffixMatch", "regexMatch")


class People:
    """Stable placeholders for people's addresses, `person-1@redacted.invalid`, the same over one run."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def redact(self, text: str) -> str:
        """The text with every address of a person replaced; service accounts stay."""
        return _EMAIL.sub(self._placeholder, text) if "@" in text or "%40" in text else text

    def _placeholder(self, found: re.Match[str]) -> str:
        domain = found["domain"].lower()
        if _NO_PERSON.fullmatch(domain):
            return found[0]
        with self._lock:
            number = self._numbers.setdefault(f"{found['user'].lower()}@{domain}", len(self._numbers) + 1)
        return f"person-{number}{found['at']}redacted.invalid"


def redact_answer(call: Call, answer: Answer, keep: Declared, people: People | None = None) -> Answer:
    """The answer without secrets and people; a variable with the value that `keep` declares for it stays."""
    redactor = _Redactor(keep, people or People())
    doc = redactor.document(answer.doc, _service_of(call.target))
    return Answer(doc, tuple(redactor.gap(gap) for gap in answer.partial))


def redact_gap(gap: Gap, people: People | None = None) -> Gap:
    """The gap without secrets and people in its message."""
    return _Redactor({}, people or People()).gap(gap)


class RedactingSource:
    """A source whose answers and gaps are redacted as they pass; one a run, so that placeholders agree."""

    def __init__(self, source: Source, declared_env: Declared) -> None:
        self._source = source
        self._declared = declared_env
        self._people = People()

    def fetch(self, call: Call, timeout_s: float) -> Answer | Gap:
        """What the wrapped source gives, redacted."""
        match self._source.fetch(call, timeout_s):
            case Answer() as answer:
                return redact_answer(call, answer, self._declared, self._people)
            case Gap() as gap:
                return redact_gap(gap, self._people)


@lru_cache(maxsize=4096)  # regions, states and kinds come again and again
def _without_secrets(field: str, text: str) -> str:
    """The text of a field without what is secret in it."""
    if field in _IDENTIFIERS or text in ("", CERTIFICATE, PRIVATE_KEY) or _LINK.fullmatch(text):
        return text
    if field in _CERTIFICATES:
        return PRIVATE_KEY if "PRIVATE KEY" in text else CERTIFICATE
    if field in _KEYS:
        return PRIVATE_KEY
    if field in _PASSWORDS:
        return mark(text)
    free = field in _MESSAGES or field == "headerValue" or bool(_SPACE.search(text))
    return redact_free_text(text) if free else redact_tokens(text)


def _service_of(name: str) -> str:
    found = _SERVICE.search(name)
    return found.group(1) if found else ""


@dataclass(frozen=True)
class _Redactor:
    """Walks one document; what a string may show depends on the field that holds it."""

    keep: Declared
    people: People

    def gap(self, gap: Gap) -> Gap:
        message, advice = (self.people.redact(redact_free_text(text)) for text in (gap.message, gap.advice))
        return replace(gap, message=message, advice=advice)

    def document(self, doc: Mapping[str, Any], service: str) -> dict[str, Any]:
        """The object; the Cloud Run service that it is of, or lies in, decides whose variables are declared."""
        service = ("name" in doc and _service_of(str(doc["name"]))) or service
        secret_header = "headerName" in doc and is_secret_name(str(doc["headerName"]))
        # Protobuf's JSON writes each field's name anew: of a large project that is a third of all memory.
        return {
            intern(field): _marked(value) if secret_header and field in _MATCHES else self.value(field, value, service)
            for field, value in doc.items()
        }

    def value(self, field: str, value: Any, service: str) -> Any:
        if isinstance(value, str):
            return self.text(field, value)
        if isinstance(value, dict):
            return self.mapping(field, value, service)
        if isinstance(value, list):
            return self.listing(field, value, service)
        return _marked(value) if field in _PASSWORDS | _KEYS and value is not None else value

    def mapping(self, field: str, value: dict[str, Any], service: str) -> dict[str, Any]:
        match field:
            case "labels" | "annotations" | "userLabels" | "sensitiveLabels":
                return {name: self.label(name, item) for name, item in value.items()}
            case "environmentVariables":
                return {name: _shown(name, item) for name, item in value.items()}
            case "jsonPayload":
                return {name: self.logged(name, item) for name, item in value.items()}
        return self.document(value, service)

    def listing(self, field: str, value: list[Any], service: str) -> list[Any]:
        match field:
            case "env" | "httpHeaders":
                return [self.pair(field, item, service) for item in value]
            case "command" | "args":
                return self.arguments(value)
            case "customRequestHeaders" | "customResponseHeaders":
                return [self.header(item) for item in value]
        return [self.value(field, item, service) for item in value]

    def text(self, field: str, text: str) -> str:
        return self.people.redact(_without_secrets(field, text))

    def pair(self, field: str, item: Any, service: str) -> Any:
        """A variable of a container, or a header of a probe: `{"name": …, "value": …}`."""
        if not isinstance(item, dict) or "value" not in item:
            return self.value("", item, service)
        name, value = str(item.get("name", "")), item["value"]
        rest = self.document({key: inner for key, inner in item.items() if key != "value"}, service)
        declared = self.keep.get(service, {}).get(name) if field == "env" else None
        return {key: _shown(name, value, declared) if key == "value" else rest[key] for key in item}

    def label(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return _marked(value)
        if value and not _LINK.fullmatch(value) and (is_secret_name(name.rpartition("/")[2]) or is_secret_value(value)):
            return mark(value)
        return self.people.redact(value)

    def logged(self, name: str, value: Any) -> Any:
        """What a program wrote into its log, whose fields may have any name."""
        match value:
            case dict():
                return {key: self.logged(key, item) for key, item in value.items()}
            case list():
                return [self.logged(name, item) for item in value]
            case str():
                return mark(value) if is_secret_name(name) else self.people.redact(redact_free_text(value))
            case _:
                return value

    def header(self, item: Any) -> Any:
        """A header line of a backend service: `Name: value`."""
        if not isinstance(item, str):
            return _marked(item)
        name, colon, value = item.partition(":")
        if colon and is_secret_name(name):
            return f"{name}: {mark(value.strip())}"
        return self.people.redact(redact_free_text(item))

    def arguments(self, items: list[Any]) -> list[Any]:
        """Arguments of a container: `--password=…`, `--password …`, and shell text."""
        shown: list[Any] = []
        flag = ""
        for item in items:
            if not isinstance(item, str):
                shown.append(_marked(item))
                continue
            secret = (flag in _LOGINS and ":" in item) or (is_secret_name(flag) and not item.startswith("-"))
            shown.append(mark(item) if secret else self.argument(item))
            flag = item if re.fullmatch(r"--?[A-Za-z][\w.-]*", item) else ""
        return shown

    def argument(self, item: str) -> str:
        name, equals, value = item.partition("=")
        if equals and re.fullmatch(r"-{0,2}[\w.-]+", name) and (is_secret_name(name) or is_secret_value(value)):
            return f"{name}={mark(value)}"
        return self.people.redact(redact_free_text(item))


def _shown(name: str, value: Any, declared: str | None = None) -> str:
    """The value of a variable or a header, which is text; anything else is not shown."""
    return redact_value(name, value, declared) if isinstance(value, str) else _marked(value)


def _marked(value: Any) -> str:
    return mark(value if isinstance(value, str) else str(value))


__all__ = ["Declared", "People", "RedactingSource", "redact_answer", "redact_gap"]
