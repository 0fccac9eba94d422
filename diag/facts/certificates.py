"""Certificates and TLS settings, from API JSON (compute v1, certificatemanager v1)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource
from diag.values import dataclass

CERTIFICATE_TYPES = frozenset({"MANAGED", "SELF_MANAGED"})
CLASSIC_STATES = frozenset(
    {"ACTIVE", "PROVISIONING", "PROVISIONING_FAILED", "PROVISIONING_FAILED_PERMANENTLY", "RENEWAL_FAILED"}
)
CLASSIC_DOMAIN_STATES = frozenset(
    {
        "ACTIVE",
        "PROVISIONING",
        "FAILED_NOT_VISIBLE",
        "FAILED_CAA_CHECKING",
        "FAILED_CAA_FORBIDDEN",
        "FAILED_RATE_LIMITED",
    }
)
MANAGER_STATES = frozenset({"PROVISIONING", "ACTIVE", "FAILED"})
ATTEMPT_STATES = frozenset({"AUTHORIZING", "AUTHORIZED", "FAILED"})
ENTRY_STATES = frozenset({"ACTIVE", "PENDING"})
MATCHERS = frozenset({"MATCHER_UNSPECIFIED", "PRIMARY"})
PROFILES = frozenset({"COMPATIBLE", "MODERN", "RESTRICTED", "FIPS_202205", "CUSTOM"})
_OF_EVERY_KIND = frozenset(
    {
        "name",
        "description",
        "createTime",
        "updateTime",
        "labels",
        "tags",
        "sanDnsnames",
        "pemCertificate",
        "expireTime",
        "scope",
        "usedBy",
    }
)
"""Fields of a Certificate Manager certificate that say nothing of its kind."""
TLS_VERSIONS = frozenset({"TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3"})


@dataclass(frozen=True)
class DomainState:
    """How far one name of a managed certificate has come."""

    domain: str
    state: Choice
    good: str
    """The state that needs nothing done."""
    cause: str
    """Why it failed, as a word of the API; empty when it says none."""
    detail: str
    """Why it is not further, as the API says it; empty when it says nothing."""
    where: str


class Certificate(Resource, ABC):
    """What both kinds of certificate have in common."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """For messages: who keeps it, and where."""

    @property
    @abstractmethod
    def managed(self) -> bool:
        """Whether Google obtains and renews it."""

    @property
    @abstractmethod
    def dns_names(self) -> tuple[str, ...]:
        """The names it covers in lower case; of one that was never issued, those it was asked for."""

    @property
    @abstractmethod
    def state(self) -> Choice:
        """Managed status of the whole."""

    @property
    @abstractmethod
    def domain_states(self) -> tuple[DomainState, ...]:
        """Managed status of each name."""

    @property
    @abstractmethod
    def may_hold_wildcards(self) -> bool:
        """Whether a certificate of its kind can hold a wildcard at all [CRT-02, CM-08]."""

    @property
    def issued(self) -> bool:
        """Whether there is something to show: a managed certificate exists before it is issued."""
        return not self.managed or self.expires is not None or self.state.value == "ACTIVE"

    def in_force(self, moment: str) -> bool:
        """Whether it was issued and has not expired at that moment (RFC 3339); one that says no end has none."""
        if not self.issued:
            return False
        expires = self.expires
        return expires is None or expires > datetime.fromisoformat(moment)

    @property
    def expires(self) -> datetime | None:
        """When it expires; None when it was never issued; raises `Unseen` on a time that cannot be read."""
        text = self.text("expireTime")
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Unseen(self.malformed("expireTime", text)) from None
        if moment.tzinfo is None:
            raise Unseen(self.malformed("expireTime", text))
        return moment

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names it covers, and those that it was asked for besides."""
        return tuple(dict.fromkeys((*self.dns_names, *self._lower("managed.domains"))))

    def _lower(self, path: str) -> tuple[str, ...]:
        return tuple(str(name).lower().rstrip(".") for name in self.items(path))

    def _names(self, *paths: str) -> tuple[str, ...]:
        for path in paths:
            names = self._lower(path)
            if names:
                return names
        said = f"{self.name} does not say which names it covers"
        raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))


class SslCertificate(Certificate):
    """A Compute Engine SSL certificate ("classic")."""

    @property
    def managed(self) -> bool:
        """Whether Google obtains and renews it [CRT-01]; without `type`, a certificate that was uploaded is not."""
        if not self.text("type"):
            uploaded = bool(self.text("certificate") or self.mapping("selfManaged"))
            return not uploaded or bool(self.mapping("managed"))
        return self.choice("type", CERTIFICATE_TYPES).read() == "MANAGED"

    @property
    def kind(self) -> str:
        """For messages."""
        return "Google-managed classic certificate" if self.managed else "self-managed certificate"

    @property
    def dns_names(self) -> tuple[str, ...]:
        """Subject alternative names, else the requested domains [CRT-11]."""
        return self._names("subjectAlternativeNames", "managed.domains")

    @property
    def state(self) -> Choice:
        """`managed.status` [CRT-04]."""
        return self.choice("managed.status", CLASSIC_STATES)

    @property
    def domain_states(self) -> tuple[DomainState, ...]:
        """`managed.domainStatus`, one for each requested domain [CRT-05]."""
        states = self.mapping("managed.domainStatus")
        domains = dict.fromkeys([*(str(name) for name in self.items("managed.domains")), *states])
        where = "managed.domainStatus"
        # A domain's name holds dots, so it cannot be a step of a path.
        return tuple(
            DomainState(
                name,
                Choice(str(states.get(name, "")), CLASSIC_DOMAIN_STATES, f"{self.name}: {where} of {name}"),
                "ACTIVE",
                "",
                "",
                where,
            )
            for name in domains
        )

    @property
    def may_hold_wildcards(self) -> bool:
        """A self-managed one may; a classic managed one cannot [CRT-02]."""
        return not self.managed


