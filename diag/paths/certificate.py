"""Which certificates a proxy names, and which one a client of a host is shown.

A certificate map overrides the proxy's own list [FE-11]. In a map: the entry of the exact host, then that
of its one-level wildcard, then PRIMARY [CM-14]. In a list the names decide; without a match the first
certificate is shown [CRT-10].
"""

from __future__ import annotations

from collections.abc import Mapping

from diag.calls import Gap
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.certificates import Certificate, CertificateMapEntry, SslCertificate
from diag.facts.lb import TargetHttpsProxy
from diag.facts.world import World
from diag.paths.find import find, some
from diag.paths.frontend import Front
from diag.paths.matching import certificate_patterns
from diag.values import dataclass


@dataclass(frozen=True)
class Named:
    """A certificate that a proxy, or an entry of its map, names."""

    name: str
    found: Certificate | Gap | None
    """None when it is proved absent."""
    entry: CertificateMapEntry | None = None

    def read(self) -> Certificate | None:
        """The certificate; raises `Unseen` when it could not be read."""
        if isinstance(self.found, Gap):
            raise Unseen(self.found)
        return self.found


@dataclass(frozen=True)
class Shown:
    """What a client of a host may be shown: the certificates of one entry, or those of the list that cover it."""

    by: str
    """For messages: `map entry *.example.com`, `the list of staging-proxy`."""
    certificates: tuple[Named, ...]
    entry: CertificateMapEntry | None = None


class _List:
    """A proxy's own list, by the names that its certificates cover."""

    def __init__(self, listed: tuple[Named, ...]) -> None:
        self.all = listed
        self.unread: list[Named] = []
        self.by_name: dict[str, list[int]] = {}
        for place, named in enumerate(listed):
            try:
                certificate = named.read()
                for name in certificate.dns_names if certificate else ():
                    self.by_name.setdefault(name, []).append(place)
            except Unseen as unseen:
                self.unread.append(Named(named.name, unseen.gap))


class Certificates:
    """The certificates of proxies; each map is read once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._maps: dict[str, tuple[CertificateMapEntry, ...]] = {}
        self._indices: dict[str, Mapping[str, CertificateMapEntry]] = {}
        self._lists: dict[str, _List] = {}

    def entries(self, certificate_map: str) -> tuple[CertificateMapEntry, ...]:
        """Every entry of a map; raises `Unseen` when they are not all known."""
        if certificate_map not in self._maps:
            self._maps[certificate_map] = some(self._world.certificate_map_entries(certificate_map))
        return self._maps[certificate_map]

    def _entry_for(self, certificate_map: str, host: str) -> CertificateMapEntry | None:
        if certificate_map not in self._indices:
            entries = self.entries(certificate_map)
            self._indices[certificate_map] = {
                entry.hostname or ("" if entry.primary else entry.name): entry for entry in entries
            }
        index = self._indices[certificate_map]
        return next((index[name] for name in (*certificate_patterns(host), "") if name in index), None)

    def listed(self, proxy: TargetHttpsProxy) -> tuple[Named, ...]:
        """The certificates of the proxy's own list, in its order."""
        if proxy.name not in self._lists:
            self._lists[proxy.name] = _List(tuple(Named(name, self._read(name)) for name in proxy.listed_certificates))
        return self._lists[proxy.name].all

    def of_entry(self, entry: CertificateMapEntry) -> tuple[Named, ...]:
        """The certificates of a map's entry."""
        return tuple(Named(name, self._read(name), entry) for name in entry.certificates)

    def in_force(self, proxy: TargetHttpsProxy) -> tuple[Named, ...]:
        """Every certificate that the proxy can show: those of its map, else those of its list."""
        if not proxy.certificate_map:
            return self.listed(proxy)
        return tuple(named for entry in self.entries(proxy.certificate_map) for named in self.of_entry(entry))

    def shown(self, proxy: TargetHttpsProxy, host: str) -> Shown:
        """What a client of `host` is shown; no certificate when nothing of the map stands for it."""
        if not proxy.certificate_map:
            return Shown(f"the list of {proxy.short}", self._by_names(proxy, host))
        entry = self._entry_for(proxy.certificate_map, host)
        if entry is None:
            return Shown(f"certificate map {last(proxy.certificate_map)}", ())
        by = f"map entry {entry.hostname or 'PRIMARY'} of {last(proxy.certificate_map)}"
        return Shown(by, self.of_entry(entry), entry)

    def _by_names(self, proxy: TargetHttpsProxy, host: str) -> tuple[Named, ...]:
        first = self.listed(proxy)[:1]
        listed = self._lists[proxy.name]
        at = {place for pattern in certificate_patterns(host) for place in listed.by_name.get(pattern, ())}
        return tuple(listed.all[place] for place in sorted(at)) or tuple(listed.unread) or first

    def _read(self, name: str) -> Certificate | Gap | None:
        try:
            if "/locations/" in name:
                return self._world.managed_certificate(name)
            return find(self._world.ssl_certificates(), name, self._world)
        except Unseen as unseen:
            return unseen.gap


def refused(certificate: Certificate, front: Front) -> bool:
    """Whether clients of that front are never shown such a certificate.

    Regional and internal load balancers have none that Compute Engine manages [FE-12].
    """
    classic = isinstance(certificate, SslCertificate) and certificate.managed
    return classic and (front.rule.scheme.value == "INTERNAL_MANAGED" or front.proxy.region is not None)
