"""Who is told what: one message for the first broken hop of a path, none for what merely follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from diag.history.hops import Map, Spot
from diag.history.turning import State
from diag.render.watch import spoken
from diag.report import Finding, Status
from diag.update import Subject
from diag.values import dataclass
from diag.watch.memory import Memory, subjects

GOOD = frozenset({Status.PASS, Status.WARN, Status.SKIP, Status.WAIVED})
"""States of what is not down; of what is unknown nobody can say that it was restored."""
FOLLOWS_WITHIN = timedelta(minutes=5)
"""What breaks later than this after another hop of its path has a cause of its own."""
REMIND_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Message:
    """One announcement; `title` starts with DOWN or RESTORED where a state turned."""

    title: str
    body: str
    kind: str
    """`failure`, `success` or `info`."""
    at: str
    """RFC 3339, UTC."""
    subject: Subject | None = None
    done: Callable[[], None] | None = None
    """Called when it has gone out, or was given up."""


def of_history(trouble: str, now: datetime) -> Message:
    """That the history takes nothing any more, and why; with "" that it does again."""
    if trouble:
        said = f"{trouble}\nUntil then this watch goes on by what it remembers; a restart would forget that."
        return Message("DOWN history: runs are not kept", said, "failure", stamp(now))
    said = "those of the time between as well, as far as this process remembered them"
    return Message("RESTORED history: runs are kept again", said, "success", stamp(now))


class Announcer:
    """Finds the messages that a look gives rise to."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._follows: dict[Subject, Subject] = {}
        self._reminded: dict[Subject, datetime] = {}
        self._known = dict(memory.known())
        """Down when first seen, and so no news; that they are restored is."""

    def messages(self, findings: Iterable[Finding], ways: Map, now: datetime, maintenance: str) -> list[Message]:
        """What is to be said now, after the memory has kept the look; nothing in a maintenance window."""
        found = {subject: _worst(own) for subject, own in subjects(findings).items()}
        states = {subject: state for subject, state in self._memory.states().items() if subject in found}
        down = {subject: state for subject, state in states.items() if state.status is Status.FAIL}
        over = self._over(states)
        restored = [self._restored(one, states[one], found[one], now) for one in self._first(over, found, ways)]
        for subject in over:
            self._forget(subject)
        self._known |= self._memory.known()
        broken = [(found[subject], down[subject]) for subject in self._news(down, found, ways)]
        if maintenance:
            return []
        reminders = [*self._reminders(down, found, now)]
        for finding, _ in broken:
            self._memory.announce(_subject(finding), now)
        return [*restored, *(self._down(finding, state, found, now) for finding, state in broken), *reminders]

    def _over(self, states: Mapping[Subject, State]) -> list[Subject]:
        """What was down and announced, or known, and is not down any more."""
        waiting = (*self._memory.announced(), *self._known)
        return [subject for subject in dict.fromkeys(waiting) if subject in states and states[subject].status in GOOD]

    def _first(self, over: Sequence[Subject], found: Mapping[Subject, Finding], ways: Map) -> Iterator[Subject]:
        """Of what is over: all that was announced, and of what nobody was told of one for each path."""
        announced, told = self._memory.announced(), set[str]()
        spots = {one: ways.spot(found[one]) for one in over}
        for one in sorted(over, key=lambda each: (each not in announced, spots[each].hop)):
            if one in announced or not spots[one].paths <= told:
                told |= spots[one].paths
                yield one

    def _forget(self, subject: Subject) -> None:
        self._memory.announce(subject, None)
        self._known.pop(subject, None)
        self._reminded.pop(subject, None)

    def _news(self, down: Mapping[Subject, State], found: Mapping[Subject, Finding], ways: Map) -> Iterator[Subject]:
        """What is down and neither announced nor a consequence of what is, the first hop first."""
        announced = self._memory.announced()
        self._follows = {one: leader for one, leader in self._follows.items() if one in down and leader in down}
        leaders = {one: (ways.spot(found[one]), down[one]) for one in announced if one in down}
        waiting = [
            (ways.spot(found[one]), one)
            for one, state in down.items()
            if one not in announced and one not in self._known and one not in self._follows
            if not state.otherwise
        ]
        for spot, one in sorted(waiting, key=lambda each: (each[0].hop, -found[each[1]].severity)):
            leader = _leader(spot, down[one], leaders)
            if leader:
                self._follows[one] = leader
            else:
                leaders[one] = (spot, down[one])
                yield one

    def _restored(self, subject: Subject, state: State, finding: Finding, now: datetime) -> Message:
        began = self._memory.announced().get(subject) or self._known[subject]
        lasted = f"it was down for {spoken((state.since - began).total_seconds())}"
        return _message("RESTORED", finding, f"{lasted}; seen well since {stamp(state.since)}", "success", now)

    def _down(
        self, finding: Finding, state: State, found: Mapping[Subject, Finding], now: datetime, said: str = ""
    ) -> Message:
        subject = _subject(finding)
        self._reminded[subject] = now
        following = [_name(found[one]) for one, leader in self._follows.items() if leader == subject and one in found]
        parts = [said, finding.reason or finding.title, f"down since {stamp(state.since)}"]
        parts += [f"what follows: {', '.join(following)}"] if following else []
        return _message("DOWN", finding, "\n".join(filter(None, parts)), "failure", now)

    def _reminders(
        self, down: Mapping[Subject, State], found: Mapping[Subject, Finding], now: datetime
    ) -> Iterator[Message]:
        for subject, at in list(self._memory.announced().items()):
            passed = now - self._reminded.get(subject, at)
            if subject in down and (passed >= REMIND_EVERY or passed < timedelta(0)):  # the clock was set back
                yield self._down(found[subject], down[subject], found, now, "still down")


def _leader(spot: Spot, state: State, leaders: Mapping[Subject, tuple[Spot, State]]) -> Subject | None:
    """What this follows from: broken hops of about the same moment that lie on every path that it lies on."""
    near = {
        one: other
        for one, (other, own) in leaders.items()
        if other.breaks and other.paths & spot.paths and abs(own.since - state.since) <= FOLLOWS_WITHIN
    }
    covered = frozenset[str]().union(*(other.paths for other in near.values()))
    return next(iter(near)) if near and spot.paths <= covered else None


def _worst(findings: Sequence[Finding]) -> Finding:
    order = (Status.PASS, Status.SKIP, Status.WAIVED, Status.WARN, Status.UNKNOWN, Status.FAIL)
    return max(findings, key=lambda finding: order.index(finding.status))


def _message(word: str, finding: Finding, body: str, kind: str, now: datetime) -> Message:
    title = f"{word} {_name(finding)}: {finding.title}" if not finding.probe else f"{word} {_name(finding)}"
    return Message(title, body, kind, stamp(now), _subject(finding))


def _subject(finding: Finding) -> Subject:
    return next(iter(subjects([finding])))


def _name(finding: Finding) -> str:
    """A probe by its name, a check by its id and resource."""
    if finding.probe:
        return f"{finding.resource} ({finding.check})"
    return f"{finding.check} {finding.resource.rpartition('/')[2]}"


def stamp(at: datetime) -> str:
    """RFC 3339, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
