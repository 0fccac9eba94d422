"""Cloud Run revisions and conditions, from API JSON (run v2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from diag.calls import Gap, GapKind, Json
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, last
from diag.values import dataclass

CONDITION_STATES = frozenset(
    {"STATE_UNSPECIFIED", "CONDITION_PENDING", "CONDITION_RECONCILING", "CONDITION_FAILED", "CONDITION_SUCCEEDED"}
)
EGRESS = frozenset({"VPC_EGRESS_UNSPECIFIED", "ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"})


@dataclass(frozen=True)
class Condition:
    """One condition of a service or revision [RDY-02]."""

    type: str
    state: Choice
    reason: str
    """Whichever of `reason`, `revisionReason`, `executionReason`, `instanceReason` is set; empty when none."""
    message: str
    severity: str = "ERROR"
    """`ERROR`, `WARNING` or `INFO` [RDY-04]; unset is an error."""


@dataclass(frozen=True)
class EnvVar:
    """An environment variable of a container; exactly one of `value` and `secret` is set, or neither (empty)."""

    name: str
    value: str | None
    """The plain value, or the redaction marker of `diag.facts.redacted`."""
    secret: str | None
    """The Secret Manager secret it comes from: short, or `projects/P/secrets/S` [ATT-05]."""
    version: str
    path: str
    """Where it stands in the revision's JSON."""


@dataclass(frozen=True)
class Probe:
    """A start-up probe with the platform's defaults filled in [PRB-02..08]; times in seconds."""

    kind: str
    """`http`, `tcp`, `grpc`, or `default` when none is declared [PRB-08]."""
    initial_delay: int
    period: int
    timeout: int
    failure_threshold: int
    path: str = ""

    @property
    def window(self) -> int:
        """How long a container may take to start: failureThreshold × periodSeconds [PRB-07]."""
        return self.failure_threshold * self.period


@dataclass(frozen=True)
class NetworkInterface:
    """A Direct VPC egress interface [DVE-01, DVE-02]; at least one of the two is set."""

    network: str
    subnetwork: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class SqlSocket:
    """A Cloud SQL instance that a revision attaches by its socket [ATT-01]."""

    connection_name: str
    path: str
    """Where it stands in the revision's JSON."""
    mounted: bool
    """Whether a container mounts the volume at `/cloudsql`; without it no container has the socket."""


