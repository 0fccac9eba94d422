"""Each fault of the contract by one example: its place, what is wrong, what to write."""

from __future__ import annotations

import pytest

from tests.requirements.conftest import HEAD, Faults

# Each body starts on line 3, below `version` and `project`.
FAULTS = [
    # unknown keys and words
    ("conectors: {}", '3:1: "conectors" is not a key here; did you mean "connectors"? write `connectors:`'),
    ("services: {web: {memroy: 1Gi}}", '3:18: services.web: "memroy" is not a key here; did you mean "memory"?'),
    (
        "redis_instances: {r: {colour: red}}",
        '3:23: redis_instances.r: "colour" is not a key here; write one of project,',
    ),
    (
        "services: {web: {ingress: intern}}",
        '3:27: services.web.ingress: "intern" is not one of all | internal | internal-and-cloud-load-balancing; '
        'did you mean "internal"?',
    ),
    ("sql_instances: {db: {ssl: always}}", '3:27: sql_instances.db.ssl: "always" is not one of any | encrypted-only'),
    # wrong types
    ("services: []", "3:11: services: a list stands where a mapping belongs; write {} or name: value pairs"),
    ("services: {web: {roles: roles/viewer}}", "3:25: services.web.roles: a single value stands where a list belongs"),
    ("services: {web: {cpu: [4]}}", "3:23: services.web.cpu: a list stands where a number of CPUs belongs"),
    ("services:\n  web:", "4:3: services.web: has no value; write {} or keys such as project"),
    ("services: {web: {critical: yes}}", '3:28: services.web.critical: "yes" is not a boolean; write true'),
    ("services: {web: {critical: 'true'}}", '3:28: services.web.critical: "true" is not a boolean; write true'),
    (
        'services: {web: {min_instances: "2"}}',
        '3:33: services.web.min_instances: "2" is text here, not a number; write 2 without quotes',
    ),
    ("services: {web: {concurrency: 1.5}}", '3:31: services.web.concurrency: "1.5" is not a whole number'),
    ("services: {web: {max_instances: 0}}", '3:33: services.web.max_instances: "0" is not a whole number from 1'),
    (
        "services: {web: {request_timeout: 600}}",
        '3:35: services.web.request_timeout: "600" has no unit; write a duration',
    ),
    (
        "services: {web: {request_timeout: 250ms}}",
        '3:35: services.web.request_timeout: "250ms" is not a duration; write',
    ),
    ("logs: {window: 0s}", '3:16: logs.window: "0s" is not a duration; write 600s, 10m, 1h or 30d'),
    ("services: {web: {memory: 6}}", '3:26: services.web.memory: "6" has no unit; write a size such as 512Mi or 6Gi'),
    ("services: {web: {cpu: many}}", '3:23: services.web.cpu: "many" is not a number of CPUs; write 4, 0.5 or 500m'),
    (
        "connectors: {c: {utilization: {warn: 0.7}}}",
        '3:38: connectors.c.utilization.warn: "0.7" has no unit; write a per',
    ),
    ("connectors: {c: {utilization: {warn: 170%}}}", '3:38: connectors.c.utilization.warn: "170%" is not a percentage'),
    (
        "services: {web: {env: {A: }}}",
        '3:24: services.web.env.A: has no value; write the value, or "" for an empty one',
    ),
    (
        "load_balancers: {lb: {minimum_tls: 1.2}}",
        '3:36: load_balancers.lb.minimum_tls: 1.2 is a number here, not text; write "1.2" in quotes',
    ),
    # empty where nothing would be declared
    ("secrets: []", "3:10: secrets: is empty; write at least one entry, or remove the key"),
    ("probes: {}", "3:9: probes: is empty;"),
    ("alerts: []", "3:9: alerts: is empty;"),
    ("rules: []", "3:8: rules: is empty;"),
    ("services: {web: {reaches: []}}", "3:27: services.web.reaches: is empty;"),
    ("services: {web: {reaches: [{internet: []}]}}", "3:39: services.web.reaches.0.internet: is empty;"),
    ("services: {web: {roles: []}}", "3:25: services.web.roles: is empty;"),
    ("services: {web: {traffic: {}}}", "3:27: services.web.traffic: is empty;"),
    ("services: {web: {secrets: {}}}", "3:27: services.web.secrets: is empty;"),
    ("load_balancers: {lb: {certificates: {covers: []}}}", "3:46: load_balancers.lb.certificates.covers: is empty;"),
    (
        "load_balancers: {lb: {domains: {a.example.com: {routes: {}}}}}",
        "3:57: load_balancers.lb.domains.a.example.com.routes: is empty;",
    ),
    # names
    ("region: us-central1-a", '3:9: region: "us-central1-a" is not a region; write a region such as us-central1'),
    ("services: {Web_App: {}}", '3:12: services: the name "Web_App" is not a resource name'),
    ("services: {../web: {}}", '3:12: services: the name "../web" is not a resource name'),
    (
        "load_balancers: {lb: {domains: {https://a: {}}}}",
        '3:33: load_balancers.lb.domains: the name "https://a" is not',
    ),
    (
        "load_balancers: {lb: {domains: {a.example.com: {routes: {health: web}}}}}",
        '3:58: load_balancers.lb.domains.a.example.com.routes: the name "health" is not a path; write /path',
    ),
    ("services: {web: {service_account: web}}", '3:35: services.web.service_account: "web" is not a service account'),
    (
        "services: {web: {roles: [viewer]}}",
        '3:26: services.web.roles.0: "viewer" is not an IAM role; write a role such',
    ),
    (f"incident: {{impact: {'x' * 2001}}}", "3:20: incident.impact: is longer than 2000 characters; write some text"),
    ("secrets: [a b]", "3:11: secrets.0: this value is not a secret's name; write the secret's name"),
    # keys that bear on each other
    (
        "connectors: {c: {}}\nservices: {web: {egress: {connector: c, network: n}}}",
        "4:27: services.web.egress.connector: names a connector beside network or subnet; write one way out",
    ),
    (
        "connectors: {c: {utilization: {warn: 95%, fail: 90%}}}",
        "3:32: connectors.c.utilization.warn: is above fail, so it would never warn;",
    ),
    (
        "load_balancers: {lb: {certificates: {expires_in: {warn: 7d, fail: 30d}}}}",
        "3:51: load_balancers.lb.certificates.expires_in.warn: is below fail, so it would never warn;",
    ),
    (
        "sql_instances: {db: {server_ca_expires_in: {warn: 7d, fail: 30d}}}",
        "3:45: sql_instances.db.server_ca_expires_in.warn: is below fail",
    ),
    ("services: {web: {traffic: {a: 60, b: 60}}}", "3:27: services.web.traffic: shares 120 % of the traffic; write"),
    (
        "services: {web: {reaches: [{via: socket}]}}",
        "3:28: services.web.reaches.0: none of sql, redis, internet is there",
    ),
    (
        "redis_instances: {r: {}}\nservices: {web: {reaches: [{redis: r, via: socket}]}}",
        "4:39: services.web.reaches.0.via: goes with sql only; remove via",
    ),
    ("services: {web: {database_pool: {size: 5}}}", "3:18: services.web.database_pool: instance is missing; write"),
    (
        "maintenance: [{from: 2026-12-01T03:00:00Z, to: 2026-12-01T02:00:00Z}]",
        "3:44: maintenance.0.to: is not after from; write a later time",
    ),
    (
        "maintenance: [{from: 2026-12-01T03:00:00, to: 2026-12-02T02:00:00Z}]",
        '3:22: maintenance.0.from: "2026-12-01T03',
    ),
    ("alerts: [{metric: connection-time, above: 70%}]", "3:36: alerts.0.above: of connection-time is a time; write"),
    ("alerts: [{metric: sql-cpu, above: 25s}]", "3:28: alerts.0.above: of sql-cpu is not a time; write a percentage"),
    # names that refer to another section
    (
        "connectors: {main: {}}\nservices: {web: {egress: {connector: mian}}}",
        '4:27: services.web.egress.connector: "mian" is not declared in connectors; did you mean "main"?',
    ),
    (
        "services: {web: {database_pool: {instance: db, size: 1}}}",
        '3:34: services.web.database_pool.instance: "db" is not declared in sql_instances; '
        "declare it: `sql_instances: {db: {}}`",
    ),
    (
        "services: {web: {reaches: [{sql: db}]}}",
        '3:29: services.web.reaches.0.sql: "db" is not declared in sql_instances',
    ),
    ("services: {web: {reaches: [{redis: r}]}}", '3:29: services.web.reaches.0.redis: "r" is not declared in redis_in'),
    # patterns
    (
        "logs: {forbidden: [{id: a, pattern: '('}]}",
        "3:37: logs.forbidden.0.pattern: the pattern does not compile: missing",
    ),
    (
        "logs: {forbidden: [{id: a, pattern: 'a(?=b)'}]}",
        "3:37: logs.forbidden.0.pattern: (?= in the pattern is not RE2",
    ),
    (
        "logs: {forbidden: [{id: a, pattern: '(?<!a)b'}]}",
        "3:37: logs.forbidden.0.pattern: (?<! in the pattern is not RE2",
    ),
    (
        "logs: {forbidden: [{id: a, pattern: '(a)\\1'}]}",
        "3:37: logs.forbidden.0.pattern: \\1 in the pattern is not RE2",
    ),
    (
        "logs: {phase_time: {pattern: took, warn: 1s}}",
        "3:21: logs.phase_time.pattern: has no group for the time; write",
    ),
    ("logs: {forbidden: [{id: a, pattern: x}, {id: a, pattern: y}]}", '3:42: logs.forbidden.1.id: the id "a" is taken'),
    # probes and the gate
    (
        "probes: {p: {category: a}}",
        "3:10: probes.p: none of url, postgres, redis, tls, dns is there; write one of them",
    ),
    ("probes: {p: {dns: a.example.com, tls: 'b:443'}}", "3:34: probes.p: tls stands beside dns; write one of url,"),
    ("probes: {p: {url: ftp://a.example.com/}}", "3:19: probes.p.url: this value is not an http, https, ws or wss"),
    (
        "services: {web: {reaches: [{internet: ['a:70000']}]}}",
        "3:40: services.web.reaches.0.internet.0: has port 70000, which does not exist",
    ),
    ("probes: {p: {redis: 'a:70000'}}", "3:21: probes.p.redis: has port 70000, which does not exist; write a port"),
    ("probes: {p: {postgres: /cloudsql/db}}", "3:24: probes.p.postgres: this value is not a PostgreSQL target; write"),
    (
        "probes: {p: {dns: a.example.com, category: databse}}\nvalidation: {categories: {database: {}}}",
        '3:34: probes.p.category: "databse" is not a category of validation.categories; did you mean "database"?',
    ),
    (
        "probes:\n  a: {url: https://a.example.com, category: x}\n  b: {url: 'https://A.example.com:443', category: x}",
        "5:7: probes.b.url: the probe a has the same target in category x; remove one of the two",
    ),
    (
        "validation: {categories: {agents: {critical: true}}}",
        "3:27: validation.categories.agents: is critical, and no declared probe or resource falls into it; "
        "write `category: agents` on a probe, or critical: false",
    ),
    # waivers and rules
    (
        "waivers: [{check: sql.public-acess, resource: a, reason: b, owner: c, expires: 2026-12-31}]",
        '3:12: waivers.0.check: "sql.public-acess" is not a check and matches none; did you mean "sql.public-access"?',
    ),
    (
        "waivers: [{check: 'own.*', resource: a, reason: b, owner: c, expires: 2026-12-31}]",
        '3:12: waivers.0.check: "own.*"',
    ),
    (
        "waivers: [{check: vpc.*, resource: a, reason: b, expires: 2026-12-31}]",
        "3:11: waivers.0: owner is missing; write",
    ),
    (
        "waivers: [{check: vpc.*, resource: a, reason: b, owner: c, expires: 2026-02-30}]",
        '3:69: waivers.0.expires: "2026-02-30" is no day of the calendar; write a date such as 2026-12-31',
    ),
    (
        "rules: [{id: own.a, resource: run.service}]",
        "3:9: rules.0: require is missing; write `require: an expression such as",
    ),
    (
        "rules: [{id: own, resource: run.service, require: 'true'}]",
        '3:14: rules.0.id: "own" is not an id with a dot; write',
    ),
    (
        "rules: [{id: own.a, resource: Run, require: 'true'}]",
        '3:31: rules.0.resource: "Run" is not one of run.service | run.revision',
    ),
    (
        "rules: [{id: sql.public-access, resource: sql.instance, require: 'true'}]",
        '3:10: rules.0.id: "sql.public-access" is the id of a check of diag; write another id, such as own.NAME',
    ),
    # overlays
    (
        "environments: {a: {environments: {b: {}}}}",
        '3:20: environments.a: "environments" cannot stand here; move it out: an overlay cannot hold overlays',
    ),
    (
        "environments: {a: {regoin: us-east4}}",
        '3:20: environments.a: "regoin" is not a key here; did you mean "region"?',
    ),
    ("environments: {a: {secrets: []}}", "3:29: environments.a.secrets: is empty;"),
]


