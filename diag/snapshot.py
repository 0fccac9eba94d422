"""Everything one run saw: the answers and the gaps, and the moment they were taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from diag.calls import Answer, Call, Gap, GapKind
from diag.errors import Unseen
from diag.metrics import topic_of
from diag.values import dataclass


@dataclass(frozen=True)
class Snapshot:
    """Answers and gaps by call; asking for what was not collected raises `Unseen`."""

    project: str
    region: str | None
    taken_at: str
    """RFC 3339, UTC; the only clock that a check may read."""
    answers: Mapping[Call, Answer | Gap]

    def answer(self, call: Call) -> Answer:
        """The answer of `call`; raises `Unseen` with its gap when there is none."""
        match self.answers.get(call):
            case Answer() as answer:
                return answer
            case Gap() as gap:
                raise Unseen(gap)
            case _:
                raise Unseen(Gap(GapKind.NOT_COLLECTED, f"{call} was not collected in this run", call))

    def gaps(self, topics: frozenset[str] | None = None) -> Iterator[Gap]:
        """Every gap and every partial answer of the topics (all when None).

        A `get` that was answered with NOT_FOUND is not a gap: it is the proof that something is absent.
        """
        return (gap for topic, gap in self._all_gaps if topics is None or topic in topics)

    @cached_property
    def _all_gaps(self) -> tuple[tuple[str, Gap], ...]:
        """Each gap with the topic of its call; every check asks."""
        return tuple((topic_of(call), gap) for call, answer in self.answers.items() for gap in _left_out(call, answer))


def _left_out(call: Call, answer: Answer | Gap) -> tuple[Gap, ...]:
    if isinstance(answer, Answer):
        return answer.partial
    is_proof = answer.kind is GapKind.NOT_FOUND and not call.method.verb.lists
    return () if is_proof else (answer,)
