"""Host, port and URL variables by their names, and what is wrong with the values by their shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from diag.checks.check import Subject, Verdict, fails, passes, skips
from diag.checks.run.declared import on_every_revision, undecided, update
from diag.checks.run.environment import ENV_DOCS, traits_of
from diag.checks.subjects import RevisionView
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import last
from diag.facts.world import World
from diag.report import Place, Severity
from diag.requirements.model import Requirements

KINDS: Mapping[str, str] = {
    "HOST": "host",
    "HOSTNAME": "host",
    "PORT": "port",
    "URL": "url",
    "URI": "url",
    "ADDR": "address",
    "ADDRESS": "address",
    "ENDPOINT": "address",
}
"""What a variable holds, by the last word of its name."""

# The word stands alone or after one of these: SUPPORT, GHOST and CURL are other words. A number may follow.
_JOINED = "PG|DB|SQL|REDIS|MAIL|SMTP|PROXY|API|BASE|DATABASE|SERVER"
_NAMED = re.compile(rf"(?:^|[_.-]|{_JOINED})({'|'.join(sorted(KINDS, key=len, reverse=True))})(?:[_.-]?\d+)?$")
# Addresses of another kind: `FROM_ADDRESS` is one of mail.
_NO_HOST = re.compile(
    r"(?:MAIL|FROM|TO|SENDER|REPLY|CONTACT|HOME|STREET|POSTAL|BILLING|OFFICE|WALLET)[_.-]?ADDR(?:ESS)?"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

REQUIRED: Mapping[str, str] = {
    "host": "a host name or address and nothing else",
    "port": "a whole number from 1 to 65535",
    "url": "a URL without white space or quotes",
    "address": "a host, host:port or URL without white space or quotes",
}


def kind_of(name: str) -> str | None:
    """`host`, `port`, `url` or `address` for a variable whose name says so; None for any other."""
    written = _HUMP.sub("_", name).upper()
    found = _NAMED.search(written)
    return KINDS[found[1]] if found and not _NO_HOST.search(written) else None


@on_every_revision("run.env-malformed", Severity.HIGH, facts=("ATT-04",), docs=(ENV_DOCS,))
def env_malformed(subject: Subject[RevisionView], world: World, declared: Requirements) -> Iterator[Verdict]:
    """Host, port or URL variable is malformed.

    A line break, a space or an invisible character (a byte order mark, say) at the end of a host name makes
    it a name that does not exist; a scheme where a host belongs, or quotes that became part of the value, do
    the same. An address of the
    machine itself reaches nothing, unless another container of the instance listens there.

    Reads the plain variables of every container whose names end in HOST, HOSTNAME, PORT, URL, URI,
    ADDR, ADDRESS or ENDPOINT (a number may follow); of a redacted value, its shape. Empty values, and
    values that come from secrets, are not judged.

    Set the variable again, without what the finding names; mind `echo` without `-n`.
    """
    revision = subject.item.revision
    judged = [(variable, kind) for variable in revision.env if (kind := kind_of(variable.name))]
    plain = [(variable, kind) for variable, kind in judged if not variable.secret and variable.value]
    secret = tuple(f"{item.name}, which comes from secret {last(item.secret)}" for item, _ in judged if item.secret)
    wrong = [verdict for variable, kind in plain for verdict in _judged(subject.item, variable, kind)]
    yield from wrong
    if wrong:
        return
    if plain:
        seen = tuple(revision.evidence(f"{item.path}.value", "well formed") for item, _ in plain)
        names = ", ".join(item.name for item, _ in plain)
        yield passes(required="well formed", observed=names, evidence=seen, not_consulted=secret)
    else:
        yield skips(f"{revision.short} has no plain host, port or URL variable", not_consulted=secret)


def _judged(view: RevisionView, variable: run.EnvVar, kind: str) -> Iterator[Verdict]:
    """A failure or an unknown; nothing when the variable is well formed."""
    revision = view.revision
    try:
        found = list(_faults(revision, variable, kind))
    except Unseen as unseen:
        yield undecided(unseen.gap)
        return
    if found:
        yield fails(
            required=f"{variable.name}: {REQUIRED[kind]}",
            observed=f"{variable.name} has {' and '.join(found)}",
            reason=f"the program in {revision.short} cannot connect by {variable.name}: its value has "
            f"{' and '.join(found)}",
            evidence=(revision.evidence(f"{variable.path}.value", f"{variable.name}: {' and '.join(found)}"),),
            declared_at=_place(view, variable.name),
            fix=update(view.service, f"--update-env-vars {variable.name}=VALUE", revision, variable.path),
        )


def _place(view: RevisionView, name: str) -> Place | None:
    """The line that declares the variable, if one does."""
    wanted = view.wanted
    if wanted is None or not (name in wanted.env or name in wanted.env_present):
        return None
    return wanted.at(f"env.{name}" if name in wanted.env else "env_present")


def _faults(revision: run.Revision, variable: run.EnvVar, kind: str) -> Iterator[str]:
    """What is wrong with a value, without any part of it; raises `Unseen` when its shape does not tell."""
    traits, redacted = traits_of(revision, variable)
    if traits.length == "0":
        return
    named = {
        "a line break": traits.newline,
        "a space, tab or invisible character": traits.space,
        "quotes": traits.quotes,
        "a scheme where a host belongs": kind == "host" and traits.scheme is not None,
        "a local address, where nothing listens": traits.localhost and len(revision.containers) == 1,
    }
    faults = [fault for fault, present in named.items() if present]
    yield from faults
    # Redaction leaves every port as it is: a redacted value is none.
    if kind == "port" and not faults and (redacted or not _is_port(variable.value or "")):
        yield "no port number from 1 to 65535"


def _is_port(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,5}", value)) and 1 <= int(value) <= 65535
