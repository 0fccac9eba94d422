"""A scenario: a patch over the healthy estate, requirements, and what one check must then say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from diag.checks.catalogue import CHECKS
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.plan import with_needs
from diag.report import Finding, Status
from diag.requirements.load import load
from diag.requirements.model import Requirements
from diag.snapshot import Snapshot
from fixtures.estate import Estate
from fixtures.healthy import healthy

TAKEN_AT = "2025-09-18T09:00:00Z"

Patch = Callable[[Estate], None]


def unchanged(estate: Estate) -> None:
    """The healthy estate as it is."""


@dataclass(frozen=True)
class Scenario:
    """Given the healthy estate with `patch`, and `declared`, `check` gives a finding of `expect`.

    `resource` is the last segment of the finding's resource (any when empty); `says` a text that
    its reason, observed or required contains (any when empty). A scenario that expects PASS also
    expects the check to report nothing but pass and skip.
    """

    name: str
    check: str
    expect: Status
    patch: Patch = unchanged
    declared: str = "version: 1\nproject: netra-staging\nregion: us-central1\n"
    resource: str = ""
    says: str = ""


def requirements(text: str) -> Requirements:
    """The requirements of a YAML text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "diag.yaml"
        path.write_text(text)
        return load([path])


def findings(scenario: Scenario) -> list[Finding]:
    """What the scenario's check says of the patched estate."""
    estate = healthy()
    scenario.patch(estate)
    estate.taken_at = TAKEN_AT
    check, declared = CHECKS[scenario.check], requirements(scenario.declared)
    answers = estate.answers(declared, with_needs(check.reads))
    world = World(Snapshot(declared.project, declared.region, TAKEN_AT, answers))
    return list(evaluate([check], world, declared))


def matches(scenario: Scenario, finding: Finding) -> bool:
    """Whether a finding is the one that the scenario expects."""
    text = f"{finding.reason} {finding.observed} {finding.required}"
    named = not scenario.resource or finding.resource.rpartition("/")[2] == scenario.resource
    return finding.status is scenario.expect and named and scenario.says in text
