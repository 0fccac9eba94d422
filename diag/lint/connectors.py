"""Serverless VPC Access connectors: names, machine types, sizes, and what they do not count."""

from __future__ import annotations

from collections.abc import Iterator

from diag.lint.rule import Issue, contradiction, infeasible, unobservable
from diag.lint.words import of
from diag.requirements.model import Connector, Requirements

MACHINE_TYPES = ("e2-micro", "e2-standard-4", "f1-micro")
BOUNDS = {"min_instances": (2, 9), "max_instances": (3, 10)}
LONGEST_NAME = 20


@infeasible("VPC-04")
def connector_too_large(declared: Requirements) -> Iterator[Issue]:
    """More instances than a connector can have.

    The minimum is 2 to 9 and the maximum 3 to 10, whatever the machine type.
    """
    for connector, key, value in _sizes(declared):
        low, high = BOUNDS[key]
        if value > high:
            yield Issue(
                at=connector.at(key),
                of=of(connector),
                required=f"{key}: {value}",
                observed=f"{low} to {high}",
                reason="no connector can be created or changed to that size",
                instead=f"{key}: {high} at the most, with machine_type: e2-standard-4 for more throughput, or Direct "
                "VPC egress (egress.network instead of egress.connector)",
            )


@infeasible("VPC-04")
def connector_too_small(declared: Requirements) -> Iterator[Issue]:
    """Fewer instances than every connector has.

    The line says *at least*, so that it holds for every connector there can be, and asks nothing.
    """
    for connector, key, value in _sizes(declared):
        low, high = BOUNDS[key]
        if value < low:
            yield Issue(
                at=connector.at(key),
                of=of(connector),
                required=f"{key}: {value}",
                observed=f"{low} to {high}",
                reason=f"a connector cannot have {value} there, and the line means *at least*",
                instead=f"{key}: {low}, or no line",
                doubt="every connector has more, so that the line holds and asks nothing",
            )


@contradiction("VPC-04", confirmed_by=("vpc.connector-undersized", "vpc.connector-missing"))
def connector_bounds_meet(declared: Requirements) -> Iterator[Issue]:
    """Connector whose minimum is not below its maximum.

    The maximum must exceed the minimum; a connector with exactly these bounds is refused.
    """
    for connector in declared.connectors.values():
        low, high = connector.min_instances, connector.max_instances
        if low is not None and high is not None and high <= low <= BOUNDS["min_instances"][1]:
            yield Issue(
                at=connector.at("max_instances"),
                of=of(connector),
                required=f"min_instances: {low} with max_instances: {high}",
                observed="a maximum above the minimum",
                reason="a connector with these bounds is refused",
                instead=f"max_instances: {max(low + 1, 3)}",
            )


@infeasible("VPC-03")
def machine_type_unknown(declared: Requirements) -> Iterator[Issue]:
    """Machine type that no connector can have.

    There are three: f1-micro, e2-micro and e2-standard-4.
    """
    for connector in declared.connectors.values():
        if connector.machine_type and connector.machine_type not in MACHINE_TYPES:
            yield Issue(
                at=connector.at("machine_type"),
                of=of(connector),
                required=f"machine_type: {connector.machine_type}",
                observed=", ".join(MACHINE_TYPES),
                reason="a connector takes no other machine type; e2-standard-4 carries the most",
                instead="machine_type: e2-standard-4",
            )


@infeasible("VPC-11")
def connector_name_too_long(declared: Requirements) -> Iterator[Issue]:
    """Connector name that is too long.

    A name has fewer than 21 characters, and each hyphen counts as two.
    """
    for connector in declared.connectors.values():
        length = len(connector.name) + connector.name.count("-")
        if length > LONGEST_NAME:
            yield Issue(
                at=connector.at(),
                of=of(connector),
                required=f"{connector.name}: {length} characters, hyphens twice",
                observed=f"at most {LONGEST_NAME}, hyphens twice",
                reason="no connector of that name can be created",
                instead="a shorter name, here and in the egress of the services",
            )


@unobservable("VPC-20", "VPC-05")
def connections_of_a_connector(declared: Requirements) -> Iterator[Issue]:
    """Connections of a connector, which nothing counts.

    A connector has neither a setting nor a quota nor a metric for connections. What limits it is
    throughput and CPU, by machine type and number of instances.
    """
    for connector in declared.connectors.values():
        if connector.concurrent_connections is None:
            continue
        yield Issue(
            at=connector.at("concurrent_connections"),
            of=of(connector),
            required=f"concurrent_connections: {connector.concurrent_connections}",
            observed="no setting, quota or metric of a connector",
            reason="a connector carries bytes, not a number of connections: no setting or metric shows them",
            instead="machine_type, min_instances, max_instances and utilization of the connector, and the "
            f"{connector.concurrent_connections} connections as max_connections of the database",
        )


def _sizes(declared: Requirements) -> Iterator[tuple[Connector, str, int]]:
    for connector in declared.connectors.values():
        for key in BOUNDS:
            value = getattr(connector, key)
            if value is not None:
                yield connector, key, value
