"""All probes at once, each address of a name by itself, each sample after the other."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from threading import Event

from diag import waiting
from diag.probes.attempt import Attempt, Stopped, Verdict, cause_of
from diag.probes.connect import connect, socket_address
from diag.probes.declared import Probe
from diag.probes.password import READ_S, Passwords
from diag.probes.resolve import MAX_ADDRESSES, Address, resolve
from diag.probes.words import NO_WAY_FROM_HERE, stopped
from diag.report import Claim, JsonValue, Samples, Status
from diag.values import dataclass, field

WORKERS = 200
"""How many probes run at once; more than that wait for one to end."""

TURN_S = 0.0005
"""Seconds that a busy thread goes on while others wait."""

PROTOCOLS: Mapping[str, str] = {
    "dns": "diag.probes.dns",
    "http": "diag.probes.http",
    "postgres": "diag.probes.postgres",
    "redis": "diag.probes.redis",
    "tls": "diag.probes.tls",
    "websocket": "diag.probes.websocket",
}
"""Kind of probe → the module that speaks its protocol, imported when one of that kind is declared."""


@dataclass(frozen=True)
class ProbeResult:
    """What one attempt at one address gave; times in seconds."""

    status: Status
    said: str
    phase: str
    """The phase that failed, or else the one that took longest."""
    cause: str
    """`infrastructure` or `application`."""
    address: Address | None
    timings: Mapping[str, float]
    seen: Mapping[str, JsonValue] = field(default_factory=dict)
    claims: Mapping[str, JsonValue] = field(default_factory=dict)
    claim: Claim | None = None
    no_way_from_here: bool = False
    """Whether this machine has no address of that family: it says nothing of the target."""

    @property
    def took(self) -> float:
        """The whole attempt less the time that it was meant to last."""
        return sum(seconds for phase, seconds in self.timings.items() if phase != "hold")


@dataclass(frozen=True)
class Outcome:
    """Every attempt of one probe."""

    probe: Probe
    attempts: tuple[ProbeResult, ...]
    not_tried: int = 0
    """Addresses beyond the number that is tried."""

    @property
    def counted(self) -> tuple[ProbeResult, ...]:
        """The attempts that speak of the target, as long as there is one."""
        found = tuple(one for one in self.attempts if not one.no_way_from_here)
        reached = any(one.status is not Status.FAIL for one in found)
        # A server listens on one of the two loopback addresses as a rule; both are this machine.
        found = tuple(one for one in found if not (reached and _refused_by_loopback(one)))
        return found or self.attempts

    @property
    def worst(self) -> ProbeResult:
        """The attempt that decides: the first of the worst status, of passes the longest."""
        return max(self.counted, key=lambda one: (_RANK[one.status], one.took if one.status is Status.PASS else 0))

    def samples(self) -> Samples | None:
        """The distribution over all attempts, where one was asked for."""
        if self.probe.samples == 1:
            return None
        good = sorted(one.took for one in self.counted if one.status in (Status.PASS, Status.WARN))
        return Samples(
            taken=len(self.counted),
            lost=len(self.counted) - len(good),
            median_s=round(statistics.median(good), 6) if good else None,
            p95_s=round(good[max(0, -(-len(good) * 95 // 100) - 1)], 6) if good else None,
        )


_RANK = {Status.PASS: 0, Status.WARN: 1, Status.UNKNOWN: 2, Status.FAIL: 3}


def _refused_by_loopback(one: ProbeResult) -> bool:
    host = one.address.host if one.address else ""
    return one.phase == "tcp" and one.status is Status.FAIL and (host == "::1" or host.startswith("127."))


def run(probes: Sequence[Probe], timeout_s: float, passwords: Passwords) -> tuple[Outcome, ...]:
    """The outcome of every probe, in their order, no later than `timeout_s` seconds from now."""
    for kind in {probe.kind for probe in probes}:
        import_module(PROTOCOLS[kind])  # before the clocks start
    if any(probe.password_secret for probe in probes):
        passwords.prepare()
    end = time.monotonic() + timeout_s
    begun = Event()

    def one(probe: Probe) -> Outcome:
        begun.wait()  # until all threads are there: to start one takes long while others are flooded
        return _run_one(_with_password(probe, passwords, end), end)

    pool = ThreadPoolExecutor(min(len(probes), WORKERS))
    with _short_turns():
        try:
            outcomes = [pool.submit(one, probe) for probe in probes]
            begun.set()
            while wait(outcomes, timeout=waiting.TURN_S).not_done:
                pass
            return tuple(outcome.result() for outcome in outcomes)
        finally:
            begun.set()
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Has threads take turns quickly: a server that floods its probe must not make the others late."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _with_password(probe: Probe, passwords: Passwords, end: float) -> Probe:
    """The probe with what its secret holds; the wait leaves at least half of the run's time to the probe itself."""
    if not probe.password_secret:
        return probe
    left_s = max(0.0, end - time.monotonic())
    return replace(probe, password=passwords.of(probe.password_secret, min(READ_S, left_s / 2)))


