"""`probe.dns`: a name must resolve here."""

from __future__ import annotations

from diag.probes.attempt import Attempt, Verdict
from diag.probes.declared import Probe
from diag.probes.resolve import resolve


def probe(declared: Probe, attempt: Attempt) -> Verdict:
    """Passes when the system's resolver gives an address."""
    found = resolve(declared.target.rstrip("."), 0, attempt)
    attempt.seen["addresses"] = [address.host for address in found]
    return Verdict(phase="dns")
