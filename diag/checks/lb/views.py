"""What the load-balancer checks judge: declared domains and routes, proxies, certificates, backend services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, skips
from diag.errors import Unseen
from diag.facts.base import Resource, same
from diag.facts.world import World
from diag.paths.frontend import Entry, Frontends, Served
from diag.report import Status
from diag.requirements.model import Domain, LoadBalancer, Requirements
from diag.values import dataclass

LB_DOCS = "https://cloud.google.com/load-balancing/docs/https"
URL_MAP_DOCS = "https://cloud.google.com/load-balancing/docs/url-map-concepts"
SERVERLESS_DOCS = "https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts"
CERTIFICATE_DOCS = "https://cloud.google.com/load-balancing/docs/ssl-certificates"

FRONT = ("forwarding_rules", "target_https_proxies", "url_maps")
"""Topics that say which proxy and URL map take a host on 443."""
BACK = ("backend_services", "network_endpoint_groups", "services")
"""Topics that say which Cloud Run service a backend service leads to."""


@dataclass(frozen=True)
class DomainView:
    """A declared domain, and the fronts that may serve it."""

    balancer: LoadBalancer
    domain: Domain
    frontends: Frontends

    def served(self) -> Served:
        """What takes the domain; raises `Unseen` when that was not seen."""
        return self.frontends.serving(self.domain.name, self.balancer.domains)


@dataclass(frozen=True)
class BalancerView:
    """A declared load balancer, and what its domains are served by; without domains, the only one there is."""

    balancer: LoadBalancer
    frontends: Frontends

    def entries(self) -> Iterator[Entry | Gap]:
        """Each front of each served domain."""
        for name in self.balancer.domains or ("",):
            try:
                served = self._served(name)
            except Unseen as unseen:
                yield unseen.gap
                continue
            if served.by_dns:
                yield by_dns(served)
            else:
                yield from served.entries

    def served(self) -> Served:
        """What serves all its domains, under its name; raises `Unseen` when one of them was not seen."""
        found = [self._served(name) for name in self.balancer.domains or ("",)]
        for served in found:
            if served.by_dns:
                raise Unseen(by_dns(served))
        entries = tuple(entry for served in found for entry in served.entries)
        return Served(self.balancer.name, entries, explicit=True)

    def _served(self, name: str) -> Served:
        return self.frontends.serving(name, self.balancer.domains) if name else self.frontends.sole()


def domains(world: World, declared: Requirements) -> Iterator[Subject[DomainView] | Gap]:
    """Each declared domain; then the forwarding rules that could not be followed."""
    frontends = Frontends(world)
    for balancer in declared.load_balancers.values():
        if not _here(balancer, world):
            yield _foreign(balancer)
            continue
        for domain in balancer.domains.values():
            critical = domain.critical or balancer.critical
            yield Subject(domain.name, DomainView(balancer, domain, frontends), domain.at(), critical)
    if any(balancer.domains for balancer in declared.load_balancers.values()):
        yield from frontends.gaps


def balancers(
    world: World, declared: Requirements, wants: Callable[[LoadBalancer], bool]
) -> Iterator[Subject[BalancerView] | Gap]:
    """Each declared load balancer that `wants` something."""
    frontends = Frontends(world)
    for balancer in declared.load_balancers.values():
        if not wants(balancer):
            continue
        if not _here(balancer, world):
            yield _foreign(balancer)
        else:
            yield Subject(balancer.name, BalancerView(balancer, frontends), balancer.at(), balancer.critical)


def _here(balancer: LoadBalancer, world: World) -> bool:
    return same(f"projects/{balancer.project}", f"projects/{world.project}")


def _foreign(balancer: LoadBalancer) -> Gap:
    said = f"the load balancer {balancer.name} lies in project {balancer.project}, which this run did not read"
    return Gap(GapKind.NOT_COLLECTED, said, advice=f"diag lb --project {balancer.project}")


def unserved(domain: str) -> Verdict:
    """What a check says of a domain that nothing serves."""
    return skips(f"nothing serves {domain} on 443: see lb.domain-unserved")


_WORST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.SKIP, Status.PASS)


def over_entries(served: Served, entries: Iterable[Entry], judge: Callable[[Entry], Verdict]) -> Verdict:
    """The verdict over every front of a domain.

    URL maps that name the host must all be right. Where none does and DNS alone says which front is
    meant, they must agree; else raises `Unseen`. So does a front that could not be read, unless another fails.
    """
    verdicts: list[Verdict] = []
    gap: Gap | None = None
    for entry in entries:
        try:
            verdicts.append(judge(entry))
        except Unseen as unseen:
            gap = gap or unseen.gap
    worst = min(verdicts, key=lambda one: _WORST.index(one.status), default=None)
    if gap and (served.by_dns or not worst or worst.status is not Status.FAIL):
        raise Unseen(gap)
    if worst is None:
        return unserved(served.host)
    if served.by_dns and len({verdict.status for verdict in verdicts}) > 1:
        raise Unseen(by_dns(served))
    return worst


def by_dns(served: Served) -> Gap:
    """The gap of a host that several load balancers take without naming it."""
    maps = ", ".join(sorted(entry.front.url_map.short for entry in served.maps))
    said = f"no URL map names {served.host}; DNS decides which of {maps} takes it, and they differ"
    return Gap(GapKind.UNDECIDED, said, advice=f"add a host rule for {served.host} to the one that is meant")


def place_flags(resource: Resource) -> str:
    """The gcloud flags that say where a resource lies: `--global --project P`, or `--region R --project P`.

    Certificate Manager's resources lie at a `--location` instead.
    """
    flag = "--location" if "/locations/" in resource.name else "--region"
    everywhere = "--location global" if flag == "--location" else "--global"
    return f"{f'{flag} {resource.region}' if resource.region else everywhere} --project {resource.project}"


def seconds(value: float) -> str:
    """A duration for messages: `600s`, `0.5s`."""
    return f"{value:g}s" if value < 1e6 else f"{value:.0f}s"
