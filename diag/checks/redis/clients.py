"""What the clients of Memorystore are told: host, port, AUTH, TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.redis.instances import DOCS, Cache, clients, declared_caches, gcloud, if_there
from diag.checks.run.declared import undecided, update
from diag.checks.subjects import RevisionView, revisions, service_name
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import last
from diag.facts.redacted import Traits, parse_traits
from diag.facts.redis import RedisInstance
from diag.facts.world import World
from diag.paths import ranges
from diag.report import Fix, Severity
from diag.requirements.model import RedisInstance as DeclaredRedis
from diag.requirements.model import Requirements

AUTH_DOCS = "https://cloud.google.com/memorystore/docs/redis/about-redis-auth"
_HOST = re.compile(r"(?:^|_)REDIS_?(?:\w+_)?HOST(?:NAME)?$|^REDISHOST$")
_PORT = re.compile(r"(?:^|_)REDIS_?(?:\w+_)?PORT$|^REDISPORT$")
_CREDENTIAL = re.compile(r"REDIS\w*(?:PASS|AUTH|SECRET|TOKEN|URL|URI|DSN)")
_PASSWORD = re.compile(r"REDIS_?(?:\w+_)?(?:PASS(?:WORD|WD)?|AUTH(?:_?(?:STRING|TOKEN|PASSWORD))?)$")
"""Variables that hold the AUTH string and nothing else; a URL may hold none."""


def told_hosts(world: World, declared: Requirements) -> Iterator[Subject[Cache | RevisionView] | Gap]:
    """Each declared instance with a host, and every revision that takes traffic."""
    for cache in declared_caches(world, declared):
        if cache.item.wanted.host:
            yield Subject(cache.resource, cache.item, cache.item.wanted.at("host"), cache.critical)
    for seen in revisions(world, declared):
        yield seen if isinstance(seen, Gap) else Subject(seen.resource, seen.item, seen.declared_at, seen.critical)


@check(
    "redis.host-differs",
    Severity.HIGH,
    told_hosts,
    reads=("services", "revisions", "redis_instances"),
    always=True,
    docs=(DOCS,),
)
def host_differs(subject: Subject[Cache | RevisionView], world: World, declared: Requirements) -> Iterator[Verdict]:
    """A service is told another host or port than the Redis instance has.

    Reads the variables of every serving revision that are named REDIS…HOST and REDIS…PORT, and host and
    port of every Redis instance of its region, read endpoints included: one of them has to match. What
    comes from a secret is not read; white space around a value is left to run.env-malformed.

    Set the variable to the instance's host; it never changes while the instance exists.
    """
    if isinstance(subject.item, Cache):
        yield _declared_host(subject.item)
        return
    revision = subject.item.revision
    named = [one for one in revision.env if _HOST.search(one.name.upper()) or _PORT.search(one.name.upper())]
    if not named:
        yield skips(f"{revision.short} has no variable for a Redis host or port")
        return
    listing = world.redis_instances(revision.region or "", revision.project)
    if not listing.resources and not listing.gaps:
        yield skips(f"no Memorystore instance is in view in {revision.region}")
        return
    for variable in named:
        yield _compared(subject.item, variable, listing.whole())


def _declared_host(cache: Cache) -> Verdict:
    match cache.found:
        case Gap() as gap:
            raise Unseen(gap)
        case None:
            return skips(f"{cache.wanted.name} does not exist; see redis.instance-missing")
        case found:
            details = {"required": cache.wanted.host, "observed": found.host, "evidence": (found.evidence("host"),)}
            if found.host == cache.wanted.host:
                return passes(**details)
            fix = Fix(gcloud("describe", found, '--format "value(host,port)"'), mutates=False)
            return fails(reason=f"{found.short} is at {found.host}, not where it is declared", fix=(fix,), **details)


def _compared(view: RevisionView, variable: run.EnvVar, instances: tuple[RedisInstance, ...]) -> Verdict:
    is_host = bool(_HOST.search(variable.name.upper()))
    places = [place for one in instances for place in one.endpoints]
    wanted = {host if is_host else str(port) for host, port in places}
    required = f"{variable.name} is {' or '.join(sorted(wanted))}"
    if variable.secret:
        return skips(f"{variable.name} comes from secret {last(variable.secret)}, which is not read", required=required)
    value = (variable.value or "").strip()
    if is_host and value in {f"{host}:{port}" for host, port in places}:
        wanted = wanted | {value}
    if unknown := _not_compared(view.revision, variable, is_host, wanted):
        advice = f"diag probe, or nslookup {value}" if unknown.startswith("is a name") else ""
        said = f"{view.revision.short}: {variable.name} {unknown}"
        return undecided(Gap(GapKind.UNDECIDED, said, view.revision.origin.call, advice=advice))
    if parse_traits(value):
        value = "another value"
    evidence = (view.revision.evidence(f"{variable.path}.value"), *(one.evidence("host") for one in instances))
    details = {"required": required, "observed": value or "empty", "evidence": evidence}
    if value in wanted:
        return passes(**details)
    right = instances[0].host if is_host else instances[0].port
    return fails(
        reason=f"{view.revision.short} connects to {value or 'nothing'} by {variable.name}, where no Redis instance is",
        fix=update(view.service, f"--update-env-vars {variable.name}={right}", view.revision, variable.path),
        **details,
    )


def _not_compared(revision: run.Revision, variable: run.EnvVar, is_host: bool, wanted: Set[str]) -> str:
    """Why a value cannot be compared with what is wanted; empty where it can."""
    value = (variable.value or "").strip()
    redacted = parse_traits(value)
    traits = redacted or Traits.of(value)
    if is_host and traits.localhost and len(revision.containers) > 1:
        return "is a local address, where another container of the revision may listen"
    if redacted and (traits.newline or traits.space or any(traits.may_be(one) for one in wanted)):
        return "is redacted, so that it cannot be compared"
    named = is_host and not redacted and not traits.localhost and ranges.address(value) is None
    return "is a name, and where it leads is not known here" if named and value not in wanted else ""


@check(
    "redis.auth-mismatch",
    Severity.HIGH,
    declared_caches,
    reads=("redis_instances", "services", "revisions"),
    docs=(AUTH_DOCS, "https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption"),
)
@if_there
def auth_mismatch(
    found: RedisInstance, wanted: DeclaredRedis, world: World, declared: Requirements
) -> Iterator[Verdict]:
    """AUTH or TLS of the Redis instance and what its clients use do not agree.

    With AUTH on, a client without a password gets NOAUTH; with TLS demanded, a plain client hangs or
    is cut.

    Reads `authEnabled` and `transitEncryptionMode`, the declared `auth`, and whether the serving
    revisions of declared clients have a variable for a password or URL, a URL of the right scheme and,
    with TLS, the port where the instance speaks it.

    Give the clients the AUTH string from a secret and the port of TLS, or switch AUTH as declared.
    """
    seen = (found.evidence("authEnabled", found.auth, default=not found.doc_text("authEnabled")),)
    if wanted.auth is not None:
        details = {
            "required": f"AUTH {'on' if wanted.auth else 'off'}",
            "observed": f"AUTH {'on' if found.auth else 'off'}",
            "evidence": seen,
            "declared_at": wanted.at("auth"),
        }
        switch = "--enable-auth" if wanted.auth else "--no-enable-auth"
        if found.auth == wanted.auth:
            yield passes(**details)
        else:
            yield fails(
                reason=f"{found.short} is not as declared", fix=(Fix(gcloud("update", found, switch)),), **details
            )
    for service in clients(wanted, declared):
        try:
            there = world.services(service.region or "", service.project).find(service_name(service))
            if there is None:
                yield skips(f"{service.name} is not there; see run.service-missing")
                continue
            if there.never_ran:
                yield skips(there.never_ran)
                continue
            alone = len({one.redis for one in service.reaches if one.redis}) == 1
            for revision in world.serving(there):
                yield _of_client(found, there, revision, alone)
        except Unseen as unseen:
            yield undecided(unseen.gap, service.at("reaches"))


def _of_client(found: RedisInstance, service: run.Service, revision: run.Revision, alone: bool) -> Verdict:
    """The verdict of one revision; `alone`: it reaches no other instance, for which an AUTH string may be."""
    credentials = [item for item in revision.env if _CREDENTIAL.search(item.name.upper()) and not _is_empty(item)]
    tls = found.transit.read() == "SERVER_AUTHENTICATION"
    faults = dict([*_of_auth(found, credentials, alone), *_of_tls(found, credentials, revision.env, tls)])
    details = {
        "required": f"clients use AUTH {'on' if found.auth else 'off'}, TLS {'on' if tls else 'off'}",
        "observed": "; ".join(faults) or ", ".join(variable.name for variable in credentials) or "no credentials",
        "evidence": (
            found.evidence("authEnabled", found.auth, default=not found.doc_text("authEnabled")),
            found.evidence("transitEncryptionMode", found.transit.value),
            *(revision.evidence(f"{variable.path}.name", variable.name) for variable in credentials),
        ),
        "not_consulted": ("the values that come from secrets",) if any(item.secret for item in credentials) else (),
    }
    if not faults:
        return passes(**details)
    flags = " ".join(dict.fromkeys(flag for flag in faults.values() if flag))
    fix = update(service, flags, revision) if flags else (Fix(gcloud("update", found, "--enable-auth")),)
    return fails(reason=f"{revision.short} {' and '.join(faults)}", fix=fix, **details)


def _of_auth(found: RedisInstance, credentials: list[run.EnvVar], alone: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with the AUTH string, and the flag that puts it right; none where the instance is to change."""
    if found.auth and not credentials:
        yield "has no variable for the AUTH string", "--update-secrets REDIS_PASSWORD=SECRET:latest"
    if not found.auth and alone:
        for variable in filter(_holds_password, credentials):
            yield f"sends the AUTH string of {variable.name}, and AUTH is off", ""


