"""Cloud Run: services and their revisions, from API JSON (run v2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from diag.calls import Gap, GapKind, Json
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, last, relative

CONDITION_STATES = frozenset(
    {"STATE_UNSPECIFIED", "CONDITION_PENDING", "CONDITION_RECONCILING", "CONDITION_FAILED", "CONDITION_SUCCEEDED"}
)
INGRESS = frozenset(
    {
        "INGRESS_TRAFFIC_UNSPECIFIED",
        "INGRESS_TRAFFIC_ALL",
        "INGRESS_TRAFFIC_INTERNAL_ONLY",
        "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        "INGRESS_TRAFFIC_NONE",
    }
)
EGRESS = frozenset({"VPC_EGRESS_UNSPECIFIED", "ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"})
TRAFFIC_TYPES = frozenset(
    {
        "TRAFFIC_TARGET_ALLOCATION_TYPE_UNSPECIFIED",
        "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST",
        "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
    }
)
SCALING_MODES = frozenset({"SCALING_MODE_UNSPECIFIED", "AUTOMATIC", "MANUAL"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a service or revision [RDY-02]."""

    type: str
    state: Choice
    reason: str
    """Whichever of `reason`, `revisionReason`, `executionReason`, `instanceReason` is set; empty when none."""
    message: str


