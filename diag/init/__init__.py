"""`diag init`: a starter requirements file from what a project is now.

It declares what was seen, so that it passes on the estate it came from; what could not be seen, or
cannot be declared, stands as a comment in its place.
"""

from __future__ import annotations

from dataclasses import replace

from diag.facts.world import World
from diag.init import lb, run, sql, vpc
from diag.init.alerts import alerts
from diag.init.fitting import fitting
from diag.init.secrets import secrets
from diag.init.seeing import listed
from diag.render.starter import Block, Item, Line, Note, render
from diag.requirements.document import MAX_BYTES
from diag.requirements.load import without_file
from diag.requirements.model import Requirements
from diag.requirements.spec import FILE

READS = frozenset(
    {
        "services",
        "revisions",
        "connectors",
        "instances",
        "forwarding_rules",
        "target_https_proxies",
        "url_maps",
        "backend_services",
        "network_endpoint_groups",
        "project_policy",
        "alert_policies",
    }
)
"""The topics that `starter` asks for."""

IF_THERE = frozenset({"project_policy", "alert_policies"})
"""Those of them that a bundle need not hold: what it does not hold is said in the file, and is no trouble."""


def surveyed(project: str, region: str) -> Requirements:
    """What the calls of a survey follow from: nothing is declared, and every alerting policy is of interest."""
    return replace(without_file(project, region), sections={"alerts": ()})


def starter(world: World, project: str, region: str) -> str:
    """The text of a `diag.yaml` for `project`, its Cloud Run services and connectors of `region`.

    Values are those of the revisions that take traffic. Raises nothing: each thing that was not seen
    is a comment that says why. It holds no value of a variable but short plain ones.
    """
    head = (
        "yaml-language-server: $schema=diag.schema.json",
        "For completion in an editor, write that schema with: diag schema > diag.schema.json",
        "",
        f"Written by `diag init` from {project} as it was at {world.taken_at}: what is, not yet what must hold.",
        "Decide on each line marked `check:`, remove what does not matter, then type: diag check",
    )
    services = listed(
        lambda: world.services(region, project), lambda service: run.block(service, world), "Cloud Run services"
    )
    sections = (
        ("services", services),
        ("connectors", vpc.connectors(world, project, region)),
        ("sql_instances", listed(lambda: world.instances(project), lambda item: sql.block(item, region), "Cloud SQL")),
        ("load_balancers", lb.load_balancers(world)),
    )
    items: list[Item] = [Line("version", 1), Line("project", project), Line("region", region)]
    for key, found in sections:
        items += _section(key, tuple(found))
    items += [*secrets(world, project, region), *alerts(world)]
    items.append(Note("Not read by diag init, and worth declaring: redis_instances, probes, validation."))
    text = render(fitting(items, FILE), head)
    if len(text.encode()) > MAX_BYTES:
        too_large = "check: larger than the 256 KiB that diag reads: split it and give each part with -r"
        return render(fitting(items, FILE), (*head, too_large))
    return text


def _section(key: str, found: tuple[Item, ...]) -> list[Item]:
    """The section; one that would be empty is a comment that says so, with its reasons."""
    if any(not isinstance(item, Note) for item in found):
        return [Block(key, found)]
    return [Note(f"{key}: nothing to declare was seen"), *found]
