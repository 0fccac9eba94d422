"""Cloud SQL: instances, operations and tiers, from API JSON (sqladmin v1)."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime

from diag.calls import Gap
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, relative
from diag.facts.sql_enums import (
    ACTIVATION,
    DATABASE_VERSIONS,
    DISK_STATES,
    ENFORCEMENTS,
    OPERATION_STATUSES,
    OPERATION_TYPES,
    SSL_MODES,
    STATES,
)
from diag.facts.sql_settings import SqlSettings, unsaid
from diag.values import dataclass

LEGACY_SSL = "settings.ipConfiguration.requireSsl"


@dataclass(frozen=True)
class ConnectionName:
    """`project:region:instance`; the project of a domain-scoped one holds a colon itself [SQL-08]."""

    project: str
    region: str
    instance: str

    @classmethod
    def parse(cls, text: str) -> ConnectionName | None:
        """The parts of a connection name; None when it is not one."""
        parts = text.strip().rsplit(":", 2)
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    def fits(self, wanted: ConnectionName) -> bool:
        """Whether it is the wanted name; a wanted name without a region is met in any."""
        return self == ConnectionName(wanted.project, wanted.region or self.region, wanted.instance)

    def __str__(self) -> str:
        return f"{self.project}:{self.region}:{self.instance}"


@dataclass(frozen=True)
class Version:
    """A database version: POSTGRES_14 is POSTGRES and (14,), SQLSERVER_2019_WEB is SQLSERVER, (2019,) and WEB."""

    engine: str
    number: tuple[int, ...]
    edition: str = ""
    """Of SQL Server alone; editions have no order."""

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """The version that a name such as `MYSQL_8_0_31` says; None when it says none."""
        found = re.fullmatch(r"(POSTGRES|MYSQL|SQLSERVER)((?:_\d+)+)(?:_([A-Z]\w*))?", text)
        if not found:
            return None
        engine, number, edition = found.groups(default="")
        return cls(engine, tuple(int(part) for part in number[1:].split("_")), edition)


@dataclass(frozen=True)
class AuthorizedNetwork:
    """One entry of the public allow-list [NET-03]."""

    range: ipaddress.IPv4Network | ipaddress.IPv6Network
    expires: datetime | None
    path: str


@dataclass(frozen=True)
class Flag:
    """A database flag that is set [SET-07]."""

    name: str
    value: str
    path: str


class Instance(SqlSettings):
    """A Cloud SQL instance; its full name here is `projects/P/instances/I`."""

    @property
    def region(self) -> str | None:
        """The region it lies in."""
        return self.text("region") or None

    def lies_in(self, region: str) -> bool:
        """Whether that is its region; raises `Unseen` when the answer names none."""
        if not self.region:
            raise unsaid(self, "its region")
        return self.region == region

    @property
    def connection_name(self) -> str:
        """`project:region:instance`; four parts in a domain-scoped project [SQL-08]."""
        return self.text("connectionName")

    @property
    def is_external(self) -> bool:
        """Whether it only stands for a server outside Cloud SQL that replicas read from [SQL-06]."""
        return self.text("instanceType") == "ON_PREMISES_INSTANCE"

    @property
    def state(self) -> Choice:
        """Its state; RUNNABLE includes stopped by its owner [SQL-01, SQL-02]."""
        return self.choice("state", STATES, "SQL_INSTANCE_STATE_UNSPECIFIED")

    @property
    def activation_policy(self) -> Choice:
        """ALWAYS is on, NEVER stopped [SQL-03]."""
        return self.choice("settings.activationPolicy", ACTIVATION, "SQL_ACTIVATION_POLICY_UNSPECIFIED")

    @property
    def suspension_reasons(self) -> tuple[str, ...]:
        """Why it is suspended, as the API says it; empty when it is not [SQL-04]."""
        return tuple(str(reason) for reason in self.items("suspensionReason"))

    @property
    def disk_state(self) -> Choice | None:
        """What the platform's out-of-disk job reported; None when it reported nothing [SQL-05]."""
        if "outOfDiskReport" not in self.doc:
            return None
        return self.choice("outOfDiskReport.sqlOutOfDiskState", DISK_STATES, "SQL_OUT_OF_DISK_STATE_UNSPECIFIED")

    @property
    def disk_size_gb(self) -> int | None:
        """Size of its data disk in GB; None when absent [SET-05]."""
        return self.integer("settings.dataDiskSizeGb")

    @property
    def auto_grows(self) -> bool:
        """Whether its disk grows by itself; the default is yes [SET-06, G-03]."""
        self._require_settings()
        return self.flag("settings.storageAutoResize", True)

    @property
    def auto_grow_limit_gb(self) -> int:
        """The size in GB above which its disk does not grow by itself; 0 is no limit [SET-06]."""
        return self.integer("settings.storageAutoResizeLimit", 0) or 0

    @property
    def has_public_address(self) -> bool:
        """Whether it has a public address [NET-01]; raises `Unseen` without any IP configuration."""
        self._ip_configuration()
        return self.flag("settings.ipConfiguration.ipv4Enabled", bool(self.address("PRIMARY")))

    @property
    def private_network(self) -> str:
        """The network of its private address as `projects/P/global/networks/N`, or empty [NET-02]."""
        self._ip_configuration()
        link = relative(self.text("settings.ipConfiguration.privateNetwork"))
        return link if "/" in link or not link else f"projects/{self.project}/global/networks/{link}"

    @property
    def connectors_only(self) -> bool:
        """Whether only sockets, connectors and the Auth Proxy may connect, whatever is authorised [SET-15]."""
        self._require_settings()
        path = "settings.connectorEnforcement"
        return self.choice(path, ENFORCEMENTS, "CONNECTOR_ENFORCEMENT_UNSPECIFIED").read() == "REQUIRED"

    @property
    def authorized_networks(self) -> tuple[AuthorizedNetwork | Gap, ...]:
        """Who may come by the public address, expired entries included [NET-03]; a gap for what is no range."""
        self._ip_configuration()
        base = "settings.ipConfiguration.authorizedNetworks"
        return tuple(self._authorized(f"{base}[{index}]") for index in range(len(self.objects(base))))

    def _authorized(self, path: str) -> AuthorizedNetwork | Gap:
        value = self.text(f"{path}.value")
        try:
            found = ipaddress.ip_network(value.strip(), strict=False)
            return AuthorizedNetwork(found, self.moment(f"{path}.expirationTime"), f"{path}.value")
        except ValueError:
            return self.malformed(f"{path}.value", value)
        except Unseen as unseen:
            return unseen.gap

    @property
    def ssl_mode(self) -> str:
        """The TLS rule in force; `sslMode` wins over the legacy `requireSsl` [NET-04].

        Legacy true demands client certificates, except on SQL Server, where it only encrypts; neither
        set allows unencrypted connections.
        """
        self._ip_configuration()
        mode = self.choice("settings.ipConfiguration.sslMode", SSL_MODES, "SSL_MODE_UNSPECIFIED").read()
        if mode != "SSL_MODE_UNSPECIFIED":
            return mode
        if not self.flag(LEGACY_SSL):
            return "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
        return "ENCRYPTED_ONLY" if self.version.engine == "SQLSERVER" else "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"

    def _ip_configuration(self) -> None:
        if not self.mapping("settings.ipConfiguration"):
            raise unsaid(self, "its settings.ipConfiguration: addresses and their rules were not seen")

    @property
    def server_ca_expires(self) -> datetime:
        """When its server CA expires [NET-08]; raises `Unseen` when the answer does not say."""
        expires = self.moment("serverCaCert.expirationTime")
        if expires is None:
            raise unsaid(self, "when the server CA expires")
        return expires

    @property
    def version(self) -> Version:
        """Its database version; raises `Unseen` for one that the documentation does not know."""
        named = self.choice("databaseVersion", DATABASE_VERSIONS).read()
        found = Version.parse(named)
        if found is None:
            raise Unseen(self.malformed("databaseVersion", named))
        return found

    @property
    def installed_version(self) -> Version | None:
        """The version with its minor number, when the API says it (`POSTGRES_14_12`)."""
        return Version.parse(self.text("databaseInstalledVersion"))

    @property
    def tier(self) -> str:
        """Its machine tier [SET-01]; raises `Unseen` when absent."""
        tier = self.text("settings.tier")
        if not tier:
            raise unsaid(self, "its tier")
        return tier

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The database flags that are set [SET-07]."""
        self._require_settings()
        paths = [f"settings.databaseFlags[{index}]" for index in range(len(self.objects("settings.databaseFlags")))]
        return tuple(Flag(self.text(f"{path}.name"), self.doc_text(f"{path}.value"), f"{path}.value") for path in paths)

    @property
    def relatives(self) -> tuple[str, ...]:
        """Full names of its primary and its replicas, as far as it names them [SQL-06]."""
        named = [self.text("masterInstanceName"), *(str(name) for name in self.items("replicaNames"))]
        return tuple(self._instance(name) for name in named if name)

    def _instance(self, named: str) -> str:
        project, _, instance = named.rpartition(":")
        return f"projects/{project or self.project}/instances/{instance}"

    def address(self, kind: str) -> str:
        """Its address of that kind (`PRIMARY` public, `PRIVATE`), or empty [NET-09]."""
        found = [item for item in self.objects("ipAddresses") if item.get("type") == kind]
        return str(found[0].get("ipAddress", "")) if found else ""

    def address_path(self, kind: str) -> str:
        """Where its address of that kind stands in its JSON, or empty [NET-09]."""
        kinds = [item.get("type") for item in self.objects("ipAddresses")]
        return f"ipAddresses[{kinds.index(kind)}].ipAddress" if kind in kinds else ""


class Operation(Resource):
    """An operation on an instance [SQL-10]."""

    @property
    def status(self) -> Choice:
        """PENDING and RUNNING are under way, DONE is over, failed or not."""
        return self.choice("status", OPERATION_STATUSES, "SQL_OPERATION_STATUS_UNSPECIFIED")

    @property
    def type(self) -> Choice:
        """What it does: RESTART, UPDATE, BACKUP_VOLUME…"""
        return self.choice("operationType", OPERATION_TYPES, "SQL_OPERATION_TYPE_UNSPECIFIED")

    @property
    def began(self) -> datetime:
        """When it started, or was enqueued; raises `Unseen` when neither is there."""
        found = self.moment("startTime") or self.moment("insertTime")
        if found is None:
            raise unsaid(self, "when it was started or enqueued")
        return found

    @property
    def ended(self) -> datetime:
        """When it was over; while it is not, when it began."""
        return self.moment("endTime") or self.began

    @property
    def error(self) -> str:
        """Why it failed: codes and messages; empty when it did not."""
        if not self.mapping("error"):
            return ""
        each = [f"error.errors[{index}]" for index in range(len(self.objects("error.errors")))]
        said = [f"{self.doc_text(f'{path}.code')} {self.doc_text(f'{path}.message')}".strip() for path in each]
        return "; ".join(said) or "an error without details"


class Tier(Resource):
    """A machine tier and its memory [SET-01]."""

    @property
    def memory(self) -> int:
        """Its memory in bytes; raises `Unseen` when absent."""
        memory = self.integer("RAM")
        if not memory:
            raise unsaid(self, "its RAM")
        return memory
