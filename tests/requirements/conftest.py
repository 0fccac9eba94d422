"""Files to load: a writer of small ones, and the whole example of the contract."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diag.errors import RequirementsError
from diag.requirements.load import load

EXAMPLE = Path(__file__).with_name("diag.yaml")
HEAD = "version: 1\nproject: netra-staging\n"

Faults = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Writes `text` to a file of the current folder and returns its bare name, as a user would give it."""

    def written(text: str | bytes, name: str = "diag.yaml") -> Path:
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return Path(name)

    with contextlib.chdir(tmp_path):
        yield written


@pytest.fixture
def faults(write: Callable[..., Path]) -> Faults:
    """The faults of a file with this text, as the user sees them; none when it loads."""

    def found(text: str | bytes, environment: str | None = None) -> list[str]:
        try:
            load([write(text)], environment=environment)
        except RequirementsError as error:
            return list(error.lines)
        return []

    return found
