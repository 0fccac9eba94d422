"""Cloud SQL: socket paths, the limit of connections, and the time that a connection takes."""

from __future__ import annotations

from collections.abc import Iterator

from diag.lint.rule import Issue, contradiction, infeasible, unobservable
from diag.lint.words import of, probes, seconds, where
from diag.requirements.model import Requirements, SqlInstance

LONGEST_CONNECTION_NAME = 83
"""Characters: what `/cloudsql/` and `/.s.PGSQL.5432` leave of a path of 107 bytes [CON-12]."""
LEAST_MAX_CONNECTIONS = 14


def is_postgres(instance: SqlInstance) -> bool:
    """Whether it is PostgreSQL, as far as the file says: MySQL and SQL Server have other limits."""
    return instance.database_version is None or instance.database_version.startswith("POSTGRES")


def flag(instance: SqlInstance, name: str) -> int | None:
    """The declared value of a flag that holds a whole number; None when it is not declared, or is none."""
    value = instance.flags.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() else None


@infeasible("CON-12")
def socket_path_too_long(declared: Requirements) -> Iterator[Issue]:
    """Cloud SQL socket whose path is too long.

    Linux binds no socket with a path above 107 bytes, and `/cloudsql/` and `/.s.PGSQL.5432` take 24 of them.
    """
    for service in declared.services.values():
        for destination in service.reaches:
            instance = declared.sql_instances.get(destination.sql or "")
            if instance is None or destination.via != "socket" or not is_postgres(instance) or not instance.region:
                continue
            name = f"{instance.project}:{instance.region}:{instance.name}"
            if len(name) > LONGEST_CONNECTION_NAME:
                yield Issue(
                    at=destination.at("via"),
                    of=of(service),
                    required=f"via: socket to {name}",
                    observed=f"at most {LONGEST_CONNECTION_NAME} characters",
                    reason=f"the connection name has {len(name)} characters, so that the path of its socket is too "
                    "long to bind",
                    instead="via: private-ip, or an instance with a shorter name",
                )


@infeasible("5.5-flag")
def too_few_connections(declared: Requirements) -> Iterator[Issue]:
    """Number of connections that no server can be set to.

    The flag `max_connections` takes whole numbers from 14.
    """
    for instance in declared.sql_instances.values():
        if not is_postgres(instance):
            continue
        if "max_connections" in instance.flags:
            value = flag(instance, "max_connections")
            wrong, key, shown = value is None or value < LEAST_MAX_CONNECTIONS, "flags.max_connections", value
        else:
            value = instance.max_connections
            wrong, key, shown = value is not None and value < LEAST_MAX_CONNECTIONS, "max_connections", value
        if wrong:
            yield Issue(
                at=instance.at(key),
                of=of(instance),
                required=f"{key}: {shown if shown is not None else 'not a whole number'}",
                observed=f"a whole number from {LEAST_MAX_CONNECTIONS}",
                reason="the server does not take that value",
                instead="the number of connections that the services need together",
            )


@contradiction("SET-07", confirmed_by=("sql.max-connections-too-low", "sql.flags-differ"))
def flag_below_declared(declared: Requirements) -> Iterator[Issue]:
    """Flag that is set below the declared number of connections.

    `flags` are exact values, `max_connections` is at least: with the flag below it no setting does both.
    """
    for instance in declared.sql_instances.values():
        exact, least = flag(instance, "max_connections"), instance.max_connections
        if exact is not None and least is not None and exact < least:
            yield Issue(
                at=instance.at("flags.max_connections"),
                of=of(instance),
                required=f"flags.max_connections: {exact}",
                observed=f"max_connections: {least}{where(instance.at('max_connections'))}",
                reason="a server with that flag allows fewer connections than declared",
                instead=f'flags: {{max_connections: "{least}"}}, or a lower max_connections',
            )


@unobservable("SM-11")
def connection_time(declared: Requirements) -> Iterator[Issue]:
    """Time to connect to a database, which the platform does not measure.

    Cloud SQL counts attempts to connect and does not time them; only a client can.
    """
    measured = {
        str(probe["postgres"]).rpartition(":")[2]: name
        for name, probe in probes(declared)
        if str(probe.get("postgres", "")).startswith("/cloudsql/")
    }
    for instance in declared.sql_instances.values():
        limits = instance.connection_time
        bound = (limits.warn or limits.fail) if limits else None
        if limits is None or bound is None:
            continue
        probe = measured.get(instance.name)
        yield Issue(
            at=instance.at("connection_time"),
            of=of(instance),
            required=", ".join(
                f"{word}: {seconds(value)}" for word, value in (("warn", limits.warn), ("fail", limits.fail)) if value
            ),
            observed="no metric of Cloud SQL",
            reason="Cloud SQL counts attempts to connect and does not time them"
            + (f"; the probe {probe} does" if probe else ""),
            instead=f"expect: {{within: {seconds(bound)}}} on "
            + (f"the probe {probe}, for `diag probe`" if probe else "a probe `postgres:` of it, for `diag probe`"),
        )
