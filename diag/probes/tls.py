"""`probe.tls`: the certificate that a client is served, and whether it would take it."""

from __future__ import annotations

from diag.probes.attempt import Attempt, Stopped, Verdict
from diag.probes.connect import Wire
from diag.probes.declared import Probe
from diag.probes.secure import secure, served_chain
from diag.report import Status


def probe(declared: Probe, wire: Wire, attempt: Attempt) -> Verdict:
    """Passes when clients take the chain, it is in order, and none of it ends inside the thresholds."""
    from diag.probes.certificates import read_chain

    secure(declared, wire, attempt)
    try:
        chain = read_chain(served_chain(wire))
    except ValueError as error:
        raise Stopped(f"clients take the certificate, but it cannot be read: {error}", status=Status.UNKNOWN) from error
    if not chain:
        raise Stopped("clients take the certificate, but it could not be seen", status=Status.UNKNOWN)
    attempt.seen.update(chain.facts())
    warn, fail = declared.expires_in
    left = chain.seconds_left()
    if left < max(warn, fail):
        status = Status.FAIL if left < fail else Status.WARN
        whose = "" if chain.first_end == chain.not_after else " (of its chain, not the server's own)"
        return Verdict(status, f"the certificate{whose} ends in {left / 86400:.1f} days, on {chain.first_end:%Y-%m-%d}")
    if not chain.in_order:
        return Verdict(Status.WARN, "the chain is served out of order, or with a certificate that is not part of it")
    return Verdict()
