"""Cloud SQL instances of a starter file."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.errors import Unseen
from diag.facts.base import Choice
from diag.facts.sql import AuthorizedNetwork, Instance
from diag.facts.sql_enums import DATABASE_VERSIONS
from diag.facts.sql_limits import default_max_connections, memory_in_tier
from diag.init.seeing import seen, shortened
from diag.render.starter import Block, Item, Line, Note

SSL = {
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED": "any",
    "ENCRYPTED_ONLY": "encrypted-only",
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED": "client-certificate",
}
AVAILABILITY = {"ZONAL": "zonal", "REGIONAL": "regional"}
_AVAILABILITY_TYPES = frozenset({"SQL_AVAILABILITY_TYPE_UNSPECIFIED", *AVAILABILITY})
WIDE = 8
"""A range with fewer network bits than this is half the internet or more: as public as 0.0.0.0/0."""


def block(instance: Instance, region: str) -> Block:
    """The instance as `diag.yaml` declares it."""
    items: list[Item] = [Line("region", instance.region)] if instance.region and instance.region != region else []
    items += seen("database_version", lambda: instance.choice("databaseVersion", DATABASE_VERSIONS).read())
    items += seen("availability", lambda: _availability(instance))
    items += seen("private_network", lambda: _network(instance))
    items += seen("ssl", lambda: _ssl(instance))
    items += seen("public_access", lambda: _public(instance))
    items += seen("backups", lambda: _switch(instance, "backups", "settings.backupConfiguration.enabled"))
    items += seen("point_in_time_recovery", lambda: _recovery(instance))
    items += seen("deletion_protection", lambda: _deletion(instance))
    items += seen("max_connections", lambda: _max_connections(instance))
    try:
        items += _flags(instance)
    except Unseen as unseen:
        items.append(Note(f"flags: not seen: {unseen.gap.message}"))
    return Block(instance.short, tuple(items))


def _availability(instance: Instance) -> Item:
    read: Choice = instance.choice("settings.availabilityType", _AVAILABILITY_TYPES)
    value = read.read()
    if value in AVAILABILITY:
        return Line("availability", AVAILABILITY[value])
    return Note("availability: the API does not say; check: zonal or regional")


def _network(instance: Instance) -> Item:
    network = instance.private_network
    if network:
        return Line("private_network", shortened(network, instance.project))
    return Note("private_network: it has no private address")


def _ssl(instance: Instance) -> Item:
    said = SSL[instance.ssl_mode]
    return Line("ssl", said, "check: unencrypted connections are allowed" if said == "any" else "")


def _public(instance: Instance) -> Item:
    entries = instance.authorized_networks
    read = [item.range for item in entries if isinstance(item, AuthorizedNetwork)]
    wide = [str(found) for found in read if found.prefixlen < WIDE]
    for entry in entries if not wide else ():
        if isinstance(entry, Gap):
            raise Unseen(entry)
    if not wide:
        return Line("public_access", False)
    return Line("public_access", True, f"check: {', '.join(wide)} may connect")


def _switch(instance: Instance, key: str, path: str) -> Item:
    """A safeguard that is on is declared; one that is off is for the team to decide on."""
    return Line(key, True) if instance.flag(path) else Note(f"{key}: it is off; check: should it be on?")


def _recovery(instance: Instance) -> Item:
    mysql = instance.version.engine == "MYSQL"
    field = "binaryLogEnabled" if mysql else "pointInTimeRecoveryEnabled"
    return _switch(instance, "point_in_time_recovery", f"settings.backupConfiguration.{field}")


def _deletion(instance: Instance) -> Item:
    return _switch(instance, "deletion_protection", "settings.deletionProtectionEnabled")


def _max_connections(instance: Instance) -> Item | None:
    """The flag where it is set; the tier's default is no requirement, so it stands as a comment."""
    flag = next((item for item in instance.flags if item.name == "max_connections"), None)
    if flag and flag.value.isdecimal():
        return Line("max_connections", int(flag.value))
    memory = memory_in_tier(instance.tier) if instance.version.engine == "POSTGRES" else None
    default = default_max_connections(memory) if memory else None
    if default is None:
        return Note(f"max_connections: not set by a flag; the default of {instance.tier} holds")
    return Note(f"max_connections: {default}  # check: the default of {instance.tier}, not set by a flag")


def _flags(instance: Instance) -> Iterator[Item]:
    flags = instance.flags
    if flags:
        yield Block("flags", tuple(Line(item.name, item.value) for item in flags))
