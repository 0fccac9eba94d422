"""Cloud SQL and the network: private network, public access, TLS, server CA."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from diag.checks.check import Verdict, check, fails, passes, skips, warns
from diag.checks.sql.instances import all_instances, declaring, gcloud, on_declared, on_instance
from diag.checks.subjects import InstanceView
from diag.facts.base import instant, last, same
from diag.facts.sql import LEGACY_SSL, AuthorizedNetwork, Instance
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements, SqlInstance

PRIVATE_IP_DOCS = "https://cloud.google.com/sql/docs/postgres/private-ip"
AUTHORIZED_DOCS = "https://cloud.google.com/sql/docs/postgres/authorize-networks"
SSL_DOCS = "https://cloud.google.com/sql/docs/postgres/configure-ssl-instance"

DAY_S = 86400.0
CA_WARN_S, CA_FAIL_S = 30 * DAY_S, 7 * DAY_S
WIDEST_PREFIX = 1
"""A range with a prefix this short takes in half of all addresses or more: as good as everybody."""


@check(
    "sql.private-network-wrong",
    Severity.CRITICAL,
    declaring("private_network"),
    reads=("instances",),
    facts=("NET-02",),
    docs=(PRIVATE_IP_DOCS,),
)
@on_declared
def private_network_wrong(instance: Instance, wanted: SqlInstance, world: World) -> Verdict:
    """Cloud SQL instance is not on the declared private network.

    Its private address is reachable only from the VPC network that it is peered with, and peering
    is not transitive: clients on another network do not reach it.

    Reads `settings.ipConfiguration.privateNetwork`.

    Give the instance a private address on the network that its clients leave by; a private network can
    be changed, not removed.
    """
    observed = instance.private_network
    named = str(wanted.private_network)
    right = same(observed, named) if "/" in named else last(observed) == named
    evidence = (instance.evidence("settings.ipConfiguration.privateNetwork", observed or "absent"),)
    details = {"required": named, "evidence": evidence, "declared_at": wanted.at("private_network")}
    if observed and right:
        return passes(observed=last(observed), **details)
    what = f"on {last(observed)}" if observed else "without a private address"
    return fails(
        observed=last(observed) if observed else "no private network",
        reason=f"{instance.short} is {what}: clients that leave by {last(named)} do not reach it by a private address",
        fix=(Fix(gcloud("patch", instance, f"--network {named}")),),
        **details,
    )


@check(
    "sql.public-access",
    Severity.HIGH,
    all_instances,
    reads=("instances",),
    always=True,
    facts=("NET-01", "NET-03"),
    docs=(AUTHORIZED_DOCS,),
)
@on_instance
def public_access(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance lets the whole internet connect.

    An authorised network of 0.0.0.0/0, or ranges that together are as wide, leaves the password as the
    only guard. Sockets and the Auth Proxy do not need an authorised network.

    Reads `settings.ipConfiguration.ipv4Enabled` and `authorizedNetworks`, without expired entries.

    Remove the range and connect by private address, socket or Auth Proxy.
    """
    instance = view.instance
    place = view.wanted.at("public_access") if view.wanted else None
    if view.wanted and view.wanted.public_access:
        return skips("public access is declared as wanted", declared_at=place)
    if not instance.has_public_address:
        seen = (instance.evidence("settings.ipConfiguration.ipv4Enabled", False),)
        return passes(required="no range as wide as the internet", observed="no public address", evidence=seen)
    taken_at = instant(world.taken_at)
    active = [entry for entry in instance.authorized_networks if not entry.expires or entry.expires > taken_at]
    wide = _as_wide_as_the_internet(active)
    evidence = tuple(instance.evidence(entry.path) for entry in (wide or active)) or (
        instance.evidence("settings.ipConfiguration.authorizedNetworks", "none"),
    )
    observed = ", ".join(str(entry.range) for entry in (wide or active)) or "no authorised network"
    details = {"required": "no range as wide as the internet", "observed": observed, "evidence": evidence}
    if not wide:
        return passes(declared_at=place, **details)
    keep = ",".join(str(entry.range) for entry in active if entry not in wide)
    fix = f"--authorized-networks {keep}" if keep else "--clear-authorized-networks"
    return fails(
        reason=f"anybody on the internet can open a connection to {instance.short}",
        declared_at=place,
        fix=(Fix(gcloud("patch", instance, fix)),),
        **details,
    )


