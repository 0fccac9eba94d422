"""Secrets and terminal controls in log lines come out of no format and no bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.checks.catalogue import CHECKS
from diag.cli.formats import RENDERERS, Look
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.report import Origin, Report
from diag.snapshot import Snapshot
from fixtures.estate import Estate
from fixtures.healthy import healthy
from tests.scenarios.logs_shared import logged
from tests.scenarios.scenario import requirements

TAKEN_AT = "2025-09-18T09:00:00Z"
DECLARED = (
    "version: 1\nproject: netra-staging\nregion: us-central1\n"
    "logs:\n"
    "  forbidden: [{id: leak, pattern: 'leaked'}]\n"
    "  phase_time: {pattern: 'phase (?P<phase>.+) took (?P<seconds>[\\d.]+)s', warn: 1s}\n"
)
SECRETS = ("hunter2hunter2", "eyJzeW50aGV0aWMi.eyJzeW50aGV0aWMiOjF9.c3ludGhldGlj", "ya29.synthetic-token-000000")
LINES = tuple(
    text
    for secret in SECRETS
    for text in (
        f"password={secret} Error -3 connecting to 10.0.0.3:6379. Try again.",
        f"postgresql://netra:{secret}@10.0.0.5/netra leaked by ada@example.com",
        f"phase token={secret} took 9s",
        f"ModuleNotFoundError: No module named 'x' Authorization: Bearer {secret}",
    )
)
CONTROLS = "\x1b[2J\x1b]0;owned\x07\u202e"


def planted() -> Estate:
    estate = healthy().patched(logged(*LINES, f"{CONTROLS}Error -3 connecting to 10.0.0.3:6379. {CONTROLS}Try again."))
    payload = {
        "message": "Error -3 connecting to x:6379. Try again.",
        "apiToken": SECRETS[0],
        "note": f"pw={SECRETS[1]}",
    }
    doc = dict(next(iter(estate.resources["logging.entries"].values())), jsonPayload=payload, insertId="json")
    del doc["textPayload"]
    estate.put("logging.entries", "json", doc)
    return estate


@pytest.fixture(scope="module")
def report() -> Report:
    declared = requirements(DECLARED)
    estate = planted()
    estate.taken_at = TAKEN_AT
    answers = estate.answers(declared, frozenset({"log_entries"}))
    world = World(Snapshot(declared.project, declared.region, TAKEN_AT, answers))
    checks = [CHECKS[id] for id in ("logs.signature", "logs.forbidden", "logs.phase-slow")]
    found = tuple(evaluate(checks, world, declared))
    assert {finding.check for finding in found} == {"logs.signature", "logs.forbidden", "logs.phase-slow"}
    return Report(declared.project, declared.region, None, Origin("live", TAKEN_AT), 0.1, found)


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("verbose", [False, True])
def test_no_format_shows_what_was_planted(name: str, verbose: bool, report: Report) -> None:
    shown = "".join(RENDERERS[name](report, Look(verbose=verbose)))
    assert "Error -3 connecting" in shown, "the line itself is there"
    for secret in SECRETS:
        assert secret not in shown
    assert "ada@example.com" not in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_nor_does_a_bundle(tmp_path: Path) -> None:
    planted().write(tmp_path / "bundle", requirements(DECLARED))
    written = "".join(path.read_text() for path in (tmp_path / "bundle").rglob("*.json"))
    assert "Error -3" in written
    assert not [secret for secret in SECRETS if secret in written]
