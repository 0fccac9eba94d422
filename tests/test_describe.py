"""Descriptions of the checks, and that the generated pages and data are theirs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from diag.checks.catalogue import CHECKS
from diag.describe import describe, descriptions

GENERATE = Path(__file__).parent.parent / "docs" / "generate.py"


@pytest.mark.parametrize("check_id", CHECKS)
def test_every_check_is_described(check_id: str) -> None:
    found = describe(CHECKS[check_id])
    assert found.title
    assert found.text, "say after the headline why it matters, what it reads and what to do"
    assert found.reads, "no method of the table has one of its topics"


def test_a_connector_that_must_exist_is_declared_by_its_name() -> None:
    assert "connectors.*" in describe(CHECKS["vpc.connector-missing"]).keys


def test_descriptions_come_in_the_order_of_the_catalogue() -> None:
    assert [found.id for found in descriptions()] == list(CHECKS)


def test_the_generated_files_are_what_the_checks_say() -> None:
    done = subprocess.run([sys.executable, str(GENERATE), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
