"""Cloud Run services of a starter file: what holds of every revision that takes traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from diag.bundle.secrets import is_plain, is_secret_name
from diag.errors import Unseen
from diag.facts.base import last, relative
from diag.facts.redacted import parse_traits
from diag.facts.run import EnvVar, Revision, Service
from diag.facts.sql import ConnectionName
from diag.facts.world import World
from diag.init.access import roles
from diag.init.secrets import as_written
from diag.init.seeing import seen, shortened
from diag.render.starter import Block, Item, Line, Note

INGRESS = {
    "INGRESS_TRAFFIC_ALL": "all",
    "INGRESS_TRAFFIC_INTERNAL_ONLY": "internal",
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER": "internal-and-cloud-load-balancing",
}
MODES = {"ALL_TRAFFIC": "all-traffic", "PRIVATE_RANGES_ONLY": "private-ranges-only"}
UNITS = (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))

V = TypeVar("V")


def block(service: Service, world: World) -> Block:
    """The service as `diag.yaml` declares it."""
    items: list[Item] = []
    try:
        revisions = world.serving(service)
        items += _of_revisions(service, revisions)
        items += roles(revisions, world)
    except Unseen as unseen:
        items.append(Note(f"not seen: {unseen.gap.message}"))
    items += seen("ingress", lambda: _ingress(service))
    items += seen("traffic", lambda: _traffic(service))
    return Block(service.short, tuple(items))


def _of_revisions(service: Service, revisions: Sequence[Revision]) -> Iterator[Item]:
    yield from seen("request_timeout", lambda: f"{min(item.timeout for item in revisions):g}s")
    yield from seen("cpu", lambda: _whole(min(item.cpu for item in revisions)))
    yield from seen("memory", lambda: size(min(item.memory for item in revisions)))
    yield from seen("min_instances", lambda: _min_instances(service, revisions))
    yield from seen("max_instances", lambda: _max_instances(service, revisions))
    yield from seen("concurrency", lambda: max(item.concurrency for item in revisions))
    yield from seen("egress", lambda: _egress(service, revisions))
    yield from seen("service_account", lambda: _account(revisions))
    yield from seen("startup_window", lambda: _startup(revisions))
    yield from _sockets(revisions)
    try:
        yield from _environment(service, revisions)
    except Unseen as unseen:
        yield Note(f"env, env_present and secrets: not seen: {unseen.gap.message}")


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def size(count: float) -> str:
    """Bytes as the file writes them, in the largest binary unit that keeps them whole."""
    unit, factor = next(((unit, factor) for unit, factor in UNITS if count % factor == 0), UNITS[-1])
    return f"{int(count // factor)}{unit}"


def _min_instances(service: Service, revisions: Sequence[Revision]) -> int:
    fixed = service.manual_instances
    return fixed if fixed is not None else max(service.min_instances, min(item.min_instances for item in revisions))


def _max_instances(service: Service, revisions: Sequence[Revision]) -> Item | None:
    if service.manual_instances is not None:
        return Note(f"max_instances: scaling is manual, at {service.manual_instances}")
    bounds = [
        min((bound for bound in (service.max_instances, item.max_instances) if bound), default=None)
        for item in revisions
    ]
    known = [bound for bound in bounds if bound is not None]
    if len(known) < len(bounds):
        return Note("max_instances: not set, so the platform's default holds  # check: set one, then declare it here")
    return Line("max_instances", max(known))


def _egress(service: Service, revisions: Sequence[Revision]) -> Item | None:
    ways = {(item.connector, item.interfaces, item.egress) for item in revisions}
    if len(ways) > 1:
        return Note("egress: the revisions that take traffic leave by different ways; check: which one is meant")
    connector, interfaces, egress = ways.pop()
    mode = Line("mode", MODES[egress])
    if connector:
        return Block("egress", (Line("connector", last(connector)), mode))
    if not interfaces:
        return Note("egress: it leaves by no VPC")
    one = interfaces[0]
    named = (("network", one.network), ("subnet", one.subnetwork))
    lines = tuple(Line(key, shortened(relative(name), service.project)) for key, name in named if name)
    return Block("egress", (*lines, mode))


def _account(revisions: Sequence[Revision]) -> Item | None:
    accounts = {item.service_account for item in revisions}
    if len(accounts) > 1:
        return Note("service_account: the revisions that take traffic run as different accounts; check: which is meant")
    account = accounts.pop()
    if not account or account.endswith("-compute@developer.gserviceaccount.com"):
        return Note("service_account: the project's default account; check: give the service one of its own")
    return Line("service_account", account)


def _startup(revisions: Sequence[Revision]) -> Item:
    window = min(item.startup_probe.window for item in revisions)
    return Note(f"startup_window: {window}s  # check: how long may a container take to start?")


def _sockets(revisions: Sequence[Revision]) -> Iterator[Item]:
    """Attached databases; whether the service must reach them is for the team to say."""
    attached = dict.fromkeys(name for item in revisions for name in item.sql_attachments)
    for name in attached:
        found = ConnectionName.parse(name)
        if found:
            yield Note(f"reaches: [{{sql: {found.instance}, via: socket}}]  # check: its socket is attached")
            pool = f"{{instance: {found.instance}, size: 5, max_overflow: 10, workers: 1}}"
            yield Note(f"database_pool: {pool}  # check: what the application's code sets")
        else:
            yield Note(f"reaches: check: {name} is attached, which is no connection name")


def _ingress(service: Service) -> Item:
    value = service.ingress.read()
    if value not in INGRESS:
        return Note(f"ingress: {value}, which diag.yaml cannot declare")
    open_wide = "check: anybody on the internet may call it" if INGRESS[value] == "all" else ""
    return Line("ingress", INGRESS[value], open_wide)


def _traffic(service: Service) -> Item:
    wanted = service.wanted_traffic
    if len(wanted) == 1 and wanted[0].latest and wanted[0].percent == 100:
        return Line("traffic", "latest")
    shares = ", ".join(f"{share.revision} {share.percent} %" for share in wanted if share.percent)
    return Note(f"traffic: {shares}  # check: is it pinned on purpose?")


def _environment(service: Service, revisions: Sequence[Revision]) -> Iterator[Item]:
    """Variables that every revision has: plain ones with their value, others by name, secrets by reference."""
    by_name = {name: _same(revisions, name) for name in _common_names(revisions)}
    secrets = {name: secret for name, (_, secret) in by_name.items() if secret}
    plain = {name: value for name, (value, _) in by_name.items() if value and _may_show(name, value)}
    empty = {variable.name for item in revisions for variable in item.env if _is_empty(variable)}
    present = tuple(sorted(by_name.keys() - secrets.keys() - plain.keys() - empty))
    if plain:
        yield Block("env", tuple(Line(name, value) for name, value in sorted(plain.items())))
    if present:
        yield Line("env_present", present)
    if empty:
        yield Note(f"env_present: {', '.join(sorted(empty))}  # check: empty now; must it be set?")
    if secrets:
        lines = (Line(name, as_written(secret, service)) for name, secret in sorted(secrets.items()))
        yield Block("secrets", tuple(lines))


def _is_empty(variable: EnvVar) -> bool:
    traits = parse_traits(variable.value or "")
    return not variable.secret and (not variable.value or (traits is not None and traits.length == "0"))


def _common_names(revisions: Sequence[Revision]) -> list[str]:
    names = [{variable.name for variable in item.env} for item in revisions]
    return sorted(set.intersection(*names))


def _same(revisions: Sequence[Revision], name: str) -> tuple[str | None, str | None]:
    """The value and the secret of a variable, where they are the same wherever it is set."""
    found = [variable for item in revisions for variable in item.env if variable.name == name]
    return _only(found, lambda variable: variable.value), _only(found, lambda variable: variable.secret)


def _only(items: Sequence[V], read: Callable[[V], str | None]) -> str | None:
    values = {read(item) for item in items}
    return values.pop() if len(values) == 1 else None


def _may_show(name: str, value: str) -> bool:
    """Whether the value may stand in a file that goes into a repository."""
    harmless = is_plain(value) and not is_secret_name(name) and not parse_traits(value)
    return harmless and value.isprintable() and value == value.strip()
