"""The kinds of name and address in the file; each pattern is valid in Python and in ECMAScript."""

from __future__ import annotations

import re
from dataclasses import replace

from diag.requirements.document import Scalar
from diag.requirements.kinds import Kind, Wrong, choice, text

_USER = r"^(?!/)(?:[\w+.-]+://)?[^/?#\s]*@"
_PASSWORD = r"://[^/?#\s:@]*:(?!\$\{)[^/?#\s]*@"
_SECRET_PARAMETER = r"(?i)[?&](?:password|passwd|pwd|token|access_token|api_?key|secret)=(?!\$\{)"
_PORT = r"^(?:[\w+.-]+://)?(?:\[[^\]]*\]|[^\s/:?#\[\]]+):([0-9]+)"


def address(noun: str, write: str, pattern: str, *, keep: str, user: bool = False) -> Kind:
    """An address; one that carries credentials is refused and never shown.

    `keep` says where the credentials belong; `user` allows a user name, and `${NAME}` for its password.
    """
    base = text(noun, write, pattern, secretive=True)
    carried = _PASSWORD if user else _USER

    def read(scalar: Scalar) -> object:
        value = str(scalar.value)
        if re.search(carried, value) or re.search(_SECRET_PARAMETER, value):
            raise Wrong("has credentials in it", f"remove them, and {keep}")
        return _with_port(str(base.read(scalar)))

    return Kind(noun, write, read, base.schema)


def destination(noun: str, write: str, pattern: str) -> Kind:
    """host:port without more; the port must be one that exists."""
    base = text(noun, write, pattern)
    return replace(base, read=lambda scalar: _with_port(str(base.read(scalar))))


def _with_port(value: str) -> str:
    port = re.search(_PORT, value)
    if port and not 0 < int(port.group(1)) <= 65535:
        raise Wrong(f"has port {port.group(1)}, which does not exist", "write a port from 1 to 65535")
    return value


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = rf"(?:{_LABEL}\.)*{_LABEL}"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_PROJECT = r"(?:[a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
_RESOURCE = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"