@pytest.mark.parametrize(("body", "start"), FAULTS, ids=[body.replace("\n", " ")[:60] for body, _ in FAULTS])
def test_each_fault_says_where_what_and_what_to_write(faults: Faults, body: str, start: str) -> None:
    [line] = faults(HEAD + body + "\n")
    assert line.startswith(f"diag.yaml:{start}")
    assert "; " in line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("project: netra-staging\n", "diag.yaml:1:1: version is missing; write `version: 1`"),
        ("version: 1\n", "diag.yaml:1:1: project is missing; write `project: the id, such as netra-staging`"),
        (
            "version: 2\nproject: netra-staging\n",
            'diag.yaml:1:10: version: "2" is not a version of this file that diag knows; write `version: 1`',
        ),
        (
            "version: 1\nproject: Netra Staging\n",
            "diag.yaml:2:10: project: this value is not a project id (6 to 30 lower-case letters, digits and hyphens); "
            "write the id, such as netra-staging",
        ),
    ],
)
def test_version_and_project_are_asked_for(faults: Faults, text: str, line: str) -> None:
    assert faults(text) == [line]


SECRET = "correct-horse-battery"  # made up


@pytest.mark.parametrize(
    "body",
    [
        f"probes: {{p: {{url: 'https://sre:{SECRET}@a.example.com/'}}}}",
        f"probes: {{p: {{url: 'https://a.example.com/?token={SECRET}'}}}}",
        f"probes: {{p: {{postgres: 'sre:{SECRET}@10.0.0.3:5432/app'}}}}",
        f"probes: {{p: {{postgres: '/sockets?password={SECRET}'}}}}",
        f"probes: {{p: {{redis: 'rediss://:{SECRET}@10.0.0.4:6379'}}}}",
        f"notify: ['json://sre:{SECRET}@127.0.0.1/hook']",
        f"history: postgresql://sre:{SECRET}@10.0.0.3/history",
    ],
)
def test_credentials_are_refused_and_never_printed(faults: Faults, body: str) -> None:
    [line] = faults(HEAD + body + "\n")
    assert "has credentials in it; remove them" in line
    assert SECRET not in line


