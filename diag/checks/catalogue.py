"""Every check there is, in the order of the reports: one literal table."""

from __future__ import annotations

from collections.abc import Mapping

from diag.checks.check import Check
from diag.checks.lb import backends, certificates, deprecated, domains, health, redirect, renewal, routes, timeouts, tls
from diag.checks.run import (
    environment,
    identity,
    ingress,
    readiness,
    scaling,
    serving,
    sizing,
    startup,
    traffic,
    variables,
)
from diag.checks.run import usage as run_usage
from diag.checks.sql import attachments, connections, network, operations, sockets, state, usage
from diag.checks.vpc import addresses, connector, connector_place, connector_size, egress, internet, peering
from diag.checks.vpc import usage as vpc_usage

CHECKS: Mapping[str, Check] = {
    one.id: one
    for one in (
        connector.connector_missing,
        connector.connector_not_ready,
        connector_place.connector_wrong_network,
        connector_place.connector_wrong_place,
        connector_size.connector_undersized,
        vpc_usage.connector_saturated,
        addresses.range_overlaps,
        addresses.subnet_too_small,
        egress.egress_wrong,
        internet.nat_missing,
        internet.default_route_missing,
        internet.private_google_access_off,
        vpc_usage.nat_exhausted,
        peering.peering_missing,
        state.instance_missing,
        state.not_running,
        operations.operation_pending,
        connections.connection_budget,
        usage.connections_high,
        connections.max_connections_too_low,
        usage.cpu_high,
        usage.memory_high,
        usage.disk_high,
        state.out_of_disk,
        network.private_network_wrong,
        sockets.socket_needs_public_ip,
        sockets.socket_not_attached,
        attachments.attachment_dangling,
        attachments.socket_path_too_long,
        network.public_access,
        network.ssl_not_enforced,
        network.server_ca_expiring,
        state.version_too_old,
        domains.domain_unserved,
        routes.wrong_service,
        backends.backend_empty,
        certificates.certificate_missing,
        renewal.certificate_not_active,
        renewal.certificate_expiring,
        certificates.certificate_ignored,
        certificates.wildcard_impossible,
        deprecated.deprecated_domain,
        tls.tls_too_old,
        redirect.http_not_redirected,
        timeouts.request_timeout_too_short,
        health.health_check_wrong,
        health.health_check_useless,
        readiness.service_missing,
        readiness.not_ready,
        readiness.revision_failed,
        serving.not_serving,
        startup.startup_probe_weak,
        identity.image_unpinned,
        traffic.traffic_wrong,
        startup.request_timeout_too_short,
        startup.startup_window_too_short,
        sizing.cpu_too_small,
        sizing.memory_too_small,
        scaling.min_instances,
        scaling.max_instances,
        scaling.concurrency,
        run_usage.memory_high,
        run_usage.at_max_instances,
        run_usage.errors_high,
        run_usage.startup_slow,
        ingress.ingress_open,
        environment.env_missing,
        environment.env_differs,
        variables.env_malformed,
        environment.secret_not_used,
        identity.service_account_wrong,
        sizing.pool_over_instance_limit,
    )
}
