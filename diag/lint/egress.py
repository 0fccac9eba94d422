"""How services leave: a declared way out that defeats what it has to reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from diag.lint.rule import Issue, Named, contradiction
from diag.lint.words import of, where
from diag.report import Place
from diag.requirements.model import Requirements, Service


@contradiction(
    "CON-01",
    "CON-07",
    "EGR-05",
    confirmed_by=("vpc.nat-missing", "vpc.default-route-missing", "vpc.unreachable"),
)
def socket_under_all_traffic(declared: Requirements) -> Iterator[Issue]:
    """Cloud SQL socket under all-traffic egress.

    The socket needs no connector: it connects to the instance's public address. Under all-traffic that
    connection leaves through the VPC, where it ends unless a public NAT and a default route carry it.
    The documentation advises the private address when all egress goes through the VPC.
    """
    for service in declared.services.values():
        if service.egress is None or service.egress.mode != "all-traffic":
            continue
        for destination in service.reaches:
            if destination.via == "socket":
                yield Issue(
                    at=service.egress.at("mode"),
                    of=of(service),
                    required=f"egress.mode: all-traffic with via: socket to {destination.sql}"
                    f"{where(destination.at('via'))}",
                    observed="needs a public NAT and a default route, which the socket alone does not",
                    reason="the socket connects to the public address of the instance, and all-traffic sends that "
                    "through the VPC",
                    instead="egress.mode: private-ranges-only with the socket, or via: private-ip with all-traffic",
                    destination=destination.at("sql"),
                )


@contradiction("NET-14", confirmed_by=("vpc.peering-missing", "vpc.unreachable", "redis.network-wrong"))
def another_network(declared: Requirements) -> Iterator[Issue]:
    """Private address on another network than the one that the service leaves by.

    Cloud SQL and Memorystore have their private addresses on a peering of one network, and peering is
    not transitive: from another network there is no way, even if the two are peered.
    """
    for service in declared.services.values():
        network, said = _network(service, declared)
        if network is None:
            continue
        for target, theirs, place in _private_targets(service, declared):
            if _differ(network, theirs):
                yield Issue(
                    at=place,
                    of=of(service),
                    required=f"reaches: {target} on {theirs}",
                    observed=f"leaves by {said}",
                    reason=f"nothing leads from {network} to an address that is peered with {theirs}",
                    instead=f"a connector, or egress.network, on {theirs}",
                    destination=place,
                )


def _network(service: Service, declared: Requirements) -> tuple[str | None, str]:
    """The network that the service leaves by, as far as the file says it, and that as a phrase."""
    egress = service.egress
    if egress is None:
        return None, ""
    connector = declared.connectors.get(egress.connector or "")
    if connector is not None:
        return connector.network, f"{connector.name} on {connector.network}{where(connector.at('network'))}"
    return egress.network, f"{egress.network}{where(egress.at('network'))}"


def _private_targets(service: Service, declared: Requirements) -> Iterator[tuple[str, str, Place | None]]:
    for destination in service.reaches:
        instance = declared.sql_instances.get(destination.sql or "")
        if instance and destination.via == "private-ip" and instance.private_network:
            yield instance.name, instance.private_network, destination.at("sql")
        cache = declared.redis_instances.get(destination.redis or "")
        if cache and cache.network:
            yield cache.name, cache.network, destination.at("redis")


def _differ(one: str, other: str) -> bool:
    """Whether two networks differ for certain: a short name says nothing of the project."""
    if "/" in one and "/" in other:
        return one != other
    return one.rpartition("/")[2] != other.rpartition("/")[2]


@contradiction("VPC-15", confirmed_by=("vpc.connector-wrong-place", "vpc.connector-missing"))
def connector_in_another_region(declared: Requirements) -> Iterator[Issue]:
    """Connector in another region than its service.

    A service can only use a connector of its own region.
    """
    for service in declared.services.values():
        connector = declared.connectors.get(service.egress.connector or "") if service.egress else None
        if connector and service.region and connector.region and service.region != connector.region:
            yield Issue(
                at=service.egress.at("connector") if service.egress else None,
                of=of(service),
                required=f"egress.connector: {connector.name} from {service.region}",
                observed=f"{connector.name} in {connector.region}{where(connector.at('region'))}",
                reason="a deployment that names a connector of another region is refused",
                instead=f"a connector in {service.region}, or the service in {connector.region}",
            )


@contradiction("VPC-12", confirmed_by=("vpc.connector-wrong-network", "vpc.egress-wrong"))
def connector_subnet_shared(declared: Requirements) -> Iterator[Issue]:
    """Subnet of a connector that something else uses too.

    The /28 subnet of a connector must be used by nothing else: neither another connector nor Direct
    VPC egress.
    """
    owners: dict[tuple[str, str | None, str], str] = {}
    for connector in declared.connectors.values():
        if connector.subnet:
            key = (connector.project, connector.region, connector.subnet)
            first = owners.setdefault(key, connector.name)
            if first != connector.name:
                yield _shared(connector.at("subnet"), of(connector), connector.subnet, first)
    for service in declared.services.values():
        if service.egress and service.egress.subnet:
            owner = owners.get((service.project, service.region, service.egress.subnet))
            if owner:
                yield _shared(service.egress.at("subnet"), of(service), service.egress.subnet, owner)


def _shared(place: Place | None, owner: Named, subnet: str, first: str) -> Issue:
    return Issue(
        at=place,
        of=owner,
        required=f"subnet: {subnet}",
        observed=f"the subnet of connector {first}",
        reason="a connector needs a /28 subnet that nothing else uses",
        instead="a subnet of its own",
    )


@contradiction("EGR-04", confirmed_by=("vpc.unreachable",))
def private_address_on_the_internet(declared: Requirements) -> Iterator[Issue]:
    """Private address declared as a host on the internet.

    What `internet:` lists leaves by a NAT or directly; a private address is reached through the VPC, or
    not at all.
    """
    for service in declared.services.values():
        for destination in service.reaches:
            for index, target in enumerate(destination.internet):
                if _is_private(target):
                    yield Issue(
                        at=destination.at(f"internet.{index}"),
                        of=of(service),
                        required=f"internet: {target}",
                        observed="an address that is not on the internet",
                        reason="no NAT leads to it; it is reached through the VPC, or not at all",
                        instead="sql: or redis: with a declared instance, or the public name of the host",
                        destination=destination.at("internet"),
                    )


def _is_private(target: str) -> bool:
    host = target.rpartition(":")[0].strip("[]")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


@contradiction("EGR-04", "NET-03", confirmed_by=("sql.public-access",))
def public_address_without_a_sender(declared: Requirements) -> Iterator[Issue]:
    """Public address of a database, reached from addresses that nobody can authorise.

    Under private-ranges-only a service leaves by changing addresses of Google. Plain TCP to the public
    address then needs 0.0.0.0/0 among the authorised networks, which `public_access: false` excludes.
    Only a Cloud SQL connector in the program does without.
    """
    for service in declared.services.values():
        if service.egress is None or service.egress.mode != "private-ranges-only":
            continue
        for destination in service.reaches:
            instance = declared.sql_instances.get(destination.sql or "")
            if instance and destination.via == "public-ip" and instance.public_access is False:
                yield Issue(
                    at=destination.at("via"),
                    of=of(service),
                    required=f"via: public-ip under private-ranges-only to {instance.name}",
                    observed=f"public_access: false{where(instance.at('public_access'))}",
                    reason="the service has no address of its own to authorise; only a Cloud SQL connector library "
                    "in the program does without one",
                    instead="via: socket or private-ip, or all-traffic with a NAT whose address is authorised",
                )
