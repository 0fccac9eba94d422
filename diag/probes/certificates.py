"""The certificates that a server sends: names, dates, issuer, fingerprint, order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256

from diag.report import JsonValue
from diag.values import dataclass

_SHOWN_NAMES = 20


@dataclass(frozen=True)
class Chain:
    """What was served, the leaf first."""

    certificates: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The server's own certificate."""
        return self.certificates[0]

    @property
    def not_before(self) -> datetime:
        """When the leaf becomes valid."""
        return self.leaf.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """When the leaf ends."""
        return self.leaf.not_valid_after_utc

    @property
    def first_end(self) -> datetime:
        """When the first certificate of the chain ends."""
        return min(one.not_valid_after_utc for one in self.certificates)

    @property
    def in_order(self) -> bool:
        """Whether each certificate is signed by the next."""
        return all(_signed_by(one, issuer) for one, issuer in pairwise(self.certificates))

    def seconds_left(self) -> float:
        """Until the first certificate of the chain ends; negative once it has."""
        return (self.first_end - datetime.now(UTC)).total_seconds()

    def names(self) -> tuple[str, ...]:
        """The names and addresses that the leaf is for."""
        try:
            found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return ()
        addresses = found.get_values_for_type(x509.IPAddress)
        return (*found.get_values_for_type(x509.DNSName), *(str(address) for address in addresses))

    def mismatch(self, host: str) -> str:
        """Why the leaf's names do not cover the host."""
        names = self.names()
        if not names:
            return "it names no host at all (no subjectAltName)"
        wildcards = [name for name in names if name.startswith("*.") and host.endswith(name[1:])]
        more = f"; a wildcard covers one label: {wildcards[0]} does not cover {host}" if wildcards else ""
        return f"it is for {', '.join(names[:_SHOWN_NAMES])}{more}"

    def facts(self) -> dict[str, JsonValue]:
        """What a report shows of it; times in RFC 3339 UTC, `days_left` of the first that ends."""
        return {
            "names": self.names()[:_SHOWN_NAMES],
            "issuer": self.leaf.issuer.rfc4514_string(),
            "not_before": self.not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not_after": self.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "days_left": int(self.seconds_left() // 86400),
            "sha256": self.leaf.fingerprint(SHA256()).hex(":").upper(),
            "chain": [one.subject.rfc4514_string() for one in self.certificates],
            "chain_in_order": self.in_order,
        }


def read_chain(served: Sequence[bytes]) -> Chain | None:
    """The chain, or None when nothing was served; raises `ValueError` on what is no certificate."""
    if not served:
        return None
    chain = Chain(tuple(x509.load_der_x509_certificate(one) for one in served))
    chain.facts()  # extensions, names and keys are only parsed when they are asked for
    return chain


def _signed_by(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
