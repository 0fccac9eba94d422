"""What keeps a Cloud SQL instance available and its data safe: the settings of its JSON [SET-02..16]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource

AVAILABILITY = frozenset({"SQL_AVAILABILITY_TYPE_UNSPECIFIED", "ZONAL", "REGIONAL"})
SHARED_CORE = frozenset({"db-f1-micro", "db-g1-small"})

END_OF_LIFE: Mapping[tuple[str, tuple[int, ...]], date] = {
    ("POSTGRES", (9, 6)): date(2021, 11, 11),
    ("POSTGRES", (10,)): date(2022, 11, 10),
    ("POSTGRES", (11,)): date(2023, 11, 9),
    ("POSTGRES", (12,)): date(2024, 11, 21),
    ("POSTGRES", (13,)): date(2025, 11, 13),
    ("POSTGRES", (14,)): date(2026, 11, 12),
    ("POSTGRES", (15,)): date(2027, 11, 11),
    ("POSTGRES", (16,)): date(2028, 11, 9),
    ("POSTGRES", (17,)): date(2029, 11, 8),
    ("POSTGRES", (18,)): date(2030, 11, 14),
    ("MYSQL", (5, 6)): date(2021, 2, 28),
    ("MYSQL", (5, 7)): date(2023, 10, 31),
    ("MYSQL", (8, 0)): date(2026, 4, 30),
    ("MYSQL", (8, 4)): date(2032, 4, 30),
    ("SQLSERVER", (2017,)): date(2027, 10, 12),
    ("SQLSERVER", (2019,)): date(2030, 1, 8),
    ("SQLSERVER", (2022,)): date(2033, 1, 11),
}
"""Engine and version → the last day of its community's (Microsoft's: extended) support.

https://www.postgresql.org/support/versioning/, https://www.oracle.com/support/lifetime-support/
"""

RESTARTING_FLAGS = frozenset(
    {
        "autovacuum_freeze_max_age",
        "autovacuum_max_workers",
        "cloudsql.enable_pgaudit",
        "cloudsql.logical_decoding",
        "huge_pages",
        "max_connections",
        "max_files_per_process",
        "max_locks_per_transaction",
        "max_pred_locks_per_transaction",
        "max_prepared_transactions",
        "max_replication_slots",
        "max_wal_senders",
        "max_worker_processes",
        "old_snapshot_threshold",
        "shared_buffers",
        "track_activity_query_size",
        "track_commit_timestamp",
        "wal_buffers",
    }
)
"""Flags that take effect with a restart only [SET-08]: PostgreSQL's parameters of context `postmaster`."""


def unsaid(resource: Resource, what: str) -> Unseen:
    """For raising: an answer that does not hold what has to be known."""
    return Unseen(Gap(GapKind.MALFORMED, f"{resource.name}: the answer does not say {what}", resource.origin.call))


class SqlSettings(Resource):
    """The part of an instance that says how it is kept; each setting raises `Unseen` without any of them."""

    def _require_settings(self) -> None:
        if not self.mapping("settings"):
            raise unsaid(self, "its settings")

    @property
    def availability(self) -> Choice:
        """`ZONAL` or `REGIONAL` [SET-03]; unset is zonal."""
        self._require_settings()
        return self.choice("settings.availabilityType", AVAILABILITY, "ZONAL")

    @property
    def backups(self) -> bool:
        """Whether automated backups are taken [SET-09]."""
        self._require_settings()
        return self.flag("settings.backupConfiguration.enabled")

    @property
    def recovers_to_any_moment(self) -> bool:
        """Whether point-in-time recovery is on; MySQL does it by its binary log [SET-10]."""
        self._require_settings()
        return self.flag("settings.backupConfiguration.pointInTimeRecoveryEnabled") or self.flag(
            "settings.backupConfiguration.binaryLogEnabled"
        )

    @property
    def protected_from_deletion(self) -> bool:
        """Whether the platform refuses to delete it [SET-16]."""
        self._require_settings()
        return self.flag("settings.deletionProtectionEnabled")

    @property
    def has_endpoints(self) -> bool:
        """Whether clients may reach it by Private Service Connect endpoints of their networks [NET-10]."""
        return self.flag("settings.ipConfiguration.pscConfig.pscEnabled")

    @property
    def is_replica(self) -> bool:
        """Whether it follows another instance, which is backed up in its place [SQL-06]."""
        return self.text("instanceType") in ("READ_REPLICA_INSTANCE", "READ_POOL_INSTANCE")
