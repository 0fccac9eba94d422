"""The keys of the resources that checks judge: services, connectors, databases, caches, load balancers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diag.requirements import kinds, names
from diag.requirements.shape import Conflict, Keys, Leaf, Many, Named, Shape, WordOr, leaf, thresholds

EVERY_COMMAND = ("check", "diagnose", "validate", "watch")
WHOLE = kinds.whole()
COUNT = kinds.whole(1)


COMMON: Mapping[str, Shape] = {
    "project": Leaf(kind=names.PROJECT, doc="The project it lies in, if not the file's.", used_by=EVERY_COMMAND),
    "region": Leaf(kind=names.REGION, doc="The region it lies in, if not the file's.", used_by=EVERY_COMMAND),
    "critical": Leaf(
        kind=kinds.BOOLEAN, doc="Raises the severity of its findings by one level.", used_by=EVERY_COMMAND
    ),
}


def egress_conflicts(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """A service leaves by a connector or by a network of its own, never by both."""
    if "connector" in data and ("network" in data or "subnet" in data):
        yield (
            "connector",
            "names a connector beside network or subnet",
            "write one way out: connector, or network/subnet",
        )


EGRESS = Keys(
    doc="How the service leaves: by a connector, or by network/subnet (Direct VPC egress).",
    conflicts=egress_conflicts,
    keys={
        "connector": leaf(names.RESOURCE, "A connector of `connectors`.", "vpc.egress-wrong"),
        "network": leaf(names.NETWORK, "The network of Direct VPC egress.", "vpc.egress-wrong"),
        "subnet": leaf(names.SUBNET, "The subnet of Direct VPC egress.", "vpc.egress-wrong"),
        "mode": leaf(kinds.choice("all-traffic", "private-ranges-only"), "What goes into the VPC.", "vpc.egress-wrong"),
    },
)

DESTINATION_CHECKS: Mapping[str, tuple[str, ...]] = {
    "socket": ("sql.socket-not-attached", "sql.socket-needs-public-ip", "vpc.unreachable"),
    "private-ip": ("vpc.peering-missing", "vpc.unreachable"),
    "public-ip": ("vpc.nat-missing", "vpc.unreachable"),
    "redis": ("vpc.unreachable", "redis.instance-missing"),
    "internet": ("vpc.nat-missing", "vpc.unreachable"),
}
"""The checks that judge one entry of `reaches`, by the way it names."""


def destination_checks(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The checks that judge one entry of `reaches`; of `sql` without `via`, only whether there is a way."""
    way = data.get("via") or next((kind for kind in ("redis", "internet") if kind in data), "")
    return DESTINATION_CHECKS.get(way, ("vpc.unreachable",))


