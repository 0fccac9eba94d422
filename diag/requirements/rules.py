"""What must agree across the file once it is whole: names that refer, ids, probes and their categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from diag.report import Place
from diag.requirements.catalogue import CATEGORY_BY_PRODUCT, CHECK_IDS, FINDING_IDS
from diag.requirements.document import Fault
from diag.requirements.kinds import closest
from diag.requirements.reading import Reading, dotted
from diag.requirements.settings import TARGETS

Data = Mapping[str, Any]


def cross_faults(reading: Reading, origin: Place) -> Iterator[Fault]:
    """Every fault between the parts of a whole file; `origin` stands in where a part has no place."""
    for path, what, write in (
        *_references(reading),
        *_repeated_ids(reading.data),
        *_probe_categories(reading.data),
        *_repeated_targets(reading.data),
        *_empty_critical_categories(reading),
        *_waived_checks(reading.data),
    ):
        place = reading.places.get(path, origin)
        yield Fault(place, what, write, dotted(path))


_Found = tuple[tuple[str, ...], str, str]


def _references(reading: Reading) -> Iterator[_Found]:
    """Names that a service gives for a connector, a database or a cache and that no section declares."""
    for name, service in reading.data.get("services", {}).items():
        for path, target, section in _names_of(service, ("services", name)):
            declared = tuple(reading.data.get(section, ()))
            misshapen = (section,) in reading.places and section not in reading.data
            if target in declared or misshapen:
                continue
            guess = closest(target, declared)
            meant = f'did you mean "{guess}"? ' if guess else ""
            yield (
                path,
                f'"{target}" is not declared in {section}',
                f"{meant}declare it: `{section}: {{{target}: {{}}}}`",
            )


def _names_of(service: Data, base: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """The path, the name and the section of each resource that a service names."""
    for key, field, section in (
        ("egress", "connector", "connectors"),
        ("database_pool", "instance", "sql_instances"),
    ):
        if field in service.get(key, {}):
            yield (*base, key, field), service[key][field], section
    for index, entry in enumerate(service.get("reaches", ())):
        for field, section in (("sql", "sql_instances"), ("redis", "redis_instances")):
            if field in entry:
                yield (*base, "reaches", str(index), field), entry[field], section


def _repeated_ids(data: Data) -> Iterator[_Found]:
    """An id that names two rules or two patterns, or a rule that takes the id of a check."""
    for path, entries in ((("rules",), data.get("rules", ())), (("logs", "forbidden"), _forbidden(data))):
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            identity = entry.get("id")
            if identity in seen:
                yield (*path, str(index), "id"), f'the id "{identity}" is taken by an earlier entry', "write another id"
            elif path == ("rules",) and identity in FINDING_IDS:
                what = f'"{identity}" is the id of a check of diag'
                yield (*path, str(index), "id"), what, "write another id, such as own.NAME"
            if identity is not None:
                seen.add(identity)


def _forbidden(data: Data) -> tuple[Data, ...]:
    found: tuple[Data, ...] = data.get("logs", {}).get("forbidden", ())
    return found


def _probe_categories(data: Data) -> Iterator[_Found]:
    """A probe in a category that the gate does not have."""
    categories = data.get("validation", {}).get("categories")
    if categories is None:
        return
    for name, probe in data.get("probes", {}).items():
        category = probe.get("category")
        if category is not None and category not in categories:
            guess = closest(category, tuple(categories))
            meant = f'did you mean "{guess}"? ' if guess else ""
            what = f'"{category}" is not a category of validation.categories'
            yield (
                ("probes", name, "category"),
                what,
                f"{meant}declare it there, or write one of {', '.join(categories)}",
            )


def _repeated_targets(data: Data) -> Iterator[_Found]:
    """The same target twice in one category: it would count twice in the rate."""
    seen: dict[tuple[str | None, str, str], str] = {}
    for name, probe in data.get("probes", {}).items():
        kind = next((kind for kind in TARGETS if kind in probe), None)
        if kind is None:
            continue
        category = probe.get("category")
        first = seen.setdefault((category, kind, _same_target(kind, probe[kind])), name)
        if first != name:
            within = f"category {category}" if category else "no category"
            what = f"the probe {first} has the same target in {within}"
            yield ("probes", name, kind), what, "remove one of the two: a target counts once"


_DEFAULT_PORT = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}


def _same_target(kind: str, target: str) -> str:
    """One spelling for addresses that mean the same: case of the host, default port, empty path."""
    if kind != "url":
        return target.lower().rstrip(".") if kind == "dns" else target
    scheme, _, rest = target.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORT[scheme])}{slash or '/'}{path}"


def _empty_critical_categories(reading: Reading) -> Iterator[_Found]:
    """A critical category into which nothing declared falls could never be complete, nor ever fail."""
    categories: Data = reading.data.get("validation", {}).get("categories", {})
    filled = {probe.get("category") for probe in reading.data.get("probes", {}).values()}
    for line in reading.lines:
        filled |= {CATEGORY_BY_PRODUCT.get(check.partition(".")[0]) for check in line.judged_by}
    for name, category in categories.items():
        if category.get("critical") and name not in filled:
            what = "is critical, and no declared probe or resource falls into it"
            write = f"write `category: {name}` on a probe, or critical: false"
            yield ("validation", "categories", name), what, write


def _waived_checks(data: Data) -> Iterator[_Found]:
    """A waiver for a check that does not exist."""
    own = tuple(rule["id"] for rule in data.get("rules", ()) if "id" in rule)
    known = (*FINDING_IDS, *own)
    for index, waiver in enumerate(data.get("waivers", ())):
        check = waiver.get("check")
        if check is None or any(fnmatchcase(name, check) for name in known):
            continue
        guess = closest(check, (*CHECK_IDS, *own))
        meant = f'did you mean "{guess}"? ' if guess else ""
        what = f'"{check}" is not a check and matches none'
        yield ("waivers", str(index), "check"), what, f"{meant}write an id that `diag checks` lists"