@pytest.mark.parametrize(
    "body",
    [
        f"services: {{web: {{env: {{PASSWORD: [{SECRET}]}}}}}}",
        f"services: {{web: {{secrets: {{PASSWORD: '{SECRET}!'}}}}}}",
        f"probes: {{p: {{redis: '{SECRET}@nowhere'}}}}",
        f"services: {{web: {{ingress: 'postgres://sre:{SECRET}@db'}}}}",
        f"services: {{'postgres://sre:{SECRET}@db': {{}}}}",
        f"'postgres://sre:{SECRET}@db': {{}}",
    ],
)
def test_a_value_that_may_be_a_secret_is_not_printed_whatever_its_fault(faults: Faults, body: str) -> None:
    [line] = faults(HEAD + body + "\n")
    assert SECRET not in line


FINE = [
    "services: {web: {}}",
    "connectors: {}",
    "load_balancers: {lb: {domains: {a.example.com: {}}}}",
    "validation: {categories: {agents: {}}}",
    "probes: {p: {dns: a.example.com, category: anything}}",
    "probes: {a: {tls: 'a:443', category: x}, b: {tls: 'a:443', category: y}}",
    "validation: {categories: {startup: {critical: true}}}\nservices: {web: {}}",
    "validation: {categories: {connectivity: {critical: true}}}\nservices: {web: {egress: {mode: all-traffic}}}",
    "notify: ['mailto://sre:${PASSWORD}@example.com', '${HOOK}', 'json://${HOST}/hook']",
    "waivers: [{check: 'sql.*', resource: '*', reason: a, owner: b, expires: 2026-12-31}]",
    "waivers: [{check: own.a, resource: '*', reason: a, owner: b, expires: 2026-12-31}]\n"
    "rules: [{id: own.a, resource: run.service, require: 'true'}]",
    "logs: {forbidden: [{id: a, pattern: '[(?=]\\(?=x'}]}",
    "alerts: [{metric: sql-connections, above: 80}, {metric: connection-time, above: 25s}]",
    "load_balancers: {lb: {domains: {a.example.com: {routes: {/*: undeclared-service}}}}}",
    "connectors: {c: {network: projects/host-project/global/networks/shared, utilization: {}}}",
]


@pytest.mark.parametrize("body", FINE)
def test_what_the_contract_allows_is_no_fault(faults: Faults, body: str) -> None:
    assert faults(HEAD + body + "\n") == []


def test_every_fault_is_told_at_once_in_the_order_of_the_file(faults: Faults) -> None:
    text = "version: 1\nservices: {web: {cpu: many, egress: {connector: c}}}\nsecrets: []\nproject: Nope\nx: 1\nx: 2\n"
    assert [line.partition(": ")[0] for line in faults(text)] == [
        "diag.yaml:2:23",
        "diag.yaml:2:38",
        "diag.yaml:3:10",
        "diag.yaml:4:10",
        "diag.yaml:5:1",
        "diag.yaml:6:1",
    ]


def test_a_misshapen_section_does_not_make_every_name_that_refers_to_it_a_fault(faults: Faults) -> None:
    [line] = faults(HEAD + "connectors: [main]\nservices: {web: {egress: {connector: main}}}\n")
    assert line.startswith("diag.yaml:3:13: connectors: a list stands where a mapping belongs")
