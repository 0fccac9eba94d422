"""Which rule of lint, or which check, answers for each known contradiction between wishes and platform.

X-01 to X-40 are the rows of the sheet of platform facts. A row that the file can state belongs to a
rule; one that only the project can show belongs to a check; some concern neither, but how `diag` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """What answers for one row: names of rules, ids of checks, and why those."""

    rules: tuple[str, ...]
    checks: tuple[str, ...]
    why: str


COVERAGE: Mapping[str, Answer] = {
    "X-01": Answer(
        ("health_check_impossible", "health_check_of_cloud_run"), ("lb.health-check-useless",), "declared values"
    ),
    "X-02": Answer(
        (),
        ("run.startup-window-too-short",),
        "whether a probe is set is a fact of the revision; the window is possible",
    ),
    "X-03": Answer(
        (),
        ("run.startup-window-too-short",),
        "a window of 241 to 600 s passes with a note, because the sources disagree; lint is silent",
    ),
    "X-04": Answer(("startup_too_long",), ("run.startup-window-too-short",), "a declared window"),
    "X-05": Answer(
        ("balanced_request_too_long",),
        ("lb.request-timeout-too-short",),
        "up to 60 minutes the time-out of the service gives what is declared, and the check reads that one",
    ),
    "X-06": Answer(
        ("connecting_outlasts_its_caller", "statement_outlasts_request"), (), "all time-outs stand in the file"
    ),
    "X-07": Answer(("connecting_outlasts_its_caller",), (), "both time-outs stand in the file"),
    "X-08": Answer((), (), "the file has no key for how long a pool keeps a connection, and no API shows it"),
    "X-09": Answer(
        ("wildcard_needs_another_certificate",),
        ("lb.wildcard-impossible",),
        "the file names the wildcard, the project the kind of certificate",
    ),
    "X-10": Answer(
        ("domain_outside_the_wildcard",), ("lb.certificate-missing",), "names of the file against each other"
    ),
    "X-11": Answer(
        ("deprecated_name_in_use",), ("lb.deprecated-domain",), "a host rule's wildcard is a fact of the URL map"
    ),
    "X-12": Answer((), ("lb.certificate-ignored",), "which mechanism is in force is a fact of the proxy"),
    "X-13": Answer(
        ("deprecated_name_in_use",),
        ("lb.deprecated-domain", "lb.certificate-expiring", "lb.certificate-not-active"),
        "the file shows only that a certificate must hold a name that must be gone",
    ),
    "X-14": Answer(
        ("pools_above_limit",), ("sql.connection-budget",), "the declared pools and limits; a rollout is the check's"
    ),
    "X-15": Answer(("pools_above_limit",), ("sql.connection-budget",), "the tier is a fact of the instance"),
    "X-16": Answer(("pool_above_socket_limit",), ("run.pool-over-instance-limit",), "declared workers and pool"),
    "X-17": Answer(("concurrency_above_pool",), ("run.pool-below-concurrency",), "declared concurrency and pool"),
    "X-18": Answer(
        ("connections_of_a_connector",),
        ("vpc.connector-undersized", "vpc.connector-saturated"),
        "nothing counts them; size and load are the nearest that is seen",
    ),
    "X-19": Answer(
        ("connector_too_large", "connector_too_small"),
        ("vpc.connector-saturated",),
        "the file declares sizes as at least, so that scaling in cannot be asked for",
    ),
    "X-20": Answer(
        ("socket_under_all_traffic",), ("vpc.nat-missing", "vpc.default-route-missing"), "both stand in the file"
    ),
    "X-21": Answer((), ("vpc.unreachable",), "the file declares the way (`via`), and the check follows that way alone"),
    "X-22": Answer(
        (), ("sql.socket-needs-public-ip",), "whether there is a public address is a fact; the file has no key for it"
    ),
    "X-23": Answer(
        (),
        ("vpc.nat-missing", "vpc.default-route-missing", "vpc.private-google-access-off"),
        "NAT, route and access are facts of the network",
    ),
    "X-24": Answer(
        (), (), "all-traffic for private destinations works; its reason (a fixed address, say) has no key in the file"
    ),
    "X-25": Answer((), ("sql.not-running",), "state and activation policy are facts of the instance"),
    "X-26": Answer((), ("alerts.wrong-metric",), "the metric of a policy is a fact; the file names what is meant"),
    "X-27": Answer(
        ("open_beside_the_balancer", "closed_to_the_balancer"), ("run.ingress-open",), "declared ingress and routes"
    ),
    "X-28": Answer(
        ("own_address_of_a_closed_service", "probe_of_a_closed_address"),
        (),
        "callers are seen where a declared variable or probe holds the address",
    ),
    "X-29": Answer((), (), "the file has no key for affinity, balancing mode or capacity"),
    "X-30": Answer(
        ("websocket_too_long", "websocket_outlasts_request"), ("lb.websocket-cut",), "declared hold and time-outs"
    ),
    "X-31": Answer(
        (), (), "the file declares no uptime check; `within` of a probe is diag's own and has no such limit"
    ),
    "X-32": Answer((), (), "the file has no key for outlier detection"),
    "X-33": Answer(
        (), ("lb.certificate-missing",), "region and kind of certificate are facts; the file declares neither"
    ),
    "X-34": Answer((), ("lb.tls-too-old",), "whether there is an SSL policy is a fact of the proxy"),
    "X-35": Answer((), ("run.traffic-wrong",), "every check reads the revisions that take traffic"),
    "X-36": Answer((), (), "how diag lists: by region"),
    "X-37": Answer((), (), "how diag is granted: `diag role`"),
    "X-38": Answer((), (), "how diag reads logs: few queries for all"),
    "X-39": Answer(("socket_path_too_long",), ("sql.socket-path-too-long",), "the name follows from the file"),
    "X-40": Answer(
        (), ("sql.availability-wrong", "sql.shared-core"), "the tier is a fact; `availability` says what is meant"
    ),
}
"""Row → what answers for it."""
