"""Looking for the known signatures in log entries: which lines show one, counted by what logged them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from diag.facts.logs import AUDIT, BALANCER, NAT, RUN, SQL, LogEntry
from diag.logs.excerpts import excerpt, pieces
from diag.logs.found import Found, Line, counted
from diag.logs.signatures import Signature, in_logs, searched
from diag.logs.together import ended_together

KINDS = (RUN, SQL, BALANCER, NAT, AUDIT)


def search(entries: Sequence[LogEntry]) -> tuple[Found[Signature], ...]:
    """What was found, once for each signature and resource, in the order of the signatures."""
    lines = [*_single(entries), *ended_together(entries)]
    order = {one.id: index for index, one in enumerate(in_logs(KINDS))}
    return tuple(sorted(counted(lines), key=lambda one: (order.get(one.what.id, len(order)), one.resource)))


def _single(entries: Iterable[LogEntry]) -> Iterator[Line[Signature]]:
    """Each line that shows a signature by itself, with the one that it is of."""
    for entry in entries:
        matcher = _matchers().get(entry.kind)
        line = matcher.line(entry) if matcher else None
        if line:
            yield line


class _Matcher:
    """The signatures of one kind of log; a line is looked at closely only where it has what a pattern needs."""

    def __init__(self, signatures: Iterable[Signature]) -> None:
        self._by_text: list[tuple[str, Signature, str]] = []
        self._by_value: dict[str, dict[str, Signature]] = {}
        for one in signatures:
            self._by_text += [(text, one, pattern) for pattern, texts in one.fragments.items() for text in texts]
            for value in one.values:
                self._by_value.setdefault(one.field, {})[value] = one

    def line(self, entry: LogEntry) -> Line[Signature] | None:
        """The entry as a line of the signature that it shows, None when it shows none."""
        for field, signatures in self._by_value.items():
            value = entry.field(field)
            one = signatures.get(value) if isinstance(value, str) else None
            if one and (entry.status or 0) >= one.least_status:
                return Line(one, entry, _request(entry, f"{value}"))
        matches: dict[Signature, str] = {}
        for one, shown in self._matches(entry.said):
            matches.setdefault(one, shown)
        if not matches:
            return None
        one = winner(matches)
        return Line(one, entry, matches[one])

    def _matches(self, said: str) -> Iterator[tuple[Signature, str]]:
        """Every signature that the text matches, with an excerpt that shows it."""
        for text in pieces(said):
            lowered = text.lower()
            near = ((one, pattern) for needed, one, pattern in self._by_text if needed in lowered)
            for one, pattern in dict.fromkeys(near):
                found = searched(pattern).search(text)
                if found:
                    yield one, excerpt(text, found.start(), found.end())


def winner(found: Iterable[Signature]) -> Signature:
    """The one that a line is of where several match: whom no other wins over, then who says most about the cause."""
    among = list(found)
    beaten = frozenset().union(*(one.wins_over for one in among))
    return max([one for one in among if one.id not in beaten] or among, key=lambda one: one.rank)


def _request(entry: LogEntry, detail: str) -> str:
    return f"status {entry.status}: {detail}" if entry.status is not None else detail


@lru_cache(maxsize=1)
def _matchers() -> Mapping[str, _Matcher]:
    return {kind: _Matcher(in_logs([kind])) for kind in KINDS}