@dataclass(frozen=True, slots=True)
class TrafficShare:
    """One line of traffic in effect: which revision takes how much [RDY-09]."""

    revision: str
    """Short name; of a LATEST line, the latest ready revision at the time."""
    percent: int
    tag: str
    latest: bool


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """A Direct VPC egress interface [DVE-01, DVE-02]; at least one of the two is set."""

    network: str
    subnetwork: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SqlSocket:
    """A Cloud SQL instance that a revision attaches by its socket [ATT-01]."""

    connection_name: str
    path: str
    """Where it stands in the revision's JSON."""
    mounted: bool
    """Whether a container mounts the volume; without it no container has the socket."""


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
        return tuple(
            NetworkInterface(
                str(item.get("network") or ""), str(item.get("subnetwork") or ""), tuple(item.get("tags") or ())
            )
            for item in self.objects("vpcAccess.networkInterfaces")
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
        """The containers as JSON; the ingress container is `main`."""
        return tuple(self.objects("containers"))

    @property
    def main_index(self) -> int:
        """Index of the container that takes requests: the one with ports [RUN-10], else the only one."""
        with_ports = [index for index, item in enumerate(self.containers) if item.get("ports")]
        if not self.containers:
            said = f"{self.name} lists no container"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return with_ports[0] if with_ports else 0

    @property
    def main_path(self) -> str:
        """JSON path of the container that takes requests: `containers[0]`."""
        return f"containers[{self.main_index}]"

    @property
    def main_container(self) -> str:
        """Name of the container that takes requests; empty when it has none."""
        return self.text(f"{self.main_path}.name")

    @property
    def port(self) -> int:
        """The port that the container must listen on; default 8080 [RUN-10]."""
        return self.integer(f"{self.main_path}.ports[0].containerPort", 8080) or 8080

    @property
    def image(self) -> str:
        """Image of the container that takes requests."""
        return self.text(f"{self.main_path}.image")

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
        units = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
        for unit in sorted(units, key=len, reverse=True):
            if raw.endswith(unit):
                return self._number(path, raw[: -len(unit)]) * units[unit]
        return self._number(path, raw)

    def _number(self, path: str, raw: str) -> float:
        # float() also takes "nan", "inf" and a sign; no comparison with those means anything.
        if not re.fullmatch(r"\d+(\.\d+)?", raw):
            raise Unseen(self.malformed(path, raw))
        return float(raw)

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
        return tuple(
            str(name).strip()
            for index in range(len(self.objects("volumes")))
            for name in self.items(f"volumes[{index}].cloudSqlInstance.instances")
        )

    @cached_property
    def sql_sockets(self) -> tuple[SqlSocket, ...]:
        """The Cloud SQL sockets that it attaches, and whether a container mounts each [ATT-01]."""
        mounts = [f"containers[{index}].volumeMounts" for index in range(len(self.containers))]
        mounted = {str(item.get("name")) for path in mounts for item in self.objects(path)}
        found: list[SqlSocket] = []
        for index, volume in enumerate(self.objects("volumes")):
            path = f"volumes[{index}].cloudSqlInstance.instances"
            in_use = str(volume.get("name")) in mounted
            names = enumerate(self.items(path))
            found += (SqlSocket(str(name).strip(), f"{path}[{position}]", in_use) for position, name in names)
        return tuple(found)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition, in the order of the API."""
        return conditions(self, "conditions")

    @property
    def ready(self) -> Condition | None:
        """The `Ready` condition; None when the revision has none yet."""
        return next((item for item in self.conditions if item.type == "Ready"), None)


_HANDLERS: Mapping[str, str] = {"httpGet": "http", "tcpSocket": "tcp", "grpc": "grpc"}
_PROBE_TIMES = frozenset({"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"})


class Service(Resource):
    """A Cloud Run service."""

    @property
    def reconciling(self) -> bool:
        """Whether a change is still being rolled out [RDY-01]."""
        return self.flag("reconciling")

    @property
    def terminal(self) -> Condition | None:
        """The terminal condition (`Ready`)."""
        found = conditions(self, "terminalCondition")
        return found[0] if found else None

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every other condition."""
        return conditions(self, "conditions")

    @property
    def generation(self) -> int | None:
        """What was asked for last."""
        return self.integer("generation")

    @property
    def observed_generation(self) -> int | None:
        """What the platform has worked through."""
        return self.integer("observedGeneration")

    @property
    def latest_created(self) -> str:
        """Full name of the newest revision, or empty."""
        return self._revision(self.text("latestCreatedRevision"))

    @property
    def latest_ready(self) -> str:
        """Full name of the newest revision that became ready, or empty."""
        return self._revision(self.text("latestReadyRevision"))

    def _revision(self, named: str) -> str:
        return relative(named) if "/" in named or not named else f"{self.name}/revisions/{named}"

    @property
    def ingress(self) -> Choice:
        """Ingress as observed [ING-01]; absent reads as unspecified."""
        return self.choice("ingress", INGRESS, "INGRESS_TRAFFIC_UNSPECIFIED")

    @property
    def default_uri_disabled(self) -> bool:
        """Whether its `run.app` addresses are switched off [ING-03]; absent means that they are on (G-03)."""
        return self.flag("defaultUriDisabled")

    @cached_property
    def project_number(self) -> str:
        """Number of its project, read from its address `SERVICE-NUMBER.REGION.run.app`; empty when none shows it."""
        addresses = [str(item) for item in self.items("urls")]
        found = [re.fullmatch(rf"https://.+-(\d+)\.{self.region}\.run\.app", address) for address in addresses]
        return next((match[1] for match in found if match), "")

    @property
    def max_instances(self) -> int | None:
        """Service-level maximum; None when unset [SCL-02]."""
        return self.integer("scaling.maxInstanceCount") or None

    @property
    def min_instances(self) -> int:
        """Service-level minimum; default 0 [SCL-02]."""
        return self.integer("scaling.minInstanceCount", 0) or 0

    @property
    def manual_instances(self) -> int | None:
        """The fixed number of instances under manual scaling; None under automatic scaling [SCL-02]."""
        mode = self.choice("scaling.scalingMode", SCALING_MODES, "AUTOMATIC").read()
        return self.integer("scaling.manualInstanceCount", 0) if mode == "MANUAL" else None

    @cached_property
    def traffic(self) -> tuple[TrafficShare, ...]:
        """Traffic in effect (`trafficStatuses`), falling back to what is wanted; empty `traffic` is 100 % latest."""
        field = "trafficStatuses" if self.items("trafficStatuses") else "traffic"
        shares = tuple(self._share(f"{field}[{index}]") for index in range(len(self.objects(field))))
        return shares or (TrafficShare(last(self.latest_ready), 100, "", True),)

    @cached_property
    def wanted_traffic(self) -> tuple[TrafficShare, ...]:
        """Traffic as asked for (`traffic`); empty means 100 % to the latest ready revision [RDY-09]."""
        shares = tuple(self._share(f"traffic[{index}]") for index in range(len(self.objects("traffic"))))
        return shares or (TrafficShare(last(self.latest_ready), 100, "", True),)

    @cached_property
    def wanted_split(self) -> Mapping[str, int]:
        """Percent by revision as asked for, latest resolved; raises `Unseen` when it does not add up."""
        return self._split("traffic", self.wanted_traffic)

    @cached_property
    def split_in_effect(self) -> Mapping[str, int]:
        """Percent by revision in effect [RDY-09]; raises `Unseen` when the API does not say, or it does not add up."""
        if not self.items("trafficStatuses"):
            said = f"{self.short} does not say which revisions take its traffic (trafficStatuses is absent)"
            raise Unseen(Gap(GapKind.UNDECIDED, said, self.origin.call, advice="see run.not-ready"))
        return self._split("trafficStatuses", self.traffic)

    def _split(self, field: str, shares: tuple[TrafficShare, ...]) -> Mapping[str, int]:
        for index in range(len(self.items(field))):
            self.choice(f"{field}[{index}].type", TRAFFIC_TYPES, "TRAFFIC_TARGET_ALLOCATION_TYPE_UNSPECIFIED").read()
        split: dict[str, int] = {}
        for share in shares:
            if share.percent:
                split[share.revision] = split.get(share.revision, 0) + share.percent
        if "" in split or sum(split.values()) != 100:
            said = f"{self.short}: {field} does not say which revisions take 100 % of the traffic"
            raise Unseen(Gap(GapKind.UNDECIDED, said, self.origin.call, advice="see run.not-ready"))
        return split

    def _share(self, path: str) -> TrafficShare:
        latest = self.choice(f"{path}.type", TRAFFIC_TYPES).value == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
        revision = last(self.text(f"{path}.revision")) or (last(self.latest_ready) if latest else "")
        return TrafficShare(revision, self.integer(f"{path}.percent", 0) or 0, self.text(f"{path}.tag"), latest)

    @property
    def serving(self) -> tuple[str, ...]:
        """Full names of the revisions that take traffic, without repeats [RDY-11].

        Empty when none is named; raises `Unseen` when some are and some are not.
        """
        taking = [share.revision for share in self.traffic if share.percent > 0]
        named = [revision for revision in taking if revision]
        if named and len(named) < len(taking):
            said = f"{self.short} sends a part of its traffic to a revision that the answer does not name"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return tuple(dict.fromkeys(f"{self.name}/revisions/{last(name)}" for name in named))


def conditions(resource: Resource, path: str) -> tuple[Condition, ...]:
    """The conditions at `path`, which holds a list of them or one."""
    single = isinstance(resource.doc.get(path), dict)
    paths = [path] if single else [f"{path}[{index}]" for index in range(len(resource.objects(path)))]
    found = []
    for place in paths:
        reasons = (resource.doc_text(f"{place}.{name}") for name in _REASONS)
        state = resource.choice(f"{place}.state", CONDITION_STATES, "STATE_UNSPECIFIED")
        kind, message = resource.text(f"{place}.type"), resource.text(f"{place}.message")
        found.append(Condition(kind, state, next((reason for reason in reasons if reason), ""), message))
    return tuple(found)


_REASONS = ("reason", "revisionReason", "executionReason", "instanceReason")
