"""Cloud Run services, from API JSON (run v2); their revisions are in `run_revision`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, last, relative
from diag.facts.run_revision import Condition, EnvVar, NetworkInterface, Probe, Revision, SqlSocket, conditions
from diag.values import dataclass

__all__ = [
    "Condition",
    "EnvVar",
    "NetworkInterface",
    "Probe",
    "Revision",
    "Service",
    "SqlSocket",
    "TrafficShare",
    "conditions",
]

INGRESS = frozenset(
    {
        "INGRESS_TRAFFIC_UNSPECIFIED",
        "INGRESS_TRAFFIC_ALL",
        "INGRESS_TRAFFIC_INTERNAL_ONLY",
        "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        "INGRESS_TRAFFIC_NONE",
    }
)
TRAFFIC_TYPES = frozenset(
    {
        "TRAFFIC_TARGET_ALLOCATION_TYPE_UNSPECIFIED",
        "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST",
        "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
    }
)
WHOLE = 100
"""Percent that the shares of traffic give together."""
_NOT_READY = frozenset({"CONDITION_PENDING", "CONDITION_RECONCILING", "CONDITION_FAILED"})
SCALING_MODES = frozenset({"SCALING_MODE_UNSPECIFIED", "AUTOMATIC", "MANUAL"})


def number_in(addresses: Iterable[str]) -> str:
    """The project's number in addresses `https://SERVICE-NUMBER.REGION.run.app`; empty when none shows it."""
    found = (re.fullmatch(r"https://.+-(\d+)\.[a-z]+-[a-z]+\d+\.run\.app", address) for address in addresses)
    return next((match[1] for match in found if match), "")


@dataclass(frozen=True)
class TrafficShare:
    """One line of traffic in effect: which revision takes how much [RDY-09]."""

    revision: str
    """Short name; of a LATEST line, the latest ready revision at the time."""
    percent: int
    tag: str
    latest: bool


class Service(Resource):
    """A Cloud Run service."""

    @property
    def reconciling(self) -> bool:
        """Whether a change is still being rolled out [RDY-01]."""
        return self.flag("reconciling")

    @cached_property
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
        return number_in(str(item) for item in self.items("urls"))

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
        if self.choice("scaling.scalingMode", SCALING_MODES, "AUTOMATIC").read() != "MANUAL":
            return None
        count = self.integer("scaling.manualInstanceCount")
        if count is None:
            said = f"{self.short} is scaled by hand, and the answer does not say to how many instances"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return count

    @property
    def never_ready(self) -> bool:
        """Whether no revision of it ever became ready, so that none takes traffic; run.not-ready reports it."""
        return not self.serving and not self.latest_ready

    @property
    def never_ran(self) -> str:
        """Why no revision of it takes traffic, where that is known: none became ready, and its condition says so.

        Empty for a service that serves, and for one of which it is not known.
        """
        if not self.never_ready or self.terminal is None or self.terminal.state.value not in _NOT_READY:
            return ""
        return f"no revision of {self.short} ever became ready; see run.not-ready"

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
        if "" in split or sum(split.values()) != WHOLE:
            said = f"{self.short}: {field} does not say which revisions take 100 % of the traffic"
            raise Unseen(Gap(GapKind.UNDECIDED, said, self.origin.call, advice="see run.not-ready"))
        return split

    def _share(self, path: str) -> TrafficShare:
        latest = self.choice(f"{path}.type", TRAFFIC_TYPES).value == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
        revision = last(self.text(f"{path}.revision")) or (last(self.latest_ready) if latest else "")
        return TrafficShare(revision, self.integer(f"{path}.percent", 0) or 0, self.text(f"{path}.tag"), latest)

    @cached_property
    def serving(self) -> tuple[str, ...]:
        """Full names of the revisions that take traffic, without repeats [RDY-11].

        Empty when none is named; raises `Unseen` when some are and some are not.
        """
        taking = [share.revision for share in self.traffic if share.percent > 0]
        named = [revision for revision in taking if revision]
        whole = sum(share.percent for share in self.traffic) == WHOLE
        if named and (len(named) < len(taking) or not whole):
            said = f"{self.short} sends a part of its traffic to a revision that the answer does not name"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return tuple(dict.fromkeys(f"{self.name}/revisions/{last(name)}" for name in named))
