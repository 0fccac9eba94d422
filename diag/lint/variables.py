"""Environment variables: declared values that no container can have, or that no program can use.

A value is never shown: an exact value in the file may still be nobody's business in a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diag.lint.rule import Issue, contradiction, infeasible
from diag.lint.words import of, routed, service_of_address, where
from diag.requirements.model import Requirements, Service

LARGEST_VALUE = 32_768
_NAMED = re.compile(r"(?:^|[_.-])(HOST|HOSTNAME|PORT|URL|URI|ADDR|ADDRESS|ENDPOINT)$")
_OWN_ADDRESS = re.compile(r"(?:https?|wss?)://([a-z0-9.-]+\.run\.app)\b")
_LOCAL = re.compile(r"(?:^|[/@])(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)(?:[:/]|$)")


@contradiction("ATT-04", confirmed_by=("run.env-differs", "run.env-missing", "run.secret-not-used"))
def variable_plain_and_secret(declared: Requirements) -> Iterator[Issue]:
    """Variable declared with a value and as a secret.

    A variable has a value or comes from a secret, never both.
    """
    for service in declared.services.values():
        for name in service.env.keys() & service.secrets.keys():
            yield Issue(
                at=service.at(f"env.{name}"),
                of=of(service),
                required=f"env: {name}",
                observed=f"secrets: {name}{where(service.at(f'secrets.{name}'))}",
                reason="a variable holds a value or refers to a secret",
                instead=f"{name} under secrets alone",
            )


@infeasible("ATT-04")
def value_too_long(declared: Requirements) -> Iterator[Issue]:
    """Value of a variable that is too long.

    Cloud Run takes at most 32,768 bytes.
    """
    for service in declared.services.values():
        for name, value in service.env.items():
            length = len(value.encode("utf-8", "replace"))
            if length > LARGEST_VALUE:
                yield Issue(
                    at=service.at(f"env.{name}"),
                    of=of(service),
                    required=f"env.{name}: {length} bytes",
                    observed=f"at most {LARGEST_VALUE} bytes",
                    reason="Cloud Run refuses the variable",
                    instead="the content in a secret that is mounted as a file",
                )


@contradiction("ATT-04", confirmed_by=("run.env-malformed",))
def value_malformed(declared: Requirements) -> Iterator[Issue]:
    """Declared value of a host, port or URL that no program can connect by.

    The check of malformed variables would fail what the file asks for.
    """
    for service in declared.services.values():
        for name, value in service.env.items():
            found = _NAMED.search(name.upper())
            faults = list(_faults(found[1], value)) if found else []
            if faults:
                yield Issue(
                    at=service.at(f"env.{name}"),
                    of=of(service),
                    required=f"env.{name}: a value with {' and '.join(faults)}",
                    observed="a host, port or URL and nothing else",
                    reason="no program can connect by that value, and run.env-malformed fails it",
                    instead=f"{name} without {' and '.join(faults)}",
                )


def _faults(word: str, value: str) -> Iterator[str]:
    if "\n" in value or "\r" in value:
        yield "a line break"
    if any(letter.isspace() or not letter.isprintable() for letter in value if letter not in "\r\n"):
        yield "a space, tab or invisible character"
    if any(mark in value for mark in "\"'"):
        yield "quotes"
    if _LOCAL.search(value.casefold()):
        yield "the address of the container itself"
    if word in ("HOST", "HOSTNAME") and "://" in value:
        yield "a scheme where a host belongs"
    if word == "PORT" and not (value.strip().isdecimal() and 1 <= int(value.strip()[:6]) <= 65535):
        yield "no port number"


@contradiction("ATT-04", confirmed_by=("redis.host-differs", "run.env-differs"))
def redis_host_elsewhere(declared: Requirements) -> Iterator[Issue]:
    """Variable for the host of Redis that names another host than the instance's.

    The service must have the one value, and must reach the other.
    """
    for service in declared.services.values():
        hosts = {
            cache.host: cache
            for one in service.reaches
            if (cache := declared.redis_instances.get(one.redis or "")) and cache.host
        }
        for name, value in service.env.items():
            if hosts and re.search(r"REDIS.*HOST(?:NAME)?$", name.upper()) and value not in hosts:
                cache = next(iter(hosts.values()))
                yield Issue(
                    at=service.at(f"env.{name}"),
                    of=of(service),
                    required=f"env.{name}: another host",
                    observed=f"host of {', '.join(one.name for one in hosts.values())}{where(cache.at('host'))}",
                    reason="the program connects to another host than the declared instance's",
                    instead=f"the same address in env.{name} and in redis_instances",
                )


@contradiction("ING-02", "ING-07", confirmed_by=("run.env-differs",))
def own_address_of_a_closed_service(declared: Requirements) -> Iterator[Issue]:
    """Variable with the run.app address of a service whose ingress is closed.

    Ingress holds for the run.app address too. A call of another service counts as internal only when it
    leaves through a VPC, with Private Google Access; under private-ranges-only it does not.
    """
    for service in declared.services.values():
        if service.egress and service.egress.mode == "all-traffic":
            continue
        for name, value in service.env.items():
            found = _OWN_ADDRESS.search(value)
            target = service_of_address(found[1], declared) if found else None
            if target and target.ingress in ("internal", "internal-and-cloud-load-balancing"):
                yield Issue(
                    at=service.at(f"env.{name}"),
                    of=of(service),
                    required=f"env.{name}: the run.app address of {target.name}",
                    observed=f"ingress: {target.ingress}{where(target.at('ingress'))}",
                    reason=f"{target.name} answers calls to that address only when they come through a VPC",
                    instead=_reachable(target, declared),
                )


def _reachable(target: Service, declared: Requirements) -> str:
    domain = routed(declared).get(target.name)
    own = f"the address behind the load balancer, https://{domain[0]}, or " if domain else ""
    return f"{own}egress.mode: all-traffic on the caller, with Private Google Access"
