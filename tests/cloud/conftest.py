"""A live source over the fake: the real client libraries, a loopback port, no credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from diag.calls import Call, Json
from diag.cloud.clients import Clients
from diag.cloud.endpoints import endpoints
from diag.cloud.live import LiveSource
from tests.fake import Fake
from tests.fake.responder import Faults
from tests.fake.tiny import ANSWERS, write_bundle


class Bench:
    """A fake and a live source that talks to it; `waits` holds the pauses between attempts."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.waits: list[float] = []
        where = endpoints({call.method.api for call in ANSWERS}, fake.env)
        self.source = LiveSource(Clients(where, None), wait=self.waits.append)


Benches = Callable[..., Bench]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Benches]:
    """`bench(faults=…, page_size=…, latency_s=…, answers=…, gaps=…)` starts a fake and gives the source over it."""
    with ExitStack() as stack:

        def start(
            *,
            faults: Faults | None = None,
            page_size: int | None = None,
            retry_after_s: int = 1,
            latency_s: float = 0.0,
            answers: dict[Call, Json] = ANSWERS,
            gaps: dict[Call, Json] | None = None,
        ) -> Bench:
            bundle = write_bundle(tmp_path / "bundle", answers, gaps)
            fake = stack.enter_context(
                Fake(bundle, faults=faults, page_size=page_size, retry_after_s=retry_after_s, latency_s=latency_s)
            )
            started = Bench(fake)
            stack.callback(started.source.close)
            return started

        yield start