class Revision(Resource):
    """A Cloud Run revision: what really runs."""

    @property
    def service(self) -> str:
        """Short name of the service it belongs to."""
        return last(self.text("service")) or self.name.split("/services/")[-1].split("/")[0]

    @property
    def connector(self) -> str:
        """Full name of the Serverless VPC Access connector, or empty; a short name is completed [G-07]."""
        named = self.text("vpcAccess.connector")
        if not named or named.startswith("projects/"):
            return named
        return f"projects/{self.project}/locations/{self.region}/connectors/{named}"

    @cached_property
    def interfaces(self) -> tuple[NetworkInterface, ...]:
        """Direct VPC egress interfaces; empty when it leaves by a connector or not by a VPC."""
        field = "vpcAccess.networkInterfaces"
        paths = [f"{field}[{index}]" for index in range(len(self.objects(field)))]
        return tuple(
            NetworkInterface(self.text(f"{path}.network"), self.text(f"{path}.subnetwork"), self.words(f"{path}.tags"))
            for path in paths
        )

    @property
    def egress(self) -> str:
        """`ALL_TRAFFIC` or `PRIVATE_RANGES_ONLY`, which is what unset means [EGR-01]."""
        value = self.choice("vpcAccess.egress", EGRESS, "PRIVATE_RANGES_ONLY").read()
        return "PRIVATE_RANGES_ONLY" if value == "VPC_EGRESS_UNSPECIFIED" else value

    @property
    def all_traffic(self) -> bool:
        """Whether everything leaves by the VPC; false for a revision that has no VPC attachment."""
        return bool(self.connector or self.interfaces) and self.egress == "ALL_TRAFFIC"

    @property
    def timeout(self) -> float:
        """Request time-out in seconds; default 300 [RUN-01]."""
        return self.seconds("timeout", 300.0) or 300.0

    @property
    def concurrency(self) -> int:
        """Requests at once in one instance; 0 or unset is the default: 80 with CPU ≥ 1, else 1 [RUN-04]."""
        return self.integer("maxInstanceRequestConcurrency", 0) or (80 if self.cpu >= 1 else 1)

    @property
    def min_instances(self) -> int:
        """Revision-level minimum; default 0 [SCL-01]."""
        return self.integer("scaling.minInstanceCount", 0) or 0

    @property
    def max_instances(self) -> int | None:
        """Revision-level maximum; None when unset, which means a server default of 100 or more [SCL-01]."""
        return self.integer("scaling.maxInstanceCount") or None

    @property
    def service_account(self) -> str:
        """The runtime account; empty means the project's default account [ATT-09]."""
        return self.text("serviceAccount")

    @cached_property
    def containers(self) -> tuple[Json, ...]:
        """The containers as JSON, of which a revision has one or more; the ingress container is `main`."""
        found = tuple(self.objects("containers"))
        if not found:
            raise Unseen(Gap(GapKind.MALFORMED, f"{self.name} lists no container", self.origin.call))
        return found

    @property
    def main_index(self) -> int:
        """Index of the container that takes requests: the one with ports [RUN-10], else the only one."""
        with_ports = [index for index, item in enumerate(self.containers) if item.get("ports")]
        return with_ports[0] if with_ports else 0

    @property
    def main_path(self) -> str:
        """JSON path of the container that takes requests: `containers[0]`."""
        return f"containers[{self.main_index}]"

    def container_at(self, path: str) -> str:
        """Name of the container in which that path lies (`containers[1].env[0]`); empty when it has none."""
        return self.text(f"{path.partition('.')[0]}.name")

    @property
    def port(self) -> int:
        """The port that the container must listen on; default 8080 [RUN-10]."""
        return self.integer(f"{self.main_path}.ports[0].containerPort", 8080) or 8080

    @cached_property
    def images(self) -> Mapping[str, str]:
        """Image of every container by the JSON path where it stands; raises `Unseen` when one names none."""
        found = {f"containers[{index}].image": "" for index in range(len(self.containers))}
        found = {path: self.text(path) for path in found}
        for path, image in found.items():
            if not image:
                raise Unseen(Gap(GapKind.MALFORMED, f"{self.name}: {path} names no image", self.origin.call))
        return found

    @property
    def second_generation(self) -> bool:
        """Whether it runs in the second-generation execution environment; unset leaves it to the platform [SCL-13]."""
        return self.text("executionEnvironment") == "EXECUTION_ENVIRONMENT_GEN2"

    @property
    def log_uri(self) -> str:
        """Where the revision's log is shown; empty when the API gave none."""
        return self.text("logUri")

    @property
    def cpu(self) -> float:
        """CPU limit in vCPU; default 1 (doc:run/docs/configuring/services/cpu)."""
        return self.quantity(f"{self.main_path}.resources.limits.cpu", 1.0)

    @property
    def memory(self) -> float:
        """Memory limit in bytes; default 512 MiB [SCL-09]."""
        return self.quantity(f"{self.main_path}.resources.limits.memory", 512 * 2**20)

    def quantity(self, path: str, default: float) -> float:
        """A Kubernetes quantity (`"500m"`, `"2"`, `"512Mi"`) as a number; raises `Unseen` on another shape."""
        raw = self.text(path)
        if not raw:
            return default
        found = _QUANTITY.fullmatch(raw)
        if found is None:
            raise Unseen(self.malformed(path, raw))
        number, unit = float(found["number"]), found["unit"]
        return number / 1000 if unit == "m" else number * _UNITS[unit]

    @cached_property
    def env(self) -> tuple[EnvVar, ...]:
        """The variables of every container, the one that takes requests first."""
        order = sorted(range(len(self.containers)), key=lambda index: index != self.main_index)
        return tuple(found for index in order for found in self._env_of(index))

    def _env_of(self, index: int) -> list[EnvVar]:
        found = []
        for position, item in enumerate(self.objects(f"containers[{index}].env")):
            path = f"containers[{index}].env[{position}]"
            secret = self.text(f"{path}.valueSource.secretKeyRef.secret") or None
            if self.mapping(f"{path}.valueSource") and not secret:
                raise Unseen(self.malformed(f"{path}.valueSource", {}))
            version = self.text(f"{path}.valueSource.secretKeyRef.version")
            value = None if secret else self.text(f"{path}.value")
            found.append(EnvVar(str(item.get("name", "")), value, secret, version, path))
        return found

    @property
    def startup_probe(self) -> Probe:
        """The start-up probe in force; without one, the platform's TCP probe of 240 s [PRB-08]."""
        path = f"{self.main_path}.startupProbe"
        declared = self.mapping(path)
        if not declared:
            return Probe("default", 0, 240, 240, 1)
        kind = next((word for key, word in _HANDLERS.items() if key in declared), "tcp")
        if not _HANDLERS.keys() & declared.keys() and declared.keys() - _PROBE_TIMES:
            raise Unseen(self.malformed(path, declared))
        probe = Probe(
            kind,
            self.integer(f"{path}.initialDelaySeconds", 0) or 0,
            self.integer(f"{path}.periodSeconds", 10) or 10,
            self.integer(f"{path}.timeoutSeconds", 1) or 1,
            self.integer(f"{path}.failureThreshold", 3) or 3,
            self.text(f"{path}.httpGet.path", "/") if kind == "http" else "",
        )
        is_default = kind == "tcp" and (probe.period, probe.timeout, probe.failure_threshold) == (240, 240, 1)
        return Probe("default", 0, 240, 240, 1) if is_default else probe

    @cached_property
    def sql_attachments(self) -> tuple[str, ...]:
        """Connection names `project:region:instance` of the Cloud SQL sockets it attaches [ATT-01]."""
        return tuple(socket.connection_name for socket in self.sql_sockets)

    @cached_property
    def sql_sockets(self) -> tuple[SqlSocket, ...]:
        """The Cloud SQL sockets that it attaches, and whether a container mounts each [ATT-01, ATT-02]."""
        mounted = self._mounted_for_sql
        found: list[SqlSocket] = []
        for index, volume in enumerate(self.objects("volumes")):
            path = f"volumes[{index}].cloudSqlInstance.instances"
            in_use = str(volume.get("name")) in mounted
            for where in [f"{path}[{position}]" for position in range(len(self.items(path)))]:
                found += (SqlSocket(name.strip(), where, in_use) for name in self.text(where).split(","))
        return tuple(found)

    @property
    def _mounted_for_sql(self) -> set[str]:
        """Names of the volumes that a container mounts where sockets of Cloud SQL are looked for [ATT-01]."""
        return {name for name, path in self._mounts if path.rstrip("/") in _SQL_PATHS}

    def mounted_at(self, volume: str) -> str:
        """The folder at which a container mounts the volume; empty when none does."""
        return next((path for name, path in self._mounts if name == volume), "")

    @property
    def _mounts(self) -> list[tuple[str, str]]:
        """Volume and folder of each mount of any container."""
        paths = [f"containers[{index}].volumeMounts" for index in range(len(self.containers))]
        mounts = [item for path in paths for item in self.objects(path)]
        return [(str(item.get("name")), str(item.get("mountPath") or "")) for item in mounts]

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition, in the order of the API."""
        return conditions(self, "conditions")

    @property
    def ready(self) -> Condition | None:
        """The `Ready` condition; None when the revision has none yet."""
        return next((item for item in self.conditions if item.type == "Ready"), None)


_UNITS: Mapping[str, float] = {
    "": 1,
    **{unit: 1000.0**power for power, unit in enumerate("kMGTP", 1)},
    **{f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTP", 1)},
}
_QUANTITY = re.compile(rf"(?P<number>\d+(?:\.\d+)?)(?P<unit>m|{'|'.join(_UNITS)})", re.ASCII)
_SQL_PATHS = ("", "/cloudsql")
_HANDLERS: Mapping[str, str] = {"httpGet": "http", "tcpSocket": "tcp", "grpc": "grpc"}
_PROBE_TIMES = frozenset({"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"})


def conditions(resource: Resource, path: str) -> tuple[Condition, ...]:
    """The conditions at `path`, which holds a list of them or one."""
    single = isinstance(resource.doc.get(path), dict)
    paths = [path] if single else [f"{path}[{index}]" for index in range(len(resource.objects(path)))]
    found = []
    for place in paths:
        reasons = (resource.doc_text(f"{place}.{name}") for name in _REASONS)
        state = resource.choice(f"{place}.state", CONDITION_STATES, "STATE_UNSPECIFIED")
        kind, message = resource.text(f"{place}.type"), resource.text(f"{place}.message")
        reason, severity = next(filter(None, reasons), ""), resource.text(f"{place}.severity") or "ERROR"
        found.append(Condition(kind, state, reason, message, severity))
    return tuple(found)


_REASONS = ("reason", "revisionReason", "executionReason", "instanceReason")
