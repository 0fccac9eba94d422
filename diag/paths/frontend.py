"""Which forwarding rule, proxy and URL map take a request for a host [FE-01].

Several load balancers may lie in one project. The one whose URL map names the host is meant. When none
does, one that only takes whatever comes may be meant: the one that names other hosts of the same declared
load balancer, and else DNS alone says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Listing
from diag.facts.lb import ForwardingRule, TargetHttpProxy, TargetHttpsProxy, UrlMap
from diag.facts.world import World
from diag.paths.find import find, some
from diag.paths.matching import host_patterns
from diag.paths.url import Taken, take_any, take_host
from diag.values import dataclass

EXTERNAL = ("EXTERNAL", "EXTERNAL_MANAGED")
"""Schemes of application load balancers that clients on the internet reach."""
_APPLICATION = (*EXTERNAL, "INTERNAL_MANAGED")


@dataclass(frozen=True)
class Front:
    """One way in: a forwarding rule, the proxy it leads to, and the proxy's URL map."""

    rule: ForwardingRule
    proxy: TargetHttpProxy
    url_map: UrlMap

    @property
    def external(self) -> bool:
        """Whether clients on the internet reach it."""
        return self.rule.scheme.value in EXTERNAL

    @property
    def https_proxy(self) -> TargetHttpsProxy:
        """The proxy of a front on 443."""
        assert isinstance(self.proxy, TargetHttpsProxy)
        return self.proxy


@dataclass(frozen=True)
class Entry:
    """A front, and how its URL map takes the host."""

    front: Front
    taken: Taken


@dataclass(frozen=True)
class Served:
    """Every front that a request for a host may meet; none when the host is not served."""

    host: str
    entries: tuple[Entry, ...]
    explicit: bool
    """Whether their URL maps name the host; otherwise DNS alone says which of them it meets."""

    @property
    def by_dns(self) -> bool:
        """Whether several load balancers take the host without naming it."""
        return not self.explicit and len(self.maps) > 1

    @property
    def maps(self) -> tuple[Entry, ...]:
        """One entry for each URL map."""
        return tuple({entry.front.url_map.name: entry for entry in self.entries}.values())

    @property
    def proxies(self) -> tuple[Entry, ...]:
        """One entry for each proxy."""
        return tuple({entry.front.proxy.name: entry for entry in self.entries}.values())


