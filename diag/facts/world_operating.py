"""The part of the world that says how a project is run: metrics, logs, IAM, secrets, Redis, alerts, APIs, DNS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from diag.calls import Answer, Call, Gap, GapKind
from diag.errors import Unseen
from diag.facts.alerts import AlertPolicy, NotificationChannel
from diag.facts.apis import Api
from diag.facts.asking import Asking
from diag.facts.base import Listing, Origin, last, relative, segment
from diag.facts.connectivity import ConnectivityTest
from diag.facts.dns import RecordSet, Zone
from diag.facts.firewall import EffectiveFirewalls
from diag.facts.health import GroupHealth
from diag.facts.iam import Policy, Project, Role
from diag.facts.logs import LogEntry
from diag.facts.metrics import TimeSeries, read_series
from diag.facts.redis import RedisInstance
from diag.facts.secrets import Secret, SecretVersion
from diag.metrics import TOPIC, topic_of
from diag.snapshot import Snapshot


class Operating(Asking):
    """What a check may ask about the running of a project."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._series: dict[tuple[str, str, str], dict[str, list[TimeSeries]]] = {}
        self._entries: dict[str, tuple[LogEntry, ...]] = {}
        self._by_revision: dict[str, dict[str, list[LogEntry]]] = {}

    # Metrics and logs

    def series(self, metric_type: str, project: str = "", *, by: str, value: str) -> tuple[TimeSeries, ...]:
        """The series of a metric whose monitored resource has `value` for the label `by`, over the window.

        Raises `Unseen` when the metric was not read, or not whole.
        """
        key = (metric_type, project or self.project, by)
        if key not in self._series:
            index: dict[str, list[TimeSeries]] = {}
            for one in self._read_series(metric_type, project or self.project):
                index.setdefault(one.resource.get(by, ""), []).append(one)
            self._series[key] = index
        return tuple(self._series[key].get(value, ()))

    def _read_series(self, metric_type: str, project: str) -> tuple[TimeSeries, ...]:
        name = f"projects/{project}"
        calls = [
            call for call in self.snapshot.answers if topic_of(call) == f"{TOPIC}{metric_type}" and call.target == name
        ]
        if not calls:
            raise Unseen(Gap(GapKind.NOT_COLLECTED, f"{metric_type} of {name} was not collected in this run"))
        answer = self._whole(calls[0])
        return tuple(read_series(doc, Origin(calls[0], self.taken_at)) for doc in answer.doc.get("timeSeries") or ())

    def log_entries(self, project: str = "") -> tuple[LogEntry, ...]:
        """The entries that were read, the newest first; more may exist where `log_gaps` is not empty."""
        call = self._log_call(project)
        if call.target not in self._entries:
            docs = self.snapshot.answer(call).doc.get("entries") or ()
            if not all(isinstance(doc, dict) for doc in docs):
                raise Unseen(Gap(GapKind.MALFORMED, f"a log entry of {call.target} could not be read", call))
            origin = Origin(call, self.taken_at)
            self._entries[call.target] = tuple(LogEntry(doc, origin) for doc in docs)
        return self._entries[call.target]

    def log_entries_of(self, revision: str, project: str = "") -> tuple[LogEntry, ...]:
        """Those that one revision of Cloud Run logged, or the platform about it, by its short name."""
        name = project or self.project
        if name not in self._by_revision:
            entries = self.log_entries(name)
            found = self._by_revision[name] = {}
            for entry in entries:
                found.setdefault(entry.revision, []).append(entry)
        return tuple(self._by_revision[name].get(revision, ()))

    def log_gaps(self, project: str = "", *, declared: bool = False) -> tuple[Gap, ...]:
        """What was left out of the entries; empty when all of the window was read.

        With `declared` also the lines of declared patterns, which a record for other requirements may lack.
        """
        gaps = self.snapshot.answer(self._log_call(project)).partial
        return tuple(gap for gap in gaps if declared or gap.kind is not GapKind.NOT_COLLECTED)

    def _log_call(self, project: str) -> Call:
        name = f"projects/{project or self.project}"
        for call in self.snapshot.answers:
            if call.method.topic == "log_entries" and call.target == name:
                return call
        raise Unseen(Gap(GapKind.NOT_COLLECTED, f"the log entries of {name} were not collected in this run"))

    def _whole(self, call: Call) -> Answer:
        answer = self.snapshot.answer(call)
        if answer.partial:
            raise Unseen(answer.partial[0])
        return answer

    # IAM

    def project_of(self, project: str = "") -> Project:
        """The project itself, with its number and parent."""
        found = self._get("cloudresourcemanager.projects.get", Project, name=f"projects/{project or self.project}")
        if found is None:
            said = f"the project {project or self.project} was not found"
            raise Unseen(Gap(GapKind.NOT_FOUND, said, advice="see whether --project is right"))
        return found

    def policy(self, project: str = "") -> Policy:
        """The project's IAM policy; what its folder or organization grants is not in it."""
        return self._policy("cloudresourcemanager.projects.getIamPolicy", f"projects/{project or self.project}")

    def ancestor_policies(self, project: str = "") -> Iterator[Policy | Gap]:
        """The policies of the folders and the organization above, upwards; a gap for one that was not seen."""
        above: set[str] = set()
        try:
            parent = self.project_of(project).parent
            while parent and parent not in above:
                above.add(parent)
                kind = parent.partition("/")[0]
                try:
                    yield self._policy(f"cloudresourcemanager.{kind}.getIamPolicy", parent)
                except Unseen as unseen:
                    yield unseen.gap
                parent = self._parent_of_folder(parent) if kind == "folders" else ""
        except Unseen as unseen:
            yield unseen.gap

    def _parent_of_folder(self, folder: str) -> str:
        found = self._get("cloudresourcemanager.folders.get", Project, name=folder)
        if found is None:
            raise Unseen(Gap(GapKind.NOT_FOUND, f"{folder} was not found, and so not what lies above it"))
        return found.parent

    def secret_policy(self, secret: Secret) -> Policy:
        """The policy of one secret."""
        return self._policy("secretmanager.secrets.getIamPolicy", secret.asked_as)

    def role(self, name: str) -> Role | None:
        """A role by its full name: `roles/cloudsql.client`, `projects/P/roles/R`; None when NOT_FOUND."""
        return self._get("iam.roles.get", Role, name=name)

    def _policy(self, key: str, resource: str) -> Policy:
        found = self._get(key, Policy, resource=resource)
        if found is None:
            raise Unseen(Gap(GapKind.NOT_FOUND, f"the IAM policy of {resource} was not found"))
        return found

    # Secrets, Redis, alerts, APIs

    def secrets(self, project: str = "") -> Listing[Secret]:
        """Secrets of a project, by metadata."""
        return self._listing("secretmanager.secrets", Secret, f"projects/{project or self.project}", "secrets")

    def secret(self, name: str) -> Secret | None:
        """The secret of that full name; None when it is proved absent."""
        named = self.secret_named(name)
        return self.secrets(segment(named, "projects") or "").find(named)

    def secret_named(self, name: str) -> str:
        """The full name of a secret, with the project's id for its number where a list of secrets shows it [G-05]."""
        project = segment(name, "projects") or ""
        return f"projects/{self._project_numbers.get(project, project)}/secrets/{last(name)}"

    @cached_property
    def _project_numbers(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for call in self._calls("secretmanager.secrets"):
            if call.method.verb.lists:
                listed = (secret for secret in self.secrets(last(call["parent"])) if secret.origin.call == call)
                found.update((secret.project, last(call["parent"])) for secret in listed if secret.project.isdigit())
        return found

    def secret_versions(self, secret: Secret) -> Listing[SecretVersion]:
        """Versions of a secret; that there is none is proved by asking for the latest."""
        calls = [Call.of("secretmanager.versions.list", parent=secret.asked_as)]
        latest = Call.of("secretmanager.versions.get", name=f"{secret.asked_as}/versions/latest")
        calls += [latest] if latest in self.snapshot.answers else []
        return self._parsed(calls, SecretVersion, f"versions of {secret.short}")

    def redis_instances(self, region: str, project: str = "") -> Listing[RedisInstance]:
        """Memorystore for Redis instances of one region."""
        parent = f"projects/{project or self.project}/locations/{region}"
        return self._listing("redis.instances", RedisInstance, parent, f"Redis instances in {region}")

    def alert_policies(self, project: str = "") -> Listing[AlertPolicy]:
        """Alerting policies of a project."""
        where = f"projects/{project or self.project}"
        return self._listing("monitoring.alertPolicies", AlertPolicy, where, "alerting policies")

    @cached_property
    def anything(self) -> bool:
        """Whether any list of the run showed a resource: then an empty one is not that of a wrong project."""
        lists = [(call, answer) for call, answer in self.snapshot.answers.items() if call.method.verb.lists]
        return any(answer.doc.get(call.method.items) for call, answer in lists if isinstance(answer, Answer))

    def notification_channels(self, project: str = "") -> Listing[NotificationChannel]:
        """Notification channels of a project."""
        where = f"projects/{project or self.project}"
        return self._listing("monitoring.notificationChannels", NotificationChannel, where, "notification channels")

    def apis(self, project: str = "") -> Listing[Api]:
        """The APIs that are enabled."""
        return self._listing("serviceusage.services", Api, f"projects/{project or self.project}", "enabled APIs")

    # Networks

    def firewalls(self, network: str) -> EffectiveFirewalls:
        """The firewall in force of a network `projects/P/global/networks/N`."""
        project, name = network.split("/")[1], last(network)
        found = self._get("compute.networks.getEffectiveFirewalls", EffectiveFirewalls, project=project, network=name)
        if found is None:
            raise Unseen(Gap(GapKind.NOT_FOUND, f"the firewall of {network} was not found"))
        return found

    def group_health(self, backend: str, group: str) -> GroupHealth:
        """The health of one group of a backend service, by their full names or links."""
        wanted, of = relative(group), last(backend)
        for call in self.snapshot.answers:
            if call.method.topic != "backend_health" or call["backend_service"] != of:
                continue
            if relative(call["resource_group_reference_resource.group"]) == wanted:
                return GroupHealth(self.snapshot.answer(call).doc, Origin(call, self.taken_at), relative(backend))
        said = f"the health of {last(group)} behind {of} was not collected in this run"
        raise Unseen(Gap(GapKind.NOT_COLLECTED, said))

    def connectivity_tests(self, project: str = "") -> Listing[ConnectivityTest]:
        """Connectivity Tests of a project."""
        where = f"projects/{project or self.project}/locations/global"
        return self._listing("networkmanagement.connectivityTests", ConnectivityTest, where, "Connectivity Tests")

    def zones(self, project: str = "") -> Listing[Zone]:
        """Cloud DNS zones of a project."""
        return self._listing("dns.managedZones", Zone, project or self.project, "Cloud DNS zones")

    def records(self, zone: Zone) -> Listing[RecordSet]:
        """The records of a zone."""
        call = Call.of("dns.resourceRecordSets.list", project=zone.project, managedZone=zone.short)
        return self._parsed([call], RecordSet, f"records of {zone.short}")
