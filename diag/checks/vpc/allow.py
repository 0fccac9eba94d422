"""The commands that let through what a firewall rule stops: at the level of that rule, and before it."""

from __future__ import annotations

from diag.facts.base import last, segment
from diag.facts.firewall import Rule
from diag.paths.egress import Egress
from diag.report import Fix
from diag.values import dataclass


@dataclass(frozen=True)
class Opening:
    """What is to be let through."""

    direction: str
    traffic: str
    """As gcloud takes it: `tcp:5432`, several by comma."""
    ranges: str
    """Destinations of EGRESS, sources of INGRESS; by comma."""
    tag: str = ""
    """The network tag of the machines that it is for; empty is for all."""


def allow(rule: Rule, opening: Opening, egress: Egress) -> tuple[Fix, ...]:
    """An allowing rule of better priority than the denial; a rule of the network helps against no policy above it."""
    if rule.level.startswith("SYSTEM") or rule.level == "UNSPECIFIED":
        show = f"gcloud compute networks get-effective-firewalls {last(egress.network)} --project {_project(egress)}"
        return (Fix(show, mutates=False),)
    if rule.level:
        return _in_policy(rule, opening, egress)
    if rule.priority == 0:
        return (Fix(f"gcloud compute firewall-rules update {rule.holder} --project {_project(egress)} --disabled"),)
    egressing = opening.direction == "EGRESS"
    name = f"allow-{opening.tag}" if opening.tag else f"allow-{egress.region}-{opening.traffic.rpartition(':')[2]}"
    ranges = f"--{'destination' if egressing else 'source'}-ranges {opening.ranges}"
    target = f" --target-tags {opening.tag}" if opening.tag else ""
    priority = min(90 if opening.tag else 100, rule.priority - 1)
    return (
        Fix(
            f"gcloud compute firewall-rules create {name} --network {last(egress.network)} --project "
            f"{_project(egress)} --direction {opening.direction} --action ALLOW --rules {opening.traffic} "
            f"{ranges}{target} --priority {priority}"
        ),
    )


def _in_policy(rule: Rule, opening: Opening, egress: Egress) -> tuple[Fix, ...]:
    """The same in the policy of the rule; a rule of the first priority has nothing before it, and is changed."""
    if rule.level == "HIERARCHY":
        command, place = "gcloud compute firewall-policies rules", f"--firewall-policy {rule.holder}"
    else:
        command, where = "gcloud compute network-firewall-policies rules", f"--project {_project(egress)}"
        scope = f"--firewall-policy-region {egress.region}" if rule.level == "NETWORK_REGIONAL" else ""
        place = f"--firewall-policy {rule.holder} {scope or '--global-firewall-policy'} {where}"
    if rule.priority == 0:
        return (Fix(f"{command} update 0 {place} --disabled"),)
    ranges = f"--{'dest' if opening.direction == 'EGRESS' else 'src'}-ip-ranges {opening.ranges}"
    what = f"--direction {opening.direction} --layer4-configs {opening.traffic} {ranges}"
    return (Fix(f"{command} create {rule.priority - 1} {place} --action allow {what}"),)


def _project(egress: Egress) -> str:
    return segment(egress.network, "projects") or egress.revision.project