class Frontends:
    """The fronts on 443 (HTTPS) or on 80 (HTTP); every list is walked once, when it is first asked for."""

    def __init__(self, world: World, *, secure: bool = True) -> None:
        self.world = world
        self.port = 443 if secure else 80
        self._kind = "/targetHttpsProxies/" if secure else "/targetHttpProxies/"
        self._secure = secure
        self._by_siblings: dict[tuple[str, ...], list[Front]] = {}

    @property
    def _proxies(self) -> Listing[TargetHttpsProxy] | Listing[TargetHttpProxy]:
        return self.world.target_https_proxies() if self._secure else self.world.target_http_proxies()

    @cached_property
    def _walked(self) -> tuple[tuple[Front, ...], tuple[Gap, ...]]:
        fronts: list[Front] = []
        gaps: dict[str, Gap] = {}
        for rule in self.world.forwarding_rules():
            try:
                front = self._front(rule)
            except Unseen as unseen:
                gaps[unseen.gap.message] = unseen.gap
                continue
            if front:
                fronts.append(front)
        return tuple(fronts), tuple(gaps.values())

    def _front(self, rule: ForwardingRule) -> Front | None:
        if self._kind not in rule.target or rule.scheme.read() not in _APPLICATION or not rule.listens_on(self.port):
            return None
        proxy: TargetHttpProxy | None = (
            find(self.world.target_https_proxies(), rule.target, self.world)
            if self._secure
            else find(self.world.target_http_proxies(), rule.target, self.world)
        )
        url_map = find(self.world.url_maps(), proxy.url_map, self.world) if proxy else None
        if proxy is None or url_map is None:
            return None
        # Read here, so that a map that cannot be read is the gap of this front alone.
        assert url_map.hosts is not None
        return Front(rule, proxy, url_map)

    @property
    def fronts(self) -> tuple[Front, ...]:
        """Every front that could be walked."""
        return self._walked[0]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Why the other forwarding rules could not be followed."""
        return self._walked[1]

    @cached_property
    def _by_pattern(self) -> Mapping[str, list[Front]]:
        index: dict[str, list[Front]] = {}
        for front in self.fronts:
            for pattern in front.url_map.hosts:
                index.setdefault(pattern, []).append(front)
        return index

    @cached_property
    def _elsewhere(self) -> Mapping[str, UrlMap]:
        """Host patterns of URL maps whose HTTPS proxy no rule on the port leads to."""
        fronted = {front.url_map.name for front in self.fronts}
        proxies = self.world.target_https_proxies() if self._secure else ()
        index: dict[str, UrlMap] = {}
        for proxy in proxies:
            url_map = find(self.world.url_maps(), proxy.url_map, self.world)
            if url_map and url_map.name not in fronted:
                index.update(dict.fromkeys(url_map.hosts, url_map))
        return index

    def naming(self, host: str) -> list[Front]:
        """The fronts whose URL map names the host or its suffix."""
        fronts = {front.rule.name: front for name in self._names(host) for front in self._by_pattern.get(name, ())}
        return list(fronts.values())

    def serving(self, host: str, beside: Iterable[str] = ()) -> Served:
        """What a request for `host` meets; raises `Unseen` when that hangs on something that was not seen.

        `beside` are the other hosts of its load balancer.
        """
        fronts = self.naming(host)
        if fronts:
            return self._served(host, fronts, explicit=True)
        self.whole()
        if self.stranded(host):
            return Served(host, (), explicit=True)
        return self._served(host, self._siblings(tuple(beside)) or list(self.fronts), explicit=False)

    def sole(self) -> Served:
        """Every host of the one load balancer of the project; raises `Unseen` when there are several, or none."""
        self.whole()
        fronts = meant(self.fronts)
        maps = sorted({front.url_map.short for front in fronts})
        if len(maps) != 1:
            said = f"which load balancer is meant is not known: {', '.join(maps) or 'none'} on port {self.port}"
            raise Unseen(Gap(GapKind.UNDECIDED, said, advice="declare its domains in the requirements file"))
        return Served("", tuple(Entry(front, taken) for front in fronts for taken in take_any(front.url_map)), True)

    def _names(self, host: str) -> list[str]:
        return [pattern for pattern in host_patterns(host, self.port) if pattern.partition(":")[0] != "*"]

    def stranded(self, host: str) -> UrlMap | None:
        """A URL map that names the host, behind a proxy that no rule on the port leads to."""
        return next((self._elsewhere[name] for name in self._names(host) if name in self._elsewhere), None)

    def _siblings(self, hosts: tuple[str, ...]) -> list[Front]:
        """The fronts whose URL map names one of the hosts."""
        if hosts not in self._by_siblings:
            fronts = {front.rule.name: front for host in hosts for front in self.naming(host)}
            self._by_siblings[hosts] = list(fronts.values())
        return self._by_siblings[hosts]

    def _served(self, host: str, fronts: list[Front], explicit: bool) -> Served:
        entries = tuple(Entry(front, take_host(front.url_map, host, self.port)) for front in meant(fronts))
        return Served(host, entries, explicit)

    def whole(self) -> None:
        """Raises `Unseen` when a front may have been missed."""
        if self.gaps:
            raise Unseen(self.gaps[0])
        some(self.world.forwarding_rules())
        self._proxies.whole()
        self.world.url_maps().whole()


def meant(fronts: Sequence[Front]) -> Sequence[Front]:
    """Those that clients on the internet reach; else all."""
    return [front for front in fronts if front.external] or fronts


def reached_maps(world: World) -> Iterator[UrlMap | Gap]:
    """Each URL map that a forwarding rule leads to, on whatever port."""
    seen: set[str] = set()
    for rule in world.forwarding_rules():
        try:
            url_map = _map_of(rule, world)
        except Unseen as unseen:
            yield unseen.gap
            continue
        if url_map and url_map.name not in seen:
            seen.add(url_map.name)
            yield url_map


def _map_of(rule: ForwardingRule, world: World) -> UrlMap | None:
    proxy: TargetHttpProxy | None = None
    if "/targetHttpsProxies/" in rule.target:
        proxy = find(world.target_https_proxies(), rule.target, world)
    elif "/targetHttpProxies/" in rule.target:
        proxy = find(world.target_http_proxies(), rule.target, world)
    return find(world.url_maps(), proxy.url_map, world) if proxy else None