def _run_one(probe: Probe, end: float) -> Outcome:
    start = Attempt(probe.within, end)
    if probe.kind == "dns":
        return Outcome(probe, tuple(_repeated(probe, None, start, end)))
    found = _addresses(probe, start)
    if isinstance(found, ProbeResult):
        return Outcome(probe, (found,))
    tried = found[:MAX_ADDRESSES]
    if len(found) == 1:
        return Outcome(probe, tuple(_repeated(probe, found[0], start, end)))
    branches = [start.branch() for _ in tried]
    with ThreadPoolExecutor(len(tried)) as pool:
        attempts = pool.map(lambda address, own: list(_repeated(probe, address, own, end)), tried, branches)
        return Outcome(probe, tuple(one for own in attempts for one in own), len(found) - len(tried))


def _addresses(probe: Probe, attempt: Attempt) -> tuple[Address, ...] | ProbeResult:
    if probe.host is None:
        return (socket_address(probe.path),)
    try:
        return resolve(probe.host, probe.port, attempt)
    except Stopped as stop:
        return _result(stop.verdict, None, attempt)
    except OSError as error:
        return _result(stopped(error, probe, attempt), None, attempt)


def _repeated(probe: Probe, address: Address | None, first: Attempt, end: float) -> Iterable[ProbeResult]:
    """As many attempts as samples are asked for, while the run lasts."""
    yield _attempt(probe, address, first)
    for _ in range(1, probe.samples):
        if time.monotonic() >= end:
            return
        yield _attempt(probe, address, Attempt(probe.within, end))


def _attempt(probe: Probe, address: Address | None, attempt: Attempt) -> ProbeResult:
    """One attempt; whatever a server does, it ends in a result."""
    no_way = False
    try:
        verdict = _spoken(probe, address, attempt)
    except Stopped as stop:
        verdict = stop.verdict
    except (OSError, EOFError) as error:
        verdict = stopped(error, probe, attempt)
        no_way = isinstance(error, OSError) and attempt.phase == "tcp" and error.errno in NO_WAY_FROM_HERE
    except Exception as error:
        # One odd answer must not take the other probes' results away.
        said = f"diag cannot judge this answer ({type(error).__name__}): please report it"
        verdict = Verdict(Status.UNKNOWN, said)
    return _result(verdict, address, attempt, no_way=no_way)


def _spoken(probe: Probe, address: Address | None, attempt: Attempt) -> Verdict:
    speak: Callable[..., Verdict] = import_module(PROTOCOLS[probe.kind]).probe
    if address is None:
        return speak(probe, attempt)
    with connect(address, attempt) as wire:
        return speak(probe, wire, attempt)


def _result(verdict: Verdict, address: Address | None, attempt: Attempt, *, no_way: bool = False) -> ProbeResult:
    phase = verdict.phase or attempt.phase
    if verdict.status is Status.PASS and not verdict.phase:
        lasting = {name: seconds for name, seconds in attempt.timings.items() if name != "hold"}
        phase = max(lasting, key=lambda name: lasting[name], default=phase)
    return ProbeResult(
        status=verdict.status,
        said=verdict.said,
        phase=phase,
        cause=verdict.cause or cause_of(phase),
        address=address,
        timings=dict(attempt.timings),
        seen=dict(attempt.seen),
        claims=dict(attempt.claims),
        claim=attempt.claim,
        no_way_from_here=no_way,
    )
