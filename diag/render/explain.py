"""What `diag explain ID` and `diag checks` print, from plain descriptions of the checks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from diag.frameworks import Control, Framework, controls_of
from diag.render.layout import PAGE, wrap
from diag.values import dataclass


@dataclass(frozen=True)
class Read:
    """One API method that a check may read, and the IAM permission that it takes."""

    api: str
    method: str
    permission: str


@dataclass(frozen=True)
class Description:
    """A check as its documentation shows it."""

    id: str
    severity: str
    """The default; `critical: true` on a declared resource raises it by one level."""
    always: bool
    """Whether it is judged without being declared."""
    title: str
    text: str
    """Paragraphs after the headline: why it matters, what it reads, what to do."""
    reads: tuple[Read, ...]
    keys: tuple[str, ...]
    """Keys of diag.yaml that it judges, `*` for a name: `services.*.egress.mode`."""
    facts: tuple[str, ...]
    docs: tuple[str, ...]

    @property
    def product(self) -> str:
        """The first part of its id."""
        return self.id.partition(".")[0]

    @property
    def judged(self) -> str:
        """When it is judged, in one word."""
        return "always" if self.always else "declared"


def explain(check: Description, width: int | None) -> str:
    """One check for a reader; `width` in cells, None wraps nothing."""
    when = "judged always" if check.always else "judged where it is declared"
    parts = [
        [f"{check.id} · {check.severity} · {when}"],
        wrap(f"{check.title}.", width and min(width, PAGE)),
        *_paragraphs(check.text, width),
    ]
    if check.reads:
        parts.append(["Reads", *_aligned([(read.api, read.method, read.permission) for read in check.reads])])
    if check.keys:
        parts.append(["Declared in diag.yaml as", *(f"  {key}" for key in check.keys)])
    if check.facts:
        parts.append(wrap(f"Platform facts: {', '.join(check.facts)}", width))
    if controls := list(_controls(check.id, width)):
        parts.append(["Controls of published benchmarks", *controls])
    if check.docs:
        parts.append(["Documentation", *(f"  {url}" for url in check.docs)])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def explain_json(check: Description) -> str:
    """The same as a JSON object."""
    return json.dumps(_plain(check), indent=2) + "\n"


def table(checks: Sequence[Description], width: int | None) -> str:
    """Every check in one aligned line: id, severity, when it is judged, headline."""
    longest = max((len(check.id) for check in checks), default=0)
    lines: list[str] = []
    for check in checks:
        start = f"{check.id:<{longest}}  {check.severity:<8}  {check.judged:<8}  "
        lines += _hanging(start, check.title, width)
    noun = "check" if len(checks) == 1 else "checks"
    lines += ["", f"{len(checks)} {noun}. Next: diag explain ID"]
    return "\n".join(lines) + "\n"


def table_json(checks: Sequence[Description]) -> str:
    """The same as a JSON document; one object for each check."""
    return json.dumps({"schema_version": 1, "checks": [_plain(check) for check in checks]}, indent=2) + "\n"


def framework_table(framework: Framework, checks: Sequence[Description], width: int | None) -> str:
    """The controls of a framework that these checks judge, one in a line; where the numbers come from."""
    ids = {check.id for check in checks}
    shown = [control for control in framework.controls if control.check in ids]
    rows = [(f"{control.id}  ", f"{control.check}  ", _said(control)) for control in shown]
    lines = [f"{framework.name} {framework.version} ({framework.id})", "", *_rows(rows, width)]
    lines += ["", f"Published: {framework.url}", f"Numbers read from: {framework.source}"]
    lines += ["", *wrap(f"The rest of it is not judged here. Next: diag check --only {framework.id}", width)]
    return "\n".join(lines) + "\n"


def _controls(check: str, width: int | None) -> Iterator[str]:
    """What the check judges of which framework: a line for each thing asked, with its number in each version."""
    numbers: dict[str, list[str]] = {}
    for framework, control in controls_of(check):
        numbers.setdefault(_said(control), []).append(f"{framework.id}:{control.id}")
    yield from _rows([("  ", f"{' '.join(ids)}  ", said) for said, ids in numbers.items()], width)


def _said(control: Control) -> str:
    return f"{control.title} ({control.note})" if control.note else control.title


def _rows(rows: Sequence[tuple[str, str, str]], width: int | None) -> Iterator[str]:
    """Two aligned columns, and a text that hangs beside them."""
    first, second = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    for one, two, text in rows:
        yield from _hanging(f"{one:<{first}}{two:<{second}}", text, width)


def _plain(check: Description) -> dict[str, object]:
    written = {name: list(item) if isinstance(item, tuple) else item for name, item in asdict(check).items()}
    return {**written, "controls": [_control(*each) for each in controls_of(check.id)]}


def _control(framework: Framework, control: Control) -> dict[str, str]:
    return {
        "framework": framework.id,
        "version": framework.version,
        "id": control.id,
        "title": control.title,
        "when": control.when,
        "lacks": control.lacks,
    }


def _hanging(start: str, text: str, width: int | None) -> Iterator[str]:
    """The text beside `start`; where the terminal leaves it no room, below."""
    room = None if width is None else width - len(start)
    if room is not None and room < 20:
        yield start.rstrip()
        yield from (f"    {line}" for line in wrap(text, (width or 0) - 4))
        return
    first, *rest = wrap(text, room)
    yield start + first
    yield from (" " * len(start) + line for line in rest)


def _paragraphs(text: str, width: int | None) -> Iterator[list[str]]:
    """Paragraphs set anew for the width; one with an indented line is a list or a table and stays as it is."""
    for paragraph in filter(None, text.split("\n\n")):
        lines = paragraph.strip("\n").split("\n")
        is_set = any(line.startswith((" ", "- ", "* ")) for line in lines)
        yield lines if is_set or width is None else wrap(" ".join(lines), min(width, PAGE))


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
