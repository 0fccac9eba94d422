"""Load balancers of a starter file: the names that each serves, and the services behind their paths."""

from __future__ import annotations

from collections.abc import Iterator

from diag.errors import Unseen
from diag.facts.base import relative, same
from diag.facts.lb import BackendService, NetworkEndpointGroup
from diag.facts.url_map import Action, HostRule, PathMatcher, UrlMap, shown_backend
from diag.facts.world import World
from diag.render.starter import Block, Item, Line, Note

EXTERNAL = ("EXTERNAL", "EXTERNAL_MANAGED")


def load_balancers(world: World) -> Iterator[Item]:
    """One for each URL map that HTTPS from the internet reaches; it is named like that map."""
    names: set[str] = set()
    try:
        for url_map in _served_maps(world):
            if url_map.short in names:
                yield Note(f"check: {url_map.name} has the name of one above, and is left out")
                continue
            names.add(url_map.short)
            yield _balancer(url_map, world)
        listings = (world.forwarding_rules(), world.target_https_proxies(), world.url_maps())
        yield from (Note(f"not seen: {gap.message}") for listing in listings for gap in listing.gaps)
    except Unseen as unseen:
        yield Note(f"load balancers not seen: {unseen.gap.message}")


def _served_maps(world: World) -> Iterator[UrlMap]:
    """URL maps behind an external forwarding rule on port 443, each once."""
    rules = [rule for rule in world.forwarding_rules() if rule.target and rule.scheme.value in EXTERNAL]
    served = [
        proxy.url_map
        for proxy in world.target_https_proxies()
        if any(same(rule.target, proxy.name) and rule.listens_on(443) for rule in rules)
    ]
    yield from (url_map for url_map in world.url_maps() if any(same(url_map.name, name) for name in served))


def _balancer(url_map: UrlMap, world: World) -> Item:
    items: list[Item] = []
    try:
        for rule in url_map.host_rules:
            items += _domains(rule, url_map, world)
    except Unseen as unseen:
        items.append(Note(f"host rules not seen: {unseen.gap.message}"))
    if not any(isinstance(item, Block) for item in items):
        return Note(f"check: {url_map.short} takes hosts that no rule names: declare the domains that it serves")
    return Block(url_map.short, (Block("domains", tuple(items)),))


def _domains(rule: HostRule, url_map: UrlMap, world: World) -> Iterator[Item]:
    """A domain for each name of a host rule; a pattern names no domain."""
    for host in rule.hosts:
        name, _, port = host.partition(":")
        if "*" in host:
            yield Note(f"check: {host} matches many names: declare those that matter")
        elif port not in ("", "443"):
            yield Note(f"{host} is another port than 443")
        else:
            yield Block(name, tuple(_routes(url_map.matcher(rule.matcher), world)))


def _routes(matcher: PathMatcher, world: World) -> Iterator[Item]:
    """Each path rule, and the default for the rest.

    The rest (`/*`) is declared only when every rule below it is: a part that goes elsewhere undeclared
    would defeat it.
    """
    if matcher.route_rules:
        yield Note("routes: chosen by route rules, which are not written here; check: declare the paths that matter")
        return
    given = {_path(rule.matches[0].path, rule.matches[0].below): rule.action for rule in matcher.path_rules}
    routes: list[Item] = []
    for path in dict.fromkeys(("/", "/*", *given)):
        routes.append(_route(path, given.get(path, given.get("/*", matcher.default)), world))
    declared = [item for item in routes if isinstance(item, Line)]
    if len(declared) < len(routes):
        routes = [_without_rest(item) for item in routes]
    lines = tuple(item for item in routes if isinstance(item, Line))
    notes = (item for item in routes if isinstance(item, Note))
    if lines:
        yield Block("routes", lines)
    yield from notes


def _path(path: str, below: bool) -> str:
    return f"{path}*" if below else path


def _without_rest(item: Item) -> Item:
    if isinstance(item, Line) and item.key == "/*":
        return Note(f"/*: {item.value}, but for the paths that go elsewhere")
    return item


def _route(path: str, action: Action, world: World) -> Item:
    """The Cloud Run service behind a path, or why there is none to declare."""
    if action.redirect:
        return Note(f"{path}: redirects")
    if len(action.taking) != 1:
        return Note(f"{path}: goes to {len(action.taking)} backends")
    backend = action.taking[0].backend
    try:
        services = _services(backend, world)
    except Unseen as unseen:
        return Note(f"{path}: not seen: {unseen.gap.message}")
    if len(services) == 1 and services[0]:
        return Line(path, services[0])
    return Note(f"{path}: {shown_backend(backend)}, which is not one Cloud Run service")


def _services(backend: str, world: World) -> list[str]:
    """The service that each group behind a backend service names, an empty name for any other group."""
    if "/backendServices/" not in backend:
        return []
    found: BackendService | None = world.backend_services().find(relative(backend))
    names = []
    for name in found.groups if found else ():
        group: NetworkEndpointGroup | None = None
        if "/networkEndpointGroups/" in name:
            group = world.network_endpoint_groups().find(name)
        target = group.cloud_run if group else None
        names.append(target.service if target and not target.url_mask else "")
    return list(dict.fromkeys(names))
