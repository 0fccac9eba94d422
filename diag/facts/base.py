"""Reading API JSON: typed access that says *unseen* for every shape it was not told about.

Raw `doc["field"]` access stays in this folder. An absent field takes the platform's documented
default at the call of the reader; a field of another type than documented raises `Unseen`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Generic, TypeVar

from diag.calls import Call, Gap, GapKind, Json
from diag.errors import Unseen
from diag.report import Evidence, JsonValue
from diag.values import dataclass, field

T = TypeVar("T")


@dataclass(frozen=True)
class Origin:
    """The call that gave a resource, and when."""

    call: Call
    at: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An enum field: the value that was read, and the values that the documentation knows."""

    value: str
    documented: frozenset[str]
    where: str

    def read(self) -> str:
        """The value; raises `Unseen` when the documentation does not know it."""
        if self.value not in self.documented:
            said = f"{self.where} is {self.value!r}, a value that this version of diag does not know"
            raise Unseen(Gap(GapKind.UNDOCUMENTED, said, advice="see whether a newer diag knows it"))
        return self.value

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Resource:
    """One resource as an API gave it: its JSON, its name, and where it came from."""

    doc: Json = field(repr=False, compare=False)
    origin: Origin = field(repr=False, compare=False)
    name: str
    """The full resource name: `projects/P/locations/R/services/S`, `projects/P/global/networks/N`."""

    @property
    def short(self) -> str:
        """The last segment of the name."""
        return self.name.rpartition("/")[2]

    @property
    def project(self) -> str:
        """The project's id or number in the name."""
        return segment(self.name, "projects") or ""

    @property
    def region(self) -> str | None:
        """The region or location in the name; None for a global resource."""
        found = segment(self.name, "regions") or segment(self.name, "locations")
        return None if found == "global" else found

    def evidence(self, path: str, value: JsonValue = None, *, default: bool = False) -> Evidence:
        """What was read at `path`; `value` stands for a derived or defaulted one."""
        shown = value if value is not None else brief(dig(self.doc, path))
        method = self.origin.call.method
        return Evidence(method.api, method.name, path, shown, self.origin.at, self.name, default)

    # Typed readers. Each raises Unseen when the field has another type than documented.

    def _typed(self, path: str, kinds: tuple[type, ...], default: Any) -> Any:
        value = dig(self.doc, path)
        if value is None:
            return default
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise Unseen(self.malformed(path, value))
        return value

    def malformed(self, path: str, value: object) -> Gap:
        """The gap for a field whose shape is not the documented one."""
        said = f"{self.name}: {path} has a shape that was not expected ({type(value).__name__})"
        return Gap(GapKind.MALFORMED, said, self.origin.call)

    def text(self, path: str, default: str = "") -> str:
        """The string at `path`."""
        return str(self._typed(path, (str,), default))

    def doc_text(self, path: str) -> str:
        """What stands at `path` as text, whatever its type; empty when absent. For messages, not for judging."""
        value = dig(self.doc, path)
        return "" if value is None else str(value)

    def flag(self, path: str, default: bool = False) -> bool:
        """The boolean at `path`; absent means false in proto3 JSON (G-03) unless documented otherwise."""
        return bool(self._typed(path, (bool,), default))

    def integer(self, path: str, default: int | None = None) -> int | None:
        """The whole number at `path`; int64 arrives as a string (G-01)."""
        value = self._typed(path, (int, float, str), default)
        if value is None:
            return None
        try:
            number = int(value)
        except (ValueError, OverflowError):
            raise Unseen(self.malformed(path, value)) from None
        if isinstance(value, float) and value != number:
            raise Unseen(self.malformed(path, value))
        return number

    def seconds(self, path: str, default: float | None = None) -> float | None:
        """The duration at `path` in seconds: `"600s"` (G-02), or the int64 `{"seconds": …}` form of compute."""
        value = self._typed(path, (str,), None)
        if value is None:
            return default
        if not re.fullmatch(r"-?\d+(\.\d+)?s", value):
            raise Unseen(self.malformed(path, value))
        return float(value[:-1])

    def moment(self, path: str) -> datetime | None:
        """The RFC 3339 time at `path`, in UTC; None when absent."""
        value = self.text(path)
        try:
            return instant(value) if value else None
        except (ValueError, OverflowError):
            raise Unseen(self.malformed(path, value)) from None

    def items(self, path: str) -> list[Any]:
        """The list at `path`, empty when absent."""
        return list(self._typed(path, (list,), []))

    def words(self, path: str) -> tuple[str, ...]:
        """The list of texts at `path`, empty when absent."""
        found = self.items(path)
        if not all(isinstance(item, str) and item for item in found):
            raise Unseen(self.malformed(path, found))
        return tuple(found)

    def objects(self, path: str) -> list[Json]:
        """The list of objects at `path`, empty when absent."""
        found = self.items(path)
        if not all(isinstance(item, dict) for item in found):
            raise Unseen(self.malformed(path, found))
        return found

    def mapping(self, path: str) -> Json:
        """The object at `path`, empty when absent."""
        return dict(self._typed(path, (dict,), {}))

    def choice(self, path: str, documented: frozenset[str], default: str = "") -> Choice:
        """The enum at `path`; an enum that came as a number is one that the client does not know (G-08)."""
        value = self._typed(path, (str, int), default)
        return Choice(str(value), documented, f"{self.name}: {path}")


