"""Requirements from a few lines of YAML, and what single rules say of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from diag.lint.table import BY_NAME
from diag.report import Finding
from diag.requirements.load import load
from diag.requirements.model import Requirements

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
EXAMPLE = Path("tests/requirements/diag.yaml").resolve()
FIXTURES = Path("fixtures").resolve()

Declared = Callable[[str], Requirements]
Found = Callable[[str, str], list[Finding]]


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    """The requirements that these lines declare, below version, project and region."""

    def loaded(text: str) -> Requirements:
        path = tmp_path / "diag.yaml"
        path.write_text(HEAD + dedent(text), encoding="utf-8")
        return load([path])

    return loaded


@pytest.fixture
def found(declared: Declared) -> Found:
    """What one rule finds in these lines."""

    def by_rule(rule: str, text: str) -> list[Finding]:
        return list(BY_NAME[rule](declared(text)))

    return by_rule