def destination_conflicts(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """`via` says how a Cloud SQL instance is reached."""
    if "via" in data and "sql" not in data and ("redis" in data or "internet" in data):
        yield "via", "goes with sql only", "remove via"


DESTINATION = Keys(
    doc="A destination that the service must be able to reach.",
    judged_by=tuple(dict.fromkeys(check for checks in DESTINATION_CHECKS.values() for check in checks)),
    one_line=destination_checks,
    one_of=("sql", "redis", "internet"),
    conflicts=destination_conflicts,
    keys={
        "sql": Leaf(kind=names.SQL_INSTANCE, doc="An instance of `sql_instances`."),
        "via": Leaf(
            kind=kinds.choice("socket", "private-ip", "public-ip"), doc="socket is the /cloudsql/ folder of Cloud Run."
        ),
        "redis": Leaf(kind=names.RESOURCE, doc="An instance of `redis_instances`."),
        "internet": Many(
            item=Leaf(kind=names.HOST_PORT_OPEN, doc="host:port"), nonempty=True, doc="Hosts on the internet."
        ),
    },
)

_POOL = ("sql.connection-budget", "run.pool-over-instance-limit", "run.pool-below-concurrency")
DATABASE_POOL = Keys(
    doc="The application's connection pool; each worker holds up to size + max_overflow connections.",
    required=("instance", "size"),
    keys={
        "instance": leaf(names.SQL_INSTANCE, "An instance of `sql_instances`.", *_POOL),
        "size": leaf(COUNT, "Connections that a worker keeps.", *_POOL),
        "max_overflow": leaf(WHOLE, "Connections beyond size under load; default 0.", *_POOL),
        "workers": leaf(COUNT, "Worker processes in one instance; default 1.", *_POOL),
    },
)


def traffic_conflicts(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """Shares of traffic cannot exceed the whole."""
    total = sum(share for share in data.values() if isinstance(share, int))
    if total > 100:
        yield "", f"shares {total} % of the traffic", "write shares that give 100"


SERVICE = Keys(
    doc="A Cloud Run service, by its name.",
    judged_by=("run.service-missing", "run.not-ready"),
    keys={
        **COMMON,
        "request_timeout": leaf(kinds.DURATION, "The request time-out, at least.", "run.request-timeout-too-short"),
        "startup_window": leaf(
            kinds.DURATION,
            "How long a container may take until its probe must pass.",
            "run.startup-window-too-short",
            "run.startup-probe-weak",
            "run.startup-slow",
        ),
        "cpu": leaf(kinds.CPU, "CPUs, at least.", "run.cpu-too-small", "run.pair-impossible"),
        "memory": leaf(kinds.SIZE, "Memory, at least.", "run.memory-too-small", "run.pair-impossible"),
        "min_instances": leaf(WHOLE, "Instances kept warm, at least.", "run.min-instances"),
        "max_instances": leaf(COUNT, "The most instances, at most.", "run.max-instances"),
        "concurrency": leaf(COUNT, "Requests at once in one instance, at most.", "run.concurrency"),
        "ingress": leaf(
            kinds.choice("all", "internal", "internal-and-cloud-load-balancing"),
            "Who may call it; narrower passes.",
            "run.ingress-open",
        ),
        "egress": EGRESS,
        "reaches": Many(item=DESTINATION, nonempty=True, doc="What it must be able to reach."),
        "database_pool": DATABASE_POOL,
        "service_account": leaf(names.SERVICE_ACCOUNT, "The account it runs as.", "run.service-account-wrong"),
        "roles": Many(
            item=Leaf(kind=names.ROLE, doc="A role."),
            nonempty=True,
            doc="Roles that its account must hold.",
            judged_by=("run.role-missing",),
        ),
        "env": Named(
            name=names.VARIABLE,
            value=leaf(kinds.AS_WRITTEN, "The exact value.", "run.env-differs", "run.env-missing"),
            doc="Exact values of plain variables.",
        ),
        "env_present": Many(
            item=Leaf(kind=names.VARIABLE, doc="A variable."),
            doc="Variables that must be there.",
            judged_by=("run.env-missing",),
        ),
        "secrets": Named(
            name=names.VARIABLE,
            nonempty=True,
            value=leaf(
                names.SECRET,
                "The secret that it must come from.",
                "run.secret-not-used",
                "run.secret-missing",
                "run.secret-disabled",
            ),
            doc="Variable → Secret Manager secret.",
        ),
        "traffic": WordOr(
            doc="The revision that takes the traffic, or percent by revision.",
            word=leaf(kinds.choice("latest"), "The newest ready revision takes everything.", "run.traffic-wrong"),
            table=Named(
                doc="Percent by revision.",
                nonempty=True,
                name=names.REVISION,
                value=leaf(kinds.whole(0, 100), "Percent of the traffic.", "run.traffic-wrong"),
                conflicts=traffic_conflicts,
            ),
        ),
    },
)

_SIZE = "vpc.connector-undersized"
CONNECTOR = Keys(
    doc="A Serverless VPC Access connector, by its name.",
    judged_by=("vpc.connector-missing", "vpc.connector-not-ready"),
    keys={
        **COMMON,
        "network": leaf(names.NETWORK, "The network it leads to.", "vpc.connector-wrong-network"),
        "subnet": leaf(names.SUBNET, "Its own /28 subnet.", "vpc.connector-wrong-network"),
        "min_instances": leaf(COUNT, "The fewest instances, at least.", _SIZE),
        "max_instances": leaf(COUNT, "The most instances, at least.", _SIZE),
        "machine_type": leaf(names.MACHINE_TYPE, "Machine type, at least in throughput.", _SIZE),
        "concurrent_connections": leaf(COUNT, "Connections that it must carry, at least.", "req.unobservable"),
        "utilization": thresholds(kinds.PERCENT, "CPU and throughput, of the ceiling.", "vpc.connector-saturated"),
    },
)

SQL_INSTANCE = Keys(
    doc="A Cloud SQL instance, by its name.",
    judged_by=("sql.instance-missing", "sql.not-running"),
    keys={
        **COMMON,
        "database_version": leaf(names.DATABASE_VERSION, "The version, at least.", "sql.version-too-old"),
        "availability": leaf(kinds.choice("zonal", "regional"), "Where it stays up.", "sql.availability-wrong"),
        "private_network": leaf(names.NETWORK, "The network of its private address.", "sql.private-network-wrong"),
        "ssl": leaf(
            kinds.choice("any", "encrypted-only", "client-certificate"), "At least as strict.", "sql.ssl-not-enforced"
        ),
        "public_access": leaf(kinds.BOOLEAN, "false: no range as wide as 0.0.0.0/0.", "sql.public-access"),
        "backups": leaf(kinds.BOOLEAN, "Automated backups.", "sql.backups-off"),
        "point_in_time_recovery": leaf(kinds.BOOLEAN, "Recovery to any moment.", "sql.pitr-off"),
        "deletion_protection": leaf(kinds.BOOLEAN, "Protection from deletion.", "sql.deletion-unprotected"),
        "max_connections": leaf(COUNT, "Connections that the server allows, at least.", "sql.max-connections-too-low"),
        "connections": thresholds(kinds.PERCENT, "Connections, of what the server allows.", "sql.connections-high"),
        "cpu": thresholds(kinds.PERCENT, "CPU.", "sql.cpu-high"),
        "memory": thresholds(kinds.PERCENT, "Memory.", "sql.memory-high"),
        "disk": thresholds(kinds.PERCENT, "Disk.", "sql.disk-high"),
        "connection_time": thresholds(kinds.DURATION, "How long a connection may take.", "req.unobservable"),
        "server_ca_expires_in": thresholds(
            kinds.DURATION, "Time left to the server CA.", "sql.server-ca-expiring", falling=True
        ),
        "flags": Named(
            name=names.FLAG,
            value=leaf(kinds.AS_WRITTEN, "The value, as text.", "sql.flags-differ"),
            doc="Database flags.",
        ),
    },
)

REDIS_INSTANCE = Keys(
    doc="A Memorystore for Redis instance, by its name.",
    judged_by=("redis.instance-missing", "redis.not-ready"),
    keys={
        **COMMON,
        "network": leaf(names.NETWORK, "The authorised network.", "redis.network-wrong"),
        "host": leaf(names.HOST, "The address that its clients use.", "redis.host-differs"),
        "auth": leaf(kinds.BOOLEAN, "Whether AUTH is on.", "redis.auth-mismatch"),
    },
)

DOMAIN = Keys(
    doc="A host name that the load balancer must serve.",
    judged_by=("lb.domain-unserved", "lb.certificate-missing"),
    keys={
        "critical": COMMON["critical"],
        "routes": Named(
            name=names.PATH,
            nonempty=True,
            value=leaf(names.RESOURCE, "The Cloud Run service that must answer there.", "lb.wrong-service"),
            doc="Path → service: /p is that path, /p/* every path below it.",
        ),
        "websocket": Many(
            item=Leaf(kind=names.PATH, doc="A path."), doc="Paths of WebSockets.", judged_by=("lb.websocket-cut",)
        ),
    },
)

CERTIFICATES = Keys(
    doc="The certificates in force.",
    keys={
        "covers": Many(
            item=Leaf(kind=names.HOST_PATTERN, doc="A name."),
            nonempty=True,
            doc="Names that they must cover.",
            judged_by=("lb.certificate-missing", "lb.wildcard-impossible"),
        ),
        "expires_in": thresholds(kinds.DURATION, "Time left.", "lb.certificate-expiring", falling=True),
    },
)

_HEALTH = ("lb.health-check-wrong", "lb.health-check-useless")
HEALTH_CHECK = Keys(
    doc="The health check of backends that have one; serverless ones have none.",
    keys={
        "protocol": leaf(kinds.choice("http", "https", "http2", "tcp", "ssl", "grpc"), "The protocol.", *_HEALTH),
        "port": leaf(kinds.whole(1, 65535), "The port.", *_HEALTH),
        "path": leaf(names.REQUEST_PATH, "The path that is asked.", *_HEALTH),
        "interval": leaf(kinds.DURATION, "Time between two checks.", *_HEALTH),
        "timeout": leaf(kinds.DURATION, "How long an answer may take.", *_HEALTH, "req.infeasible"),
        "healthy_threshold": leaf(COUNT, "Successes until healthy.", *_HEALTH),
        "unhealthy_threshold": leaf(COUNT, "Failures until unhealthy.", *_HEALTH),
    },
)

LOAD_BALANCER = Keys(
    doc="An external load balancer; what it consists of is found by its domains.",
    keys={
        **COMMON,
        "domains": Named(name=names.HOST_NAME, value=DOMAIN, doc="Host names that it serves."),
        "deprecated_domains": Many(
            item=Leaf(kind=names.HOST_PATTERN, doc="A name."),
            doc="Names that must be gone.",
            judged_by=("lb.deprecated-domain",),
        ),
        "certificates": CERTIFICATES,
        "minimum_tls": leaf(kinds.choice("1.0", "1.1", "1.2", "1.3"), "The oldest TLS allowed.", "lb.tls-too-old"),
        "request_timeout": leaf(kinds.DURATION, "The request time-out, at least.", "lb.request-timeout-too-short"),
        "health_check": HEALTH_CHECK,
        "https_redirect": leaf(kinds.BOOLEAN, "Port 80 only redirects to HTTPS.", "lb.http-not-redirected"),
    },
)