class ManagerCertificate(Certificate):
    """A Certificate Manager certificate."""

    @property
    def _branch(self) -> str:
        found = [name for name in ("managed", "selfManaged", "managedIdentity") if name in self.doc]
        if not found and "pemCertificate" in self.doc and not self.doc.keys() - _OF_EVERY_KIND:
            return "selfManaged"  # what was uploaded is not given back
        if len(found) != 1:
            said = f"{self.name} is of no kind that this version of diag knows"
            raise Unseen(Gap(GapKind.UNDOCUMENTED, said, self.origin.call))
        return found[0]

    @property
    def managed(self) -> bool:
        """Whether Google obtains and renews it [CM-01]."""
        return self._branch != "selfManaged"

    @property
    def kind(self) -> str:
        """For messages."""
        if not self.managed:
            return "self-managed certificate in Certificate Manager"
        how = "DNS authorization" if self.may_hold_wildcards else "load-balancer authorization"
        return f"Certificate Manager certificate with {how}"

    @property
    def dns_names(self) -> tuple[str, ...]:
        """`sanDnsnames`; of one that was never issued, the requested domains [CM-18]."""
        return self._names("sanDnsnames", "managed.domains")

    @property
    def state(self) -> Choice:
        """Managed state [CM-03]."""
        return self.choice(f"{self._branch}.state", MANAGER_STATES)

    @property
    def issue(self) -> str:
        """Why it is not ready, as the API says it; empty when it says nothing [CM-04]."""
        where = f"{self._branch}.provisioningIssue"
        parts = (self.doc_text(f"{where}.reason"), self.doc_text(f"{where}.details"))
        return ": ".join(part for part in parts if part) or ("unspecified" if self.mapping(where) else "")

    @property
    def domain_states(self) -> tuple[DomainState, ...]:
        """The latest authorisation attempt for each domain [CM-05..07]."""
        path = f"{self._branch}.authorizationAttemptInfo"
        return tuple(self._attempt(f"{path}[{index}]") for index in range(len(self.objects(path))))

    def _attempt(self, where: str) -> DomainState:
        issues = (str(issue) for issue in self.items(f"{where}.troubleshooting.issues"))
        cause = self.doc_text(f"{where}.failureReason")
        detail = "; ".join(text for text in (cause, self.doc_text(f"{where}.details"), *issues) if text)
        state = self.choice(f"{where}.state", ATTEMPT_STATES)
        return DomainState(self.text(f"{where}.domain"), state, "AUTHORIZED", cause, detail, where)

    @property
    def may_hold_wildcards(self) -> bool:
        """Self-managed, DNS-authorised, or issued by a private CA [CM-08]."""
        return not self.managed or bool(self.items("managed.dnsAuthorizations") or self.text("managed.issuanceConfig"))


class CertificateMapEntry(Resource):
    """An entry of a Certificate Manager map [CM-14]."""

    @property
    def hostname(self) -> str:
        """The host or one-level wildcard that it serves, in lower case; empty for the PRIMARY entry."""
        return self.text("hostname").lower()

    @property
    def primary(self) -> bool:
        """Whether it serves requests that no hostname matches, and those without SNI."""
        return self.choice("matcher", MATCHERS, "MATCHER_UNSPECIFIED").read() == "PRIMARY"

    @property
    def certificates(self) -> tuple[str, ...]:
        """Full names of its certificates."""
        return tuple(str(name) for name in self.items("certificates"))

    @property
    def state(self) -> Choice:
        """Whether it is rolled out everywhere [CM-15]."""
        return self.choice("state", ENTRY_STATES)


class SslPolicy(Resource):
    """An SSL policy."""

    @property
    def minimum(self) -> str:
        """The oldest TLS version that a client can use, as `TLS_1_2`; absent is TLS 1.0 [CRT-23].

        The profiles RESTRICTED and FIPS_202205 hold only cipher suites of TLS 1.2 and later
        (https://cloud.google.com/load-balancing/docs/ssl-policies-concepts).
        """
        version = self.choice("minTlsVersion", TLS_VERSIONS, "TLS_1_0").read()
        profile = self.choice("profile", PROFILES, "COMPATIBLE").read()
        return max(version, "TLS_1_2") if profile in ("RESTRICTED", "FIPS_202205") else version
