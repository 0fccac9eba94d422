"""Descriptions of the checks, and that the documentation's pages are theirs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from diag.checks.catalogue import CHECKS
from diag.describe import descriptions, find
from diag.errors import UsageError

GENERATE = Path(__file__).parent.parent / "docs" / "generate.py"


@pytest.mark.parametrize("check_id", CHECKS)
def test_every_check_is_described(check_id: str) -> None:
    found = find(check_id)
    assert found.title
    assert found.text, "say after the headline why it matters, what it reads and what to do"
    assert found.reads, "no method of the table has one of its topics"


def test_a_connector_that_must_exist_is_declared_by_its_name() -> None:
    assert "connectors.*" in find("vpc.connector-missing").keys


def test_an_unknown_id_says_what_was_meant() -> None:
    with pytest.raises(UsageError, match=r'did you mean "vpc.connector-missing"\? type `diag explain'):
        find("vpc.conector-mising")


def test_an_id_of_the_catalogue_without_a_check_is_not_called_unknown() -> None:
    with pytest.raises(UsageError, match="does not judge it yet"):
        find("alerts.no-channel")


def test_descriptions_come_in_the_order_of_the_catalogue() -> None:
    assert [found.id for found in descriptions()] == list(CHECKS)


def test_the_pages_are_what_the_checks_say() -> None:
    done = subprocess.run([sys.executable, str(GENERATE), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
