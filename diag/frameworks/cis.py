"""The CIS Google Cloud Platform Foundation Benchmark: the controls that a check here judges.

The numbers differ between versions. What is left out on purpose: that an instance has no public address (a
socket needs one, so it is no defect here), the flag `user options`, which must be absent and cannot be declared so,
and everything about projects, keys, virtual machines, buckets, BigQuery and Dataproc.
"""

from __future__ import annotations

from diag.frameworks.framework import Control, Framework

NAME = "CIS Google Cloud Platform Foundation Benchmark"
PUBLISHER = "https://www.cisecurity.org/benchmark/google_cloud_computing_platform"

_FROM_WARNING = ("warning", "error", "log", "fatal", "panic")


def _flag(id: str, name: str, *values: str, lacks: str = "") -> Control:
    """A database flag: judged where the file declares one of the values that the benchmark accepts."""
    return Control(
        id,
        f"{name} is {_either(values)}",
        "sql.flags-differ",
        when="judged where flags declares it so",
        lacks=lacks,
        requires=tuple(f"{name} = {value}" for value in values),
    )


def _either(values: tuple[str, ...]) -> str:
    return " or ".join(values) if len(values) < 3 else f"one of {', '.join(values)}"


_MYSQL = (
    _flag("6.1.2", "skip_show_database", "on"),
    _flag("6.1.3", "local_infile", "off"),
)
_POSTGRESQL = (
    _flag("6.2.1", "log_error_verbosity", "default", "terse"),
    _flag("6.2.2", "log_connections", "on"),
    _flag("6.2.3", "log_disconnections", "on"),
    _flag("6.2.4", "log_statement", "ddl", "mod", "all"),
    _flag("6.2.5", "log_min_messages", *_FROM_WARNING),
    _flag("6.2.6", "log_min_error_statement", *_FROM_WARNING[1:]),
    _flag("6.2.7", "log_min_duration_statement", "-1"),
    _flag("6.2.8", "cloudsql.enable_pgaudit", "on", lacks="whether the extension is created in the database"),
)
_SQL_SERVER = (
    _flag("6.3.1", "external scripts enabled", "off"),
    _flag("6.3.2", "cross db ownership chaining", "off"),
    _flag("6.3.3", "user connections", "0"),
    _flag("6.3.5", "remote access", "off"),
    _flag("6.3.6", "3625", "on"),
    _flag("6.3.7", "contained database authentication", "off"),
)
_FLAGS = (*_MYSQL, *_POSTGRESQL, *_SQL_SERVER)


def _logging(id: str) -> Control:
    return Control(id, "requests to an HTTP(S) load balancer are logged", "lb.logging-off")


def _ciphers(id: str) -> Control:
    return Control(
        id,
        "no HTTPS load balancer permits weak ciphers",
        "lb.tls-too-old",
        when="judged where minimum_tls declares 1.2 or 1.3",
        lacks="the ciphers of the SSL policy's profile",
        requires=("tls 1.2", "tls 1.3"),
    )


def _encrypted(id: str) -> Control:
    return Control(
        id,
        "Cloud SQL takes encrypted connections only",
        "sql.ssl-not-enforced",
        when="judged where ssl declares encrypted-only or client-certificate",
        requires=("encrypted_only or stricter", "trusted_client_certificate_required or stricter"),
    )


def _narrow(id: str) -> Control:
    return Control(id, "no Cloud SQL instance authorises 0.0.0.0/0", "sql.public-access")


def _backed_up(id: str) -> Control:
    return Control(id, "Cloud SQL instances have automated backups", "sql.backups-off")


CIS_4_0 = Framework(
    "cis-gcp-4.0",
    NAME,
    "4.0",
    PUBLISHER,
    "https://github.com/turbot/steampipe-mod-gcp-compliance/tree/main/cis_v400",
    (_logging("2.16"), _ciphers("3.9"), *_FLAGS, _encrypted("6.4"), _narrow("6.5"), _backed_up("6.7")),
)

CIS_5_0 = Framework(
    "cis-gcp-5.0",
    NAME,
    "5.0",
    PUBLISHER,
    "https://github.com/prowler-cloud/prowler/blob/master/prowler/compliance/gcp/cis_5.0_gcp.json",
    (
        _logging("2.17"),
        _ciphers("3.11"),
        *_FLAGS,
        _encrypted("6.4"),
        _narrow("6.5"),
        _flag("6.6", "cloudsql.iam_authentication", "on"),
        _flag("6.6", "cloudsql_iam_authentication", "on"),
        _backed_up("6.8"),
        Control("6.9", "Cloud SQL instances are protected from deletion", "sql.deletion-unprotected"),
    ),
)