ANY_TEXT = text("text", "some text")
PROJECT = text(
    "a project id (6 to 30 lower-case letters, digits and hyphens)", "the id, such as netra-staging", f"^{_PROJECT}$"
)
REGION = text("a region", "a region such as us-central1", r"^[a-z]+-[a-z]+[0-9]{1,2}$")
RESOURCE = text("a resource name (lower-case letters, digits and hyphens)", "its short name", f"^{_RESOURCE}$")
SQL_INSTANCE = text(
    "an instance name (lower-case letters, digits and hyphens)",
    "the instance's short name, without project and region",
    r"^[a-z](?:[a-z0-9-]{0,96}[a-z0-9])?$",
)
NETWORK = text(
    "a network",
    "its name, or projects/HOST/global/networks/NAME",
    rf"^(?:projects/{_PROJECT}/global/networks/)?{_RESOURCE}$",
)
SUBNET = text(
    "a subnet",
    "its name, or projects/HOST/regions/REGION/subnetworks/NAME",
    rf"^(?:projects/{_PROJECT}/regions/[a-z0-9-]+/subnetworks/)?{_RESOURCE}$",
)
SECRET = text(
    "a secret's name",
    "the secret's name in Secret Manager, such as database-url",
    rf"^(?:projects/(?:{_PROJECT}|[0-9]+)/secrets/)?[A-Za-z0-9_-]{{1,255}}$",
    secretive=True,
)
VARIABLE = text("the name of a variable", "a name such as REDIS_HOST", r"^[A-Za-z_][A-Za-z0-9_.-]{0,254}$")
FLAG = text("a database flag", "a flag such as log_min_duration_statement", r"^[a-z][A-Za-z0-9_.-]{0,127}$")
REVISION = text("a revision's name", "a revision's name", f"^{_RESOURCE}$")
LABEL = text("a name (letters, digits, `.`, `_`, `-`)", "a name such as staging", r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
HOST_NAME = text("a host name in lower case", "a name such as api.example.com", rf"^(?:{_LABEL}\.)+{_LABEL}$")
HOST_PATTERN = text(
    "a host name, or a wildcard of one label",
    "api.example.com or *.example.com",
    rf"^(?:\*\.)?(?:{_LABEL}\.)+{_LABEL}$",
)
HOST = text("a host or address", "an address such as 10.0.0.3", f"^{_HOST}$")
HOST_PORT_OPEN = destination("host:port", "a destination such as api.openai.com:443", rf"^{_HOST}:[0-9]{{1,5}}$")
PATH = text("a path", "/path, or /path/* for all below it", r"^(?:/[^\s?#*]*|(?:/[^\s?#*]*)?/\*)$")
REQUEST_PATH = text("a path", "a path such as /health", r"^/[^\s#]*$")
SERVICE_ACCOUNT = text(
    "a service account",
    "NAME@PROJECT.iam.gserviceaccount.com",
    r"^[a-z0-9.-]+@(?:[a-z0-9.-]+\.)?gserviceaccount\.com$",
)
ROLE = text(
    "an IAM role",
    "a role such as roles/cloudsql.client",
    rf"^(?:roles/|projects/{_PROJECT}/roles/|organizations/[0-9]+/roles/)[A-Za-z0-9_.]+$",
)
DATABASE_VERSION = text(
    "a database version", "a version such as POSTGRES_14", r"^(?:POSTGRES|MYSQL|SQLSERVER)_[0-9][0-9A-Z_]*$"
)
MACHINE_TYPE = text("a machine type", "a type such as e2-micro", r"^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$")
CHECK_PATTERN = text("a check's id or a glob", "an id such as sql.public-access", r"^[a-z0-9.*?\[\]!_-]+$")
RULE_ID = text("an id with a dot", "an id such as own.min-instances", r"^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$")
RULE_KINDS = (
    "run.service",
    "run.revision",
    "vpc.connector",
    "sql.instance",
    "redis.instance",
    "vpc.network",
    "vpc.subnetwork",
    "vpc.route",
    "vpc.router",
    "lb.forwarding_rule",
    "lb.target_https_proxy",
    "lb.url_map",
    "lb.backend_service",
    "lb.ssl_certificate",
    "lb.ssl_policy",
    "secret.secret",
    "monitoring.alert_policy",
)
"""The kinds of resource that an own rule may judge."""
RULE_RESOURCE = choice(*RULE_KINDS)

_KEEP = "name where they are: `password_env: NAME` or `password_secret: SECRET`"
URL = address(
    "an http, https, ws or wss address",
    "an address such as https://api.example.com/health",
    rf"^(?:https?|wss?)://{_HOST}(?::[0-9]{{1,5}})?(?:[/?][^\s#]*)?$",
    keep=_KEEP,
)
POSTGRES = address(
    "a PostgreSQL target",
    "/cloudsql/PROJECT:REGION:INSTANCE, another socket folder, or host:port/database",
    rf"^(?:/cloudsql/[a-z0-9.:-]+:[a-z0-9-]+:[a-z0-9-]+|/(?!cloudsql/)[^\s@]+|{_HOST}:[0-9]{{1,5}}(?:/[A-Za-z0-9_$-]+)?)$",
    keep=_KEEP,
)
REDIS = address(
    "a Redis target",
    "host:port, or rediss://host:port for TLS",
    rf"^(?:rediss://)?{_HOST}:[0-9]{{1,5}}$",
    keep=_KEEP,
)
HOST_PORT = address("host:port", "host:port such as api.example.com:443", rf"^{_HOST}:[0-9]{{1,5}}$", keep=_KEEP)
DNS_NAME = text("a name to resolve", "a name such as api.example.com", rf"^{_HOST_NAME}\.?$")
NOTIFY = address(
    "an apprise address",
    "an address such as json://127.0.0.1:8080/hook",
    r"^(?:[a-z][a-z0-9+.-]*://\S|\$\{[A-Za-z_][A-Za-z0-9_]*\})\S*$",
    keep="take them from the environment: ${NAME}",
    user=True,
)
HISTORY = address(
    "a history database",
    "sqlite:////path/to/history.db or postgresql://host/database",
    r"^(?:sqlite:///\S+|postgresql(?:\+[a-z0-9]+)?://\S+)$",
    keep="keep them where libpq looks: PGPASSWORD or ~/.pgpass",
    user=True,
)