def _as_wide_as_the_internet(entries: list[AuthorizedNetwork]) -> list[AuthorizedNetwork]:
    """The entries that, alone or together, take in half of the IPv4 or IPv6 addresses or more."""
    found: list[AuthorizedNetwork] = []
    for kind in (IPv4Network, IPv6Network):
        mine = [entry for entry in entries if isinstance(entry.range, kind)]
        merged = collapse_addresses(entry.range for entry in mine)  # type: ignore[type-var]
        wide = [block for block in merged if block.prefixlen <= WIDEST_PREFIX]
        found += [entry for entry in mine if any(entry.range.subnet_of(block) for block in wide)]  # type: ignore[arg-type]
    return found


_STRICTNESS = ("ALLOW_UNENCRYPTED_AND_ENCRYPTED", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")
_SSL = {"any": 0, "encrypted-only": 1, "client-certificate": 2}


@check(
    "sql.ssl-not-enforced",
    Severity.MEDIUM,
    declaring("ssl"),
    reads=("instances",),
    facts=("NET-04", "NET-05"),
    docs=(SSL_DOCS,),
)
@on_declared
def ssl_not_enforced(instance: Instance, wanted: SqlInstance, world: World) -> Verdict:
    """Cloud SQL accepts weaker connections than declared.

    Without enforcement a client that is not configured for TLS sends its password and data in the clear.
    A stricter mode than declared is met.

    Reads `settings.ipConfiguration.sslMode`, and the legacy `requireSsl` where that is not set.

    Enforce the mode; sockets and the Auth Proxy satisfy every mode by themselves.
    """
    mode = instance.ssl_mode
    explicit = bool(instance.text("settings.ipConfiguration.sslMode"))
    path = "settings.ipConfiguration.sslMode" if explicit else LEGACY_SSL
    needed = _STRICTNESS[_SSL[str(wanted.ssl)]]
    details = {
        "required": wanted.ssl,
        "observed": mode,
        "evidence": (instance.evidence(path, mode, default=not explicit),),
        "declared_at": wanted.at("ssl"),
    }
    if _STRICTNESS.index(mode) >= _STRICTNESS.index(needed):
        return passes(**details)
    return fails(
        reason=f"{instance.short} takes connections that are weaker than {wanted.ssl}",
        fix=(Fix(gcloud("patch", instance, f"--ssl-mode {needed}")),),
        **details,
    )


@check(
    "sql.server-ca-expiring",
    Severity.HIGH,
    all_instances,
    reads=("instances",),
    always=True,
    facts=("NET-08",),
    docs=("https://cloud.google.com/sql/docs/postgres/manage-ssl-instance",),
)
@on_instance
def server_ca_expiring(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL server CA certificate expires soon.

    Clients that verify the server refuse it from that moment on, all at once.

    Reads `serverCaCert.expirationTime`. Thresholds: warn 30 days, fail 7 days, or as declared.

    Add a new server CA, give it to the clients, then rotate.
    """
    instance, wanted = view.instance, view.wanted
    declared_limits = wanted.server_ca_expires_in if wanted else None
    warn_s = declared_limits.warn if declared_limits and declared_limits.warn is not None else CA_WARN_S
    fail_s = declared_limits.fail if declared_limits and declared_limits.fail is not None else CA_FAIL_S
    left: timedelta = instance.server_ca_expires - instant(world.taken_at)
    days = left.total_seconds() / DAY_S
    details = {
        "required": f"valid for more than {fail_s / DAY_S:g} days (warning at {warn_s / DAY_S:g})",
        "observed": f"expires in {days:.0f} days" if days >= 0 else f"expired {-days:.0f} days ago",
        "evidence": (instance.evidence("serverCaCert.expirationTime"),),
        "declared_at": wanted.at("server_ca_expires_in") if wanted else None,
    }
    if left.total_seconds() > warn_s:
        return passes(**details)
    verdict = fails if left.total_seconds() <= fail_s else warns
    create = f"gcloud sql ssl server-ca-certs create --instance {instance.short} --project {instance.project}"
    return verdict(
        reason=f"clients that verify the server CA of {instance.short} refuse it after that",
        fix=(Fix(create), Fix(create.replace(" create ", " rotate "))),
        **details,
    )
