"""The status update as text or Markdown: how things stand, what is new since the last one, who, and when again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diag.render.claims import sentence
from diag.render.detail import short_name
from diag.render.layout import columns, visible, wrap
from diag.render.markdown import prose
from diag.render.plot import spark
from diag.render.text import SYMBOLS
from diag.render.times import direction, fraction, moment, span
from diag.report import Status
from diag.update import BrokenHop, StatusUpdate, Turn
from diag.values import dataclass

MOST = 20
"""How many turns, or paths, one update names; of more it says how many there are."""

_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.WAIVED, Status.SKIP, Status.PASS)


@dataclass(frozen=True)
class _Item:
    """One entry of a part."""

    lead: str
    said: str
    right: str = ""
    more: str = ""


@dataclass(frozen=True)
class _Part:
    """A heading and its entries, or the sentence that stands for none."""

    heading: str
    items: tuple[_Item, ...]
    none: str = ""


def text(update: StatusUpdate, width: int | None) -> str:
    """The update for a terminal or a mail, ending in a newline; `width` in cells, None wraps nothing."""
    lines = [
        *columns("STATUS UPDATE   ", visible(str(update.scope)), width, moment(update.at)),
        "",
        *columns(f"{update.state}   ", visible(update.said), width),
    ]
    for label, said in _facts(update):
        lines += columns(f"  {label:<11}  ", visible(said), width)
    for part in _parts(update):
        lines += ["", *wrap(visible(part.heading), width)]
        lines += [] if part.items else [f"  {part.none}"]
        for item in part.items:
            lead = f"  {item.lead}  "
            lines += columns(lead, visible(item.said), width, visible(item.right))
            lines += columns(" " * len(lead), visible(item.more), width) if item.more else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def markdown(update: StatusUpdate) -> str:
    """The update for a ticket or a chat, ending in a newline; text from outside stays text."""
    blocks = [
        f"# Status update: {prose(str(update.scope))}, {moment(update.at)}",
        f"**{update.state}**: {prose(update.said)}",
        "\n".join(f"- {label}: {prose(said)}" for label, said in _facts(update)),
    ]
    for part in _parts(update):
        blocks.append(f"## {prose(part.heading)}")
        blocks.append("\n".join(_bullet(item) for item in part.items) or prose(part.none))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _bullet(item: _Item) -> str:
    line = " · ".join(prose(each) for each in (item.said, item.right) if each)
    return f"- {item.lead.strip()} {line}" + (f"\n  {prose(item.more)}" if item.more else "")


# What an update says, in either form


def _facts(update: StatusUpdate) -> Iterator[tuple[str, str]]:
    """The head of the update: a label and a sentence each; none where nothing is declared or known."""
    if update.run:
        ago = span((update.at - update.run.at).total_seconds())
        yield "seen", f"{moment(update.run.at, update.at)}, {ago} before this, by diag {update.run.command}"
        yield from (("note", note) for note in update.run.notes)
    if update.impact:
        yield "impact", f"over: {update.impact}" if update.state == "RESTORED" else update.impact
    if update.rates:
        yield "pass rate", _rate(update)
    if update.owner:
        yield "owner", update.owner
    if update.next_at:
        yield "next update", moment(update.next_at)


def _rate(update: StatusUpdate) -> str:
    said = fraction(update.rates[-1])
    if update.rate_before:
        turned = direction(update.rates[-1], update.rate_before)
        before = turned if turned == "unchanged" else f"{turned} from {fraction(update.rate_before)}"
        said += f"; {before} since the last update"
    return f"{said}  {spark(update.rates)}" if len(update.rates) > 1 else said


def _parts(update: StatusUpdate) -> Iterator[_Part]:
    since = f"since the last update, {moment(update.since, update.at)}" if update.since else "so far"
    changes = [_changed(turns, update) for turns in _by_subject(update.turns)]
    yield _Part(f"Turned {since}", _first(changes, "turned"), "nothing turned")
    if update.paths.total:
        hops = [_hop(hop) for hop in update.paths.broken]
        none = "of what was looked at, no hop is broken"
        yield _Part(f"First broken hop of each path: {_paths(update)}", _first(hops, "do not hold"), none)
    if update.unmoved:
        pages = [_Item("?", one.subject.resource, one.subject.check, sentence(one)) for one in update.unmoved]
        yield _Part("Health pages that did not move", _first(pages, "did not move"))
    notes = tuple(_Item(moment(note.at, update.at), note.text) for note in update.notes)
    yield _Part("Being done", notes, f"nothing was noted {since}")
    if update.escalation:
        steps = enumerate(update.escalation, 1)
        said = ((n, f"{one.role}: {one.contact}" if one.contact else one.role) for n, one in steps)
        yield _Part("Escalation", tuple(_Item(f"{n}.", each) for n, each in said))


def _first(items: list[_Item], left: str) -> tuple[_Item, ...]:
    """The first items, and how many more there are."""
    more = [_Item("…", f"{len(items) - MOST} more {left}")] if len(items) > MOST else []
    return (*items[:MOST], *more)


def _by_subject(turns: Iterable[Turn]) -> list[list[Turn]]:
    """The turns of each subject, what is worst now first."""
    groups: dict[tuple[str, str], list[Turn]] = {}
    for turn in turns:
        groups.setdefault((turn.subject.check, turn.subject.resource), []).append(turn)
    return sorted(groups.values(), key=lambda own: (_WORST_FIRST.index(own[-1].after), -own[-1].severity))


def _changed(turns: list[Turn], update: StatusUpdate) -> _Item:
    """All turns of one subject as one entry: what it is now, what it was and for how long."""
    first, last = turns[0], turns[-1]
    parts = [f"{last.before.value} for {span(last.lasted_s)} before"]
    parts += [f"{len(turns)} turns since it was {first.before.value}"] if len(turns) > 1 else []
    parts += [f"in maintenance: {last.maintenance}"] if last.maintenance else []
    return _Item(
        f"{SYMBOLS[last.after]} {last.after.value:<7}",
        f"{last.subject.check}  {short_name(last.subject.resource)}",
        moment(last.at, update.at),
        ", ".join(parts),
    )


def _hop(hop: BrokenHop) -> _Item:
    before = f" (not seen before it: {', '.join(hop.unseen)})" if hop.unseen else ""
    said = hop.said if hop.said.startswith(hop.hop) else f"{hop.hop}: {hop.said}"
    return _Item(f"{SYMBOLS[hop.status]} {hop.status.value:<7}", hop.path, hop.check, said + before)


def _paths(update: StatusUpdate) -> str:
    """How many paths hold; one that was not looked at does not."""
    paths = update.paths
    holding = paths.total - paths.not_looked_at - len(paths.broken)
    dark = f", {paths.not_looked_at} not looked at" if paths.not_looked_at else ""
    return f"{holding} of {paths.total} hold{dark}"
