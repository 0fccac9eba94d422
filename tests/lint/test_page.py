"""docs/lint.md is what the rules say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WRITER = Path(__file__).parents[2] / "docs" / "lint_page.py"


def test_the_generated_page_is_what_the_rules_say() -> None:
    done = subprocess.run([sys.executable, str(WRITER), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
