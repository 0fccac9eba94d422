"""What watching needs is paid for by who watches."""

from __future__ import annotations

import pytest

from tests.startup.test_imports import BUNDLE, REQUIREMENTS, imported_by, packages

ONLY_A_WATCH_S = {"prometheus_client", "apprise", "rich", "sqlalchemy", "alembic"}


@pytest.mark.parametrize("words", [("check",), ("validate", "--interval", "0.01s")], ids=["check", "validate"])
def test_no_other_command_imports_it(words: tuple[str, ...]) -> None:
    found = packages(imported_by(*words, "--from", BUNDLE, "-r", REQUIREMENTS))
    assert found.isdisjoint(ONLY_A_WATCH_S)
    assert found.isdisjoint({"google", "grpc"})
