"""Many load balancers in one project: each host meets its own."""

from __future__ import annotations

from diag.calls import Answer, Call, Json
from diag.checks.catalogue import CHECKS
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.paths.frontend import Frontends
from diag.report import Status
from diag.snapshot import Snapshot
from tests.scenarios.scenario import requirements

COMPUTE = "https://www.googleapis.com/compute/v1/projects/made-up"
HOW_MANY = 300


def link(collection: str, name: str) -> str:
    return f"{COMPUTE}/global/{collection}/{name}"


def aggregated(collection: str, docs: list[Json]) -> tuple[Call, Answer]:
    call = Call.of(f"compute.{collection}.aggregatedList", project="made-up")
    return call, Answer({"items": {"global": {collection: docs}}})


def estate() -> World:
    """One load balancer a host: rule, proxy, URL map, backend service and NEG each."""
    names = [f"n{index}" for index in range(HOW_MANY)]
    group = f"{COMPUTE}/regions/us-central1/networkEndpointGroups"

    def of(collection: str, **fields: object) -> tuple[Call, Answer]:
        docs = [
            {key: _filled(value, name) for key, value in fields.items()}
            | {"name": name, "selfLink": link(collection, name)}
            for name in names
        ]
        return aggregated(collection, docs)

    answers = dict(
        [
            of(
                "forwardingRules",
                target=link("targetHttpsProxies", "{}"),
                portRange="443",
                IPAddress="{}",
                loadBalancingScheme="EXTERNAL_MANAGED",
            ),
            of("targetHttpsProxies", urlMap=link("urlMaps", "{}")),
            aggregated("targetHttpProxies", []),
            of(
                "urlMaps",
                defaultService=link("backendServices", "{}"),
                hostRules=[{"hosts": ["{}.example.com"], "pathMatcher": "all"}],
                pathMatchers=[{"name": "all", "defaultService": link("backendServices", "{}")}],
            ),
            of("backendServices", backends=[{"group": f"{group}/{{}}"}]),
            aggregated(
                "networkEndpointGroups",
                [
                    {
                        "name": name,
                        "selfLink": f"{group}/{name}",
                        "networkEndpointType": "SERVERLESS",
                        "cloudRun": {"service": name},
                    }
                    for name in names
                ],
            ),
        ]
    )
    parent = "projects/made-up/locations/us-central1"
    services = [{"name": f"{parent}/services/{name}"} for name in names]
    answers[Call.of("run.services.list", parent=parent)] = Answer({"services": services})
    return World(Snapshot("made-up", "us-central1", "2025-09-18T09:00:00Z", answers))


def _filled(value: object, name: str) -> object:
    if isinstance(value, str):
        return value.replace("{}", name)
    if isinstance(value, list):
        return [_filled(item, name) for item in value]
    return {key: _filled(item, name) for key, item in value.items()} if isinstance(value, dict) else value


def test_each_of_many_hosts_is_taken_by_its_own_front() -> None:
    frontends = Frontends(estate())
    for index in range(HOW_MANY):
        served = frontends.serving(f"n{index}.example.com")
        assert [entry.front.rule.short for entry in served.entries] == [f"n{index}"]


def test_every_route_of_many_reaches_its_service() -> None:
    hosts = "\n".join(f"      n{i}.example.com: {{routes: {{/*: n{i}}}}}" for i in range(HOW_MANY))
    declared = requirements(
        f"version: 1\nproject: made-up\nregion: us-central1\nload_balancers:\n  all:\n    domains:\n{hosts}\n"
    )
    found = list(evaluate([CHECKS["lb.wrong-service"], CHECKS["lb.backend-empty"]], estate(), declared))
    assert len(found) == 2 * HOW_MANY
    assert {finding.status for finding in found} == {Status.PASS}
