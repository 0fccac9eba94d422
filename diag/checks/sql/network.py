"""Cloud SQL and the network: private network, public access, encryption, server CA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from diag.calls import Gap
from diag.checks.check import Verdict, check, fails, passes, skips, warns
from diag.checks.sql.instances import all_instances, declaring, gcloud, on_declared, on_hosted
from diag.checks.subjects import InstanceView
from diag.errors import Unseen
from diag.facts.base import instant, last, same
from diag.facts.sql import LEGACY_SSL, AuthorizedNetwork, Instance
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements, SqlInstance

PRIVATE_IP_DOCS = "https://cloud.google.com/sql/docs/postgres/private-ip"
AUTHORIZED_DOCS = "https://cloud.google.com/sql/docs/postgres/authorize-networks"
IP_CONFIGURATION = "settings.ipConfiguration"
_INTERNET = (ip_network("0.0.0.0/0"), ip_network("2000::/3"))
"""All IPv4 addresses, and the IPv6 block from which public addresses are given."""
NOT_WIDE = "no authorised network as wide as the internet"
WIDE_SHARE = 0.5
"""Ranges that together hold this share of the internet are as wide as all of it."""
SSL_MODE = "settings.ipConfiguration.sslMode"
STRICTNESS = ("ALLOW_UNENCRYPTED_AND_ENCRYPTED", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")
"""SSL modes, the weakest first."""
UNSTATED = ("", "SSL_MODE_UNSPECIFIED")
MODES: Mapping[str, str] = dict(zip(("any", "encrypted-only", "client-certificate"), STRICTNESS, strict=True))
DAY_S = 86400.0
CA_WARN_S, CA_FAIL_S = 30 * DAY_S, 7 * DAY_S


@check(
    "sql.private-network-wrong",
    Severity.CRITICAL,
    declaring("private_network"),
    reads=("instances",),
    facts=("NET-02", "NET-14"),
    docs=(PRIVATE_IP_DOCS,),
)
@on_declared
def private_network_wrong(instance: Instance, wanted: SqlInstance, world: World) -> Verdict:
    """Cloud SQL instance is not on the declared private network.

    Its private address can be reached only from the network that it is peered with, and peering is not
    transitive: clients on another network do not get there.

    Reads `settings.ipConfiguration.privateNetwork`.

    Give the instance a private address on the network of its clients. A private network can be
    changed, but not removed.
    """
    observed, named = instance.private_network, wanted.private_network or ""
    details = {
        "required": named,
        "observed": observed or "no private network",
        "evidence": (instance.evidence(f"{IP_CONFIGURATION}.privateNetwork", observed or "absent"),),
        "declared_at": wanted.at("private_network"),
    }
    if observed and (same(observed, named) if "/" in named else last(observed) == named):
        return passes(**details)
    full = named if "/" in named else f"projects/{instance.project}/global/networks/{named}"
    what = f"is on {observed}" if observed else "has no private address"
    return fails(
        reason=f"{instance.short} {what}: clients in {last(named)} do not reach it by a private address",
        fix=(Fix(gcloud("patch", instance, f"--network {full}")),),
        **details,
    )


@check(
    "sql.public-access",
    Severity.HIGH,
    all_instances,
    reads=("instances",),
    always=True,
    facts=("NET-01", "NET-03", "SET-15"),
    docs=(AUTHORIZED_DOCS,),
)
@on_hosted
def public_access(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL instance lets the whole internet connect.

    An authorised network of 0.0.0.0/0, or ranges that together are as wide, leaves the password as the
    only guard. Sockets and the Auth Proxy need no authorised network.

    Reads `settings.ipConfiguration.ipv4Enabled` and `authorizedNetworks`, expired entries left out, and
    `settings.connectorEnforcement`, which puts authorised networks out of force. `public_access: true` in
    diag.yaml says that it is wanted.

    Remove the range; connect by private address, socket or Auth Proxy.
    """
    instance, wanted = view.instance, view.wanted
    place = wanted.at("public_access") if wanted else None
    if not instance.has_public_address:
        default = not instance.doc_text(f"{IP_CONFIGURATION}.ipv4Enabled")
        seen = instance.evidence(f"{IP_CONFIGURATION}.ipv4Enabled", False, default=default)
        return passes(required=NOT_WIDE, observed="no public address", evidence=(seen,), declared_at=place)
    now = instant(world.taken_at)
    entries = instance.authorized_networks
    read = [entry for entry in entries if isinstance(entry, AuthorizedNetwork)]
    active = [entry for entry in read if entry.expires is None or entry.expires > now]
    wide = _as_wide_as_the_internet(active)
    details = {"required": NOT_WIDE, "declared_at": place, **_shown(instance, wide or active)}
    if not wide:
        for entry in entries:
            if isinstance(entry, Gap):
                raise Unseen(entry)
        return passes(**details)
    if instance.connectors_only:
        details["evidence"] = (instance.evidence("settings.connectorEnforcement"), *details["evidence"])
        return passes(**details | {"observed": f"{details['observed']}, out of force: connectors only"})
    if wanted and wanted.public_access:
        return skips("public_access: true declares that this is wanted", **details)
    keep = ",".join(str(entry.range) for entry in active if entry not in wide)
    flag = f"--authorized-networks {keep}" if keep else "--clear-authorized-networks"
    return fails(
        reason=f"anybody on the internet can open a connection to {instance.short} and try passwords",
        fix=(Fix(gcloud("patch", instance, flag)),),
        **details,
    )


