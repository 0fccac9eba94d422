"""The probes of the requirements file, each as one value with its target taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from diag.errors import RequirementsError, UsageError
from diag.probes.password import Password
from diag.report import JsonValue, Place
from diag.requirements.kinds import closest
from diag.requirements.model import Requirements
from diag.values import dataclass, field

DEFAULT_WITHIN = 10.0
"""Seconds that a probe may take when the file does not say."""

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Probe:
    """One declared probe; `host` is None for a Unix socket, whose folder is then `path`."""

    name: str
    kind: str
    """`dns`, `tls`, `http`, `websocket`, `postgres` or `redis`: the check is `probe.` and this."""
    target: str
    host: str | None
    port: int
    path: str = ""
    """Path and query of a URL, name of a database, or folder of a socket."""
    secure: bool = False
    """Whether it starts with TLS."""
    within: float = DEFAULT_WITHIN
    hold: float = 0.0
    status: int | None = None
    json: Mapping[str, JsonValue] = field(default_factory=dict)
    service: str | None = None
    """The declared service that must answer, by the routes of the load balancer."""
    services: tuple[str, ...] = ()
    """Every declared service."""
    user: str = "postgres"
    """Of PostgreSQL: `PGUSER`, else the one that every instance has."""
    password: Password | None = None
    """Known when the probe runs: a secret is read then, and not before."""
    password_env: str | None = None
    password_secret: str | None = None
    """Its full name, `projects/P/secrets/S`."""
    ca_file: str | None = None
    samples: int = 1
    expires_in: tuple[float, float] = (30 * 86400.0, 7 * 86400.0)
    """Seconds that a certificate must have left, or else warn and fail."""
    unjudged: tuple[str, ...] = ()
    """Declared expectations that a probe of this kind does not look at."""
    critical: bool = False
    declared_at: Place | None = None

    @property
    def check(self) -> str:
        """The id of its findings."""
        return f"probe.{self.kind}"

    @property
    def bound(self) -> float:
        """The longest that one attempt may take, in seconds."""
        return self.within + self.hold


def declared_probes(declared: Requirements, names: Sequence[str], environ: Mapping[str, str]) -> tuple[Probe, ...]:
    """The probes of those names, or all; raises `UsageError` when there are none, or none of a name."""
    section: Mapping[str, Data] = declared.sections.get("probes", {})
    if not section:
        raise UsageError(
            "no probes are declared; write for example `probes: {backend: {url: https://api.example.com/health}}` "
            "in diag.yaml, or name the file with -r"
        )
    for name in names:
        if name not in section:
            guess = closest(name, tuple(section))
            hint = f"did you mean {guess}?" if guess else f"write one of: {', '.join(section)}"
            raise UsageError(f"there is no probe {name}; {hint}")
    chosen = tuple(dict.fromkeys(names)) or tuple(section)
    faults = [fault for name in chosen for fault in _ca_faults(declared, name, section[name])]
    if faults:
        raise RequirementsError(faults)
    return tuple(_probe(declared, name, section[name], environ) for name in chosen)


def _probe(declared: Requirements, name: str, data: Data, environ: Mapping[str, str]) -> Probe:
    expect: Data = data.get("expect", {})
    place = declared.at(f"probes.{name}")
    categories: Mapping[str, Data] = declared.sections.get("validation", {}).get("categories", {})
    target = _target(data)
    host, path = target["host"], target.get("path", "")
    return Probe(
        name=name,
        **target,
        within=expect.get("within", DEFAULT_WITHIN),
        hold=expect.get("hold", 0.0),
        status=expect.get("status"),
        json=expect.get("json", {}),
        service=routed_service(declared, host, path) if target["kind"] == "http" else None,
        services=tuple(declared.services),
        user=environ.get("PGUSER") or Probe.user,
        password=_password(data, environ),
        password_env=data.get("password_env"),
        password_secret=_secret(declared, data),
        ca_file=_ca_file(place, data),
        samples=data.get("samples", 1),
        expires_in=_expires_in(declared, host),
        unjudged=_unjudged(target["kind"], expect),
        critical=categories.get(data.get("category", ""), {}).get("critical", False),
        declared_at=place,
    )


_JUDGED: Mapping[str, frozenset[str]] = {
    "http": frozenset({"within", "status", "json"}),
    "websocket": frozenset({"within", "hold"}),
}
"""Kind of probe → the expectations that it judges; of any other kind, the time alone."""


def _unjudged(kind: str, expect: Data) -> tuple[str, ...]:
    upgraded = {"status"} if kind == "websocket" and expect.get("status") == 101 else set()
    return tuple(sorted(set(expect) - _JUDGED.get(kind, frozenset({"within"})) - upgraded))


def _target(data: Data) -> dict[str, Any]:
    if "url" in data:
        return _url(data["url"])
    if "dns" in data:
        return {"kind": "dns", "target": data["dns"], "host": data["dns"], "port": 0}
    kind = next(kind for kind in ("postgres", "redis", "tls") if kind in data)
    target: str = data[kind]
    if target.startswith("/"):
        return {"kind": kind, "target": target, "host": None, "port": 5432, "path": target}
    found = re.fullmatch(r"(rediss://)?(\[[^\]]+\]|[^:/]+):([0-9]+)(?:/(.*))?", target)
    if not found:
        raise UsageError(f"{kind}: {target} is not host:port; correct the requirements file")
    scheme, host, port, path = found.groups()
    secure = kind == "tls" or bool(scheme)
    return {
        "kind": kind,
        "target": target,
        "host": host.strip("[]"),
        "port": int(port),
        "path": path or "",
        "secure": secure,
    }


def _url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    secure = parts.scheme in ("https", "wss")
    return {
        "kind": "websocket" if parts.scheme in ("ws", "wss") else "http",
        "target": url,
        "host": parts.hostname,
        "port": parts.port or (443 if secure else 80),
        "path": (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        "secure": secure,
    }


def routed_service(declared: Requirements, host: str | None, path: str) -> str | None:
    """The service that the declared routes send this host and path to; the longest route wins."""
    routes: dict[str, str] = {}
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            if domain.name == host:
                routes.update(domain.routes)
    asked = path.partition("?")[0]
    taking = [route for route in routes if route == asked or (route.endswith("/*") and asked.startswith(route[:-1]))]
    return routes[max(taking, key=len)] if taking else None


def _expires_in(declared: Requirements, host: str | None) -> tuple[float, float]:
    warn, fail = Probe.expires_in
    for balancer in declared.load_balancers.values():
        limits = balancer.certificates.expires_in if balancer.certificates and host in balancer.domains else None
        if limits:
            return (warn if limits.warn is None else limits.warn, fail if limits.fail is None else limits.fail)
    return warn, fail


def _password(data: Data, environ: Mapping[str, str]) -> Password | None:
    """The one that a variable holds; one in Secret Manager is not known yet."""
    if "password_env" not in data:
        return Password(None, "its secret was not read") if "password_secret" in data else None
    variable = data["password_env"]
    value = environ.get(variable)
    return Password(value or None, "" if value else f"the variable {variable} has no value where this ran")


def _secret(declared: Requirements, data: Data) -> str | None:
    """The full name of a secret whose name may be short: it is then one of the declared project [ATT-05]."""
    name: str | None = data.get("password_secret")
    if name is None or name.startswith("projects/"):
        return name
    return f"projects/{declared.project}/secrets/{name}"


def _ca_file(place: Place | None, data: Data) -> str | None:
    """The path of the CA, taken from the folder of the file that declares it."""
    if "ca_file" not in data:
        return None
    return str(Path(place.file if place else "").parent / Path(data["ca_file"]).expanduser())


def _ca_faults(declared: Requirements, name: str, data: Data) -> list[str]:
    path = _ca_file(declared.at(f"probes.{name}"), data)
    if path is None:
        return []
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as error:
        place = declared.at(f"probes.{name}.ca_file")
        what = "holds no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror or "cannot be read"
        where = f"{place.file}:{place.line}:{place.column}" if place else name
        return [f"{where}: probes.{name}.ca_file: {path}: {what}; name a PEM file with the CA's certificate"]
    return []