R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Listing(Generic[R]):
    """What a list gave: resources in order, and the gaps that leave it incomplete.

    Absence is proved by a whole list that is not empty, or says itself that it is, or by a `get` that said
    NOT_FOUND; everything else raises `Unseen`.
    """

    what: str
    """For messages: `connectors in us-central1`."""
    resources: tuple[R, ...]
    gaps: tuple[Gap, ...] = ()
    absent: frozenset[str] = frozenset()
    """Full names that a `get` confirmed as not there."""
    stated: bool = False
    """Whether the API itself said that it is a list, and so that an empty one holds nothing: by its `kind`, or by
    the scopes that it went through. An answer without either may as well be no answer."""

    def __iter__(self) -> Iterator[R]:
        return iter(self.resources)

    def whole(self) -> tuple[R, ...]:
        """All resources; raises `Unseen` when the list has a gap."""
        if self.gaps:
            raise Unseen(self.gaps[0])
        return self.resources

    @cached_property
    def _index(self) -> dict[str, list[R]]:
        index: dict[str, list[R]] = {}
        for resource in self.resources:
            index.setdefault(_key(resource.name), []).append(resource)
        return index

    def find(self, name: str) -> R | None:
        """The resource of that full name, or None when it is proved absent; else raises `Unseen`."""
        for resource in self._index.get(_key(name), ()):
            if same(resource.name, name):
                return resource
        if any(same(gone, name) for gone in self.absent):
            return None
        if self.gaps:
            raise Unseen(self.gaps[0])
        if not self.resources and not self.stated:
            said = f"the list of {self.what} came back empty, and nothing confirmed that {last(name)} is absent"
            raise Unseen(Gap(GapKind.PARTIAL, said, advice="check that project and region are the right ones"))
        return None


def dig(doc: object, path: str) -> Any:
    """The value at a dotted path (`a.b[0].c`); None when any step is absent."""
    for step in _steps(path):
        if isinstance(doc, dict):
            doc = doc.get(step)
        elif isinstance(doc, list) and step.isdigit() and int(step) < len(doc):
            doc = doc[int(step)]
        else:
            return None
    return doc


@lru_cache(maxsize=4096)
def _steps(path: str) -> list[str]:
    return re.findall(r"[^.\[\]]+", path)


def brief(value: object, limit: int = 300) -> JsonValue:
    """A value short enough to show as evidence; a long string is cut with an ellipsis."""
    if isinstance(value, str):
        return value if len(value) <= limit else value[: limit - 1] + "…"
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, dict):
        return {str(key): brief(item, limit) for key, item in list(value.items())[:20]}
    if isinstance(value, list):
        return [brief(item, limit) for item in value[:20]]
    return str(value)


def instant(text: str) -> datetime:
    """The moment of an RFC 3339 text, in UTC; raises `ValueError` for any other text."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found.astimezone(UTC)


def segment(name: str, collection: str) -> str | None:
    """The segment after `collection` in a resource name or link."""
    parts = name.split("/")
    return next((after for part, after in pairwise(parts) if part == collection and after), None)


def last(name: str) -> str:
    """The last segment of a resource name or link."""
    return name.rstrip("/").rpartition("/")[2]


def told_apart(name: str, other: str) -> str:
    """The last segment of a name, with its project where another one of a different project is called the same."""
    project = segment(name, "projects")
    return f"{last(name)} of {project}" if last(name) == last(other) and not same(name, other) else last(name)


def relative(link: str) -> str:
    """A resource link from `projects/` on: API hosts and versions in links vary (G-06)."""
    start = link.find("projects/")
    return link[start:].rstrip("/") if start >= 0 else link.strip("/")


def _key(name: str) -> str:
    return re.sub(r"^projects/[^/]+/", "", relative(name))


def same(one: str, other: str) -> bool:
    """Whether two names or links mean the same resource; a project's number stands for its id (G-05)."""
    one, other = relative(one), relative(other)
    if one == other:
        return True
    left, right = one.split("/"), other.split("/")
    if len(left) != len(right):
        return False
    for index, (a, b) in enumerate(zip(left, right, strict=True)):
        if a == b:
            continue
        is_project = index > 0 and left[index - 1] == right[index - 1] == "projects"
        if not (is_project and a.isdigit() != b.isdigit()):
            return False
    return True


def parse_each(
    docs: Sequence[Json], parse: Callable[[Json], R], call: Call, gaps: tuple[Gap, ...], what: str
) -> Listing[R]:
    """A listing of the parsed documents; one that does not parse becomes a gap of its own."""
    resources: list[R] = []
    bad: list[Gap] = list(gaps)
    for doc in docs:
        try:
            resources.append(parse(doc))
        except Unseen as unseen:
            bad.append(unseen.gap)
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            bad.append(Gap(GapKind.MALFORMED, f"a resource of {what} could not be read: {error}", call))
    return Listing(what, tuple(resources), tuple(bad))