def _shown(instance: Instance, entries: Sequence[AuthorizedNetwork]) -> dict[str, Any]:
    """The entries as observed, and their evidence."""
    none = instance.evidence(f"{IP_CONFIGURATION}.authorizedNetworks", "none in force")
    return {
        "observed": ", ".join(str(entry.range) for entry in entries) or "no authorised network",
        "evidence": tuple(instance.evidence(entry.path) for entry in entries) or (none,),
    }


def _as_wide_as_the_internet(entries: Sequence[AuthorizedNetwork]) -> list[AuthorizedNetwork]:
    """The entries that, alone or together, hold half of the IPv4 or of the public IPv6 addresses, or more."""
    found: list[AuthorizedNetwork] = []
    for internet in _INTERNET:
        mine = [entry for entry in entries if entry.range.version == internet.version]
        held = sum(block.num_addresses for block in _within(internet, [entry.range for entry in mine]))
        if held >= WIDE_SHARE * internet.num_addresses:
            alone = [entry for entry in mine if entry.range.num_addresses >= WIDE_SHARE * internet.num_addresses]
            found += alone or mine
    return found


def _within(
    internet: IPv4Network | IPv6Network, ranges: Sequence[IPv4Network | IPv6Network]
) -> list[IPv4Network | IPv6Network]:
    """What the ranges hold of `internet`, without overlaps."""
    if isinstance(internet, IPv4Network):
        return list(collapse_addresses(item for item in ranges if isinstance(item, IPv4Network)))
    return [
        internet if item.supernet_of(internet) else item
        for item in collapse_addresses(item for item in ranges if isinstance(item, IPv6Network))
        if item.overlaps(internet)
    ]


@check(
    "sql.ssl-not-enforced",
    Severity.MEDIUM,
    declaring("ssl"),
    reads=("instances",),
    facts=("NET-04", "NET-05"),
    docs=("https://cloud.google.com/sql/docs/postgres/configure-ssl-instance",),
)
@on_declared
def ssl_not_enforced(instance: Instance, wanted: SqlInstance, world: World) -> Verdict:
    """Cloud SQL instance takes weaker connections than declared.

    Where encryption is not enforced, a client that is not set up for it sends its queries, and what
    comes back, in the clear. A stricter mode than the declared one passes.

    Reads `settings.ipConfiguration.sslMode`, and the legacy `requireSsl` where that is not set.

    Enforce the mode. Sockets and the Auth Proxy encrypt by themselves and satisfy each of them.
    """
    mode, least = instance.ssl_mode, MODES[wanted.ssl or "any"]
    stated = next((path for path in (SSL_MODE, LEGACY_SSL) if instance.doc_text(path) not in UNSTATED), "")
    path = stated or SSL_MODE
    details = {
        "required": f"{least} or stricter",
        "observed": mode,
        "evidence": (instance.evidence(path, None if stated else mode, default=not stated),),
        "declared_at": wanted.at("ssl"),
    }
    if STRICTNESS.index(mode) >= STRICTNESS.index(least):
        return passes(**details)
    weaker = "without encryption" if mode == STRICTNESS[0] else "without a client certificate"
    return fails(
        reason=f"{instance.short} takes connections {weaker}",
        fix=(Fix(gcloud("patch", instance, f"--ssl-mode {least}")),),
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
@on_hosted
def server_ca_expiring(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """Cloud SQL server CA certificate expires soon.

    From that moment every client that verifies the server refuses it, all at once.

    Reads `serverCaCert.expirationTime`. Warns 30 days and fails 7 days before, or as
    `server_ca_expires_in` says.

    Create a new server CA, give it to the clients, then rotate to it.
    """
    instance, limits = view.instance, view.wanted.server_ca_expires_in if view.wanted else None
    warn_s = CA_WARN_S if limits is None or limits.warn is None else limits.warn
    fail_s = CA_FAIL_S if limits is None or limits.fail is None else limits.fail
    expires = instance.server_ca_expires
    left_s = (expires - instant(world.taken_at)).total_seconds()
    details = {
        "required": f"valid for more than {fail_s / DAY_S:g} days; warns below {warn_s / DAY_S:g}",
        "observed": f"{left_s / DAY_S:.0f} days left" if left_s > 0 else f"expired at {expires:%Y-%m-%dT%H:%M:%SZ}",
        "evidence": (instance.evidence("serverCaCert.expirationTime"),),
        "declared_at": limits.at() if limits else None,
        "not_consulted": ("instances.listServerCas: whether a new server CA is there already",),
    }
    if left_s > max(warn_s, fail_s):
        return passes(**details)
    verdict = fails if left_s <= fail_s else warns
    command = f"--instance {instance.short} --project {instance.project}"
    return verdict(
        reason=f"clients that verify the server CA refuse {instance.short} from {expires:%Y-%m-%dT%H:%M:%SZ} on",
        fix=(
            Fix(f"gcloud sql ssl server-ca-certs create {command}"),
            Fix(f"gcloud sql ssl server-ca-certs rotate {command}"),
        ),
        **details,
    )