def _holds_password(variable: run.EnvVar) -> bool:
    """Whether a variable holds the AUTH string; a plain one that is named AUTH alone may as well switch it off."""
    name = variable.name.upper()
    plain = parse_traits(variable.value or "") is not None and not name.endswith("AUTH")
    return bool(_PASSWORD.search(name)) and (bool(variable.secret) or plain)


def _of_tls(
    found: RedisInstance, credentials: list[run.EnvVar], variables: tuple[run.EnvVar, ...], tls: bool
) -> Iterator[tuple[str, str]]:
    """What is wrong with scheme and port, and the flags that put it right."""
    for variable in credentials:
        scheme, flag = _scheme(variable), f"--update-secrets {variable.name}=SECRET:latest"
        if tls and scheme == "redis":
            yield f"speaks plain Redis by {variable.name}, where TLS is demanded", flag
        elif scheme == "rediss" and not tls:
            yield f"speaks TLS by {variable.name}, which the instance does not", flag
    for variable in variables:
        if tls and _other_port(variable, found):
            said = f"connects to port {variable.value} by {variable.name}, where TLS is demanded on {found.port}"
            yield said, f"--update-env-vars {variable.name}={found.port}"


def _is_empty(variable: run.EnvVar) -> bool:
    traits = parse_traits(variable.value or "")
    return not variable.secret and (not variable.value or (traits is not None and traits.length == "0"))


def _other_port(variable: run.EnvVar, found: RedisInstance) -> bool:
    """Whether a variable says another port than the instance has."""
    value = (variable.value or "").strip()
    ports = {str(port) for _, port in found.endpoints}
    return bool(_PORT.search(variable.name.upper())) and value.isdigit() and value not in ports


def _scheme(variable: run.EnvVar) -> str:
    """The URL scheme of a variable's value, redacted or not; empty when it has none or comes from a secret."""
    traits = parse_traits(variable.value or "")
    if traits:
        return traits.scheme or ""
    return (variable.value or "").partition("://")[0].strip().lower() if "://" in (variable.value or "") else ""
