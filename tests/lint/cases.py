"""For every rule: lines in which it finds one thing, on which line, and lines next to them in which it finds none.

Lines are numbered from 1 within the text; `fails` says whether it fails or only warns.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One rule and two texts."""

    rule: str
    fires: str
    line: int
    silent: str
    fails: bool = False


POOL = "database_pool: {{instance: db, size: {size}, max_overflow: {overflow}, workers: {workers}}}"


def service(*keys: str, name: str = "web") -> str:
    """A service, a key a line; the first key stands on line 3."""
    return f"services:\n  {name}:{'' if keys else ' {}'}\n" + "".join(f"    {key}\n" for key in keys)


def connector(*keys: str, name: str = "main") -> str:
    return f"connectors:\n  {name}:\n" + "".join(f"    {key}\n" for key in keys)


def sql(*keys: str) -> str:
    return "sql_instances:\n  db:\n" + "".join(f"    {key}\n" for key in keys)


def balancer(*keys: str) -> str:
    return "load_balancers:\n  front:\n" + "".join(f"    {key}\n" for key in keys)


def probe(declaration: str) -> str:
    return f"probes:\n  one: {declaration}\n"


ROUTED = "domains: {api.example.com: {routes: {/: web, /ws/*: sockets}}}"

CASES = (
    # Cloud Run
    Case("request_too_long", service("request_timeout: 3601s"), 3, service("request_timeout: 1h"), fails=True),
    Case("startup_too_long", service("startup_window: 601s"), 3, service("startup_window: 600s"), fails=True),
    Case("startup_too_long", service("startup_window: 30m"), 3, service("startup_window: 241s"), fails=True),
    Case("instance_too_large", service("cpu: 9"), 3, service("cpu: 8", "memory: 32Gi"), fails=True),
    Case("instance_too_large", service("memory: 33Gi"), 3, service("memory: 4Gi"), fails=True),
    Case("pair_impossible", service("cpu: 1", "memory: 6Gi"), 4, service("cpu: 2", "memory: 6Gi")),
    Case("pair_impossible", service("cpu: 4", "memory: 512Mi"), 4, service("cpu: 4", "memory: 2Gi")),
    Case("pair_impossible", service("cpu: 0.4", "memory: 1Gi"), 4, service("cpu: 500m", "memory: 1Gi")),
    Case("pair_impossible", service("cpu: 3", "memory: 17Gi"), 4, service("cpu: 3", "memory: 16Gi")),
    Case("pair_impossible", service("cpu: 0.05", "memory: 1Gi"), 4, service("cpu: 9", "memory: 1Gi")),
    Case("concurrency_too_high", service("concurrency: 1001"), 3, service("concurrency: 1000")),
    Case(
        "concurrency_on_part_of_a_cpu",
        service("cpu: 0.5", "concurrency: 2"),
        4,
        service("cpu: 0.5", "concurrency: 1"),
    ),
    Case(
        "concurrency_on_part_of_a_cpu", service("cpu: 0.9", "concurrency: 80"), 4, service("cpu: 1", "concurrency: 80")
    ),
    Case(
        "more_warm_than_allowed",
        service("min_instances: 3", "max_instances: 2"),
        3,
        service("min_instances: 2", "max_instances: 2"),
    ),
    # Variables
    Case(
        "variable_plain_and_secret",
        service("env: {A: x}", "secrets: {A: a}"),
        3,
        service("env: {A: x}", "secrets: {B: a}"),
    ),
    Case(
        "value_too_long", service(f"env: {{A: {'x' * 32_769}}}"), 3, service(f"env: {{A: {'x' * 32_768}}}"), fails=True
    ),
    Case("value_malformed", service('env: {DB_HOST: "10.0.0.3\\n"}'), 3, service('env: {NOTE: "two\\nlines"}')),
    Case("value_malformed", service('env: {DB_HOST: " 10.0.0.3"}'), 3, service('env: {DB_HOST: "10.0.0.3"}')),
    Case("value_malformed", service("env: {DB_HOST: localhost}"), 3, service("env: {DB_HOST: localhost.example.com}")),
    Case("value_malformed", service("env: {API_URL: 'http://127.0.0.1:80/'}"), 3, service("env: {HOST: 0.0.0.0}")),
    Case("value_malformed", service("env: {DB_HOST: 'https://a.b'}"), 3, service("env: {API_URL: 'https://a.b'}")),
    Case("value_malformed", service("env: {DB_PORT: none}"), 3, service("env: {DB_PORT: '5432', SUPPORT: none}")),
    Case("value_malformed", service("""env: {API_URL: "'https://a.b'"}"""), 3, service("env: {API_URL: ''}")),
    Case(
        "redis_host_elsewhere",
        service("reaches: [{redis: cache}]", "env: {REDIS_HOST: 10.0.0.9}")
        + "redis_instances: {cache: {host: 10.0.0.3}}",
        4,
        service("reaches: [{redis: cache}]", "env: {REDIS_HOST: 10.0.0.3}")
        + "redis_instances: {cache: {host: 10.0.0.3}}",
    ),
    Case(
        "redis_host_elsewhere",
        service("reaches: [{redis: cache}]", "env: {REDIS_HOST: 10.0.0.9}")
        + "redis_instances: {cache: {host: 10.0.0.3}}",
        4,
        service("env: {REDIS_HOST: 10.0.0.9}") + "redis_instances: {cache: {host: 10.0.0.3}}",
    ),
    Case(
        "own_address_of_a_closed_service",
        service("env: {AUTH_URL: 'https://auth-abc-uc.a.run.app/login'}") + "  auth: {ingress: internal}",
        3,
        service("env: {AUTH_URL: 'https://auth-abc-uc.a.run.app/login'}") + "  auth: {ingress: all}",
    ),
    Case(
        "own_address_of_a_closed_service",
        service("env: {AUTH_URL: 'https://auth-abc-uc.a.run.app'}", "egress: {mode: private-ranges-only}")
        + "  auth: {ingress: internal}",
        3,
        service("env: {AUTH_URL: 'https://auth-abc-uc.a.run.app'}", "egress: {mode: all-traffic}")
        + "  auth: {ingress: internal}",
    ),
    # Exposure
    Case(
        "open_beside_the_balancer",
        service("ingress: all") + balancer(ROUTED),
        3,
        service("ingress: internal-and-cloud-load-balancing") + balancer(ROUTED),
    ),
    Case("open_beside_the_balancer", service("ingress: all") + balancer(ROUTED), 3, service("ingress: all")),
    Case(
        "closed_to_the_balancer",
        service("ingress: internal") + balancer(ROUTED),
        3,
        service("ingress: internal", name="other") + balancer(ROUTED),
    ),
    Case(
        "probe_of_a_closed_address",
        probe("{url: 'https://web-123.us-central1.run.app/health'}") + service("ingress: internal"),
        2,
        probe("{url: 'https://web-123.us-central1.run.app/health'}") + service("ingress: all"),
    ),
    Case(
        "probe_of_a_closed_address",
        probe("{url: 'wss://web-123.us-central1.run.app/ws'}") + service("ingress: internal"),
        2,
        probe("{url: 'https://api.example.com'}") + service("ingress: internal"),
    ),
    # Egress
    Case(
        "socket_under_all_traffic",
        service("egress: {mode: all-traffic}", "reaches: [{sql: db, via: socket}]") + sql("backups: true"),
        3,
        service("egress: {mode: all-traffic}", "reaches: [{sql: db, via: private-ip}]") + sql("backups: true"),
    ),
    Case(
        "socket_under_all_traffic",
        service("egress: {mode: all-traffic}", "reaches: [{sql: db, via: socket}]") + sql("backups: true"),
        3,
        service("egress: {mode: private-ranges-only}", "reaches: [{sql: db, via: socket}]") + sql("backups: true"),
    ),
    Case(
        "another_network",
        service("egress: {connector: main}", "reaches: [{sql: db, via: private-ip}]")
        + connector("network: one")
        + sql("private_network: other"),
        4,
        service("egress: {connector: main}", "reaches: [{sql: db, via: private-ip}]")
        + connector("network: one")
        + sql("private_network: projects/netra-host/global/networks/one"),
    ),
    Case(
        "another_network",
        service("egress: {network: one}", "reaches: [{redis: cache}]") + "redis_instances: {cache: {network: other}}",
        4,
        service("egress: {mode: all-traffic}", "reaches: [{redis: cache}]")
        + "redis_instances: {cache: {network: other}}",
    ),
    Case(
        "another_network",
        service("egress: {network: one}", "reaches: [{sql: db, via: private-ip}]") + sql("private_network: other"),
        4,
        service("egress: {network: one}", "reaches: [{sql: db, via: socket}]") + sql("private_network: other"),
    ),
    Case(
        "connector_in_another_region",
        service("egress: {connector: main}", "region: europe-west1") + connector("network: one"),
        3,
        service("egress: {connector: main}") + connector("network: one", "project: netra-host"),
    ),
    Case(
        "connector_subnet_shared",
        connector("subnet: small") + service("egress: {subnet: small}"),
        6,
        connector("subnet: small") + service("egress: {subnet: wide}"),
    ),
    Case(
        "connector_subnet_shared",
        connector("subnet: small") + "  second: {subnet: small}",
        4,
        connector("subnet: small") + "  second: {subnet: small, region: europe-west1}",
    ),
    Case(
        "private_address_on_the_internet",
        service("reaches: [{internet: ['10.1.2.3:443']}]"),
        3,
        service("reaches: [{internet: ['8.8.8.8:443', 'api.openai.com:443']}]"),
    ),
    Case(
        "private_address_on_the_internet",
        service("reaches: [{internet: ['localhost:443']}]"),
        3,
        service("reaches: [{internet: ['[2001:4860:4860::8888]:443']}]"),
    ),
    Case(
        "public_address_without_a_sender",
        service("egress: {mode: private-ranges-only}", "reaches: [{sql: db, via: public-ip}]")
        + sql("public_access: false"),
        4,
        service("egress: {mode: all-traffic}", "reaches: [{sql: db, via: public-ip}]") + sql("public_access: false"),
    ),
    Case(
        "public_address_without_a_sender",
        service("egress: {mode: private-ranges-only}", "reaches: [{sql: db, via: public-ip}]")
        + sql("public_access: false"),
        4,
        service("egress: {mode: private-ranges-only}", "reaches: [{sql: db, via: socket}]")
        + sql("public_access: false"),
    ),
    # Connectors
    Case("connector_too_large", connector("max_instances: 120"), 3, connector("max_instances: 10"), fails=True),
    Case("connector_too_large", connector("min_instances: 12"), 3, connector("min_instances: 9"), fails=True),
    Case("connector_too_small", connector("min_instances: 1"), 3, connector("min_instances: 2")),
    Case("connector_too_small", connector("max_instances: 2"), 3, connector("max_instances: 3")),
    Case(
        "connector_bounds_meet",
        connector("min_instances: 4", "max_instances: 4"),
        4,
        connector("min_instances: 4", "max_instances: 5"),
    ),
    Case(
        "connector_bounds_meet",
        connector("min_instances: 5", "max_instances: 4"),
        4,
        connector("min_instances: 10", "max_instances: 10"),
    ),
    Case(
        "machine_type_unknown",
        connector("machine_type: e2-standard-8"),
        3,
        connector("machine_type: e2-standard-4"),
        fails=True,
    ),
    Case(
        "connector_name_too_long",
        connector("network: one", name="netra-staging-egress"),
        2,
        connector("network: one", name="staging-connector"),
        fails=True,
    ),
    Case("connections_of_a_connector", connector("concurrent_connections: 50"), 3, connector("max_instances: 10")),
    # Cloud SQL
    Case(
        "socket_path_too_long",
        service("reaches:", f"  - {{sql: {'d' * 58}, via: socket}}") + f"sql_instances: {{{'d' * 58}: {{}}}}",
        4,
        service("reaches:", f"  - {{sql: {'d' * 57}, via: socket}}") + f"sql_instances: {{{'d' * 57}: {{}}}}",
        fails=True,
    ),
    Case(
        "socket_path_too_long",
        service("reaches:", f"  - {{sql: {'d' * 58}, via: socket}}") + f"sql_instances: {{{'d' * 58}: {{}}}}",
        4,
        service("reaches:", f"  - {{sql: {'d' * 58}, via: socket}}")
        + f"sql_instances: {{{'d' * 58}: {{database_version: MYSQL_8_0}}}}",
        fails=True,
    ),
    Case("too_few_connections", sql("max_connections: 13"), 3, sql("max_connections: 14")),
    Case("too_few_connections", sql("flags: {max_connections: '13'}"), 3, sql("flags: {max_connections: '14'}")),
    Case(
        "too_few_connections",
        sql("flags: {max_connections: many}"),
        3,
        sql("database_version: MYSQL_8_0", "max_connections: 10"),
    ),
    Case(
        "flag_below_declared",
        sql("max_connections: 400", "flags: {max_connections: '300'}"),
        4,
        sql("max_connections: 400", "flags: {max_connections: '400'}"),
    ),
    Case("connection_time", sql("connection_time: {warn: 25s}"), 3, sql("connection_time: {}")),
    # Pools
    Case(
        "pools_above_limit",
        service(POOL.format(size=10, overflow=15, workers=1), "max_instances: 15") + sql("max_connections: 100"),
        3,
        service(POOL.format(size=10, overflow=15, workers=1), "max_instances: 3") + sql("max_connections: 100"),
    ),
    Case(
        "pools_above_limit",
        service(POOL.format(size=10, overflow=15, workers=1)) + sql("backups: true"),
        3,
        service(POOL.format(size=4, overflow=5, workers=1)) + sql("backups: true"),
    ),
    Case(
        "pools_above_limit",
        service(POOL.format(size=10, overflow=15, workers=2), "max_instances: 2")
        + sql("max_connections: 100", "flags: {max_connections: '102'}"),
        3,
        service(POOL.format(size=10, overflow=15, workers=2), "max_instances: 2")
        + sql("max_connections: 100", "flags: {max_connections: '103'}"),
    ),
    Case(
        "pool_above_socket_limit",
        service(POOL.format(size=10, overflow=15, workers=5), "reaches: [{sql: db, via: socket}]")
        + sql("backups: true"),
        3,
        service(POOL.format(size=10, overflow=15, workers=4), "reaches: [{sql: db, via: socket}]")
        + sql("backups: true"),
        fails=True,
    ),
    Case(
        "pool_above_socket_limit",
        service(POOL.format(size=101, overflow=0, workers=1), "reaches: [{sql: db, via: socket}]")
        + sql("backups: true"),
        3,
        service(POOL.format(size=101, overflow=0, workers=1), "reaches: [{sql: db, via: private-ip}]")
        + sql("backups: true"),
        fails=True,
    ),
    Case(
        "concurrency_above_pool",
        service(POOL.format(size=10, overflow=15, workers=1), "concurrency: 26") + sql("backups: true"),
        4,
        service(POOL.format(size=10, overflow=15, workers=1), "concurrency: 25") + sql("backups: true"),
    ),
    # Time-outs
    Case(
        "connecting_outlasts_its_caller",
        sql("connection_time: {fail: 600s}") + service("startup_window: 600s", "reaches: [{sql: db}]"),
        3,
        sql("connection_time: {fail: 599s}") + service("startup_window: 600s", "reaches: [{sql: db}]"),
    ),
    Case(
        "connecting_outlasts_its_caller",
        sql("connection_time: {fail: 300s}")
        + service("startup_window: 600s", "request_timeout: 300s", "reaches: [{sql: db}]"),
        3,
        sql("connection_time: {warn: 300s}")
        + service("startup_window: 600s", "request_timeout: 300s", "reaches: [{sql: db}]"),
    ),
    Case(
        "connecting_outlasts_its_caller",
        sql("connection_time: {fail: 240s}") + service("reaches: [{sql: db}]"),
        3,
        sql("connection_time: {fail: 240s}") + service("cpu: 1"),
    ),
    Case(
        "statement_outlasts_request",
        sql("flags: {statement_timeout: '600000'}") + service("request_timeout: 600s", "reaches: [{sql: db}]"),
        3,
        sql("flags: {statement_timeout: '570000'}") + service("request_timeout: 600s", "reaches: [{sql: db}]"),
    ),
    Case(
        "statement_outlasts_request",
        sql("flags: {statement_timeout: '600000'}") + service("request_timeout: 600s", "reaches: [{sql: db}]"),
        3,
        sql("flags: {statement_timeout: '0'}") + service("request_timeout: 600s", "reaches: [{sql: db}]"),
    ),
    # Load balancers
    Case(
        "health_check_impossible",
        balancer("health_check: {timeout: 600s}"),
        3,
        balancer("health_check: {timeout: 300s}"),
        fails=True,
    ),
    Case(
        "health_check_impossible",
        balancer("health_check: {interval: 301s}"),
        3,
        balancer("health_check: {interval: 300s}"),
        fails=True,
    ),
    Case(
        "health_check_impossible",
        balancer("health_check: {interval: 0.5s}"),
        3,
        balancer("health_check: {interval: 1s}"),
        fails=True,
    ),
    Case(
        "health_check_impossible",
        balancer("health_check: {interval: 5s, timeout: 6s}"),
        3,
        balancer("health_check: {interval: 5s, timeout: 5s}"),
        fails=True,
    ),
    Case(
        "health_check_impossible",
        balancer("health_check: {healthy_threshold: 11}"),
        3,
        balancer("health_check: {unhealthy_threshold: 10}"),
        fails=True,
    ),
    Case(
        "health_check_of_cloud_run",
        balancer("health_check: {timeout: 5s}", ROUTED),
        3,
        balancer("health_check: {timeout: 5s}"),
    ),
    Case(
        "health_check_of_cloud_run",
        balancer("health_check: {timeout: 5s}", ROUTED),
        3,
        balancer("health_check: {timeout: 600s}", ROUTED),
    ),
    Case(
        "balanced_request_too_long",
        balancer("request_timeout: 2h", ROUTED),
        3,
        balancer("request_timeout: 1h", ROUTED),
        fails=True,
    ),
    Case(
        "balanced_request_too_long",
        balancer("request_timeout: 2h", ROUTED),
        3,
        balancer("request_timeout: 2h"),
        fails=True,
    ),
    # Certificates
    Case(
        "wildcard_needs_another_certificate",
        balancer("certificates: {covers: ['*.example.com']}"),
        3,
        balancer("certificates: {covers: [api.example.com]}"),
    ),
    Case(
        "domain_outside_the_wildcard",
        balancer("certificates: {covers: ['*.example.com']}", "domains: {example.com: {}}"),
        3,
        balancer("certificates: {covers: ['*.example.com', example.com]}", "domains: {example.com: {}}"),
    ),
    Case(
        "domain_outside_the_wildcard",
        balancer("certificates: {covers: ['*.example.com']}", "domains: {api.staging.example.com: {}}"),
        3,
        balancer("certificates: {covers: ['*.example.com']}", "domains: {api.example.com: {}, example.org: {}}"),
    ),
    Case(
        "domain_outside_the_wildcard",
        balancer("certificates: {covers: ['*.api.example.com']}", "domains: {api.example.com: {}}"),
        3,
        balancer("certificates: {covers: ['*.api.example.com', '*.example.com']}", "domains: {api.example.com: {}}"),
    ),
    Case(
        "deprecated_name_in_use",
        balancer("deprecated_domains: ['*.old.example.com']", "domains: {api.old.example.com: {}}"),
        4,
        balancer("deprecated_domains: ['*.old.example.com']", "domains: {old.example.com: {}}"),
    ),
    Case(
        "deprecated_name_in_use",
        balancer("deprecated_domains: ['*.old.example.com']", "certificates: {covers: ['*.old.example.com']}"),
        4,
        balancer("deprecated_domains: ['*.old.example.com']", "certificates: {covers: ['*.example.com']}"),
    ),
    Case(
        "deprecated_name_in_use",
        balancer("deprecated_domains: [old.example.com]") + probe("{url: 'https://old.example.com/x'}"),
        5,
        balancer("deprecated_domains: [old.example.com]") + probe("{tls: 'new.example.com:443'}"),
    ),
    Case(
        "certificate_always_near_its_end",
        balancer("certificates: {expires_in: {fail: 31d}}"),
        3,
        balancer("certificates: {expires_in: {warn: 30d, fail: 7d}}"),
    ),
    Case(
        "certificate_always_near_its_end",
        balancer("certificates: {expires_in: {warn: 91d}}"),
        3,
        balancer("certificates: {expires_in: {warn: 60d, fail: 30d}}"),
    ),
    # Probes
    Case(
        "websocket_too_long",
        probe("{url: 'wss://api.example.com/ws/a', expect: {hold: 2h}}") + service(name="sockets") + balancer(ROUTED),
        2,
        probe("{url: 'wss://elsewhere.example.com/ws/a', expect: {hold: 2h}}") + balancer(ROUTED),
        fails=True,
    ),
    Case(
        "websocket_outlasts_request",
        probe("{url: 'wss://api.example.com/ws/a', expect: {hold: 10m}}")
        + service("request_timeout: 600s", name="sockets")
        + balancer(ROUTED),
        2,
        probe("{url: 'wss://api.example.com/ws/a', expect: {hold: 9m}}")
        + service("request_timeout: 600s", name="sockets")
        + balancer(ROUTED),
    ),
    Case(
        "websocket_outlasts_request",
        probe("{url: 'wss://web-123.us-central1.run.app', expect: {hold: 10m}}") + service("request_timeout: 300s"),
        2,
        # Which of the two takes /other is not declared, and one of them allows it.
        probe("{url: 'wss://api.example.com/other', expect: {hold: 10m}}")
        + service("request_timeout: 300s")
        + "  sockets: {request_timeout: 900s}\n"
        + balancer(ROUTED),
    ),
    Case(
        "websocket_outlasts_request",
        probe("{url: 'wss://api.example.com/ws/a', expect: {hold: 10m}}")
        + service("request_timeout: 900s")
        + "  sockets: {request_timeout: 300s}\n"
        + balancer("domains: {api.example.com: {routes: {/*: web, /ws/*: sockets}}}"),
        2,
        probe("{url: 'wss://[1:2:3]/ws/a', expect: {hold: 10m}}") + balancer(ROUTED),
    ),
    Case(
        "expectation_not_shown",
        probe("{redis: '10.0.0.3:6379', expect: {status: 200}}"),
        2,
        probe("{url: 'https://api.example.com', expect: {status: 200, within: 3s, json: {a: b}}}"),
    ),
    Case(
        "expectation_not_shown",
        probe("{url: 'https://api.example.com', expect: {hold: 30s}}"),
        2,
        probe("{url: 'wss://api.example.com', expect: {hold: 30s}}"),
    ),
    Case(
        "probe_of_another_instance",
        probe("{postgres: '/cloudsql/netra-staging:europe-west1:db'}") + sql("backups: true"),
        2,
        probe("{postgres: '/cloudsql/netra-staging:us-central1:db'}") + sql("backups: true"),
    ),
    Case(
        "probe_of_another_instance",
        probe("{postgres: '/cloudsql/netra-other:us-central1:db'}") + sql("backups: true"),
        2,
        probe("{postgres: '/cloudsql/netra-other:us-central1:other'}") + sql("backups: true"),
    ),
    # Alerts and logs
    Case(
        "alert_never_fires",
        "alerts: [{metric: sql-cpu, above: 100%}]",
        1,
        "alerts: [{metric: sql-cpu, above: 99%}, {metric: sql-connections, above: 100}, {metric: run-errors}]",
    ),
    Case("window_older_than_the_logs", "logs: {window: 31d}", 1, "logs: {window: 30d}"),
    Case("window_shorter_than_the_delay", "logs: {window: 4m}", 1, "logs: {window: 5m}"),
)
